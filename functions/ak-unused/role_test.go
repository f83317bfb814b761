package akunused_test

import (
	"slices"
	"strings"
	"testing"

	akunused "github.com/ecsguard/ecsguard/functions/ak-unused"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Administrators who have their rights only in a role that they take are administrators: of two the
// last one stays. Who may take another role, or that of a service, is none.
func TestTheLastWhoTakesTheAdministratorsRoleStays(t *testing.T) {
	const trust = `trust: {Version: "1", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Principal: {`
	state := `ram:
  root-access-keys: 0
  policies:
    - {name: to-admin, document: {Version: "1", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Resource: "acs:ram:*:*:role/admin"}]}}
    - {name: to-reader, document: {Version: "1", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Resource: ["acs:ram:*:*:role/reader", "acs:ram:*:*:role/service"]}]}}
  roles:
    - {name: admin, policies: [AdministratorAccess], ` + trust + `RAM: ["acs:ram::1098765432101234:root"]}}]}}
    - {name: reader, ` + trust + `RAM: ["acs:ram::1098765432101234:root"]}}]}}
    - {name: service, policies: [AdministratorAccess], ` + trust + `Service: [ecs.aliyuncs.com]}}]}}
  groups:
    - {name: admins, users: [admin1], policies: [to-admin]}
  users:
    - {name: admin1, access-keys: 1, keys: [{id: LTAI5tAdmin1, created-days-ago: 300}]}
    - {name: admin2, access-keys: 1, policies: [to-admin], keys: [{id: LTAI5tAdmin2, created-days-ago: 300}]}
    - {name: admin3, access-keys: 1, policies: [to-reader], keys: [{id: LTAI5tAdmin3, created-days-ago: 300}]}
`
	told := scenario.SequenceWith(t, akunused.Practice, practice.Enforce, protecting, state,
		scenario.Step{Event: about(1)}, scenario.Step{Event: about(2)}, scenario.Step{Event: about(3)})
	for i, want := range []practice.Outcome{practice.Fixed, practice.Awaiting, practice.Fixed} {
		if !slices.Equal(told[i].Outcomes, []practice.Outcome{want}) {
			t.Errorf("admin%d: %v, %v\n%s", i+1, told[i].Outcomes, told[i].Calls, told[i].Alert)
		}
	}
	if !strings.Contains(told[1].Alert, "the last administrator") {
		t.Error(told[1].Alert)
	}
}
