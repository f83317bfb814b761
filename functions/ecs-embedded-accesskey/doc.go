// Package ecsembeddedaccesskey: user data, commands and launch templates hold no AccessKey.
//
// # What is wrong
//
// The user data of an instance, a version of a launch template, or a command of Cloud
// Assistant holds an AccessKey with its secret, a private key, or a credential of another
// cloud. Everybody who may read these, and every program on the instance, can take it. Old
// versions of a template and past runs of a command keep it.
//
// # What is done
//
// The text is opened as far as it is wrapped (base64, gzip, parts of a MIME message,
// PowerShell), and people are told where it stands and whose key it is. The secret itself is
// shown by its last four characters at most, and triage never reads such
// texts. Where an operator has chosen to enforce, an active key of a RAM user of this account
// that stands there with its secret is disabled, unless it is in use: then a person has to
// give its programs a new key first. It is not deleted, and one call enables it again.
//
// An AccessKey ID alone is told and changes nothing: it is no secret. So is a credential of a
// role's session, at low severity, since it ends by itself, and a key that is of no RAM user
// of this account. A disabled key is not told. Examples such as LTAI**** are known for what they
// are; your own belong under known.
//
// # What may break
//
// Programs that use the key stop working until they get a new one, or a role.
//
// # References
//
// ECS API DescribeUserData, DescribeLaunchTemplateVersions, DescribeCommands,
// DescribeInvocations (2014-05-26); IMS API GetUser, ListAccessKeys, UpdateAccessKey
// (2019-08-15). The cloud keeps past invocations for some weeks, and nobody can delete them.
package ecsembeddedaccesskey
