package sgnametag

import (
	"context"
	_ "embed"
	"regexp"
	"strings"
	"unicode/utf8"

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
	Sweep:  securitygroup.Weekly(),
	Reads:  []string{"ecs:DescribeSecurityGroups"},
	Writes: []string{"ecs:TagResources"},
	Params: practice.RequiredTags("group", "owner"),
	Check:  check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	values, err := pass.FillIn()
	if err != nil {
		return err
	}
	group, err := securitygroup.Describe(ctx, pass, pass.Resource.ID)
	if err != nil || group.Managed != "" {
		return err
	}
	if wrong := unnamed(group); wrong != "" {
		f := pass.Finding(group, "name", "The group does not say what it is for: "+wrong)
		f.Facts = map[string]string{"SecurityGroupName": group.Name, "Description": group.Description}
		f.Advice = "Give it a name and a description that say what its members are and who may reach them."
		pass.Report(f)
	}
	pass.RequireTags(group, "group", values)
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
