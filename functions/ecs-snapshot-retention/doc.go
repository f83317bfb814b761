// Package ecssnapshotretention: automatic snapshot policies take snapshots daily and keep them for a week.
//
// # What is wrong
//
// A policy that disks have keeps snapshots for less than seven days, or takes none on some days of the week. What was damaged a few
// days ago and is noticed today cannot be got back. Or it takes no snapshots at all, since it has expired: the account is in debt.
//
// # What is done
//
// The policy keeps snapshots for seven days (days), and takes them on each day, at the hours that it has. The undo sets what it had. One that keeps
// snapshots for longer, or for ever, keeps that. Of one that has expired people are told. Policies that no disk has, and those with a tag
// of development (dev), are not judged.
//
// # What may break
//
// Nothing. More snapshots are kept, which cost what they store. Snapshots that are there already keep their own time: it can be made longer for each
// by ModifySnapshotAttribute. The call states hours, days and retention together: a value that somebody sets in the round trip
// between the last look and it is overwritten.
//
// # References
//
// ECS API DescribeAutoSnapshotPolicyEx, ModifyAutoSnapshotPolicyEx (2014-05-26). timePoints and repeatWeekdays are JSON in text; the parameters
// begin with small letters.
package ecssnapshotretention
