package akunused_test

import (
	"fmt"
	"slices"
	"testing"

	akunused "github.com/ecsguard/ecsguard/functions/ak-unused"
	ramuserinactive "github.com/ecsguard/ecsguard/functions/ram-user-inactive"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

const idle = `
ram:
  root-access-keys: 0
  users:
    - {name: admin1, %s, policies: [AdministratorAccess]}
`

// What the last administrator has is taken by several practices at the same moment: the key by one, the
// sign-in by the other. One way in stays.
func TestTheLastWayInStays(t *testing.T) {
	const signIn = `access-keys: 1, console: true, login: {password-days-ago: 200, last-login-days-ago: 60}, keys: [{id: LTAI5tA, created-days-ago: 300}]`
	const config = `sample config/noncompliant-disk
/data/evaluationResultIdentifier/evaluationResultQualifier/sourceIdentifier = "ram-user-last-login-expired-check"
/data/evaluationResultIdentifier/evaluationResultQualifier/resourceType = "ACS::RAM::User"
/data/evaluationResultIdentifier/evaluationResultQualifier/resourceId = "Admin1"
`
	scenario.AtOnceOf(t, [2]*practice.Practice{akunused.Practice, ramuserinactive.Practice}, protecting+"practices: {ak-unused: {mode: enforce}, ram-user-inactive: {mode: enforce}}\n",
		fmt.Sprintf(idle, signIn), [2]string{about(1), config}, func(calls []string) string {
			if len(calls) != 1 {
				return fmt.Sprintf("%d of two ways in were taken: %v", len(calls), calls)
			}
			return ""
		})
}

// Nor does one look take both keys of the last administrator.
func TestTheLastKeyStays(t *testing.T) {
	const both = `access-keys: 2, keys: [{id: LTAI5tA, created-days-ago: 300}, {id: LTAI5tB, created-days-ago: 200}]`
	told := scenario.SequenceWith(t, akunused.Practice, practice.Enforce, protecting, fmt.Sprintf(idle, both), scenario.Step{Event: about(1)})
	if !slices.Equal(told[0].Outcomes, []practice.Outcome{practice.Fixed, practice.Awaiting}) || len(told[0].Calls) != 1 {
		t.Errorf("%v, %v\n%s", told[0].Outcomes, told[0].Calls, told[0].Alert)
	}
}
