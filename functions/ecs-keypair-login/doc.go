// Package ecskeypairlogin: Linux instances are logged in to with SSH key pairs.
//
// # What is wrong
//
// A Linux instance has no key pair, so that it is logged in to by a password, which can be guessed, shared and used again
// elsewhere. Or it has just been given a password: one works beside a key pair, since RunInstances sets both where both are named.
//
// # What is done
//
// People are told, with the call that binds a key pair. Where the operator has named one (key-pair) that is in the region, it is bound;
// the undo takes it off. Nothing is restarted: the key opens the instance after its next start, which its owner chooses.
//
// That a password was set shows in the event alone, where it is masked, and is told once for each. Whether sshd takes passwords
// is within the guest, where ecs-ssh-password-disabled looks.
//
// Windows has no key pairs. Instances that nobody logs in to by SSH, but by Session Manager, carry the tag access=session-manager (keyless
// says otherwise). Nodes of a cluster and machines of a scaling group are only told of: their pool or configuration says which key they have.
//
// A rule of Cloud Config asks for the contrary (ecs-instance-not-bind-key-pair, of a pack for NIST): have one of the two.
//
// # What may break
//
// Binding a key pair ends logging on by password at the next start, and taking the key off does not bring that back: the password
// has to be set anew (ModifyInstanceAttribute), and the instance to be restarted. Name a key pair whose private half the owners have.
//
// # References
//
// ECS API AttachKeyPair, DetachKeyPair, DescribeInstances, DescribeKeyPairs, RunInstances (2014-05-26). AttachKeyPair answers with success
// and says for each instance whether it worked: that it did is seen at the look after it.
package ecskeypairlogin
