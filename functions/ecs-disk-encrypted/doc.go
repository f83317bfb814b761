// Package ecsdiskencrypted: system and data disks are encrypted.
//
// # What is wrong
//
// A disk is not encrypted: whoever gets at the medium, a snapshot or an image of it
// reads the data. Local disks cannot be encrypted and are not judged.
//
// # What is done
//
// The disk is reported, with the commands that move its data. Encryption cannot be
// switched on for a disk that exists. The practice ecs-disk-default-encryption sees to
// it that the next disk is encrypted.
//
// With the param replace, a data disk is replaced by an encrypted copy of its snapshot.
// People are told first, with what it costs and interrupts, and it begins after
// notice-hours. Then, one step a look: a snapshot, its encrypted copy, a disk made of
// that (with the same name, tags, size, category, performance level, zone, automatic
// snapshots and policy), the old disk off, the new one on, at the same device and with
// the same release setting. The old disk is kept for keep-days, until the day in its
// tag ecsguard:replacement; then people are told, or it is deleted (param kept), but only
// where the snapshots show that the new disk was made of it, and nobody has had it attached
// since. The snapshots end by themselves a week later. All are paid for until then.
//
// No data is lost. The snapshot is taken only when nothing can be written: the disk is on
// no instance, or its instance is stopped. The copy counts only if that is so
// from before the snapshot until the swap, by the times of the instance and the
// disk; if not, it stops, and people are told what is left over. With replace: stopped
// a person stops the instance, and starts it. With replace: stop ecsguard stops it, and
// starts again only what it has stopped, by the tag ecsguard:stopped-for. If the instance is
// started while the old disk is taken off, or the new one cannot be attached for an hour, the
// old one is attached again, and people are told.
//
// A new and empty disk (made less than ten minutes ago of no snapshot, never attached)
// is made again, encrypted. It needs no notice.
//
// What is made carries the tag ecsguard:replaces. So the state says how far it is, and a
// look that is killed is gone on with by the next. An exemption, or the mode observe, stops it
// where it is; the message has the command that removes each thing. With the mode off, or the
// practice's function gone, nobody says so: look for the tags.
//
// Only told: system disks, disks paid for in advance or shared by several instances,
// regional and elastic ephemeral disks, locked ones, those of a service (nodes of a
// cluster), those of instances that may hibernate (what the guest remembers of a disk
// would be written to another one), and those with 20 tags, which leave no room.
//
// # What may break
//
// By default nothing: nothing is changed. With replace, the instance is stopped from
// the snapshot until the swap, minutes to hours. The disk has another id: what names
// the old one (Terraform, snapshot groups, dashboards) has to be told. A disk that
// several automatic snapshot policies are applied to keeps the one that its
// description shows. If somebody rolls the disk back (ResetDisk, ReInitDisk) between
// the snapshot and the swap, no time shows it; the old disk has it. The undo brings the
// old disk back as it was: what was written since the swap is on the new one. Once the old
// disk is deleted there is no undo: it would only take the new one off. An old disk
// that is deleted takes its automatic snapshots along, if it is set so. ecsguard stops an
// instance so that it keeps its address and its place (StoppedMode: KeepCharging).
//
// Whoever may make a snapshot of the disk and tag it as ecsguard does is trusted with
// what the new disk holds. Where two looks, or a person, give the new disk its settings at
// the same moment, each sets the same.
//
// # References
//
// ECS API DescribeDisks, CreateSnapshot, CopySnapshot, CreateDisk, DetachDisk, AttachDisk
// (2014-05-26), user guide "Encrypt cloud disks".
package ecsdiskencrypted
