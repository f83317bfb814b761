package exposure

import "slices"

// A Plan is what policies object to in some rules, and the smallest edit that
// puts it right.
type Plan struct {
	Breaches []Breach // a rule is named once for each policy that objects to it
	Edits    []Edit   // none where Close returns an error
	After    []Rule   // the rules once the edits are made; new ones have no ID
}

// An Edit puts rules in the place of one, or beside it.
type Edit struct {
	Rule Rule       // the rule that it is about
	Goes bool       // the rule is revoked
	New  []KeepRule // rules that come: what is kept of it, or Drop rules in front of it
}

// A line is a rule on its way to the plan.
type line struct {
	KeepRule
	from  int  // the rule that it is, or is made of
	whole bool // it is that rule, untouched
	id    int  // tells it from every other line of the plan
}

func rulesOf(live []line) []Rule {
	rules := make([]Rule, len(live))
	for i := range live {
		rules[i] = live[i].Rule
	}
	return rules
}

func edits(rules []Rule, live []line) []Edit {
	by := make([]Edit, len(rules))
	for i := range rules {
		by[i] = Edit{Rule: rules[i], Goes: true}
	}
	for _, l := range live {
		if l.whole {
			by[l.from].Goes = false
		} else {
			by[l.from].New = append(by[l.from].New, l.KeepRule)
		}
	}
	return slices.DeleteFunc(by, func(e Edit) bool { return !e.Goes && len(e.New) == 0 })
}
