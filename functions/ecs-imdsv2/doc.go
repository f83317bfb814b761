// Package ecsimdsv2: instances answer metadata requests with a token only.
//
// # What is wrong
//
// The instance answers requests to its metadata service without a token. Through a
// server-side request forgery in any program on it, a stranger reads the credentials
// of its RAM role.
//
// # What is done
//
// HttpTokens is set to required. It takes effect at once and without a restart. An
// endpoint that is disabled stays disabled. Instances that a service runs (nodes of a
// Kubernetes cluster, members of a scaling group) are only reported.
//
// # What may break
//
// Programs and old SDKs that read metadata without a token get no answer any more.
//
// The call has to set the endpoint as well: if somebody switches the endpoint off in the round
// trip between the last look and this call, it is switched on again, with tokens required.
//
// # References
//
// ECS API ModifyInstanceMetadataOptions, DescribeInstances (2014-05-26).
package ecsimdsv2
