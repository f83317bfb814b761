package sgnametag

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-name-tag.
var Practice = &practice.Practice{
	ID:       "sg-name-tag",
	Doc:      doc,
	Severity: practice.Low,
	Resource: securitygroup.Type,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"MLPS 8.1.5.4", "Cloud Config: ecs-security-group-description-check, required-tags"},
	Triggers: practice.Triggers(
		practice.Making(securitygroup.Type, "Ecs", "CreateSecurityGroup"),
		practice.On(securitygroup.Type, "Ecs", "ModifySecurityGroupAttribute"),
		practice.Untagged(securitygroup.Type, "Ecs"),
		practice.Configured(securitygroup.Type)),
	Sweep:  practice.Weekly(securitygroup.List),
	Reads:  []string{"ecs:DescribeSecurityGroups"},
	Writes: []string{"ecs:TagResources"},
	Params: []practice.Param{
		{Name: "required-tags", Default: []string{"owner"}, Doc: "keys of tags that every group carries, whatever their values"},
		{Name: "fill-in", Doc: "key=value of required tags, put on the groups that lack the key; a key that is not named here is only reported"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	values, err := fillIn(pass)
	if err != nil {
		return err
	}
	group, err := securitygroup.Describe(ctx, pass, pass.Resource.ID)
	if err != nil || group.Managed != "" {
		return err
	}
	if wrong := unnamed(group); wrong != "" {
		f := group.Finding(pass, "name", "The group does not say what it is for: "+wrong)
		f.Facts = map[string]string{"SecurityGroupName": group.Name, "Description": group.Description}
		f.Advice = "Give it a name and a description that say what its members are and who may reach them."
		pass.Report(f)
	}
	for _, key := range pass.Param("required-tags") {
		if !group.Tagged([]string{key}) {
			pass.Report(untagged(pass, group, key, values[key]))
		}
	}
	return nil
}

// madeUp is a name that some program gave: a date, or the id of a group.
var madeUp = regexp.MustCompile(`^sg-([0-9]{8,}|[0-9a-z]{20})$`)

// unnamed says what is wrong with the group's name and description, if anything.
func unnamed(group securitygroup.Info) string {
	name, description := strings.TrimSpace(group.Name), strings.TrimSpace(group.Description)
	var wrong []string
	switch {
	case name == "":
		wrong = append(wrong, "it has no name")
	case name == group.ID || madeUp.MatchString(name):
		wrong = append(wrong, "its name is made up")
	}
	switch {
	case utf8.RuneCountInString(description) < 2:
		wrong = append(wrong, "it has no description")
	case description == name || group.SystemMade():
		wrong = append(wrong, "its description is made up")
	}
	return strings.Join(wrong, " and ")
}

func untagged(pass *practice.Pass, group securitygroup.Info, key, value string) practice.Finding {
	f := group.Finding(pass, "tag "+key, "The group has no tag "+key)
	if value == "" {
		f.Advice = "Put the tag " + key + " on it, or name its value in the param fill-in of sg-name-tag."
		return f
	}
	call := func(action, what, name string) cloud.Call {
		return cloud.New("ecs", action, pass.Resource.Region, "ResourceType", "securitygroup", "ResourceId.1", group.ID, what, name)
	}
	f.Changes = []practice.Change{{
		Why:  fmt.Sprintf("put the tag %s=%s on %s", key, value, group.ID),
		Call: call("TagResources", "Tag.1.Key", key).With("Tag.1.Value", value),
		Undo: new(call("UntagResources", "TagKey.1", key)),
	}}
	return f
}

// fillIn is what to put on, by key.
func fillIn(pass *practice.Pass) (map[string]string, error) {
	values := map[string]string{}
	for _, tag := range pass.Param("fill-in") {
		key, value, ok := strings.Cut(tag, "=")
		if !ok || value == "" || !slices.Contains(pass.Param("required-tags"), key) {
			return nil, fmt.Errorf("param fill-in of sg-name-tag: %q is not key=value with a key of required-tags", tag)
		}
		values[key] = value
	}
	return values, nil
}
