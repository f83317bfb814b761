package cloud

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

// snapshotPolicy takes snapshots of its disks at set times. The local cloud
// keeps it and takes none.
type snapshotPolicy struct {
	ecsResource
	hours, weekdays []string // as the API writes them
	days            int      // how long snapshots are kept; -1 for ever
	copyTo          string   // JSON list of regions
	copies          bool
	copyDays        int
}

const snapshotPolicyKind = "ACS::ECS::AutoSnapshotPolicy"

var onSnapshotPolicy = onEach("snapshotpolicy", named("autoSnapshotPolicyId", "AutoSnapshotPolicyId"))

// These actions are old: their parameters are in lower case.
const policyCopies = " EnableCrossRegionCopy:Boolean TargetCopyRegions CopiedSnapshotsRetentionDays:Integer CopyEncryptionConfiguration:Struct(Encrypted KMSKeyId Arn)"

var snapshotPolicyActions = []rpcAction{
	{
		name: "CreateAutoSnapshotPolicy", write: true, on: onEach("snapshotpolicy", named()), do: createSnapshotPolicy,
		params: "regionId! timePoints! repeatWeekdays! retentionDays:Integer! autoSnapshotPolicyName StorageLocationArn ResourceGroupId Tag:RepeatList(Key Value)" + policyCopies,
	},
	{
		name: "ModifyAutoSnapshotPolicyEx", write: true, on: onSnapshotPolicy, do: modifySnapshotPolicy,
		params: "regionId! autoSnapshotPolicyId! timePoints repeatWeekdays retentionDays:Integer autoSnapshotPolicyName" + policyCopies,
	},
	{
		name: "DeleteAutoSnapshotPolicy", write: true, on: onSnapshotPolicy, do: deleteSnapshotPolicy,
		params: "regionId! autoSnapshotPolicyId!",
	},
	{
		name: "ApplyAutoSnapshotPolicy", write: true, on: both(onSnapshotPolicy, onEach("disk", namedIn("diskIds"))), do: applySnapshotPolicy,
		params: "regionId! autoSnapshotPolicyId! diskIds!",
	},
	{
		name: "CancelAutoSnapshotPolicy", write: true, on: onEach("disk", namedIn("diskIds")), do: cancelSnapshotPolicy,
		params: "regionId! autoSnapshotPolicyId diskIds!",
	},
	{
		name: "DescribeAutoSnapshotPolicyEx", on: onSnapshotPolicy, do: describeSnapshotPolicies,
		params: `RegionId! AutoSnapshotPolicyId AutoSnapshotPolicyName ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
}

// snapshotPolicy finds the policy of a call.
func (q *rpcRequest) snapshotPolicy() (*snapshotPolicy, error) {
	p, ok := find(q, q.c.ecs.policies, q.str("autoSnapshotPolicyId"))
	if !ok {
		return nil, refuse(400, "InvalidAutoSnapshotPolicyId.NotFound", "The specified AutoSnapshotPolicyId does not exist.")
	}
	q.touch(snapshotPolicyKind, p.id)
	return p, nil
}

// read takes what a call says about a policy.
func (p *snapshotPolicy) read(q *rpcRequest) error {
	for _, list := range []struct {
		param    string
		to       *[]string
		from, up int
	}{{"timePoints", &p.hours, 0, 23}, {"repeatWeekdays", &p.weekdays, 1, 7}} {
		if !q.has(list.param) {
			continue
		}
		var values []string
		err := json.Unmarshal([]byte(q.str(list.param)), &values)
		bad := err != nil || len(values) == 0
		for i, v := range values {
			n, err := strconv.Atoi(v)
			bad = bad || err != nil || n < list.from || n > list.up || slices.Contains(values[:i], v)
		}
		if bad {
			return refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", list.param)
		}
		*list.to = values
	}
	p.days = q.num("retentionDays", p.days)
	if p.days != -1 && (p.days < 1 || p.days > 65535) {
		return refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", "retentionDays")
	}
	if q.has("EnableCrossRegionCopy") {
		p.copies = q.is("EnableCrossRegionCopy")
	}
	p.name, p.copyTo, p.copyDays = q.orElse("autoSnapshotPolicyName", p.name), q.orElse("TargetCopyRegions", p.copyTo), q.num("CopiedSnapshotsRetentionDays", p.copyDays)
	return nil
}

func createSnapshotPolicy(q *rpcRequest) (any, error) {
	p := &snapshotPolicy{ecsResource: q.newResource("sp", "")}
	if err := p.read(q); err != nil {
		return nil, err
	}
	q.c.ecs.policies = append(q.c.ecs.policies, p)
	q.touch(snapshotPolicyKind, p.id)
	return map[string]any{"AutoSnapshotPolicyId": p.id}, nil
}

func modifySnapshotPolicy(q *rpcRequest) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	changed := *p
	if err := changed.read(q); err != nil {
		return nil, err
	}
	*p = changed
	return done()
}

func deleteSnapshotPolicy(q *rpcRequest) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	for _, d := range q.c.ecs.disks {
		if d.policy == p.id {
			d.policy = ""
		}
	}
	q.c.ecs.policies = without(q.c.ecs.policies, p.id)
	return done()
}

// policyDisks are the disks that a call names, every one of which must exist.
func (q *rpcRequest) policyDisks() ([]*disk, error) {
	ids, err := q.jsonList("diskIds", 500)
	if err != nil {
		return nil, err
	}
	var disks []*disk
	for _, id := range ids {
		d, ok := find(q, q.c.ecs.disks, id)
		switch {
		case !ok:
			return nil, refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
		case isLocalDisk(d.category):
			return nil, refuse(400, "DiskCategory.OperationNotSupported", "The type of the specified disk does not support creating a snapshot.")
		}
		q.touch(diskKind, id)
		disks = append(disks, d)
	}
	return disks, nil
}

func applySnapshotPolicy(q *rpcRequest) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	disks, err := q.policyDisks()
	for _, d := range disks {
		d.policy = p.id
	}
	return map[string]any{}, err
}

func cancelSnapshotPolicy(q *rpcRequest) (any, error) {
	disks, err := q.policyDisks()
	for _, d := range disks {
		if q.matches("autoSnapshotPolicyId", d.policy) {
			d.policy = ""
		}
	}
	return map[string]any{}, err
}

func describeSnapshotPolicies(q *rpcRequest) (any, error) {
	kept := within(q, q.c.ecs.policies, func(p *snapshotPolicy) bool {
		return q.matches("AutoSnapshotPolicyId", p.id) && q.matches("AutoSnapshotPolicyName", p.name) && p.hasTags(q)
	})
	return numbered(q, kept, 10, "AutoSnapshotPolicies", "AutoSnapshotPolicy", func(p *snapshotPolicy) map[string]any {
		disks := 0
		for _, d := range q.c.ecs.disks {
			if d.policy == p.id {
				disks++
			}
		}
		return map[string]any{
			"AutoSnapshotPolicyId": p.id, "AutoSnapshotPolicyName": p.name, "RegionId": p.region, "CreationTime": stamp(p.created), "Status": "Normal",
			"TimePoints": jsonStrings(p.hours), "RepeatWeekdays": jsonStrings(p.weekdays), "RetentionDays": p.days, "DiskNums": disks, "VolumeNums": 0,
			"EnableCrossRegionCopy": p.copies, "TargetCopyRegions": cmp.Or(p.copyTo, "[]"), "CopiedSnapshotsRetentionDays": p.copyDays, "Type": "Custom",
			"ResourceGroupId": "", "Tags": map[string]any{"Tag": tagViews(p.tags, "TagKey", "TagValue")},
		}
	})
}

// jsonStrings writes a list as JSON within JSON.
func jsonStrings(values []string) string {
	b, _ := json.Marshal(listOf(values))
	return string(b)
}
