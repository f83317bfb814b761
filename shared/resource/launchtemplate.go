package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeLaunchTemplate is the type of a launch template of ECS.
const TypeLaunchTemplate = "ACS::ECS::LaunchTemplate"

var _ = add(Kind{Type: TypeLaunchTemplate, Words: "launch template", Param: "LaunchTemplateId", Prefix: "lt-", ARN: "acs:ecs:%s:%s:launchtemplate/%s", Untags: "ecs",
	Page: "https://ecs.console.aliyun.com/launchTemplate/region/{region}/detail/{id}"})

// A LaunchTemplate is what instances are made from. Its versions are read by themselves.
type LaunchTemplate struct {
	LaunchTemplateID, LaunchTemplateName string

	DefaultVersionNumber, LatestVersionNumber int
	Tags                                      cloud.Tags
}

// About says which template it is.
func (t LaunchTemplate) About() About {
	return About{Type: TypeLaunchTemplate, ID: t.LaunchTemplateID, Name: t.LaunchTemplateName, Tags: t.Tags.Map()}
}

type launchTemplatePage struct {
	LaunchTemplateSets struct{ LaunchTemplateSet []LaunchTemplate }
}

func (p launchTemplatePage) Items() []LaunchTemplate { return p.LaunchTemplateSets.LaunchTemplateSet }

// LaunchTemplates reads those of a region that the parameters choose.
func LaunchTemplates(ctx context.Context, r cloud.Reader, region string, params ...string) ([]LaunchTemplate, error) {
	return cloud.ReadNumbered[launchTemplatePage](ctx, r, cloud.New("ecs", "DescribeLaunchTemplates", region, params...))
}

// A TemplateVersion is one version of a launch template. None is ever changed.
type TemplateVersion struct {
	VersionNumber      int
	VersionDescription string
	DefaultVersion     bool
	LaunchTemplateData *TemplateData // nil: the answer does not say
}

type templateVersionPage struct {
	LaunchTemplateVersionSets struct{ LaunchTemplateVersionSet []TemplateVersion }
}

func (p templateVersionPage) Items() []TemplateVersion {
	return p.LaunchTemplateVersionSets.LaunchTemplateVersionSet
}

// TemplateVersions reads the versions of a launch template that the parameters choose, or all, with what they say.
func TemplateVersions(ctx context.Context, r cloud.Reader, region, id string, params ...string) ([]TemplateVersion, error) {
	params = append([]string{"LaunchTemplateId", id, "DetailFlag", "true"}, params...)
	all, err := cloud.ReadNumbered[templateVersionPage](ctx, r, cloud.New("ecs", "DescribeLaunchTemplateVersions", region, params...))
	for _, v := range all {
		if v.LaunchTemplateData == nil {
			return nil, fmt.Errorf("ecs:DescribeLaunchTemplateVersions: the answer does not say what is in version %d of %s", v.VersionNumber, id)
		}
	}
	return all, err
}

// DefaultVersion reads the version that a launch takes which names none.
func DefaultVersion(ctx context.Context, r cloud.Reader, region, id string) (v TemplateVersion, _ error) {
	all, err := TemplateVersions(ctx, r, region, id, "DefaultVersion", "true")
	if err != nil {
		return v, err
	}
	if len(all) != 1 || !all[0].DefaultVersion {
		return v, fmt.Errorf("ecs:DescribeLaunchTemplateVersions: the answer does not say what the default version of %s is", id)
	}
	return all[0], nil
}
