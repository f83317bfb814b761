package ecssnapshotretention

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-snapshot-retention.
var Practice = &practice.Practice{
	ID:       "ecs-snapshot-retention",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeSnapshotPolicy,
	Guide:    []string{"ディザスタリカバリの目的でスナップショットを使用する"},
	Cites:    []string{"MLPS 8.1.4.9", "Cloud Config: ecs-snapshot-retention-days, ecs-snapshot-policy-timepoints-check"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeSnapshotPolicy, "Ecs", "ModifyAutoSnapshotPolicyEx", "ApplyAutoSnapshotPolicy"),
		practice.Untagged(resource.TypeSnapshotPolicy, "Ecs"),
		[]practice.Trigger{{Service: "Ecs", Name: "CreateAutoSnapshotPolicy", Resource: "response.AutoSnapshotPolicyId|resources." + resource.TypeSnapshotPolicy, New: true}}),
	Sweep:  practice.Daily(list, "ecs:DescribeAutoSnapshotPolicyEx"),
	Reads:  []string{"ecs:DescribeAutoSnapshotPolicyEx"},
	Writes: []string{"ecs:ModifyAutoSnapshotPolicyEx"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"7"}, Least: 1, Most: 65535, Doc: "for how many days snapshots are kept at least"},
		{Name: "dev", Default: []string{"env=dev"}, Doc: "tags, as key or key=value, of policies for development, which are not judged"},
	},
	Check: check,
}

var everyDay = []string{"1", "2", "3", "4", "5", "6", "7"}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if !pass.Kin() {
		return nil // a tag was taken off something else
	}
	p, err := practice.One(resource.SnapshotPolicies(ctx, pass, r.Region, "AutoSnapshotPolicyId", r.ID))
	if err != nil {
		return fmt.Errorf("reading policy %s: %w", r.ID, err)
	}
	if *p.DiskNums == 0 && pass.Fresh() && pass.Event.Succeeded() && pass.Event.Name == "ApplyAutoSnapshotPolicy" {
		pass.Unseen("the disks of policy " + r.ID + ", to which it has just been applied")
	}
	if *p.DiskNums == 0 || p.Tags.Has(pass.Param("dev")) {
		return nil
	}
	if p.Status != "Normal" {
		f := pass.Finding(p, "status", "An automatic snapshot policy takes no snapshots: it is "+p.Status)
		f.Facts, f.Advice = map[string]string{"disks": strconv.Itoa(*p.DiskNums)}, "Pay the account's bill, and look at the policy."
		if p.Status != "Expire" {
			f.Title, f.Advice = "Whether an automatic snapshot policy takes snapshots cannot be told: it is "+p.Status, "Look at the policy yourself. All else about it was looked at."
		}
		pass.Report(f)
	}
	keeps, least := *p.RetentionDays, pass.Int("days")
	on, unsaid := p.Weekdays()
	if unsaid != nil { // how long it keeps them is known all the same
		f := pass.Finding(p, "weekdays", "On which days an automatic snapshot policy takes snapshots cannot be told")
		f.Facts, f.Advice = map[string]string{"error": unsaid.Error()}, "Look at the policy yourself. How long it keeps snapshots was looked at."
		pass.Report(f)
		on = everyDay
	}
	set := func(days int, weekdays string) cloud.Call {
		return cloud.New("ecs", "ModifyAutoSnapshotPolicyEx", r.Region, "regionId", r.Region, "autoSnapshotPolicyId", r.ID,
			"retentionDays", strconv.Itoa(days), "repeatWeekdays", weekdays, "timePoints", p.TimePoints)
	}
	var wrong []string
	want, weekdays := keeps, p.RepeatWeekdays
	if keeps >= 0 && keeps < least { // -1: for ever
		wrong, want = append(wrong, fmt.Sprintf("keeps snapshots for %d days", keeps)), least
	}
	if off := slices.DeleteFunc(slices.Clone(everyDay), func(day string) bool { return slices.Contains(on, day) }); len(off) > 0 {
		wrong, weekdays = append(wrong, fmt.Sprintf("takes none on %d days of the week", len(off))), cloud.IDs(everyDay...)
	}
	if len(wrong) > 0 {
		f := pass.Finding(p, "policy", "An automatic snapshot policy "+strings.Join(wrong, ", and "))
		f.Facts = map[string]string{"retentionDays": strconv.Itoa(keeps), "repeatWeekdays": p.RepeatWeekdays, "disks": strconv.Itoa(*p.DiskNums)}
		if unsaid != nil { // a call that leaves out its days could change them
			f.Advice = "Let it keep snapshots for " + strconv.Itoa(least) + " days, when it is known on which days it takes them."
			pass.Report(f)
			return nil
		}
		f.Changes = practice.Reversible("take snapshots daily by policy "+r.ID+" and keep them", set(want, weekdays), set(keeps, p.RepeatWeekdays))
		pass.Report(f)
	}
	return nil
}

// list names the policies that disks have.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.SnapshotPolicies(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, func(p resource.SnapshotPolicy) bool { return *p.DiskNums > 0 })
}
