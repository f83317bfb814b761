package ecsimagesecurityenhancement

import (
	"cmp"
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
		practice.YesNo("install", "whether the agent is installed on an instance without it, where the practice acts"),
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
	if i.Status == "" {
		return fmt.Errorf("reading instance %s: the answer does not say whether it runs", r.ID)
	}
	if i.Status == "Pending" || i.Status == "Starting" {
		return fmt.Errorf("instance %s is %s: %w", r.ID, i.Status, practice.ErrNotYet)
	}
	if i.Status != "Running" {
		return nil
	}
	if pass.Younger(cloud.Time(i.CreationTime), arrives) {
		if arriving, err := asked(ctx, pass); err != nil || arriving {
			return err
		}
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
	switch {
	case len(agents) == 0:
	case agents[0].ClientStatus == "pause": // by somebody, and installing it again would change nothing
		f.Title, f.Advice = "Security Center's agent on an instance of a public image is suspended", "Let it go on, in Security Center."
		f.Facts["status"] = agents[0].ClientStatus
	default:
		f.Facts["status"] = agents[0].ClientStatus
		if pass.Yes("install") {
			call := func(action string) cloud.Call { return cloud.New("sas", action, r.Region, "Uuids", agents[0].UUID) }
			f.Advice = "Launch the next one with SecurityEnhancementStrategy Active."
			f.Changes = practice.Reversible("install Security Center's agent on "+r.ID, call("OperateAgentClientInstall"), call("AddUninstallClientsByUuids"))
		}
	}
	pass.Report(f)
	return nil
}

// asked tells whether the launch that made us look has asked for the agent, by itself or by its launch template: the instance does
// not say.
func asked(ctx context.Context, pass *practice.Pass) (bool, error) {
	e := pass.Event
	if e == nil {
		return false, nil
	}
	if strategy := e.Params["SecurityEnhancementStrategy"]; strategy != "" {
		return strategy == active, nil
	}
	id, name, version := e.Params["LaunchTemplateId"], e.Params["LaunchTemplateName"], []string{"DefaultVersion", "true"}
	if id+name == "" {
		return false, nil
	}
	if number := e.Params["LaunchTemplateVersion"]; number != "" {
		version = []string{"LaunchTemplateVersion.1", number}
	}
	found, err := resource.TemplateVersions(ctx, pass, pass.Resource.Region, id, append(version, "LaunchTemplateName", name)...)
	if cloud.NotFound(err) { // it was deleted: the daily sweep sees whether the agent has come
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the launch template %s of %s: %w", cmp.Or(id, name), pass.Resource.ID, err)
	}
	return len(found) > 0 && found[0].LaunchTemplateData.SecurityEnhancementStrategy == active, nil
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
	t, v, err := practice.DefaultVersion(ctx, pass)
	if err != nil {
		return err
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
	return practice.ListedLaunches(ctx, pass, func(i resource.Instance) bool { return i.Status == "Running" })
}
