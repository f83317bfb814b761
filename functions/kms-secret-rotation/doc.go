// Package kmssecretrotation: secrets that KMS can change by itself are changed by it.
//
// # What is wrong
//
// A secret of a kind that KMS can change where it is used (the account of a database, the AccessKey of a RAM user, the password
// or key of an ECS instance) is not rotated, or has not been for longer than its interval: whoever has read it
// once has it for ever. Or a secret is to be deleted, and programs that read it will find nothing.
//
// What a secret is nobody here reads: no role of ecsguard may call GetSecretValue.
//
// # What is done
//
// Rotation is switched on, every 30 days (days says otherwise); the undo switches it off. A deletion is taken back
// (RestoreSecret); the undo deletes it again, to be recovered until the same day. A rotation that is overdue is told:
// what fails there is the database, the user or the instance that the secret belongs to.
//
// A generic secret cannot rotate by itself, and is left alone: whether it is static, a third party's, or changed by a program
// with PutSecretValue, its state does not say.
//
// # What may break
//
// KMS changes the password or the key at once where the interval has passed since the last time. A program that has the
// old one, and does not read it from KMS each time, cannot sign in any more.
//
// # References
//
// KMS API ListSecrets, DescribeSecret, UpdateSecretRotationPolicy, RestoreSecret (2016-01-20).
package kmssecretrotation
