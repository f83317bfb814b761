package cloudassistantonline

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

// Practice is cloud-assistant-online.
var Practice = &practice.Practice{
	ID:       "cloud-assistant-online",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"Cloud Assistantを使用したリソースチャネルのO&Mの自動化"},
	Cites:    []string{"MLPS 8.1.5.4"},
	Triggers: practice.Triggers(practice.Launched, practice.On(resource.TypeInstance, "Ecs", "StartInstance", "RebootInstance"), []practice.Trigger{
		{Service: "Ecs", Name: "StartInstances", Resource: "params.InstanceId.*"},
		{Service: "Ecs", Name: "RebootInstances", Resource: "params.InstanceId.*"},
	}),
	Sweep: practice.Daily(list, "ecs:DescribeInstances", "ecs:DescribeCloudAssistantStatus"),
	Reads: []string{"ecs:DescribeInstances", "ecs:DescribeCloudAssistantStatus"},
	Params: []practice.Param{
		{Name: "minutes", Kind: practice.Number, Default: []string{"10"}, Least: 2, Most: 1440, Doc: "for how long an agent may be silent, and how long it has after a start"},
		{Name: "appliances", Default: []string{"appliance"}, Doc: "tags, as key or key=value, of instances that have no agent"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	switch {
	case err != nil:
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	case i.Status == "Pending" || i.Status == "Starting":
		return fmt.Errorf("instance %s is %s: %w", r.ID, i.Status, practice.ErrNotYet)
	case i.Status == "":
		return fmt.Errorf("reading instance %s: the answer does not say whether it runs", r.ID)
	case !wanted(pass, i):
		return nil
	}
	a, err := resource.AgentOf(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading Cloud Assistant's status: %w", err)
	}
	ok, last, err := reports(pass, a)
	switch {
	case err != nil || ok:
		return err
	case pass.Now.Sub(cloud.Time(i.StartTime)) < silence(pass):
		pass.Unseen("Cloud Assistant on " + r.ID + ", which has just started")
		return nil
	}
	f := pass.Finding(i, "agent", "Cloud Assistant's agent does not report from a running instance")
	f.Facts = map[string]string{"version": a.CloudAssistantVersion, "last report": a.LastHeartbeatTime}
	f.Advice = "See within the guest whether the agent runs (systemctl status aliyun), and whether it may reach Cloud Assistant: a rule for outgoing traffic may drop it."
	if last.IsZero() {
		f.Title = "A running instance has no Cloud Assistant"
		f.Advice = "Install the agent, and restart the instance when it suits: " + cloud.New("ecs", "InstallCloudAssistant", r.Region, "InstanceId.1", r.ID).String() +
			", then " + cloud.New("ecs", "RebootInstance", r.Region, "InstanceId", r.ID).String() + "."
	}
	pass.Report(f)
	return nil
}

func silence(pass *practice.Pass) time.Duration {
	return time.Duration(pass.Int("minutes")) * time.Minute
}

// wanted tells whether an instance has to have the agent now.
func wanted(pass *practice.Pass, i resource.Instance) bool {
	return i.Status == "Running" && !i.Tags.Has(pass.Param("appliances"))
}

// reports tells whether an agent has reported lately. One that is said to report need not say when.
func reports(pass *practice.Pass, a resource.Agent) (ok bool, last time.Time, err error) {
	online, last, err := a.Online()
	return online && (last.IsZero() || pass.Now.Sub(last) <= silence(pass)), last, err
}

// list names the running instances whose agent is not known to report.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	agents, err := resource.Agents(ctx, pass, pass.Resource.Region)
	if err != nil {
		return nil, fmt.Errorf("listing the agents: %w", err)
	}
	fine := map[string]bool{}
	for _, a := range agents {
		fine[a.InstanceID], _, _ = reports(pass, a) // one that does not say is looked at by itself
	}
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return wanted(pass, i) && !fine[i.InstanceID] })
}
