package ecsweakpassword

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

var reads = []string{"yundun-sas:DescribeCheckWarningSummary", "yundun-sas:DescribeWarningMachines"}

// Practice is ecs-weak-password.
var Practice = &practice.Practice{
	ID:       "ecs-weak-password",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeInstance,
	Guide:    []string{"ECSインスタンスへの安全なログインを確保するためのセキュリティ設定"},
	Cites:    []string{"MLPS 8.1.4.1", "Cloud Config: security-center-weak-password-check"},
	Sweep:    practice.Daily(list, reads...),
	Reads:    append([]string{"ecs:DescribeInstances"}, reads...),
	Check:    check,
}

// weak are the machines of the pass's region with weak passwords, by all that were found. An edition without baseline
// checks says nothing of any.
func weak(ctx context.Context, pass *practice.Pass) ([]resource.WeakPassword, error) {
	region := pass.Resource.Region
	all, err := practice.Kept(ctx, pass, "weak passwords of "+region, func() ([]resource.WeakPassword, error) { return resource.WeakPasswords(ctx, pass, region) })
	if cloud.Code(err) == "FreeVersionNotPermit" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which instances have weak passwords: %w", err)
	}
	var here []resource.WeakPassword
	for _, w := range all {
		if w.RegionID == region && w.InstanceID != "" && w.HighWarningCount > 0 {
			here = append(here, w)
		}
	}
	return here, nil
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	found, err := weak(ctx, pass)
	if err != nil {
		return err
	}
	var risks []string
	count := 0
	for _, w := range found {
		if w.InstanceID == r.ID {
			risks, count = append(risks, w.Risk), count+w.HighWarningCount
		}
	}
	if count == 0 {
		return nil
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	slices.Sort(risks)
	f := pass.Finding(i, "weak", "Security Center has found a password on the instance that is easily guessed")
	if count > 1 {
		f.Title = fmt.Sprintf("Security Center has found %d passwords on the instance that are easily guessed", count)
	}
	f.Facts = map[string]string{"status": i.Status}
	f.Advice = "Found: " + strings.Join(slices.Compact(risks), ", ") + ". Change it now: Security Center's page Baseline Check says whose it is. Look in the system's log for who has logged in with it since, let users in by keys only (ecs-ssh-password-disabled), and have the check run again."
	pass.Report(f)
	return nil
}

// list names the instances on which a weak password was found, each once.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	found, err := weak(ctx, pass)
	var all []practice.Resource
	for _, w := range found {
		if r := pass.Named(resource.TypeInstance, w.InstanceID, ""); !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all, err
}
