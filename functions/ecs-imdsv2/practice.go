package ecsimdsv2

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"

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
	Triggers: practice.Triggers(practice.Launched, practice.Configured(resource.TypeInstance),
		practice.Witnessed("params.HttpTokens", practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceMetadataOptions"))),
	Sweep:      practice.Daily(list, "ecs:DescribeInstances"),
	Reads:      []string{"ecs:DescribeInstances"},
	Writes:     []string{"ecs:ModifyInstanceMetadataOptions"},
	Touches:    true,
	Disruptive: "programs that read metadata without a token stop working",
	Check:      check,
}

// options are an instance's. Where nobody has set them the words are empty, which
// means the defaults.
func options(i resource.Instance) (tokens, endpoint string) {
	return cmp.Or(i.MetadataOptions.HTTPTokens, "optional"), cmp.Or(i.MetadataOptions.HTTPEndpoint, "enabled")
}

func open(tokens, endpoint string) bool { return tokens != "required" && endpoint == "enabled" }

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	tokens, endpoint := options(i)
	if !open(tokens, endpoint) {
		return nil
	}
	f := pass.Finding(i, "tokens", "The instance's metadata can be read without a token")
	f.Facts = map[string]string{"HttpTokens": i.MetadataOptions.HTTPTokens, "HttpEndpoint": i.MetadataOptions.HTTPEndpoint}
	f.Changes = practice.Reversible("require a token for the metadata of "+r.ID, set(r, endpoint, "required"), set(r, endpoint, tokens))
	pass.Report(f)
	return nil
}

// set sets both: HttpEndpoint is required, and leaving it to a default could
// switch on an endpoint that was off.
func set(r practice.Resource, endpoint, tokens string) cloud.Call {
	return cloud.New("ecs", "ModifyInstanceMetadataOptions", r.Region,
		"InstanceId", r.ID, "HttpEndpoint", endpoint, "HttpTokens", tokens)
}

// list names the instances that can be read without a token. The cloud's own filter
// for optional tokens may leave out those on which nobody has set anything.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return open(options(i)) })
}
