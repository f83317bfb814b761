package exposure

import (
	"errors"
	"fmt"
	"slices"
)

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

// Close plans how ports are closed that are open against some policies, one
// policy after the other. Of these ways it takes the first that can be proved:
//
//   - The rules at fault go, and what may stay of each is kept: by narrower
//     sources, by a range that is split.
//   - Each rule stays, and Drop rules of its priority go before it. This keeps
//     what no rule but one for ALL can let in (ESP, say).
//   - The same with the rule and its Drop rules one priority worse, so that
//     the Drop rules do not hit others of the priority that it had.
//
// A rule of which nothing is to stay, but for the trusted, always goes. Drop rules are not taken for
// being fewer: they also stop what people allow later. Policy.DropRules asks for
// them first.
//
// Proved is, for every source, protocol and port: nobody is let in who was not;
// everybody who got in by another rule, or is trusted, or is allowed still
// does, also where the rules of another group count with them (Policy.Beside); and
// nothing is left that the policy objects to. The error says what
// would not hold (see Flaw). Then there are no edits, only breaches.
func Close(rules []Rule, policies ...Policy) (Plan, error) {
	live := make([]line, len(rules))
	for i := range rules {
		live[i] = line{KeepRule{rules[i], true}, i, true}
	}
	var plan Plan
	for _, policy := range policies {
		j := newJudgement(rulesOf(live), policy)
		breaches := j.breaches()
		if len(breaches) == 0 {
			continue
		}
		after, err := j.close(live, breaches)
		for n, i := range j.indices() {
			breaches[n].Rule = rules[live[i].from]
		}
		plan.Breaches = append(plan.Breaches, breaches...)
		if err != nil {
			return Plan{Breaches: plan.Breaches}, err
		}
		live = after
	}
	plan.Edits, plan.After = edits(rules, live), rulesOf(live)
	return plan, nil
}

// A line is a rule on its way to the plan.
type line struct {
	KeepRule
	from  int  // the rule that it is, or is made of
	whole bool // it is that rule, untouched
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

// indices are the rules that are named, in the order of the breaches.
func (j *judgement) indices() (named []int) {
	for i, is := range j.breached {
		if is {
			named = append(named, i)
		}
	}
	return named
}

func (j *judgement) close(live []line, breaches []Breach) ([]line, error) {
	ways := [][]line{j.split(live, breaches), nil, nil}
	if slices.ContainsFunc(breaches, func(b Breach) bool { return len(b.Keep) > 0 }) {
		ways[1], ways[2] = j.drop(live, breaches, 0), j.drop(live, breaches, 1)
	}
	if j.policy.DropRules {
		ways = [][]line{ways[1], ways[2], ways[0]}
	}
	var flaws []error
	for _, after := range ways {
		if after == nil {
			continue
		}
		flaw := j.prove(rulesOf(after))
		for _, others := range j.policy.Beside {
			if flaw == nil {
				flaw = j.proveBeside(others, rulesOf(after))
			}
		}
		if flaw == nil {
			return after, nil
		}
		flaws = append(flaws, flaw)
	}
	return nil, fmt.Errorf("no edit that closes this leaves the rest as it is: %w", errors.Join(flaws...))
}

// split revokes the rules that are named and keeps their compliant parts.
func (j *judgement) split(live []line, breaches []Breach) []line {
	after := []line{}
	for i := range live {
		if !j.breached[i] {
			after = append(after, live[i])
		}
	}
	for n, i := range j.indices() {
		for _, part := range breaches[n].Keep {
			after = append(after, live[i].part(part))
		}
	}
	return after
}

func (l line) part(p KeepRule) line {
	p.SameSources = p.SameSources && l.SameSources
	return line{p, l.from, false}
}

// drop puts Drop rules in front of the rules that are named, once these are made
// worse by so many priorities. There is no such way where a protocol has to be
// closed that no Drop rule can name.
func (j *judgement) drop(live []line, breaches []Breach, worse int) []line {
	after := make([]line, 0, len(live))
	n := 0
	for i := range live {
		if !j.breached[i] {
			after = append(after, live[i])
			continue
		}
		b := breaches[n]
		n++
		if !slices.ContainsFunc(b.Keep, func(k KeepRule) bool { return !j.trusts(k.Rule) }) {
			for _, p := range b.Keep {
				after = append(after, live[i].part(p))
			}
			continue
		}
		drops := j.dropsBefore(i, worse)
		if drops == nil || live[i].Priority+worse > worst {
			return nil
		}
		moved := live[i]
		moved.Priority += worse
		if worse > 0 {
			moved.ID, moved.whole = "", false
		}
		after = append(after, moved)
		for _, d := range drops {
			after = append(after, live[i].part(d))
		}
		for _, p := range b.Keep {
			if j.trusts(p.Rule) && worse > 0 {
				after = append(after, live[i].part(p))
			}
		}
	}
	return after
}

// dropsBefore are the Drop rules that close what a rule is named for.
func (j *judgement) dropsBefore(i, worse int) []KeepRule {
	r := &j.rules[i]
	k := &keeper{rule: r, trusted: j.trusted}
	for _, l := range j.lanes {
		ports := l.namedPorts(r, i)
		if len(ports) == 0 {
			continue
		}
		if !l.expressible(r) {
			return nil
		}
		k.add(l.protocol, ports, l.space.among(r.Sources))
	}
	for n := range k.rules {
		d := &k.rules[n]
		d.Drop, d.Partial, d.Priority, d.Ports = true, false, r.Priority+worse, orNil(d.Ports)
	}
	return k.rules
}

// trusts tells whether a part is for trusted sources only.
func (j *judgement) trusts(part Rule) bool {
	if part.Group != "" {
		return slices.Contains(j.policy.TrustedGroups, part.Group)
	}
	k := &keeper{trusted: j.trusted}
	return k.allTrusted(part.Sources)
}
