package ecsimdsv2

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// takesTokens tells whether instances of an image start with tokens required; if not, what to do stands in advice.
func takesTokens(ctx context.Context, pass *practice.Pass, image string) (advice string, err error) {
	if image == "" {
		return "It names no image by its id. See that what is launched from it reads metadata with tokens, and require them.", nil
	}
	takes, err := resource.ImageTakesTokens(ctx, pass, pass.Resource.Region, image)
	if err != nil || takes {
		return "", err
	}
	return "Its image " + image + " does not say that it takes tokens, so what starts from it may fail. See that cloud-init in it is 23.2.2 or later, " +
		"then say so: aliyun ecs ModifyImageAttribute --region " + pass.Resource.Region + " --ImageId " + image + " --Features.ImdsSupport v2. Windows does not take them at all.", nil
}

// configuration looks at a scaling configuration.
func configuration(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	c, err := practice.One(resource.ScalingConfigurations(ctx, pass, r.Region, "ScalingConfigurationId.1", r.ID))
	if err != nil {
		return fmt.Errorf("reading scaling configuration %s: %w", r.ID, err)
	}
	if !open(c.HTTPTokens, c.HTTPEndpoint) {
		return nil
	}
	f := pass.Finding(c, "tokens", "A scaling configuration makes instances whose metadata can be read without a token")
	f.Facts = map[string]string{"HttpTokens": c.HTTPTokens, "group": c.ScalingGroupID, "state": c.LifecycleState}
	if f.Advice, err = takesTokens(ctx, pass, c.ImageID); err != nil {
		return err
	}
	if f.Advice == "" {
		call := cloud.New("ess", "ModifyScalingConfiguration", r.Region, "ScalingConfigurationId", r.ID)
		f.Changes = practice.Reversible("require a token for the metadata of instances made by "+r.ID+" from now on",
			call.With("HttpTokens", "required"), call.With("HttpTokens", "optional"))
	}
	pass.Report(f)
	return nil
}

// template looks at the default version of a launch template.
func template(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	t, err := practice.One(resource.LaunchTemplates(ctx, pass, r.Region, "LaunchTemplateId.1", r.ID))
	if err != nil {
		return fmt.Errorf("reading launch template %s: %w", r.ID, err)
	}
	all, err := resource.TemplateVersions(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading launch template %s: %w", r.ID, practice.Gone(err))
	}
	n := slices.IndexFunc(all, func(v resource.TemplateVersion) bool { return v.VersionNumber == t.DefaultVersionNumber })
	if n < 0 {
		return fmt.Errorf("reading launch template %s: its default version %d is not among its versions: %w", r.ID, t.DefaultVersionNumber, practice.ErrNotYet)
	}
	v := all[n]
	if !open(v.LaunchTemplateData.HTTPTokens, v.LaunchTemplateData.HTTPEndpoint) {
		return nil
	}
	f := pass.Finding(t, "tokens", "A launch template makes instances whose metadata can be read without a token")
	f.Facts = map[string]string{"version": strconv.Itoa(v.VersionNumber), "HttpTokens": v.LaunchTemplateData.HTTPTokens}
	if f.Advice, err = takesTokens(ctx, pass, v.LaunchTemplateData.ImageID); err != nil {
		return err
	}
	if f.Advice == "" {
		f.Changes, f.Advice = renewed(r, v, all)
	}
	pass.Report(f)
	return nil
}

// renewed makes a version the default one that says the same and requires tokens, or makes such a version first; or
// it says why not.
func renewed(r practice.Resource, v resource.TemplateVersion, all []resource.TemplateVersion) ([]practice.Change, string) {
	ours := fmt.Sprintf("Version %d with HttpTokens=required, added by ecsguard", v.VersionNumber)
	for _, other := range all {
		data := other.LaunchTemplateData
		if data.HTTPTokens == "required" && data.SameBut(v.LaunchTemplateData, "HttpTokens") {
			call := cloud.New("ecs", "ModifyLaunchTemplateDefaultVersion", r.Region, "LaunchTemplateId", r.ID)
			return practice.Reversible(fmt.Sprintf("launch by version %d of %s, which requires a token, in the place of version %d", other.VersionNumber, r.ID, v.VersionNumber),
				call.With("DefaultVersionNumber", strconv.Itoa(other.VersionNumber)), call.With("DefaultVersionNumber", strconv.Itoa(v.VersionNumber))), ""
		}
	}
	params, unsaid := v.LaunchTemplateData.Params()
	made := slices.ContainsFunc(all, func(o resource.TemplateVersion) bool { return o.VersionDescription == ours })
	const byHand = " Make a version of it that requires tokens yourself (aliyun ecs CreateLaunchTemplateVersion), and make that the default one (aliyun ecs ModifyLaunchTemplateDefaultVersion)."
	switch {
	case v.LaunchTemplateData.UserData != "":
		return nil, "It has user data, which may hold secrets and which a copy would put into the audit log." + byHand
	case len(unsaid) > 0:
		return nil, "It says what ecsguard cannot copy: " + strings.Join(unsaid, ", ") + "." + byHand
	case made:
		return nil, "A version that ecsguard has added does not say all that this one says." + byHand
	}
	call := cloud.New("ecs", "CreateLaunchTemplateVersion", r.Region, params...).With("LaunchTemplateId", r.ID).With("VersionDescription", ours).With("HttpTokens", "required")
	return []practice.Change{{Why: fmt.Sprintf("add a version to %s that says what version %d says and requires a token, to launch by from then on; it stays after an undo, and nothing uses it", r.ID, v.VersionNumber), Call: call}}, ""
}
