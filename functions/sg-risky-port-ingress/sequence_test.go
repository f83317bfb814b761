package sgriskyportingress_test

import (
	"slices"
	"strings"
	"testing"

	sgriskyportingress "github.com/ecsguard/ecsguard/functions/sg-risky-port-ingress"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Everything is open, and a prefix list that cannot be read has a rule for SSH: whoever
// is on it is not shut out by the Drop rules that close the rest.
func TestDropRulesGetBehindAListThatCannotBeRead(t *testing.T) {
	const state = `ecs:
  prefix-lists:
    - {id: pl-1, entries: [198.51.100.0/24]}
  security-groups:
    - id: sg-web
      name: web
      vpc: vpc-1
      rules:
        - {id: sgr-list, protocol: TCP, ports: 22/22, prefix-list: pl-1, priority: 3}
        - {id: sgr-all, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0}
`
	told := scenario.Sequence(t, sgriskyportingress.Practice, practice.Enforce, state, scenario.Step{
		Deny: "ecs:DescribePrefixListAttributes", Event: "sample actiontrail/authorize-security-group-permissions\n" + `/data/requestParameters/SecurityGroupId = "sg-web"` + "\n"})
	made := strings.Join(told[0].Calls, "\n")
	if !slices.Contains(told[0].Outcomes, practice.Fixed) || !strings.Contains(made, "--Permissions.2.Policy drop") || !strings.Contains(made, "--Permissions.2.Priority 4") || strings.Contains(made, "sgr-list") || strings.Contains(made, "pl-1") {
		t.Errorf("%v\n%s", told[0].Outcomes, made)
	}
}
