// Package cloud is the only way ecsguard talks to Alibaba Cloud's control plane.
//
// A Call is one API call as a value: it can be shown to a person, written to the
// audit log, read back from it by a retry, compared, refused, and made. A Client
// makes calls for one invocation: https only, with that invocation's credentials,
// inside its deadline, retrying what is worth retrying.
//
// The SDK's generic request carries every call, and the SDK signs it. Its typed requests cannot be read
// back from a log, lack fields that matter here (port lists, for one) and cost a
// minute of compilation; misspelt names are caught by the local cloud, which
// refuses parameters that an action does not have.
package cloud
