package functions_test

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// What is proposed can be pasted: RAM takes it.
func TestPreventionsAreTaken(t *testing.T) {
	limits := map[practice.PreventionKind]int{practice.ControlPolicy: 4096, practice.RAMPolicy: 6144}
	for _, p := range functions.All {
		if p.Prevent == nil {
			continue
		}
		finding := practice.Finding{Resource: practice.Resource{Type: p.Resource, ID: "a-1", Name: "a", Account: "1098765432101234"}}
		all := p.Prevent(finding)
		if len(all) == 0 {
			t.Errorf("%s prevents nothing", p.ID)
		}
		for _, x := range all {
			if x.Does == "" || strings.HasSuffix(x.Does, ".") || x.Text == "" {
				t.Errorf("%s: %+v", p.ID, x)
			}
			limit, document := limits[x.Kind]
			if !document {
				if x.Kind != practice.Terraform {
					t.Errorf("%s: %q is no kind of prevention", p.ID, x.Kind)
				}
				continue
			}
			policy, err := cloud.ParsePolicy([]byte(x.Text))
			if err != nil || len(x.Text) > limit {
				t.Errorf("%s: RAM does not take it (%d characters): %v\n%s", p.ID, len(x.Text), err, x.Text)
			}
			for _, s := range policy.Statement {
				if s.Effect != "Deny" {
					t.Errorf("%s: what prevents something denies it: %s", p.ID, x.Text)
				}
			}
		}
	}
}
