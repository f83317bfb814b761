// Package ecssnapshotpolicy: every disk in use has an automatic snapshot policy.
//
// # What is wrong
//
// A disk that is in use has no policy by which snapshots of it are taken. What somebody deletes or encrypts on it is lost.
//
// # What is done
//
// People are told, with the command. Where policies names one for the region, it is applied to the disk; the undo takes that
// policy, and no other, off again. A disk that has a policy, whichever, is left as it is: whether the policy
// takes snapshots each day and keeps them is looked after by ecs-snapshot-retention. When a policy is deleted,
// the disks of its region are looked at.
//
// Not judged are local disks, of which no snapshots can be taken; disks with the tag no-backup, which Cloud Backup or somebody else looks
// after; and disks that are released with a machine of a scaling group or a cluster, since the group makes another.
//
// # What may break
//
// Nothing. Snapshots cost what they store, and while one is taken the disk is a little slower. Where an account can give a disk only
// one policy (before 2026), a policy that somebody applies in the round trip before this call is replaced by it.
//
// # References
//
// ECS API DescribeDisks, DescribeInstances, ApplyAutoSnapshotPolicy, CancelAutoSnapshotPolicy (2014-05-26). Their parameters begin with small
// letters. InvalidOperation.Conflict, SnapshotServiceUnavailable and InvalidAccountStatus.NotEnoughBalance are told as they come.
package ecssnapshotpolicy
