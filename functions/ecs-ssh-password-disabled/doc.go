// Package ecssshpassworddisabled: SSH accepts neither passwords nor root.
//
// # What is wrong
//
// sshd on an instance lets users in by a password alone, or lets root in. Passwords are guessed from everywhere, all
// day long, and everybody knows the name root.
//
// # What is done
//
// Nothing, unless you allow it (in-guest): only the system of the instance knows, and to ask it a script has to be run in
// it as root, by Cloud Assistant. With inspect, in the mode enforce, a script looks once a week and changes nothing, and people
// are told of what it finds. With change, sshd is also told to take no passwords, or not to let root in: in a file that the
// configuration reads first, or lines at its top. sshd reads it again and is not restarted. sshd -t is asked before and after,
// and what was written is taken back if sshd then does not say what was asked for. The undo takes back exactly that, if it is unchanged.
//
// What counts is what sshd -T says, with all files, Include and PAM, and Match blocks for 50 users. Passwords stay where no user
// has a key in a file, without options, that sshd would accept; root stays where no other user has such a key and becomes root by sudo. What
// AuthorizedKeysCommand answers does not count. What a Match block gives to some users is only told. Nodes of a cluster are only
// told of. What was seen last counts for an instance that does not run; without a report nothing is said. Only Linux is looked at.
//
// # What may break
//
// Whoever logs in by a password is shut out, and programs that do; with root off, whoever logs in as root. Sessions that are open
// stay. A way in that needs no SSH is the session manager of Cloud Assistant. cloud-init may bring passwords back with a new image
// (ssh_pwauth); the next look finds it.
//
// RAM cannot limit what a command holds: whoever takes this practice's role is root where it may run something. operating.md
// says how to limit it to instances with a tag.
//
// # References
//
// ECS API RunCommand, DescribeInvocations, DescribeInvocationResults (2014-05-26); sshd_config(5).
package ecssshpassworddisabled
