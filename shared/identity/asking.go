package identity

import "github.com/ecsguard/ecsguard/shared/policy"

// Asking is the policy after an edit by which some actions ask for a condition, and nothing else
// does where that can be proved; nil: no edit was proved, and a person has to write it. The
// edit allows nothing new, and a limit that the condition is meant to be holds after it.
func Asking(p Policy, of policy.Scope, limited func(policy.Access) policy.Restriction, ask policy.Condition) *policy.Document {
	asking := policy.Statement{Resource: []string{"*"}, Conditions: []policy.Condition{ask}}
	for _, action := range of.Actions { // on all resources; what was allowed on some alone is left out
		if policy.Of(p.Document).Reaches(policy.Scope{Actions: []string{action}}).All == policy.Yes {
			asking.Action = append(asking.Action, action)
		}
	}
	apart := p.Clone()
	if edit, err := p.Without(of); err == nil && !edit.AddsDeny {
		apart = edit.Document.Clone()
		if len(asking.Action) > 0 {
			apart.Statements = append(apart.Statements, asking)
		}
	}
	whole := p.Clone() // where the actions cannot be taken out of a statement
	for i, s := range whole.Statements {
		if !s.Deny && Alone(p.Document, i+1).Reaches(of).SomeIf != policy.No {
			whole.Statements[i].Conditions = append(s.Conditions, ask)
		}
	}
	for _, d := range []*policy.Document{apart, whole} {
		if policy.Contained(d, p.Document).None == policy.Yes && limited(policy.Of(d)).Holds == policy.Yes && d.Check(policy.Custom) == nil {
			return d
		}
	}
	return nil
}
