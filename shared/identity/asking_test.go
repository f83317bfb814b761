package identity

import (
	"testing"

	"github.com/ecsguard/ecsguard/shared/policy"
)

// After the edit the actions ask for the condition, nothing new is allowed, and what has nothing
// to do with them is as it was, where it stands in a statement of its own.
func TestPoliciesAskForACondition(t *testing.T) {
	of := policy.Scope{Actions: []string{"actiontrail:DeleteTrail", "actiontrail:StopLogging"}}
	other := policy.Scope{Actions: []string{"ecs:StartInstance"}}
	mfa := policy.Condition{Operator: "Bool", Key: policy.MFA.String(), Values: []string{"true"}}
	limited := func(a policy.Access) policy.Restriction { return a.Limited(policy.MFA, of) }
	const start = `{"Effect":"Allow","Action":"ecs:StartInstance","Resource":"*"}`
	for name, statements := range map[string]string{
		"named":         `{"Effect":"Allow","Action":["actiontrail:DeleteTrail","actiontrail:StopLogging"],"Resource":"*"},` + start,
		"among others":  `{"Effect":"Allow","Action":["actiontrail:DeleteTrail","ecs:StartInstance"],"Resource":"*"}`,
		"by a star":     `{"Effect":"Allow","Action":"actiontrail:*","Resource":"*"},` + start,
		"of some":       `{"Effect":"Allow","Action":"actiontrail:DeleteTrail","Resource":"acs:actiontrail:*:*:trail/one"},` + start,
		"asked already": `{"Effect":"Allow","Action":"actiontrail:DeleteTrail","Resource":"*","Condition":{"Bool":{"acs:MFAPresent":"true"}}},` + start,
	} {
		p := parsed(t, "p", statements)
		d := Asking(p, of, limited, mfa)
		if d == nil {
			t.Errorf("%s: no edit was found", name)
			continue
		}
		if policy.Contained(d, p.Document).None != policy.Yes || limited(policy.Of(d)).Holds != policy.Yes {
			t.Errorf("%s: it allows more, or does not ask: %s", name, d.JSON())
		}
		if policy.Of(d).Reaches(other).All != policy.Yes {
			t.Errorf("%s: something else is taken or asks too: %s", name, d.JSON())
		}
	}
}
