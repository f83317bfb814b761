package ecsimagesecurityenhancement

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-image-security-enhancement.
var Practice = &practice.Practice{
	ID:       "ecs-image-security-enhancement",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeInstance,
	Guide:    []string{"安全なイメージを使用する"},
	Cites:    []string{"CIS Alibaba Cloud 8.2", "MLPS 8.1.4.5", "Cloud Config: ecs-instance-enabled-security-protection"},
	Alone:    true, // the versions of a launch template may hold secrets, and triage need not see them
	Triggers: practice.Triggers(practice.Launched, practice.Templates, practice.Configured(resource.TypeInstance)),
	Sweep:    practice.Daily(list, "ecs:DescribeInstances", "ecs:DescribeLaunchTemplates"),
	Reads: []string{"ecs:DescribeInstances", "ecs:DescribeImages", "ecs:DescribeLaunchTemplates", "ecs:DescribeLaunchTemplateVersions",
		"yundun-sas:DescribeCloudCenterInstances"},
	Writes: []string{"yundun-sas:OperateAgentClientInstall"},
	Params: []practice.Param{
		{Name: "install", Kind: practice.Choice, Choices: []string{"tell", "install"}, Default: []string{"tell"}, Doc: "what comes of an instance without the agent where the practice acts"},
	},
	Touches: true,
	Check:   check,
}

const (
	active  = "Active"
	arrives = 30 * time.Minute // after a launch that has asked for it, the agent is there
)

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if r.Type == resource.TypeLaunchTemplate {
		return template(ctx, pass)
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	if i.Status == "Pending" || i.Status == "Starting" {
		return fmt.Errorf("instance %s is %s: %w", r.ID, i.Status, practice.ErrNotYet)
	}
	made := cloud.Time(i.CreationTime)
	young := !made.IsZero() && pass.Now.Sub(made) < arrives
	if i.Status != "Running" || young && asked(pass) {
		return nil
	}
	public, err := public(ctx, pass, i.ImageID)
	if err != nil || !public {
		return err
	}
	agents, err := resource.SecurityAgents(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading the agent of instance %s: %w", r.ID, err)
	}
	if len(agents) > 0 && agents[0].ClientStatus == "online" {
		return nil
	}
	f := pass.Finding(i, "agent", "An instance of a public image is without Security Center's agent")
	f.Facts = map[string]string{"image": i.ImageID, "status": "unknown to Security Center"}
	f.Advice = "Launch with SecurityEnhancementStrategy Active. Install the agent on this one, in Security Center or by aliyun sas OperateAgentClientInstall."
	if len(agents) > 0 {
		f.Facts["status"] = agents[0].ClientStatus
		if pass.Word("install") == "install" {
			call := func(action string) cloud.Call { return cloud.New("sas", action, r.Region, "Uuids", agents[0].UUID) }
			f.Advice = "Launch the next one with SecurityEnhancementStrategy Active."
			f.Changes = practice.Reversible("install Security Center's agent on "+r.ID, call("OperateAgentClientInstall"), call("AddUninstallClientsByUuids"))
		}
	}
	pass.Report(f)
	return nil
}

// asked tells whether the launch that made us look has asked for the agent: the instance does not say.
func asked(pass *practice.Pass) bool {
	return pass.Event != nil && pass.Event.Params["SecurityEnhancementStrategy"] == active
}

// public tells whether an image is one of Alibaba Cloud's. Of one that is gone nobody knows: ecs-image-source tells of it.
func public(ctx context.Context, pass *practice.Pass, id string) (bool, error) {
	if id == "" {
		return false, fmt.Errorf("reading %s: the answer does not say of which image it is", pass.Resource)
	}
	found, err := resource.ImagesCalled(ctx, pass, pass.Resource.Region, id)
	if err != nil {
		return false, fmt.Errorf("reading image %s: %w", id, err)
	}
	return len(found) > 0 && found[0].ImageOwnerAlias == "system", nil
}

// template looks at what the default version of a launch template makes. One that leaves the image to the launch says nothing of it.
func template(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	t, err := practice.One(resource.LaunchTemplates(ctx, pass, r.Region, "LaunchTemplateId.1", r.ID))
	if err != nil {
		return fmt.Errorf("reading launch template %s: %w", r.ID, err)
	}
	v, err := resource.DefaultVersion(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading launch template %s: %w", r.ID, practice.Gone(err))
	}
	data := v.LaunchTemplateData
	if data.SecurityEnhancementStrategy == active || data.ImageID == "" {
		return nil
	}
	public, err := public(ctx, pass, data.ImageID)
	if err != nil || !public {
		return err
	}
	f := pass.Finding(t, "strategy", "A launch template makes instances of a public image without Security Center's agent")
	f.Facts = map[string]string{"version": fmt.Sprint(v.VersionNumber), "image": data.ImageID, "SecurityEnhancementStrategy": data.SecurityEnhancementStrategy}
	f.Advice = "Make a version of it with SecurityEnhancementStrategy Active (aliyun ecs CreateLaunchTemplateVersion), and make that the default one (aliyun ecs ModifyLaunchTemplateDefaultVersion)."
	pass.Report(f)
	return nil
}

// list names what runs, and all launch templates.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	found, err := practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return i.Status == "Running" })
	if err != nil {
		return nil, fmt.Errorf("listing instances: %w", err)
	}
	templates, err := resource.LaunchTemplates(ctx, pass, pass.Resource.Region)
	more, err := practice.Listed(pass, templates, err, nil)
	return append(found, more...), err
}
