package ecsnonrootlogin

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

// Practice is ecs-nonroot-login.
var Practice = &practice.Practice{
	ID:       "ecs-nonroot-login",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeInstance,
	Guide:    []string{"ECSインスタンスへの安全なログインを確保するためのセキュリティ設定"},
	Cites:    []string{"MLPS 8.1.4.1, 8.1.4.2"},
	Alone:    true, // the versions of a launch template may hold secrets, and triage need not see them
	Triggers: practice.Triggers(practice.Launched, practice.On(resource.TypeInstance, "Ecs", "ReplaceSystemDisk"), practice.Templates),
	Sweep:    practice.Daily(list, "ecs:DescribeInstances", "ecs:DescribeLaunchTemplates"),
	Reads:    []string{"ecs:DescribeInstances", "ecs:DescribeImages", "ecs:DescribeLaunchTemplates", "ecs:DescribeLaunchTemplateVersions"},
	Check:    check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if r.Type == resource.TypeLaunchTemplate {
		return template(ctx, pass)
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	if !asRoot(i) {
		return nil
	}
	if can, err := offers(ctx, pass, i.ImageID); err != nil || !can {
		return err
	}
	f := pass.Finding(i, "root", "One logs in to the instance as root, and its image offers an ordinary user")
	f.Facts = map[string]string{"image": i.ImageID}
	f.Advice = "Make the next one with LoginAsNonRoot true among its ImageOptions (ecs-user on the console). In this one, make a user with a key and sudo, and set PermitRootLogin no: ecs-ssh-password-disabled does that with its param in-guest."
	pass.Report(f)
	return nil
}

// asRoot tells whether an instance says that one logs in to it as root.
func asRoot(i resource.Instance) bool {
	return i.OSType == "linux" && i.ImageOptions.LoginAsNonRoot != nil && !*i.ImageOptions.LoginAsNonRoot
}

// offers tells whether an image is known to have an ordinary user.
func offers(ctx context.Context, pass *practice.Pass, image string) (bool, error) {
	can, err := resource.NonRootImage(ctx, pass, pass.Resource.Region, image)
	if err != nil {
		return false, fmt.Errorf("reading image %s: %w", image, err)
	}
	return can != nil && *can, nil
}

// template looks at the version that a launch takes by itself.
func template(ctx context.Context, pass *practice.Pass) error {
	t, v, err := practice.DefaultVersion(ctx, pass)
	if err != nil {
		return err
	}
	data := v.LaunchTemplateData
	if asks := data.ImageOptions.LoginAsNonRoot; asks != nil && *asks || data.ImageID == "" {
		return nil
	}
	if can, err := offers(ctx, pass, data.ImageID); err != nil || !can {
		return err
	}
	f := pass.Finding(t, "root", "The launch template's default version makes instances that one logs in to as root")
	f.Facts = map[string]string{"image": data.ImageID, "version": fmt.Sprint(v.VersionNumber)}
	f.Advice = "Make a version with LoginAsNonRoot true among its ImageOptions, and make it the default. Version 1 of the SDK cannot say that."
	pass.Report(f)
	return nil
}

// list names the instances that are entered as root, and all launch templates.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedLaunches(ctx, pass, asRoot)
}
