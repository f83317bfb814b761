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
// A disk has ten policies at most: its first is kept at the disk, the others name it. Retention, hours and days are what a
// practice reads to say whether backups are enough.
type snapshotPolicy struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Hours           []string `yaml:"hours"`                    // as the API writes them; default ["0"]
	Weekdays        []string `yaml:"weekdays"`                 // default all seven
	Days            int      `yaml:"retention-days,omitempty"` // how long snapshots are kept; default -1, for ever
	CopyTo          []string `yaml:"copy-to,omitempty"`        // regions
	CopyDays        int      `yaml:"copy-retention-days,omitempty"`
	Beside          []string `yaml:"beside-another-on,omitempty"` // disks that have it and another, which the disk names
	Expired         bool     `yaml:"expired,omitempty"`           // the account is in debt, and no snapshots are taken

	copies bool // to those regions: the API remembers them when copying is switched off
}

var snapshotPolicyRows = kernel.Kind{Key: "snapshot-policies", Prefix: "sp", Tagged: "snapshotpolicy", Type: snapshotPolicyKind}

func (p *snapshotPolicy) Defaults(*Service) {
	if len(p.Hours) == 0 {
		p.Hours = []string{"0"}
	}
	if len(p.Weekdays) == 0 {
		p.Weekdays = []string{"1", "2", "3", "4", "5", "6", "7"}
	}
	p.Days = cmp.Or(p.Days, -1)
}

func (p *snapshotPolicy) Complete(*kernel.Loader, *Service) error {
	p.copies = len(p.CopyTo) > 0
	return nil
}

func (p *snapshotPolicy) Check(*Service) error { return nil }

// Abridged leaves out regions to which nothing is copied.
func (p *snapshotPolicy) Abridged(*Service) *snapshotPolicy {
	short := *p
	if !p.copies {
		short.CopyTo = nil
	}
	return &short
}

const snapshotPolicyKind = "ACS::ECS::AutoSnapshotPolicy"

var onSnapshotPolicy = onEach("snapshotpolicy", kernel.Named("autoSnapshotPolicyId", "AutoSnapshotPolicyId"))

// These actions are old: their parameters are in lower case.
const policyCopies = " EnableCrossRegionCopy:Boolean TargetCopyRegions CopiedSnapshotsRetentionDays:Integer CopyEncryptionConfiguration:Struct(Encrypted KMSKeyId Arn)"

// Their answers are plain, and DescribeAutoSnapshotPolicyEx alone has parameters in capitals.
// AssociateDiskWith… and the other newer forms are left out.
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
// Its code has 400, where other resources of ECS have 404.
func (q *request) snapshotPolicy() (*snapshotPolicy, error) {
	p, ok := kernel.Find(q.Request, q.c.SnapshotPolicies, q.Str("autoSnapshotPolicyId"))
	if !ok {
		return nil, kernel.Refuse(400, "InvalidAutoSnapshotPolicyId.NotFound", "The specified AutoSnapshotPolicyId does not exist.")
	}
	q.Touch(snapshotPolicyKind, p.ID)
	return p, nil
}

// read takes what a call says about a policy.
// Hours and weekdays are JSON arrays of numbers in text, each once. retentionDays is -1 for ever,
// or 1 to 65535.
func (p *snapshotPolicy) read(q *request) error {
	for _, list := range []struct {
		param    string
		to       *[]string
		from, up int
	}{{"timePoints", &p.Hours, 0, 23}, {"repeatWeekdays", &p.Weekdays, 1, 7}} {
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
	p.Days = q.Num("retentionDays", p.Days)
	if p.Days != -1 && (p.Days < 1 || p.Days > 65535) {
		return kernel.Refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", "retentionDays")
	}
	if q.Has("EnableCrossRegionCopy") {
		p.copies = q.Is("EnableCrossRegionCopy")
	}
	if q.Has("TargetCopyRegions") {
		var regions []string // a new list: the policy's own stays as it is until everything is right
		if err := json.Unmarshal([]byte(q.Str("TargetCopyRegions")), &regions); err != nil {
			return kernel.Refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", "TargetCopyRegions")
		}
		p.CopyTo = regions
	}
	p.Name, p.CopyDays = q.OrElse("autoSnapshotPolicyName", p.Name), q.Num("CopiedSnapshotsRetentionDays", p.CopyDays)
	return nil
}

// The name comes from read, which takes it in small letters.
func createSnapshotPolicy(q *request) (any, error) {
	p := &snapshotPolicy{Resource: q.NewResource("sp", "")}
	if err := p.read(q); err != nil {
		return nil, err
	}
	q.c.SnapshotPolicies = append(q.c.SnapshotPolicies, p)
	q.Touch(snapshotPolicyKind, p.ID)
	return map[string]any{"AutoSnapshotPolicyId": p.ID}, nil
}

// It works on a copy, which takes its place when everything is right.
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

// The disks that have it are left without one, silently, as they are in the real service.
// Snapshots stay.
func deleteSnapshotPolicy(q *request) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	for _, d := range q.c.Disks {
		q.c.cancelPolicy(d, p.ID)
	}
	q.c.SnapshotPolicies = kernel.Without(q.c.SnapshotPolicies, p.ID)
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
		d, ok := kernel.Find(q.Request, q.c.Disks, id)
		switch {
		case !ok:
			return nil, kernel.Refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
		case isLocalDisk(d.Category):
			if len(ids) > 1 {
				return nil, kernel.Refuse(400, "PartofDiskCategory.OperationNotSupported", "The types of some disks in the disk list do not support creating snapshots.")
			}
			return nil, kernel.Refuse(400, "DiskCategory.OperationNotSupported", "The type of the specified disk does not support creating a snapshot.")
		}
		q.Touch(kernel.DiskKind, id)
		disks = append(disks, d)
	}
	return disks, nil
}

// It is added to those that a disk has (since 2026; before, it took the place of the one). The code
// for the eleventh is not documented.
func applySnapshotPolicy(q *request) (any, error) {
	p, err := q.snapshotPolicy()
	if err != nil {
		return nil, err
	}
	disks, err := q.policyDisks()
	for _, d := range disks {
		switch has := q.c.policiesOf(d); {
		case slices.Contains(has, p.ID):
		case len(has) == 0:
			d.Policy = p.ID
		case len(has) >= 10:
			return nil, kernel.Refuse(403, "QuotaExceed.AutoSnapshotPolicy", "The disk has as many automatic snapshot policies as it can have.")
		default:
			p.Beside = append(p.Beside, d.ID)
		}
	}
	return map[string]any{}, err
}

// policiesOf are the policies of a disk, its first before the others.
func (c *Service) policiesOf(d *disk) (ids []string) {
	if d.Policy == "" {
		return nil
	}
	ids = []string{d.Policy}
	for _, p := range c.SnapshotPolicies {
		if p.Region == d.Region && slices.Contains(p.Beside, d.ID) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// cancelPolicy takes a policy off a disk; another takes the first one's place.
func (c *Service) cancelPolicy(d *disk, id string) {
	left := slices.DeleteFunc(c.policiesOf(d), func(has string) bool { return has == id })
	d.Policy = ""
	for _, p := range c.SnapshotPolicies {
		p.Beside = slices.DeleteFunc(p.Beside, func(on string) bool { return on == d.ID })
	}
	for n, other := range left {
		if p, ok := kernel.FindIn(d.Region, c.SnapshotPolicies, other); ok && n > 0 {
			p.Beside = append(p.Beside, d.ID)
		} else if ok {
			d.Policy = other
		}
	}
}

// Without a policy in the call, disks lose all that they have.
func cancelSnapshotPolicy(q *request) (any, error) {
	disks, err := q.policyDisks()
	for _, d := range disks {
		for _, id := range q.c.policiesOf(d) {
			if q.Matches("autoSnapshotPolicyId", id) {
				q.c.cancelPolicy(d, id)
			}
		}
	}
	return map[string]any{}, err
}

func describeSnapshotPolicies(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.SnapshotPolicies, func(p *snapshotPolicy) bool {
		return q.Matches("AutoSnapshotPolicyId", p.ID) && q.Matches("AutoSnapshotPolicyName", p.Name) && p.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "AutoSnapshotPolicies", "AutoSnapshotPolicy", func(p *snapshotPolicy) map[string]any {
		disks := 0
		for _, d := range q.c.Disks {
			if slices.Contains(q.c.policiesOf(d), p.ID) {
				disks++
			}
		}
		return map[string]any{
			"AutoSnapshotPolicyId": p.ID, "AutoSnapshotPolicyName": p.Name, "RegionId": p.Region, "CreationTime": kernel.Stamp(p.Created), "Status": map[bool]string{true: "Expire", false: "Normal"}[p.Expired],
			"TimePoints": jsonStrings(p.Hours), "RepeatWeekdays": jsonStrings(p.Weekdays), "RetentionDays": p.Days, "DiskNums": disks, "VolumeNums": 0,
			"EnableCrossRegionCopy": p.copies, "TargetCopyRegions": jsonStrings(p.CopyTo), "CopiedSnapshotsRetentionDays": p.CopyDays, "Type": "Custom",
			"ResourceGroupId": "", "Tags": map[string]any{"Tag": kernel.TagViews(p.Tags, "TagKey", "TagValue")},
		}
	})
}

// jsonStrings writes a list as JSON within JSON.
func jsonStrings(values []string) string {
	b, _ := json.Marshal(kernel.ListOf(values))
	return string(b)
}
