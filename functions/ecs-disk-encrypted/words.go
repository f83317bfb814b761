package ecsdiskencrypted

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// do is a step of the plan.
func (r *replacement) do(next time.Duration, says string, changes ...practice.Change) {
	r.f.Changes, r.f.Paste = changes, nil
	r.f.Advice = "Where the cloud refuses something, its error says why: a quota of snapshots or disks, a key that may not be used, a category that is sold out in the zone. " +
		"It is tried again each day, and goes on where it stopped."
	r.f.Plan = &practice.Plan{Next: next, Says: says, Advice: r.f.Advice}
}

// wait is that the cloud, or somebody, is still at work.
func (r *replacement) wait(next time.Duration, says string) { r.do(next, says) }

// working waits for a snapshot, and tells people where that takes too long.
func (r *replacement) working(s resource.Snapshot, what string) {
	if made := cloud.Time(s.CreationTime); r.pass.Now.Sub(made) > stuck {
		r.stop(fmt.Sprintf("%s %s makes no progress: it was begun at %s and stands at %s.", sentence(what), s.SnapshotID, s.CreationTime, s.Progress),
			"Wait, or remove what is left over, and it is begun again.")
		return
	}
	r.wait(5*time.Minute, strings.TrimSpace(what+" "+s.SnapshotID+" is being made: "+s.Progress))
}

// failed tells people of a snapshot that failed.
func (r *replacement) failed(s *resource.Snapshot) bool {
	if s == nil || s.Status != "failed" {
		return false
	}
	r.stop("Snapshot "+s.SnapshotID+" has failed.", "Remove what is left over, and it is begun again.")
	return true
}

// stop says that a person has to act, and names what is left over.
func (r *replacement) stop(why, then string) {
	r.f.Plan, r.f.Changes = nil, nil
	r.f.Advice = strings.TrimSpace(why + " " + cmp.Or(then, r.f.Advice))
	if left := r.left(); len(left) > 0 {
		r.f.Title += "; its replacement has stopped"
		r.f.Paste = left
	}
}

// left is what there is of the replacement beside the old disk, with what removes each.
func (r *replacement) left() (left []practice.Prevention) {
	add := func(does string, call cloud.Call) {
		left = append(left, practice.Prevention{Kind: practice.LeftOver, Does: does, Text: call.String()})
	}
	d := r.old
	if instance, device, with := r.was(); instance != "" && d.Status != "" && d.InstanceID == "" && (r.disk == nil || r.disk.InstanceID == "") {
		add("instance "+instance+" has neither disk; this attaches the old one again", r.attachOld(instance, device, with))
	}
	for _, i := range r.down {
		if i.Status != "Running" {
			add("ecsguard has stopped the instance; this starts it", r.call("StartInstance", "InstanceId", i.InstanceID))
		}
		if i.Tags.Map()[tagStop] != "" {
			add("a tag on the instance; this removes it", r.call("UntagResources", "ResourceType", "instance", "ResourceId.1", i.InstanceID, "TagKey.1", tagStop))
		}
	}
	for _, n := range r.disks {
		switch made := r.made(n.SourceSnapshotID); {
		case n.InstanceID != "":
		case !made && (n.SourceSnapshotID != "" || n.AttachedTime != "" || !n.Encrypted): // a tag is soon put on anything
			add("the disk "+n.DiskID+" carries the tag, and nothing shows that it was made of the old one: look at it, and delete nothing by the tag",
				r.call("DescribeDisks", "DiskIds", cloud.IDs(n.DiskID)))
		case n.AttachedTime != "":
			add("the disk "+n.DiskID+", which has been attached, and may hold what no other disk does; once nobody needs it, this removes it", r.call("DeleteDisk", "DiskId", n.DiskID))
		default:
			add("the disk "+n.DiskID+"; this removes it", r.call("DeleteDisk", "DiskId", n.DiskID))
		}
	}
	for _, s := range r.all {
		if s.SourceDiskID != d.DiskID && !r.made(s.SourceSnapshotID) {
			add("the snapshot "+s.SnapshotID+" carries the tag, and is of another disk: look at it, and delete nothing by the tag", r.call("DescribeSnapshots", "SnapshotIds", cloud.IDs(s.SnapshotID)))
			continue
		}
		add("the snapshot "+s.SnapshotID+"; this removes it", r.call("DeleteSnapshot", "SnapshotId", s.SnapshotID, "Force", "true"))
	}
	if d.DiskID != "" && d.Tags.Map()[tagPlan] != "" {
		add("the tag of the old disk; this removes it", r.call("UntagResources", "ResourceType", "disk", "ResourceId.1", d.DiskID, "TagKey.1", tagPlan))
	}
	return left
}

// made tells whether a snapshot is one of the old disk, or a copy of one.
func (r *replacement) made(snapshot string) bool {
	of := func(source string) bool {
		return source != "" && slices.ContainsFunc(r.all, func(s resource.Snapshot) bool { return s.SnapshotID == source && s.SourceDiskID == r.old.DiskID })
	}
	return of(snapshot) || snapshot != "" && slices.ContainsFunc(r.all, func(s resource.Snapshot) bool { return s.SnapshotID == snapshot && of(s.SourceSnapshotID) })
}

// was is where the old disk was when the plan took it, or its snapshot; without an instance: nowhere.
func (r *replacement) was() (instance, device string, with bool) {
	if k := r.kept; k.by != "" {
		return k.instance, k.device, k.release == release(true)
	}
	if r.first != nil {
		if words := strings.Fields(r.first.Tags.Map()[tagAt]); len(words) == 5 && words[0] != "none" {
			return words[0], words[1], words[2] == release(true)
		}
	}
	return "", "", false
}

// gone looks for what is left over where the disk itself does not exist any more.
func gone(ctx context.Context, pass *practice.Pass) error {
	r := &replacement{pass: pass, old: resource.Disk{DiskID: pass.Resource.ID}}
	if err := r.read(ctx); err != nil {
		return err
	}
	was, _, _ := r.was()
	over := slices.ContainsFunc(r.disks, func(d resource.Disk) bool {
		return d.AttachedTime != "" || d.SourceSnapshotID == "" || d.Status == "Available" && (len(r.all) == 0 || r.first != nil && was == "") // of a disk that was on no instance, it is all there is
	})
	if len(r.all)+len(r.disks) == 0 || over { // nothing was begun, or it has come to its end
		if len(r.down) > 0 {
			r.all, r.disks = nil, nil
			pass.Report(practice.Finding{Key: pass.Resource.ID, Title: "The disk is gone, and the instance that ecsguard has stopped for it is not started", Advice: "Start it when that is right.", Paste: r.left()})
			return nil
		}
		return practice.ErrGone
	}
	f := practice.Finding{Key: pass.Resource.ID, Title: "The disk is gone, and its replacement has stopped", Advice: "See whether a person needs its data: what is left over holds it.", Paste: r.left()}
	pass.Report(f)
	return nil
}

// busy says why something may be written to the old disk; empty: nothing can be.
func (r *replacement) busy() string {
	i := r.instance
	switch {
	case r.old.InstanceID == "":
		return ""
	case i == nil:
		return "its instance " + r.old.InstanceID + " does not show"
	case i.Status != "Stopped":
		return "instance " + i.InstanceID + " is " + strings.ToLower(i.Status)
	}
	// Times of starting have minutes: one that is just over could not be told from the next.
	switch started := cloud.Time(i.StartTime); {
	case started.IsZero():
		return "nobody knows when instance " + i.InstanceID + " was started last"
	case r.pass.Now.Sub(started) < 2*time.Minute:
		return "instance " + i.InstanceID + " was running a moment ago"
	}
	return ""
}

// place is where the old disk is, and since when.
func (r *replacement) place() string {
	words := []string{"none", "none", release(r.old.DeleteWithInstance), cmp.Or(r.old.AttachedTime, "never"), "never"}
	if r.old.InstanceID != "" {
		words[0], words[1] = r.old.InstanceID, device(r.old)
	}
	if r.instance != nil {
		words[4] = cmp.Or(r.instance.StartTime, "unknown")
	}
	return strings.Join(words, " ")
}

// moved says why data may have been written since the snapshot; empty: it cannot have been.
func (r *replacement) moved() string {
	if busy := r.busy(); busy != "" {
		return busy
	}
	if r.first == nil {
		return "its snapshot is gone"
	}
	taken, was, is := cloud.Time(r.first.CreationTime), r.first.Tags.Map()[tagAt], r.place()
	late := func(text string, by time.Duration) bool { return text != "" && cloud.Time(text).Add(by).After(taken) }
	switch {
	case taken.IsZero():
		return "nobody knows when the snapshot was taken"
	case r.old.InstanceID != "" && late(r.instance.StartTime, time.Minute):
		return "the instance was started at " + r.instance.StartTime
	case late(r.old.AttachedTime, 0) || late(r.old.DetachedTime, 0) || was != is:
		return fmt.Sprintf("the disk was at %q and is at %q", was, is)
	}
	return ""
}

// device is one word of a tag, and said what it says.
func device(d resource.Disk) string { return cmp.Or(d.Device, "none") }

func said(device string) string {
	if device == "none" {
		return ""
	}
	return device
}

func release(with bool) string {
	if with {
		return "released-with-it"
	}
	return "stays"
}

// costs are said before anything begins.
func (r *replacement) costs() string {
	d := r.old
	s := fmt.Sprintf("Two snapshots of up to %d GiB and a second disk of %d GiB (%s) are paid for, the old disk for %d days, the snapshots for %d.",
		d.Size, d.Size, strings.TrimSpace(d.Category+" "+d.PerformanceLevel), r.pass.Int("keep-days"), r.retention())
	on := cmp.Or(d.InstanceID, r.kept.instance)
	if on == "" {
		return s + " Nothing is interrupted: the disk is on no instance."
	}
	return s + " Instance " + on + " is stopped from the snapshot until the disks are swapped: minutes to hours, by how much is on the disk."
}

// afterwards is said at the end.
func (r *replacement) afterwards(by, until string) string {
	return fmt.Sprintf("%s is in its place. %s is kept until %s, as its tag %s says, and then deleted with: %s. The snapshots end by themselves after %d days.",
		by, r.old.DiskID, until, tagPlan, r.call("DeleteDisk", "DiskId", r.old.DiskID), r.retention())
}

// retention is how long the snapshots are kept, in days: longer than the old disk, since they show what the new one was made of.
func (r *replacement) retention() int { return r.pass.Int("keep-days") + 7 }

func (r *replacement) day() string {
	return r.pass.Now.UTC().AddDate(0, 0, r.pass.Int("keep-days")).Format(time.DateOnly)
}

// token makes a creating call of a step one, however often it is made within a day: for this plan, which is what the tag
// says. What a person has removed by the next day can be made again.
func (r *replacement) token(step string) string {
	day := strconv.Itoa(int(r.pass.Now.Sub(r.from) / (24 * time.Hour)))
	sum := sha256.Sum256([]byte(r.old.DiskID + "\x00" + r.old.Tags.Map()[tagPlan] + "\x00" + day + "\x00" + step))
	return "ecsguard-" + hex.EncodeToString(sum[:16])
}

func (r *replacement) call(action string, params ...string) cloud.Call {
	return cloud.New("ecs", action, r.pass.Resource.Region, params...)
}

func (r *replacement) undo(action string, params ...string) *cloud.Call {
	call := r.call(action, params...)
	return &call
}

func (r *replacement) tag(kind, id, key, value string) practice.Change {
	return practice.PutTag(r.pass.Named(kind, id, ""), key, value)[0]
}

func sorted(tags map[string]string) []string { return slices.Sorted(maps.Keys(tags)) }

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
