package artefacts

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// fakes have between them everything that a practice can have.
func fakes() []*practice.Practice {
	doc := func(name string) string {
		return fmt.Sprintf("// Package %s: the %s is right.\n//\n// # What is wrong\n//\n// It is not.\n//\n// # What is done\n//\n// Something | else.\n//\n// # What may break\n//\n// A thing.\n//\n// # References\n//\n// None.\n", name, name)
	}
	list := func(context.Context, *practice.Pass) ([]practice.Resource, error) { return nil, nil }
	return []*practice.Practice{
		{
			ID: "fix-it", Doc: doc("fixit"), Severity: practice.Low, Resource: "ACS::ECS::Disk", Guide: []string{"一", "二"},
			Triggers: []practice.Trigger{
				{Service: "Ecs", Name: "CreateDisk", Resource: "response.DiskId"},
				{Service: "Ecs", Name: "CreateDisk", Resource: "resources.ACS::ECS::Disk", Else: true},
				{Service: "Config", Name: "ACS::SLB::LoadBalancer", Resource: "resource"},
			},
			Sweep: practice.Sweep{Every: 90 * time.Minute, List: list},
			Reads: []string{"ecs:DescribeDisks", "ecs:DescribeInstances"}, Writes: []string{"ecs:DetachDisk"},
			Params:     []practice.Param{{Name: "ports", Default: []string{"80", "443"}, Doc: "one | two"}, {Name: "except", Doc: "nothing"}},
			Disruptive: "a disk goes",
		},
		{
			ID: "alert-only", Doc: doc("alertonly"), Severity: practice.Critical, Resource: "ACS::::Account", Standard: "CIS Alibaba Cloud 1.2",
			Triggers: []practice.Trigger{
				{Service: "Ims", Name: "CreateAccessKey", Resource: "account"},
				{Service: "Config", Name: "root-ak-check", Resource: "account"},
			},
			Reads: []string{"ram:GetAccountSecurityPracticeReport"},
		},
		{ID: "old-one", Doc: doc("oldone"), Severity: practice.High, Retired: "the product is gone"},
	}
}

// both runs a test on the fakes and on the practices that there are.
func both(t *testing.T, test func(*testing.T, []*practice.Practice, output.Output)) {
	for name, practices := range map[string][]*practice.Practice{"fakes": fakes(), "real": functions.All} {
		t.Run(name, func(t *testing.T) {
			made, err := Output(practices, inUse(practices), catalogue.Catalogue{})
			if err != nil {
				t.Fatal(err)
			}
			test(t, inUse(practices), made)
		})
	}
}

func inUse(all []*practice.Practice) (working []*practice.Practice) {
	for _, p := range all {
		if p.Retired == "" {
			working = append(working, p)
		}
	}
	return working
}
