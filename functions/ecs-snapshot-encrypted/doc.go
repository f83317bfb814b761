// Package ecssnapshotencrypted: snapshots are encrypted.
//
// # What is wrong
//
// A snapshot is not encrypted. Whoever may read it, share it by an image or export it has all that was on the disk. A snapshot is
// as its disk is, for good.
//
// # What is done
//
// People are told, with the command: the disk comes first, or the next snapshot of it is not encrypted either (ecs-disk-encrypted). With copy: yes,
// an encrypted copy is made once the snapshot is complete; it is kept for as long as the snapshot, and has the tag
// ecsguard-encrypted-copy-of with its id. The undo deletes the copy. The original is never deleted: that cannot be undone. When the copy is
// complete, people are given the command, unless the original cannot be deleted because a disk or an image was made of it. One
// that is locked (LockSnapshot) cannot be deleted until its lock ends. The tag alone makes nothing a copy, since anybody may put it on:
// the snapshot has to be encrypted, and no command is given unless the cloud says that it is a copy of this one (SourceSnapshotId).
//
// With kinds: user, snapshots that a policy takes are left to the practice about disks.
//
// # What may break
//
// Nothing. A copy costs what it stores, and the original as well until somebody deletes it.
//
// # References
//
// ECS API DescribeSnapshots, CopySnapshot, DeleteSnapshot (2014-05-26). That only snapshots in the clear are wanted cannot be asked for:
// Encrypted=false is the default.
package ecssnapshotencrypted
