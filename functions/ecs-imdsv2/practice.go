package ecsimdsv2

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-imdsv2.
var Practice = &practice.Practice{
	ID:       "ecs-imdsv2",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeInstance,
	Guide:    []string{"セキュリティ強化モードでのインスタンスメタデータへのアクセス"},
	Cites:    []string{"MLPS 8.1.4.2", "Cloud Config: ecs-instance-meta-data-mode-check"},
	Alone:    true, // the versions of a launch template may hold secrets, and triage need not see them
	Triggers: practice.Triggers(practice.Launched, practice.Configured(resource.TypeInstance), practice.Templates,
		practice.Witnessed("params.HttpTokens", practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceMetadataOptions")),
		practice.Making(resource.TypeScalingConfiguration, "Ess", "CreateScalingConfiguration"),
		practice.On(resource.TypeScalingConfiguration, "Ess", "ModifyScalingConfiguration")),
	Sweep: practice.Daily(list, "ecs:DescribeInstances", "ecs:DescribeLaunchTemplates", "ess:DescribeScalingConfigurations"),
	Reads: []string{"ecs:DescribeInstances", "ecs:DescribeLaunchTemplates", "ecs:DescribeLaunchTemplateVersions", "ecs:DescribeImages",
		"ess:DescribeScalingConfigurations", "cms:QueryMetricList"},
	Writes: []string{"ecs:ModifyInstanceMetadataOptions", "ecs:CreateLaunchTemplateVersion", "ecs:ModifyLaunchTemplateDefaultVersion", "ess:ModifyScalingConfiguration"},
	Params: []practice.Param{
		{Name: "new-minutes", Kind: practice.Number, Default: []string{"0"}, Most: 1440, Doc: "switch only instances made at most so many minutes ago, and tell of older ones; 0: all"},
		{Name: "metric", Kind: practice.OneWord, Doc: "the metric of CloudMonitor that counts reads without a token, as namespace/name; none: nobody is told who still reads so"},
	},
	Touches:    true,
	Disruptive: "programs that read metadata without a token stop working",
	Check:      check,
	Evidence:   evidence,
}

// open tells whether metadata can be read without a token. Where nobody has set the words they are empty, which
// means the defaults: optional and enabled.
func open(tokens, endpoint string) bool { return tokens != "required" && endpoint != "disabled" }

func check(ctx context.Context, pass *practice.Pass) error {
	if namespace, name, _ := strings.Cut(pass.Word("metric"), "/"); pass.Word("metric") != "" && (namespace == "" || name == "" || strings.Contains(name, "/")) {
		return fmt.Errorf("param metric of %s: %q is no namespace/name", pass.Practice.ID, pass.Word("metric"))
	}
	switch pass.Resource.Type {
	case resource.TypeLaunchTemplate:
		return template(ctx, pass)
	case resource.TypeScalingConfiguration:
		return configuration(ctx, pass)
	}
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	tokens, endpoint := i.MetadataOptions.HTTPTokens, i.MetadataOptions.HTTPEndpoint
	switch {
	case !open(tokens, endpoint):
		return nil
	case i.Status == "Pending":
		return fmt.Errorf("instance %s is still being made: %w", r.ID, practice.ErrNotYet)
	}
	f := pass.Finding(i, "tokens", "The instance's metadata can be read without a token")
	f.Facts = map[string]string{"HttpTokens": tokens, "HttpEndpoint": endpoint}
	endpoint = cmp.Or(endpoint, "enabled")
	switch minutes := pass.Int("new-minutes"); {
	case i.OSType == "windows":
		f.Advice = "Windows does not start up as it should with tokens required, so leave that. See that its RAM role may do little, or give it none, and exempt it."
	case minutes > 0 && !pass.Younger(cloud.Time(i.CreationTime), time.Duration(minutes)*time.Minute):
		f.Advice = "Programs on it may rely on this. When none reads without a token any more: " + set(r, endpoint, "required").String()
	default:
		f.Changes = practice.Reversible("require a token for the metadata of "+r.ID, set(r, endpoint, "required"), set(r, endpoint, cmp.Or(tokens, "optional")))
	}
	pass.Report(f)
	return nil
}

// set sets both: HttpEndpoint is required, and leaving it to a default could
// switch on an endpoint that was off.
func set(r practice.Resource, endpoint, tokens string) cloud.Call {
	return cloud.New("ecs", "ModifyInstanceMetadataOptions", r.Region,
		"InstanceId", r.ID, "HttpEndpoint", endpoint, "HttpTokens", tokens)
}

// list names the instances that can be read without a token, all launch templates, and the scaling configurations that
// make such instances. The cloud's own filter for optional tokens may leave out those on which nobody has set anything.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	found, err := practice.ListedLaunches(ctx, pass, func(i resource.Instance) bool {
		return open(i.MetadataOptions.HTTPTokens, i.MetadataOptions.HTTPEndpoint)
	})
	if err != nil {
		return nil, err
	}
	configurations, err := resource.ScalingConfigurations(ctx, pass, pass.Resource.Region)
	more, err := practice.Listed(pass, configurations, err, func(c resource.ScalingConfiguration) bool { return open(c.HTTPTokens, c.HTTPEndpoint) })
	if err != nil {
		return nil, fmt.Errorf("listing scaling configurations: %w", err)
	}
	return append(found, more...), nil
}
