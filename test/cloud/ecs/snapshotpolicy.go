package ecs

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// snapshotPolicy takes snapshots of its disks at set times. The local cloud
// keeps it and takes none.
type snapshotPolicy struct {
	kernel.Resource
	hours, weekdays []string // as the API writes them
	days            int      // how long snapshots are kept; -1 for ever
	copyTo          string   // JSON list of regions
	copies          bool
	copyDays        int
}

const snapshotPolicyKind = "ACS::ECS::AutoSnapshotPolicy"

var onSnapshotPolicy = onEach("snapshotpolicy", kernel.Named("autoSnapshotPolicyId", "AutoSnapshotPolicyId"))

// These actions are old: their parameters are in lower case.
const policyCopies = " EnableCrossRegionCopy:Boolean TargetCopyRegions CopiedSnapshotsRetentionDays:Integer CopyEncryptionConfiguration:Struct(Encrypted KMSKeyId Arn)"

var snapshotPolicyActions = []action{
	{
		Name: "CreateAutoSnapshotPolicy", Write: true, On: onEach("snapshotpolicy", kernel.Named()), Do: createSnapshotPolicy,
		Params: "regionId! timePoints! repeatWeekdays! retentionDays:Integer! autoSnapshotPolicyName StorageLocationArn ResourceGroupId Tag:RepeatList(Key Value)" + policyCopies,
	},
	{
		Name: "ModifyAutoSnapshotPolicyEx", Write: true, On: onSnapshotPolicy, Do: modifySnapshotPolicy,
		Params: "regionId! autoSnapshotPolicyId! timePoints repeatWeekdays retentionDays:Integer autoSnapshotPolicyName" + policyCopies,
	},
	{
		Name: "DeleteAutoSnapshotPolicy", Write: true, On: onSnapshotPolicy, Do: deleteSnapshotPolicy,
		Params: "regionId! autoSnapshotPolicyId!",
	},
	{
		Name: "ApplyAutoSnapshotPolicy", Write: true, On: kernel.Both(onSnapshotPolicy, onEach("disk", kernel.NamedIn("diskIds"))), Do: applySnapshotPolicy,
		Params: "regionId! autoSnapshotPolicyId! diskIds!",
	},
	{
		Name: "CancelAutoSnapshotPolicy", Write: true, On: onEach("disk", kernel.NamedIn("diskIds")), Do: cancelSnapshotPolicy,
		Params: "regionId! autoSnapshotPolicyId diskIds!",
	},
	{
		Name: "DescribeAutoSnapshotPolicyEx", On: onSnapshotPolicy, Do: describeSnapshotPolicies,
		Params: `RegionId! AutoSnapshotPolicyId AutoSnapshotPolicyName ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// snapshotPolicy finds the policy of a call.
func (q *request) snapshotPolicy() (*snapshotPolicy, error) {
	p, ok := kernel.Find(q.Request, q.c.policies, q.Str("autoSnapshotPolicyId"))
	if !ok {
		return nil, kernel.Refuse(400, "InvalidAutoSnapshotPolicyId.NotFound", "The specified AutoSnapshotPolicyId does not exist.")
	}
	q.Touch(snapshotPolicyKind, p.ID)
	return p, nil
}

// read takes what a call says about a policy.
func (p *snapshotPolicy) read(q *request) error {
	for _, list := range []struct {
		param    string
		to       *[]string
		from, up int
	}{{"timePoints", &p.hours, 0, 23}, {"repeatWeekdays", &p.weekdays, 1, 7}} {
		if !q.Has(list.param) {
			continue
		}
		var values []string
		err := json.Unmarshal([]byte(q.Str(list.param)), &values)
		bad := err != nil || len(values) == 0
		for i, v := range values {
			n, err := strconv.Atoi(v)
			bad = bad || err != nil || n < list.from || n > list.up || slices.Contains(values[:i], v)
		}
		if bad {
			return kernel.Refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", list.param)
		}
		*list.to = values
	}
	p.days = q.Num("retentionDays", p.days)
	if p.days != -1 && (p.days < 1 || p.days > 65535) {
		return kernel.Refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", "retentionDays")
	}
	if q.Has("EnableCrossRegionCopy") {
		p.copies = q.Is("EnableCrossRegionCopy")
	}
	p.Name, p.copyTo, p.copyDays = q.OrElse("autoSnapshotPolicyName", p.Name), q.OrElse("TargetCopyRegions", p.copyTo), q.Num("CopiedSnapshotsRetentionDays", p.copyDays)
	return nil
}

func createSnapshotPolicy(q *request) (any, error) {
	p := &snapshotPolicy{Resource: q.NewResource("sp", "")}
	if err := p.read(q); err != nil {
		return nil, err
	}
	q.c.policies = append(q.c.policies, p)
	q.Touch(snapshotPolicyKind, p.ID)
	return map[string]any{"AutoSnapshotPolicyId": p.ID}, nil
}

func modifySnapshotPolicy(q *request) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	changed := *p
	if err := changed.read(q); err != nil {
		return nil, err
	}
	*p = changed
	return kernel.Done()
}

func deleteSnapshotPolicy(q *request) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	for _, d := range q.c.disks {
		if d.policy == p.ID {
			d.policy = ""
		}
	}
	q.c.policies = kernel.Without(q.c.policies, p.ID)
	return kernel.Done()
}

// policyDisks are the disks that a call names, every one of which must exist.
func (q *request) policyDisks() ([]*disk, error) {
	ids, err := q.JSONList("diskIds", 500)
	if err != nil {
		return nil, err
	}
	var disks []*disk
	for _, id := range ids {
		d, ok := kernel.Find(q.Request, q.c.disks, id)
		switch {
		case !ok:
			return nil, kernel.Refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
		case isLocalDisk(d.category):
			return nil, kernel.Refuse(400, "DiskCategory.OperationNotSupported", "The type of the specified disk does not support creating a snapshot.")
		}
		q.Touch(kernel.DiskKind, id)
		disks = append(disks, d)
	}
	return disks, nil
}

func applySnapshotPolicy(q *request) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	disks, err := q.policyDisks()
	for _, d := range disks {
		d.policy = p.ID
	}
	return map[string]any{}, err
}

func cancelSnapshotPolicy(q *request) (any, error) {
	disks, err := q.policyDisks()
	for _, d := range disks {
		if q.Matches("autoSnapshotPolicyId", d.policy) {
			d.policy = ""
		}
	}
	return map[string]any{}, err
}

func describeSnapshotPolicies(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.policies, func(p *snapshotPolicy) bool {
		return q.Matches("AutoSnapshotPolicyId", p.ID) && q.Matches("AutoSnapshotPolicyName", p.Name) && p.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "AutoSnapshotPolicies", "AutoSnapshotPolicy", func(p *snapshotPolicy) map[string]any {
		disks := 0
		for _, d := range q.c.disks {
			if d.policy == p.ID {
				disks++
			}
		}
		return map[string]any{
			"AutoSnapshotPolicyId": p.ID, "AutoSnapshotPolicyName": p.Name, "RegionId": p.Region, "CreationTime": kernel.Stamp(p.Created), "Status": "Normal",
			"TimePoints": jsonStrings(p.hours), "RepeatWeekdays": jsonStrings(p.weekdays), "RetentionDays": p.days, "DiskNums": disks, "VolumeNums": 0,
			"EnableCrossRegionCopy": p.copies, "TargetCopyRegions": cmp.Or(p.copyTo, "[]"), "CopiedSnapshotsRetentionDays": p.copyDays, "Type": "Custom",
			"ResourceGroupId": "", "Tags": map[string]any{"Tag": kernel.TagViews(p.Tags, "TagKey", "TagValue")},
		}
	})
}

// jsonStrings writes a list as JSON within JSON.
func jsonStrings(values []string) string {
	b, _ := json.Marshal(kernel.ListOf(values))
	return string(b)
}
