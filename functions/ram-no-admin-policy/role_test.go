package ramnoadminpolicy_test

import (
	"slices"
	"strings"
	"testing"

	ramnoadminpolicy "github.com/ecsguard/ecsguard/functions/ram-no-admin-policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Where a role has just been given everything, and all administrators act in it, it keeps that.
func TestTheRoleOfTheLastAdministratorsStays(t *testing.T) {
	const state = `ram:
  root-access-keys: 0
  roles:
    - {name: ops, policies: [AdministratorAccess], trust: {Version: "1", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Principal: {RAM: ["acs:ram::1098765432101234:root"]}}]}}
  users:
    - {name: alice, access-keys: 1, policies: [AliyunSTSAssumeRoleAccess]}
    - {name: mallory, access-keys: 1}
`
	const event = `sample actiontrail/create-access-key-root
/data/serviceName = "Ram"
/data/eventName = "AttachPolicyToRole"
/data/eventTime = now
/data/requestParameters/RoleName = "ops"
/data/requestParameters/PolicyName = "AdministratorAccess"
/data/requestParameters/PolicyType = "System"
/data/userIdentity/type = "ram-user"
/data/userIdentity/userName = "mallory"
`
	with := strings.Replace(state, "mallory, access-keys: 1", "mallory, access-keys: 1, policies: [AdministratorAccess]", 1)
	for _, c := range []struct {
		state string
		want  practice.Outcome
	}{{state, practice.Awaiting}, {with, practice.Fixed}} {
		told := scenario.SequenceWith(t, ramnoadminpolicy.Practice, practice.Enforce, "protected: [deploy]\n", c.state, scenario.Step{Event: event})
		if !slices.Contains(told[0].Outcomes, c.want) || slices.Contains(told[0].Outcomes, practice.Fixed) != (c.want == practice.Fixed) {
			t.Errorf("%v, %v\n%s", told[0].Outcomes, told[0].Calls, told[0].Alert)
		}
	}
}
