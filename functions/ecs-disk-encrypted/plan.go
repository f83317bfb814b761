package ecsdiskencrypted

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// The tags that say how far a replacement is.
const (
	tagPlan = "ecsguard:replacement" // on the old disk: from TIME; later: kept until DAY by NEW_DISK [at INSTANCE DEVICE RELEASE [start]]
	tagMade = "ecsguard:replaces"    // on what the replacement makes: the old disk
	tagAt   = "ecsguard:place"       // on its snapshot: where the disk was and since when, so that a move shows
	tagStop = "ecsguard:stopped-for" // on an instance that ecsguard stops: the old disk
)

const (
	minute  = "2006-01-02T15:04Z"
	stuck   = 24 * time.Hour   // so long a snapshot may take, before people are told
	newborn = 10 * time.Minute // so long a disk counts as new
	refused = time.Hour        // so long the new disk is tried to be attached, before the old one is again
)

// A replacement is what the cloud shows of one: nothing else is remembered.
type replacement struct {
	pass     *practice.Pass
	f        *practice.Finding
	old      resource.Disk
	instance *resource.Instance // that the old disk is on, or was; nil: none

	from  time.Time // when it may begin; zero: nobody has been told
	kept  kept      // once the disks are swapped
	all   []resource.Snapshot
	first *resource.Snapshot  // of the old disk, not encrypted
	other []resource.Snapshot // of other disks of the instance that are being replaced
	copy  *resource.Snapshot  // of the first, encrypted
	disks []resource.Disk     // that carry the tag, or were made of the copy
	disk  *resource.Disk      // the new one
	down  []resource.Instance // that ecsguard has stopped for the old disk
}

// kept is what the tag of an old disk says that has been replaced.
type kept struct {
	until, by                 string
	instance, device, release string // where the new one goes; empty: nowhere
	start                     bool   // ecsguard has stopped the instance
}

// replace makes a finding one step of a replacement, or says why there is none. A finding without a title is none.
func replace(ctx context.Context, pass *practice.Pass, d resource.Disk, f *practice.Finding) error {
	plan, begun := d.Tags.Map()[tagPlan]
	wanted := pass.Word("replace") != "no" && d.Type == "data"
	if !wanted && !begun {
		return nil
	}
	r := &replacement{pass: pass, f: f, old: d}
	if at, ok := strings.CutPrefix(plan, "from "); ok {
		r.from = cloud.Time(at)
	} else if words := strings.Fields(plan); len(words) >= 5 && words[0] == "kept" {
		if r.kept = (kept{until: words[2], by: words[4]}); len(words) >= 9 {
			r.kept.instance, r.kept.device, r.kept.release = words[6], words[7], words[8]
			r.kept.start = len(words) > 9 && words[9] == "start"
		}
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	if r.instance != nil && f.Managed == "" {
		f.Managed = r.instance.About().Managed
	}
	if unfit := r.unfit(); (!wanted || unfit != "") && !r.done() {
		r.stop(unfit, "")
		return nil
	}
	if r.kept.by != "" && (d.Status == "Detaching" || d.Status == "Attaching" || r.disk != nil && r.disk.Status == "Attaching" || r.kept.start && r.instance != nil && r.instance.Status == "Starting") {
		return practice.ErrNotYet // in seconds: the look that swaps the disks waits, and has all of it in one record
	}
	f.Costs = r.costs()
	r.step()
	if f.Plan != nil {
		f.Plan.Left = r.left()
	}
	return nil
}

// read reads what there is of the replacement.
func (r *replacement) read(ctx context.Context) error {
	region := r.pass.Resource.Region
	tagged := []string{"Tag.1.Key", tagMade, "Tag.1.Value", r.old.DiskID}
	on := r.old.InstanceID
	if r.kept.instance != "" {
		on = r.kept.instance
	}
	err := r.pass.Together(ctx,
		func(ctx context.Context) (err error) {
			r.all, err = resource.Snapshots(ctx, r.pass, region, tagged...)
			return err
		},
		func(ctx context.Context) (err error) {
			r.disks, err = resource.Disks(ctx, r.pass, region, tagged...)
			return err
		},
		func(ctx context.Context) (err error) {
			if r.kept.instance != "" {
				r.other, err = r.beside(ctx, r.kept.instance)
			}
			return err
		},
		func(ctx context.Context) (err error) { // wherever the old disk is by now
			r.down, err = resource.Instances(ctx, r.pass, region, "Tag.1.Key", tagStop, "Tag.1.Value", r.old.DiskID)
			return err
		},
		func(ctx context.Context) error {
			if on == "" {
				return nil
			}
			some, err := resource.Instances(ctx, r.pass, region, "InstanceIds", cloud.IDs(on))
			if len(some) > 0 {
				r.instance = &some[0]
			}
			return err
		})
	if err != nil {
		return err
	}
	for i := range r.all {
		if s := &r.all[i]; s.SourceDiskID == r.old.DiskID && !*s.Encrypted {
			r.first = s
		}
	}
	for i := range r.all {
		if s := &r.all[i]; r.first != nil && s.SourceSnapshotID == r.first.SnapshotID && *s.Encrypted {
			r.copy = s
		}
	}
	if r.copy != nil { // somebody may have taken the tag off the new disk
		made, err := resource.Disks(ctx, r.pass, region, "SnapshotId", r.copy.SnapshotID)
		if err != nil {
			return err
		}
		for _, d := range made {
			if !slices.ContainsFunc(r.disks, func(x resource.Disk) bool { return x.DiskID == d.DiskID }) {
				r.disks = append(r.disks, d)
			}
		}
	}
	for i := range r.disks {
		if d := &r.disks[i]; d.Encrypted && (d.DiskID == r.kept.by || r.copy != nil && d.SourceSnapshotID == r.copy.SnapshotID) {
			r.disk = d
		}
	}
	if len(r.down) == 0 && r.owed() {
		r.down = []resource.Instance{*r.instance}
	}
	return nil
}

// beside reads the snapshots of the instance's other disks that are being replaced, and for which it stays stopped.
func (r *replacement) beside(ctx context.Context, instance string) ([]resource.Snapshot, error) {
	region := r.pass.Resource.Region
	disks, err := resource.Disks(ctx, r.pass, region, "InstanceId", instance)
	if err != nil {
		return nil, err
	}
	all, err := resource.Snapshots(ctx, r.pass, region, "InstanceId", instance, "Tag.1.Key", tagMade)
	return slices.DeleteFunc(all, func(s resource.Snapshot) bool {
		return s.Status == "failed" || r.pass.Now.Sub(cloud.Time(s.CreationTime)) > stuck || !slices.ContainsFunc(disks, func(d resource.Disk) bool {
			tags := d.Tags.Map()
			_, exempt := tags[practice.ExemptionTag(r.pass.Practice.ID)]
			return d.DiskID == s.SourceDiskID && !d.Encrypted && !exempt && strings.HasPrefix(tags[tagPlan], "from ")
		})
	}), err
}

// unfit says why a disk cannot be replaced, and what a person does; empty: it can.
func (r *replacement) unfit() string {
	d := r.old
	switch {
	case d.Type != "data":
		return "A system disk is replaced by a person."
	case d.DiskChargeType == "PrePaid" || !d.Portable:
		return "It is paid for in advance or cannot be taken off its instance. Make it one that is paid for by use first: " +
			cloud.New("ecs", "ModifyDiskChargeType", r.pass.Resource.Region, "InstanceId", d.InstanceID, "DiskIds", cloud.IDs(d.DiskID), "DiskChargeType", "PostPaid").String() + "."
	case d.MultiAttach == "Enabled":
		return "Several instances may have it at the same time, so that nobody can tell when nothing is written: a person replaces it."
	case strings.HasPrefix(d.Category, "elastic_ephemeral"), strings.HasPrefix(d.Category, "cloud_regional"):
		return "Disks of the category " + d.Category + " are not replaced by ecsguard: a person does it."
	case r.instance != nil && r.instance.HibernationOptions.Configured:
		return "Instance " + r.instance.InstanceID + " may hibernate, and remember what was on the disk: shut it down, and replace the disk by hand."
	case len(d.OperationLocks.OperationLock) > 0:
		return "It is locked (" + d.OperationLocks.OperationLock[0].LockReason + "): have the lock lifted first."
	case d.Tags.Map()[tagPlan] == "" && len(d.Tags.Map()) >= practice.MostTags:
		return "It has 20 tags, and a replacement needs one on either disk: take one off."
	}
	return ""
}

// step is the next step that the state asks for.
func (r *replacement) step() {
	d, now := r.old, r.pass.Now
	switch {
	case r.kept.by != "":
		r.swapped()
	case r.empty():
		r.again()
	case r.from.IsZero() && (len(r.all) > 0 || len(r.disks) > 0):
		r.stop("What an earlier replacement has left is still there, and a new one does not begin beside it.", "")
	case r.from.IsZero() || r.from.After(now.Add(r.notice()+time.Hour)):
		r.begin()
	case r.from.After(now):
		r.wait(r.from.Sub(now), "the disk is replaced from "+r.from.Format(minute)+" on, and nothing more is done before")
		r.f.Plan.Tells = true
	case r.first == nil:
		r.snapshot()
	case r.failed(r.first) || r.failed(r.copy):
	case r.disk != nil && (r.disk.InstanceID != "" || r.disk.AttachedTime != "") && r.disk.Status != "Attaching":
		r.stop(fmt.Sprintf("Somebody has attached the encrypted copy %s to %s meanwhile, and the disks are not swapped.", r.disk.DiskID, cmp.Or(r.disk.InstanceID, "an instance")), "")
	case r.moved() != "":
		r.stop("Data may have been written since the snapshot: "+r.moved()+". The copy does not count.", "Once the leftovers are gone, it is begun again by itself.")
	case r.disk != nil && r.disk.Size != d.Size:
		r.stop("The disk has been enlarged since the snapshot, and the copy does not count.", "")
	case r.disk != nil && (r.disk.Category != d.Category || r.disk.PerformanceLevel != d.PerformanceLevel):
		r.stop("The disk has another category or performance level than the one that was made for it.", "Once the leftovers are gone, it is begun again by itself.")
	case r.first.Status != "accomplished":
		r.working(*r.first, "the snapshot")
	case r.copy == nil && slices.ContainsFunc(r.all, func(s resource.Snapshot) bool { return *s.Encrypted }):
		r.stop("An encrypted snapshot carries the tag and does not say that it is a copy of "+r.first.SnapshotID+", so that nobody can tell what is in it.", "")
	case r.copy == nil:
		r.encrypt()
	case r.copy.Status != "accomplished":
		r.working(*r.copy, "the encrypted copy")
	case r.disk == nil && len(r.disks) > 0:
		r.stop("A disk carries the tag and does not say that it was made of "+r.copy.SnapshotID+", so that nobody can tell what is on it.", "")
	case r.disk == nil:
		r.make()
	case r.disk.Status != "Available" && now.Sub(cloud.Time(r.disk.CreationTime)) > stuck:
		r.stop("The new disk "+r.disk.DiskID+" has been "+strings.ToLower(r.disk.Status)+" since "+r.disk.CreationTime+".", "Once the leftovers are gone, it is begun again by itself.")
	case r.disk.Status != "Available" || now.Sub(cloud.Time(r.disk.CreationTime)) < 90*time.Second:
		// The look that makes it does not swap: its undo deletes the disk, and that of the swap must not.
		r.wait(2*time.Minute, "the new disk "+r.disk.DiskID+" is "+strings.ToLower(r.disk.Status))
	default:
		r.swap()
	}
}

func (r *replacement) notice() time.Duration {
	return time.Duration(r.pass.Int("notice-hours")) * time.Hour
}

// begin tells people, and marks the disk with the time from which it may be replaced.
func (r *replacement) begin() {
	from := r.pass.Now.Add(r.notice() + 2*time.Minute).UTC() // never in the same look: people are told first
	r.do(r.notice()+2*time.Minute, "the disk is replaced from "+from.Format(minute)+" on",
		r.tag(resource.TypeDisk, r.old.DiskID, tagPlan, "from "+from.Format(minute)))
	r.f.Plan.Tells = true
	r.f.Advice = "Nothing, if that is right. To prevent it, exempt the disk. " + r.f.Advice
}

// snapshot takes the snapshot while nobody can write: the instance has been stopped for a while, or there is none.
func (r *replacement) snapshot() {
	switch busy := r.busy(); {
	case busy == "" && r.old.Status != "In_use" && r.old.Status != "Available":
		r.wait(time.Minute, "the disk is "+strings.ToLower(r.old.Status))
	case busy == "":
		r.do(5*time.Minute, "the snapshot is being taken", practice.Change{
			Why: "take a snapshot of " + r.old.DiskID,
			Call: r.call("CreateSnapshot", "DiskId", r.old.DiskID, "SnapshotName", "ecsguard-"+r.old.DiskID, "RetentionDays", strconv.Itoa(r.retention()),
				"ClientToken", r.token("snapshot "+r.place()), "Tag.1.Key", tagMade, "Tag.1.Value", r.old.DiskID, "Tag.2.Key", tagAt, "Tag.2.Value", r.place()),
			Undo: r.undo("DeleteSnapshot", "SnapshotId", "{SnapshotId}"),
		})
	case r.instance != nil && r.instance.Status == "Running" && r.pass.Word("replace") == "stop":
		id := r.instance.InstanceID
		r.do(2*time.Minute, "the instance stops", r.tag(resource.TypeInstance, id, tagStop, r.old.DiskID),
			practice.Change{Why: "stop " + id, Call: r.call("StopInstance", "InstanceId", id, "StoppedMode", "KeepCharging"), Undo: r.undo("StartInstance", "InstanceId", id)})
	case r.instance != nil && r.instance.Status != "Running" && !cloud.Time(r.instance.StartTime).IsZero():
		r.wait(2*time.Minute, busy)
	default:
		r.f.Paste = nil
		r.f.Advice = "It is replaced as soon as nothing can be written to it: " + busy + ". Stop the instance when that suits: " +
			r.call("StopInstance", "InstanceId", r.old.InstanceID).String() + ". It must stay stopped until the disks have been swapped, which is told."
	}
}

// encrypt copies the snapshot with encryption.
func (r *replacement) encrypt() {
	r.do(5*time.Minute, "the encrypted copy is being made", practice.Change{
		Why: "copy snapshot " + r.first.SnapshotID + " with encryption",
		Call: r.call("CopySnapshot", "SnapshotId", r.first.SnapshotID, "DestinationRegionId", r.pass.Resource.Region, "DestinationSnapshotName", "ecsguard-encrypted-"+r.old.DiskID,
			"DestinationSnapshotDescription", "encrypted copy for "+r.old.DiskID, "Encrypted", "true", "KMSKeyId", first(r.pass.Param("kms-keys")),
			"RetentionDays", strconv.Itoa(r.retention()), "ClientToken", r.token("copy"+r.first.SnapshotID+first(r.pass.Param("kms-keys"))), "Tag.1.Key", tagMade, "Tag.1.Value", r.old.DiskID),
		Undo: r.undo("DeleteSnapshot", "SnapshotId", "{SnapshotId}"),
	})
}

// make makes the new disk: what it is made of is encrypted, and so it is.
func (r *replacement) make() {
	r.do(2*time.Minute, "the new disk is being made", practice.Change{
		Why:  "make a disk of the encrypted copy " + r.copy.SnapshotID,
		Call: r.newDisk("SnapshotId", r.copy.SnapshotID, "ClientToken", r.token("disk"+r.copy.SnapshotID)),
		Undo: r.undo("DeleteDisk", "DiskId", "{DiskId}"),
	})
}

// newDisk is a disk like the old one.
func (r *replacement) newDisk(more ...string) cloud.Call {
	d := r.old
	params := append([]string{"ZoneId", d.ZoneID, "DiskCategory", d.Category, "DiskName", d.DiskName, "Description", d.Description, "Size", strconv.Itoa(d.Size),
		"ResourceGroupId", d.ResourceGroupID}, more...)
	if strings.HasPrefix(d.Category, "cloud_essd") {
		params = append(params, "PerformanceLevel", d.PerformanceLevel)
	}
	if d.Category == "cloud_auto" {
		params = append(params, "BurstingEnabled", strconv.FormatBool(d.BurstingEnabled))
		if d.ProvisionedIOPS > 0 {
			params = append(params, "ProvisionedIops", strconv.Itoa(d.ProvisionedIOPS))
		}
	}
	params = append(params, "Tag.1.Key", tagMade, "Tag.1.Value", d.DiskID)
	n, tags := 1, d.Tags.Map()
	for _, key := range sorted(tags) {
		if own(key) {
			continue
		}
		n++
		params = append(params, fmt.Sprintf("Tag.%d.Key", n), key, fmt.Sprintf("Tag.%d.Value", n), tags[key])
	}
	return r.call("CreateDisk", params...)
}

// own tells whether a tag is the cloud's, which nobody else may set, or one of the plan's.
func own(key string) bool {
	return practice.Reserved(key) || slices.Contains([]string{tagPlan, tagMade, tagAt}, key)
}

// swap gives the new disk the settings of the old one, and takes the old one off, with a tag that says until when it is kept
// and where the new one goes. The next round attaches that.
func (r *replacement) swap() {
	d, id := r.old, r.disk.DiskID
	changes := r.settings()
	at := "kept until " + r.day() + " by " + id
	if d.InstanceID != "" {
		at += " at " + d.InstanceID + " " + device(d) + " " + release(d.DeleteWithInstance)
		if len(r.down) > 0 {
			at += " start"
		}
	}
	changes = append(changes, r.tag(resource.TypeDisk, d.DiskID, tagPlan, at))
	if d.InstanceID != "" {
		changes = append(changes, r.detach(d.InstanceID, device(d), d.DeleteWithInstance))
	}
	r.do(time.Minute, "the disks are being swapped", changes...)
	r.f.Advice = r.afterwards(id, r.day())
}

// settings are what the new disk is not made with.
func (r *replacement) settings() (changes []practice.Change) {
	d, n := r.old, *r.disk
	if d.DeleteAutoSnapshot != n.DeleteAutoSnapshot || d.EnableAutoSnapshot != n.EnableAutoSnapshot {
		set := func(of resource.Disk) cloud.Call {
			return r.call("ModifyDiskAttribute", "DiskId", n.DiskID, "DeleteAutoSnapshot", strconv.FormatBool(of.DeleteAutoSnapshot), "EnableAutoSnapshot", strconv.FormatBool(of.EnableAutoSnapshot))
		}
		undo := set(n)
		changes = append(changes, practice.Change{Why: "give " + n.DiskID + " the settings of " + d.DiskID, Call: set(d), Undo: &undo})
	}
	tags, has := d.Tags.Map(), n.Tags.Map()
	for _, key := range sorted(tags) { // put on since the new one was made
		if !own(key) && has[key] != tags[key] {
			changes = append(changes, r.tag(resource.TypeDisk, n.DiskID, key, tags[key]))
		}
	}
	if p := d.AutoSnapshotPolicyID; p != "" && p != n.AutoSnapshotPolicyID {
		policy := func(action string) cloud.Call {
			return cloud.New("ecs", action, r.pass.Resource.Region, "regionId", r.pass.Resource.Region, "autoSnapshotPolicyId", p, "diskIds", cloud.IDs(n.DiskID))
		}
		undo := policy("CancelAutoSnapshotPolicy")
		changes = append(changes, practice.Change{Why: "take snapshots of " + n.DiskID + " by " + p + " too", Call: policy("ApplyAutoSnapshotPolicy"), Undo: &undo})
	}
	return changes
}

func (r *replacement) detach(instance, device string, with bool) practice.Change {
	attach := r.attachOld(instance, device, with)
	return practice.Change{
		Why:  "take " + r.old.DiskID + " off " + instance,
		Call: r.call("DetachDisk", "InstanceId", instance, "DiskId", r.old.DiskID),
		Undo: &attach,
	}
}

// done tells whether the disks are swapped.
func (r *replacement) done() bool {
	return r.disk != nil && r.disk.DiskID == r.kept.by && r.old.InstanceID == "" && r.disk.InstanceID == r.kept.instance
}

// swapped is where the old disk has its tag: what is left of the swap, or of the time after it.
func (r *replacement) swapped() {
	d, k, now := r.old, r.kept, r.pass.Now.UTC()
	on := "" // where the new one is
	if r.disk != nil {
		on = r.disk.InstanceID
	}
	neither := k.instance != "" && d.InstanceID == "" && on == ""
	switch {
	case r.disk == nil:
		r.stop(fmt.Sprintf("Its tag says that %s has replaced it, and there is no such encrypted disk that says so too.", k.by), "Look for its data before you delete anything.")
	case k.until > now.AddDate(1, 0, 1).Format(time.DateOnly):
		r.stop("Its tag says that it is kept until "+k.until+", which is more than a year.", "")
	case k.instance != "" && r.instance == nil && d.InstanceID == "" && on == "":
		r.stop(fmt.Sprintf("Instance %s is gone, and the new disk %s is on none.", k.instance, k.by), "")
	case neither && r.disk.AttachedTime != "": // not by this plan, or taken off since
		r.stop(fmt.Sprintf("Instance %s has neither the old disk nor %s, which has been attached before.", k.instance, k.by), "Attach the one that has the data.")
	case k.instance != "" && (d.InstanceID != "" || on == "") && !r.proved():
		r.stop("The snapshots of which the new disk was made do not show, so that nobody can tell what is on it.", "")
	case d.InstanceID != "" && (r.disk.AttachedTime != "" || d.InstanceID != k.instance):
		r.stop("The replacement was taken back: the old disk is attached again.", "Exempt it, or remove what is left over, and it is begun again.")
	case d.InstanceID != "" && r.usedSince() && r.down != nil:
		r.start()
	case r.usedSince():
		r.stop("The old disk was attached again at "+d.AttachedTime+", after the copy was made: it may hold what the new one does not.", "Exempt it, or remove what is left over, and it is begun again.")
	case d.InstanceID != "" && r.moved() != "":
		r.stop("Data may have been written since the snapshot: "+r.moved()+". The copy does not count.", "")
	case d.InstanceID != "":
		r.do(time.Minute, "the disks are being swapped", r.detach(k.instance, k.device, k.release == release(true)))
	case neither && r.startedSince():
		r.back("The instance was started at " + r.instance.StartTime + ", perhaps before the old disk was off: that one may hold more than the copy.")
	case neither && d.DetachedTime != "" && now.Sub(cloud.Time(d.DetachedTime)) > refused && now.Sub(cloud.Time(d.DetachedTime)) < 12*refused: // later nobody has tried, or both are refused
		r.back("The new disk could not be attached for an hour.")
	case neither && r.disk.Status == "Available":
		r.do(time.Minute, "the new disk is being attached", practice.Change{
			Why: fmt.Sprintf("attach %s to %s as %s", k.by, k.instance, k.device),
			Call: r.call("AttachDisk", "InstanceId", k.instance, "DiskId", k.by, "Device", said(k.device),
				"DeleteWithInstance", strconv.FormatBool(k.release == release(true))),
			Undo: r.undo("DetachDisk", "InstanceId", k.instance, "DiskId", k.by),
		})
		r.f.Plan.Again = refused + time.Minute
	case neither:
		r.wait(time.Minute, "the new disk is "+strings.ToLower(r.disk.Status))
	case r.down != nil && on == k.instance:
		r.start()
	case r.down != nil:
		r.stop("The disks are swapped, and the new one has been moved to "+on+".", "See whether the instance is to be started.")
	case now.Format(time.DateOnly) < k.until:
		r.f.Title = "" // it is kept for now, and that has been told
	default:
		r.over()
	}
	if r.f.Plan != nil && !strings.HasPrefix(r.f.Advice, "The old disk is attached again") {
		r.f.Advice = r.afterwards(k.by, k.until)
	}
}

// over is that the old disk has been kept for long enough. It is deleted only where the snapshots show that the new one
// was made of it: whoever may set tags could say so of any disk.
func (r *replacement) over() {
	d, k := r.old, r.kept
	r.f.Title, r.f.Paste, r.f.Costs = fmt.Sprintf("The disk that %s has replaced is still there, and not encrypted", k.by), nil, ""
	r.f.Advice = "It was kept until " + k.until + ". Once nobody needs it any more: " + r.call("DeleteDisk", "DiskId", d.DiskID).String() + "."
	switch {
	case r.pass.Word("kept") != "delete" || d.Status != "Available":
	case !r.proved():
		r.f.Advice = "ecsguard does not delete it: the snapshots that show what " + k.by + " was made of are gone. " + r.f.Advice
	default:
		r.f.Changes = []practice.Change{{Why: "delete the old disk " + d.DiskID + ", which nobody can take back", Call: r.call("DeleteDisk", "DiskId", d.DiskID)}}
	}
}

// proved tells whether the snapshots show that the new disk was made of the old one. A tag says so of any.
func (r *replacement) proved() bool {
	return r.copy != nil && r.disk != nil && r.disk.SourceSnapshotID == r.copy.SnapshotID
}

// usedSince tells whether the old disk has been attached after the new one was made.
func (r *replacement) usedSince() bool {
	return r.old.AttachedTime != "" && cloud.Time(r.old.AttachedTime).After(cloud.Time(r.disk.CreationTime))
}

// startedSince tells whether the instance may have been started since the snapshot.
func (r *replacement) startedSince() bool {
	started := cloud.Time(r.instance.StartTime)
	return started.IsZero() || started.Add(time.Minute).After(cloud.Time(r.first.CreationTime))
}

// back attaches the old disk again, which has all the data.
func (r *replacement) back(why string) {
	k := r.kept
	r.do(time.Minute, "the old disk is attached again", practice.Change{
		Why:  fmt.Sprintf("attach the old disk %s to %s again", r.old.DiskID, k.instance),
		Call: r.attachOld(k.instance, k.device, k.release == release(true)),
		Undo: r.undo("DetachDisk", "InstanceId", k.instance, "DiskId", r.old.DiskID),
	})
	r.f.Advice = "The old disk is attached again, as it was. " + why
}

func (r *replacement) attachOld(instance, device string, with bool) cloud.Call {
	return r.call("AttachDisk", "InstanceId", instance, "DiskId", r.old.DiskID, "Device", said(device), "DeleteWithInstance", strconv.FormatBool(with))
}

// start starts the instance again that was stopped for this disk. A start may be accepted, and fail: the tag of the old
// disk says that it is to run.
func (r *replacement) start() {
	i, tagged := r.down[0], r.down[0].Tags.Map()[tagStop] != ""
	untag := practice.Change{Why: "take the tag " + tagStop + " off " + i.InstanceID,
		Call: r.call("UntagResources", "ResourceType", "instance", "ResourceId.1", i.InstanceID, "TagKey.1", tagStop)}
	start := practice.Change{Why: "start " + i.InstanceID, Call: r.call("StartInstance", "InstanceId", i.InstanceID),
		Undo: r.undo("StopInstance", "InstanceId", i.InstanceID, "StoppedMode", "KeepCharging")}
	switch {
	case i.Status == "Stopped" && len(r.other) > 0:
		r.wait(5*time.Minute, "another disk of the instance is being replaced, and then it starts")
	case i.Status == "Stopped" && tagged:
		r.do(time.Minute, "the instance starts", start, untag)
	case i.Status == "Stopped":
		r.do(time.Minute, "the instance starts", start)
	case i.Status == "Running":
		r.do(time.Minute, "the instance has started", untag)
	default:
		r.wait(time.Minute, "instance "+i.InstanceID+" is "+strings.ToLower(i.Status))
	}
}

// owed tells whether ecsguard still has to start the instance, by the tag of the old disk: it was stopped, and has not been
// started since the disk that is on it was attached.
func (r *replacement) owed() bool {
	i, on := r.instance, r.old.AttachedTime
	if !r.kept.start || i == nil || i.Status != "Stopped" {
		return false
	}
	if r.old.InstanceID == "" && r.disk != nil {
		on = r.disk.AttachedTime
	}
	return cloud.Time(i.StartTime).Before(cloud.Time(on).Truncate(time.Minute)) // times of starting have minutes
}

// empty tells whether nothing can be on the disk: it is new, was made of nothing and was never attached.
func (r *replacement) empty() bool {
	d := r.old
	return d.Status == "Available" && d.InstanceID == "" && d.AttachedTime == "" && d.DetachedTime == "" && d.SourceSnapshotID == "" && r.from.IsZero() &&
		r.pass.Younger(cloud.Time(d.CreationTime), newborn)
}

// again makes an encrypted disk like a new and empty one.
func (r *replacement) again() {
	r.f.Costs = "The empty disk and the new one are both paid for, until one is deleted."
	i := slices.IndexFunc(r.disks, func(d resource.Disk) bool { return d.Encrypted && d.SourceSnapshotID == "" })
	switch {
	case i < 0:
		r.do(time.Minute, "the disk is being made again", practice.Change{
			Why:  "make " + r.old.DiskID + " again, encrypted: it is new and empty (by the time of an undo the new one may not be, so that none deletes it)",
			Call: r.newDisk("Encrypted", "true", "KMSKeyId", first(r.pass.Param("kms-keys")), "ClientToken", r.token("again")),
		})
		r.f.Advice = "Use the new disk in its place. Delete the empty one: " + r.call("DeleteDisk", "DiskId", r.old.DiskID).String() + "."
	case r.disks[i].Status != "Available":
		r.wait(time.Minute, "the new disk is "+strings.ToLower(r.disks[i].Status))
	case r.pass.Word("kept") == "delete" && r.pass.Fresh(): // that it is gone would be taken for not there yet
		r.wait(2*time.Minute, "the empty disk is deleted next")
	case r.pass.Word("kept") == "delete":
		r.f.Changes = []practice.Change{{Why: "delete the new and empty disk " + r.old.DiskID, Call: r.call("DeleteDisk", "DiskId", r.old.DiskID)}}
	default:
		r.disk = &r.disks[i]
		r.do(time.Minute, "the disk has been made again", r.tag(resource.TypeDisk, r.old.DiskID, tagPlan, "kept until "+r.day()+" by "+r.disk.DiskID))
	}
	if i >= 0 {
		r.f.Advice = "Use " + r.disks[i].DiskID + " in its place. Delete the empty one: " + r.call("DeleteDisk", "DiskId", r.old.DiskID).String() + "."
	}
}
