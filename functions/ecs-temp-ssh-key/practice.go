package ecstempsshkey

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-temp-ssh-key.
var Practice = &practice.Practice{
	ID:       "ecs-temp-ssh-key",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeInstance,
	Guide:    []string{"ECSインスタンスへの安全なログインを確保するためのセキュリティ設定"},
	Cites:    []string{"MLPS 8.1.4.1"},
	Sweep:    practice.Weekly(list, "ecs:DescribeInstances", "ecs:DescribeCloudAssistantStatus"),
	Reads:    []string{"ecs:DescribeInstances", "ecs:DescribeCloudAssistantStatus", "ecs:ListPluginStatus"},
	Check:    check,
}

// plugin is that of Cloud Assistant which puts a public key on the host for a minute.
const plugin = "config_ecs_instance_connect"

func wanted(i resource.Instance) bool { return i.Status == "Running" && i.OSType != "windows" }

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	switch {
	case err != nil:
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	case i.Status == "" || i.OSType == "":
		return fmt.Errorf("reading instance %s: the answer does not say whether it runs, and what", r.ID)
	case !wanted(i):
		return nil
	}
	a, err := resource.AgentOf(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading whether sessions can be opened: %w", err)
	}
	if a.SupportSessionManager != nil && *a.SupportSessionManager {
		return nil
	}
	status, err := resource.PluginOf(ctx, pass, r.Region, r.ID, plugin)
	switch {
	case err != nil:
		return fmt.Errorf("reading whether temporary keys can be used: %w", err)
	case status != "" && status != "REMOVED":
		return nil
	case a.SupportSessionManager == nil:
		return fmt.Errorf("instance %s: the answer does not say whether sessions can be opened", r.ID)
	}
	f := pass.Finding(i, "temporary key", "A Linux instance takes no temporary SSH keys")
	f.Facts = map[string]string{"agent": a.CloudAssistantVersion, "plugin": status}
	f.Advice = "Neither Session Manager nor temporary keys work there, so that people need keys or passwords that last. " + mend(r, a)
	pass.Report(f)
	return nil
}

// mend is what makes temporary keys work. A command reaches only an instance whose agent reports.
func mend(r practice.Resource, a resource.Agent) string {
	if online, _, err := a.Online(); err != nil || !online {
		return "Its agent of Cloud Assistant does not report: install it (" + cloud.New("ecs", "InstallCloudAssistant", r.Region, "InstanceId.1", r.ID).String() + ") and restart the instance."
	}
	return "Install the plugin: " + cloud.New("ecs", "RunCommand", r.Region, "InstanceId.1", r.ID, "Type", "RunShellScript", "Username", "root", "Timeout", "60",
		"ContentEncoding", "PlainText", "CommandContent", "acs-plugin-manager --exec --plugin="+plugin).String() + "."
}

// list names the running Linux instances on which no session is known to work.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	agents, err := resource.Agents(ctx, pass, pass.Resource.Region)
	if err != nil {
		return nil, fmt.Errorf("listing the agents: %w", err)
	}
	works := map[string]bool{}
	for _, a := range agents {
		works[a.InstanceID] = a.SupportSessionManager != nil && *a.SupportSessionManager
	}
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return wanted(i) && !works[i.InstanceID] })
}
