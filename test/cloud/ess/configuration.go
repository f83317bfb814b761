package ess

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// configuration is what a scaling group makes its instances from. Its tags are those of the instances: it has none
// of its own, and the tag service does not know it.
type configuration struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Group           string `yaml:"group,omitempty"` // default asg-1
	State           string `yaml:"state,omitempty"` // Active (default): its group uses it; or Inactive
	Image           string `yaml:"image,omitempty"` // default one of the system's
	Kind            string `yaml:"type,omitempty"`  // default ecs.g7.large
	HTTPTokens      string `yaml:"http-tokens,omitempty"`
	HTTPEndpoint    string `yaml:"http-endpoint,omitempty"`
}

const configurationKind = "ACS::ESS::ScalingConfiguration"

var configurationRows = kernel.Kind{Key: "scaling-configurations", Prefix: "asc", Type: configurationKind}

// What nobody has said about the metadata stays unsaid, as in an instance.
func (r *configuration) Defaults(*Service) {
	r.Group, r.State, r.Kind = cmp.Or(r.Group, "asg-1"), cmp.Or(r.State, "Active"), cmp.Or(r.Kind, "ecs.g7.large")
	r.Image = cmp.Or(r.Image, "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd")
}

func (r *configuration) Check(*Service) error {
	if r.State != "Active" && r.State != "Inactive" {
		return fmt.Errorf("state is %q, not Active or Inactive", r.State)
	}
	return nil
}

var configurationActions = []action{
	{
		Name: "DescribeScalingConfigurations", On: onConfiguration, Do: describe,
		Params: `RegionId ScalingGroupId ScalingConfigurationId:RepeatList ScalingConfigurationName:RepeatList
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
	{
		// The other parameters, of which there are many, change nothing that is kept here.
		Name: "ModifyScalingConfiguration", Write: true, On: onConfiguration, Do: modify,
		Params: "RegionId ScalingConfigurationId! ScalingConfigurationName ImageId HttpTokens=optional|required HttpEndpoint=enabled|disabled Override:Boolean",
	},
}

// onConfiguration is what a call needs permission for: the page names no type of resource.
func onConfiguration(q *kernel.Request) []string {
	return []string{q.ARN("ess", "*")}
}

func describe(q *request) (any, error) {
	ids, names := q.List("ScalingConfigurationId"), q.List("ScalingConfigurationName")
	kept := kernel.Within(q.Request, q.c.kept.Configurations, func(r *configuration) bool {
		return (ids == nil || slices.Contains(ids, r.ID)) && (names == nil || slices.Contains(names, r.Name)) && q.Matches("ScalingGroupId", r.Group)
	})
	return kernel.Numbered(q.Request, kept, 10, "ScalingConfigurations", "ScalingConfiguration", func(r *configuration) map[string]any {
		return map[string]any{
			"ScalingConfigurationId": r.ID, "ScalingConfigurationName": r.Name, "ScalingGroupId": r.Group, "LifecycleState": r.State,
			"ImageId": r.Image, "InstanceType": r.Kind, "HttpTokens": r.HTTPTokens, "HttpEndpoint": r.HTTPEndpoint, "CreationTime": kernel.Stamp(r.Created),
			"Tags": map[string]any{"Tag": kernel.TagViews(r.Tags, "Key", "Value")},
		}
	})
}

// What a call does not say stays as it is.
func modify(q *request) (any, error) {
	r, ok := kernel.Find(q.Request, q.c.kept.Configurations, q.Str("ScalingConfigurationId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidScalingConfigurationId.NotFound", "The specified scaling configuration does not exist.")
	}
	q.Touch(configurationKind, r.ID)
	r.Name, r.Image = q.OrElse("ScalingConfigurationName", r.Name), q.OrElse("ImageId", r.Image)
	r.HTTPTokens, r.HTTPEndpoint = q.OrElse("HttpTokens", r.HTTPTokens), q.OrElse("HttpEndpoint", r.HTTPEndpoint)
	return kernel.Done()
}
