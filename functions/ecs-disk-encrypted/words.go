package ecsdiskencrypted

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// do is a step of the plan.
func (r *replacement) do(next time.Duration, says string, changes ...practice.Change) {
	r.f.Changes, r.f.Plan, r.f.Paste = changes, &practice.Plan{Next: next, Says: says}, nil
	r.f.Advice = "Where the cloud refuses something, its error says why: a quota of snapshots or disks, a key that may not be used, a category that is sold out in the zone. " +
		"It is tried again each day, and goes on where it stopped."
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
	if k := r.kept; k.instance != "" && d.InstanceID == "" && (r.disk == nil || r.disk.InstanceID == "") && r.instance != nil {
		add("the instance has neither disk; this attaches the old one again", r.call("AttachDisk", "InstanceId", k.instance, "DiskId", d.DiskID, "Device", said(k.device)))
	}
	if i := r.instance; i != nil && i.Tags.Map()[tagStop] == d.DiskID {
		if i.Status == "Stopped" {
			add("ecsguard has stopped the instance; this starts it", r.call("StartInstance", "InstanceId", i.InstanceID))
		}
		add("a tag on the instance; this removes it", r.call("UntagResources", "ResourceType", "instance", "ResourceId.1", i.InstanceID, "TagKey.1", tagStop))
	}
	for _, n := range r.disks {
		if n.InstanceID == "" {
			add("the disk "+n.DiskID+"; this removes it", r.call("DeleteDisk", "DiskId", n.DiskID))
		}
	}
	for _, s := range r.all {
		add("the snapshot "+s.SnapshotID+"; this removes it", r.call("DeleteSnapshot", "SnapshotId", s.SnapshotID, "Force", "true"))
	}
	if d.DiskID != "" && d.Tags.Map()[tagPlan] != "" {
		add("the tag of the old disk; this removes it", r.call("UntagResources", "ResourceType", "disk", "ResourceId.1", d.DiskID, "TagKey.1", tagPlan))
	}
	return left
}

// gone looks for what is left over where the disk itself does not exist any more.
func gone(ctx context.Context, pass *practice.Pass) error {
	r := &replacement{pass: pass, old: resource.Disk{DiskID: pass.Resource.ID}}
	if err := r.read(ctx); err != nil {
		return err
	}
	used := slices.ContainsFunc(r.disks, func(d resource.Disk) bool { return d.AttachedTime != "" || d.SourceSnapshotID == "" })
	if len(r.all)+len(r.disks) == 0 || used { // nothing was begun, or it has come to its end
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
	s := fmt.Sprintf("Two snapshots of up to %d GiB and a second disk of %d GiB (%s) are paid for, the old disk and the snapshots for %d days.",
		d.Size, d.Size, strings.TrimSpace(d.Category+" "+d.PerformanceLevel), r.pass.Int("keep-days"))
	on := cmp.Or(d.InstanceID, r.kept.instance)
	if on == "" {
		return s + " Nothing is interrupted: the disk is on no instance."
	}
	return s + " Instance " + on + " is stopped from the snapshot until the disks are swapped: minutes to hours, by how much is on the disk."
}

// afterwards is said at the end.
func (r *replacement) afterwards(by, until string) string {
	return fmt.Sprintf("%s is in its place. %s is kept until %s, as its tag %s says, and then deleted with: %s. The snapshots end by themselves after %d days.",
		by, r.old.DiskID, until, tagPlan, r.call("DeleteDisk", "DiskId", r.old.DiskID), r.pass.Int("keep-days"))
}

func (r *replacement) day() string {
	return r.pass.Now.UTC().AddDate(0, 0, r.pass.Int("keep-days")).Format(time.DateOnly)
}

// token makes a creating call of a step one, however often it is made: for this plan, which is what the tag says.
func (r *replacement) token(step string) string {
	sum := sha256.Sum256([]byte(r.old.DiskID + "\x00" + r.old.Tags.Map()[tagPlan] + "\x00" + step))
	return "ecsguard-" + hex.EncodeToString(sum[:16])
}

func (r *replacement) call(action string, params ...string) cloud.Call {
	return cloud.New("ecs", action, r.pass.Resource.Region, params...)
}

func (r *replacement) undo(action string, params ...string) *cloud.Call {
	call := r.call(action, params...)
	return &call
}

func (r *replacement) tag(id, kind, key, value string) practice.Change {
	change := practice.PutTag(practice.Resource{Type: map[string]string{"disk": resource.TypeDisk, "instance": resource.TypeInstance}[kind], ID: id, Region: r.pass.Resource.Region}, key, value)[0]
	return change
}

func sorted(tags map[string]string) []string { return slices.Sorted(maps.Keys(tags)) }

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
