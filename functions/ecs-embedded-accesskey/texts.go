package ecsembeddedaccesskey

import (
	"context"
	"errors"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A text is what somebody has given a machine to run, and where it stands.
type text struct{ where, text string }

// read gives what the pass is about and its texts: every version of a template, and with a
// run of a command the values that it was given.
func read(ctx context.Context, pass *practice.Pass) (of resource.Described, texts []text, err error) {
	r := pass.Resource
	switch r.Type {
	case resource.TypeLaunchTemplate:
		t, err := practice.One(resource.LaunchTemplates(ctx, pass, r.Region, "LaunchTemplateId.1", r.ID))
		if err != nil {
			return nil, nil, err
		}
		versions, err := resource.TemplateVersions(ctx, pass, r.Region, r.ID)
		for _, v := range versions {
			texts = append(texts, text{fmt.Sprintf("user data of version %d", v.VersionNumber), v.LaunchTemplateData.UserData})
		}
		return t, texts, err
	case resource.TypeCommand:
		c, err := practice.One(resource.Commands(ctx, pass, r.Region, "CommandId", r.ID))
		if err == nil && c.CommandContent == nil {
			err = errors.New("ecs:DescribeCommands: the answer does not say what the command is")
		}
		if err != nil {
			return nil, nil, err
		}
		return c, []text{{"command", *c.CommandContent}}, nil
	case resource.TypeInvocation:
		i, err := practice.One(resource.Invocations(ctx, pass, r.Region, "InvokeId", r.ID))
		if err == nil && i.CommandContent == nil {
			err = errors.New("ecs:DescribeInvocations: the answer does not say what was run")
		}
		if err != nil {
			return nil, nil, err
		}
		return i, []text{{"command that was run", *i.CommandContent}, {"values that the command was given", i.Parameters}}, nil
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return nil, nil, err
	}
	data, err := resource.UserData(ctx, pass, r.Region, r.ID)
	return i, []text{{"user data", data}}, err
}

// list names the instances, launch templates, commands and invocations of the region.
func list(ctx context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	region := pass.Resource.Region
	instances, err := resource.Instances(ctx, pass, region)
	if all, err = practice.Listed(pass, instances, err, nil); err != nil {
		return nil, fmt.Errorf("listing instances: %w", err)
	}
	templates, err := resource.LaunchTemplates(ctx, pass, region)
	more, err := practice.Listed(pass, templates, err, nil)
	if all = append(all, more...); err != nil {
		return nil, fmt.Errorf("listing launch templates: %w", err)
	}
	commands, err := resource.Commands(ctx, pass, region)
	more, err = practice.Listed(pass, commands, err, nil)
	if all = append(all, more...); err != nil {
		return nil, fmt.Errorf("listing commands: %w", err)
	}
	runs, err := resource.Invocations(ctx, pass, region)
	more, err = practice.Listed(pass, runs, err, nil)
	if all = append(all, more...); err != nil {
		return nil, fmt.Errorf("listing invocations: %w", err)
	}
	return all, nil
}
