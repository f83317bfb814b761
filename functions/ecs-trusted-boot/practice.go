package ecstrustedboot

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/quarantine"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-trusted-boot.
var Practice = &practice.Practice{
	ID:       "ecs-trusted-boot",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"セキュリティ強化されたインスタンスに高いセキュリティを必要とするホストビジネス"},
	Cites:    []string{"MLPS 8.1.2.3, 8.1.4.6"},
	Alone:    true, // the versions of a launch template may hold secrets, and triage need not see them
	Triggers: practice.Triggers(practice.Launched, practice.Tagged(resource.TypeInstance, "Ecs"),
		practice.Configured(resource.TypeInstance), practice.Templates),
	Sweep:  practice.Weekly(list, "ecs:DescribeInstances", "ecs:DescribeLaunchTemplates"),
	Reads:  []string{"ecs:DescribeInstances", "ecs:DescribeLaunchTemplates", "ecs:DescribeLaunchTemplateVersions"},
	Writes: []string{"ecs:StopInstance"},
	Params: []practice.Param{
		{Name: "needs", Default: []string{"security=high"}, Doc: "tags (key=value, or a key for any value) of instances whose work needs high security"},
		{Name: "families", Default: []string{"ecs.c7", "ecs.g7", "ecs.r7", "ecs.c7t", "ecs.g7t", "ecs.r7t"}, Doc: "instance families that can boot trusted, for the advice: whatever the family, the instance has to"},
		quarantine.Param(quarantine.Stop),
	},
	Touches:    true,
	Disruptive: "what runs on the new instance ends when it is stopped",
	Check:      check,
}

const (
	mark = "acs:ecs:supportVtpm" // the tag by which the cloud marks trusted instances
	asks = "SecurityOptions.TrustedSystemMode"
)

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if r.Type == resource.TypeLaunchTemplate {
		return template(ctx, pass)
	}
	if !pass.Kin() {
		return nil // a tag was put on something else
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	if !wrong(pass, i) {
		return nil
	}
	launched := pass.Event != nil && (pass.Event.Is("Ecs", "RunInstances") || pass.Event.Is("Ecs", "CreateInstance"))
	if launched && pass.Fresh() && slices.Contains(pass.Event.Find("params."+asks), "vTPM") {
		return fmt.Errorf("instance %s does not have the tag %s yet: %w", r.ID, mark, practice.ErrNotYet)
	}
	stops := launched && pass.Word(quarantine.Name) == quarantine.Stop
	if stops && quarantine.Stopped(i) {
		return nil
	}
	f := pass.Finding(i, "vtpm", "An instance that needs high security does not boot trusted")
	f.Facts = map[string]string{"type": i.InstanceType, "status": i.Status}
	f.Advice = advice(pass, i.InstanceTypeFamily)
	if stops {
		if f.Changes, err = quarantine.ToStop(r.Region, i); err != nil {
			return err
		}
	}
	pass.Report(f)
	return nil
}

func wrong(pass *practice.Pass, i resource.Instance) bool {
	return i.Tags.Has(pass.Param("needs")) && !i.Tags.Has([]string{mark})
}

// advice says what to do, by whether the family can boot trusted.
func advice(pass *practice.Pass, family string) string {
	can := "its family can, so only the launch has to ask for it"
	if !slices.Contains(pass.Param("families"), family) {
		can = "and it needs another family: " + strings.Join(pass.Param("families"), ", ")
	}
	return "It can only be chosen when an instance is made: launch its work anew with TrustedSystemMode vTPM among the SecurityOptions (" + can + "), and release this one."
}

// template looks at what the default version of a launch template makes.
func template(ctx context.Context, pass *practice.Pass) error {
	t, v, err := practice.DefaultVersion(ctx, pass)
	if err != nil {
		return err
	}
	data := v.LaunchTemplateData
	if !cloud.Tagged(data.Tags.InstanceTag.Map(), pass.Param("needs")) || data.SecurityOptions.TrustedSystemMode == "vTPM" {
		return nil
	}
	f := pass.Finding(t, "vtpm", "A launch template makes instances that need high security and do not boot trusted")
	f.Facts = map[string]string{"version": fmt.Sprint(v.VersionNumber), "type": data.InstanceType}
	f.Advice = "Make a version of it with TrustedSystemMode vTPM among the SecurityOptions (aliyun ecs CreateLaunchTemplateVersion), of one of the families " +
		strings.Join(pass.Param("families"), ", ") + ", and make that the default one (aliyun ecs ModifyLaunchTemplateDefaultVersion)."
	pass.Report(f)
	return nil
}

// list names the instances that need high security and do not boot trusted, and all launch templates.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedLaunches(ctx, pass, func(i resource.Instance) bool { return wrong(pass, i) })
}
