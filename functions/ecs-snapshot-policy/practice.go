package ecssnapshotpolicy

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-snapshot-policy.
var Practice = &practice.Practice{
	ID:       "ecs-snapshot-policy",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeDisk,
	Guide:    []string{"ディザスタリカバリの目的でスナップショットを使用する"},
	Cites:    []string{"MLPS 8.1.4.9", "Cloud Config: ecs-disk-auto-snapshot-policy, ecs-disk-retain-auto-snapshot"},
	Triggers: practice.Triggers(practice.Launched,
		practice.Making(resource.TypeDisk, "Ecs", "CreateDisk", "ReplaceSystemDisk"),
		practice.On(resource.TypeDisk, "Ecs", "AttachDisk"),
		practice.Untagged(resource.TypeDisk, "Ecs"),
		[]practice.Trigger{
			{Service: "Ecs", Name: "CancelAutoSnapshotPolicy", Resource: "params.diskIds|resources." + resource.TypeDisk},
			{Service: "Ecs", Name: "DeleteAutoSnapshotPolicy", Resource: "region", Type: resource.TypeRegion},
		},
		practice.Configured(resource.TypeDisk)),
	Sweep:  practice.Daily(list, "ecs:DescribeDisks"),
	Reads:  []string{"ecs:DescribeDisks", "ecs:DescribeInstances"},
	Writes: []string{"ecs:ApplyAutoSnapshotPolicy"},
	Params: []practice.Param{
		{Name: "policies", Doc: "region=id of the policies to apply: cn-hangzhou=sp-1; none: only tell"},
		{Name: "no-backup", Default: []string{"no-backup"}, Doc: "tags, as key or key=value, of disks that need no policy"},
	},
	Check: check,
}

// without tells whether a disk is judged, and has no policy.
func without(pass *practice.Pass, d resource.Disk) bool {
	return d.Status == "In_use" && !d.Local() && d.AutoSnapshotPolicyID == "" && !d.Tags.Has(pass.Param("no-backup"))
}

// chosen is the policy that the settings name for a region; empty: none.
func chosen(pass *practice.Pass) (policy string, err error) {
	for _, word := range pass.Param("policies") {
		region, id, ok := strings.Cut(word, "=")
		if !ok || region == "" || !strings.HasPrefix(id, "sp-") {
			return "", fmt.Errorf("param policies of %s: %q is not region=id of a policy", pass.Practice.ID, word)
		}
		if region == pass.Resource.Region {
			policy = id
		}
	}
	return policy, nil
}

func check(ctx context.Context, pass *practice.Pass) error {
	policy, err := chosen(pass)
	if err != nil {
		return err
	}
	r := pass.Resource
	var disks []resource.Disk
	switch {
	case r.Type == resource.TypeRegion: // a policy was deleted, and the event does not say whose it was
		disks, err = resource.Disks(ctx, pass, r.Region, "Status", "In_use", "EnableAutomatedSnapshotPolicy", "false")
	case r.Type == resource.TypeDisk && !pass.Kin():
		return nil // a tag was taken off something else
	default:
		disks, err = resource.DisksOf(ctx, pass, r.Region, r.Type, r.ID)
		err = practice.Some(disks, err)
	}
	if err != nil {
		return fmt.Errorf("reading the disks of %s: %w", r, err)
	}
	for _, d := range disks {
		if d.Status == "" {
			return fmt.Errorf("reading the disks of %s: the answer does not say whether %s is in use", r, d.DiskID)
		}
	}
	taken := pass.Fresh() && pass.Event.Succeeded() && slices.Contains([]string{"CancelAutoSnapshotPolicy", "DeleteAutoSnapshotPolicy"}, pass.Event.Name)
	disks = slices.DeleteFunc(disks, func(d resource.Disk) bool { return !without(pass, d) })
	if taken && len(disks) == 0 { // a read may be answered from before
		pass.Unseen("that a policy was taken off disks of " + r.String())
	}
	owners, err := machines(ctx, pass, disks)
	if err != nil && !practice.Refused(err) {
		return err
	}
	told := map[string]bool{} // a list that changes while it is read may name one twice
	for _, d := range disks {
		if told[d.DiskID] {
			continue
		}
		told[d.DiskID] = true
		switch {
		case !d.DeleteWithInstance:
			report(pass, d, policy)
		case err != nil: // the others are known all the same
			f := pass.Unread(d, "unread", "A disk in use has no automatic snapshot policy, and whether a service runs its instance cannot be read", practice.Unread{"error": practice.Why(err)})
			f.Severity = practice.Low
			f.Advice += " Where a scaling group or a cluster makes instance " + d.InstanceID + " again, the disk needs no policy: exempt it. Otherwise apply one."
			pass.Report(f)
		case owners[d.InstanceID] == "":
			report(pass, d, policy)
		}
	}
	return nil
}

func report(pass *practice.Pass, d resource.Disk, policy string) {
	region := pass.Resource.Region
	call := func(action, policy string) cloud.Call {
		return cloud.New("ecs", action, region, "regionId", region, "autoSnapshotPolicyId", policy, "diskIds", cloud.IDs(d.DiskID))
	}
	f := pass.Finding(d, d.DiskID, "A disk in use has no automatic snapshot policy")
	f.Facts = map[string]string{"instance": d.InstanceID, "category": d.Category, "type": d.Type}
	if policy == "" {
		f.Advice = "Apply a policy that takes snapshots each day and keeps them for a week at least, or name one in policies."
		f.Paste = practice.ByHand("It applies the policy whose id is put in the place of POLICY", call("ApplyAutoSnapshotPolicy", "POLICY"))
	} else {
		f.Changes = practice.Reversible("apply the policy "+policy+" to disk "+d.DiskID, call("ApplyAutoSnapshotPolicy", policy), call("CancelAutoSnapshotPolicy", policy))
	}
	pass.Report(f)
}

// machines are the owners of the instances with which disks are released, by their ids; empty: their account's.
func machines(ctx context.Context, pass *practice.Pass, disks []resource.Disk) (owners map[string]string, err error) {
	var ids []string
	for _, d := range disks {
		if d.DeleteWithInstance && !slices.Contains(ids, d.InstanceID) {
			ids = append(ids, d.InstanceID)
		}
	}
	owners = map[string]string{}
	for some := range slices.Chunk(ids, 100) {
		instances, err := resource.Instances(ctx, pass, pass.Resource.Region, "InstanceIds", cloud.IDs(some...))
		if err != nil {
			return nil, err
		}
		for _, i := range instances {
			owners[i.InstanceID] = i.About().Managed
		}
	}
	return owners, nil
}

// list names the disks in use without a policy; the cloud filters.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.DiskPages, func(d resource.Disk) bool { return without(pass, d) }, "Status", "In_use", "EnableAutomatedSnapshotPolicy", "false")
}
