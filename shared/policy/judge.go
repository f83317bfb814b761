package policy

import (
	"slices"
	"strings"
)

// An Outcome is how a request is decided.
type Outcome int

const (
	Denied Outcome = iota
	Allowed
	// Depends is for a request of which not enough is known.
	Depends
)

func (o Outcome) String() string { return [...]string{"denied", "allowed", "depends"}[o] }

// A Request is one call. Action and Resource are names, not patterns.
type Request struct {
	Action   string
	Resource string
	// Context has the condition keys of which the value is known.
	Context map[string]string
	// Absent are the keys that the request is known not to have.
	Absent []string
}

// A Verdict is what an access says about a request.
type Verdict struct {
	Outcome Outcome
	// Keys are those whose values, if they were known, could change the outcome.
	// An element or operator that was not understood is among them.
	Keys []string
	// By are the statements that deny, or else those that allow. A request that
	// nothing speaks of is denied by none.
	By []Place
}

// Judge decides as RAM does: a Deny anywhere denies; then each level (the principal's
// policies, the session's, each level of control policies) needs an Allow.
//
// Keys that the request does not give are tried in every way that makes a difference. The
// outcome is Depends only if these lead to different results.
func (a Access) Judge(q Request) Verdict {
	s := newSpace(Scope{}, a)
	var rules []int
	for i := 1; i < len(s.rules); i++ {
		if r := &s.rules[i]; s.covers(r, q) {
			rules = append(rules, i)
		}
	}
	st, err := s.stage(rules)
	if err == nil {
		st.fix(s, rules, q)
		return s.verdict(st, rules)
	}
	// Too many conditions to look at all: whatever they are about may decide.
	v := Verdict{Outcome: Depends}
	for _, i := range rules {
		for _, t := range s.rules[i].tests {
			v.Keys = append(v.Keys, s.tests[t].name)
		}
	}
	slices.Sort(v.Keys)
	v.Keys = slices.Compact(v.Keys)
	return v
}

func (s *space) covers(r *rule, q Request) bool {
	resource, list := q.Resource, s.others.list
	if isRAM(resource) {
		list = s.rams.list
		resource = ramPattern(resource)
	}
	matches := func(list []pattern, text string) func(int) bool {
		return func(i int) bool { return list[i].match(text) }
	}
	return slices.ContainsFunc(r.action.of, matches(s.actions.list, q.Action)) != r.action.not &&
		slices.ContainsFunc(r.resource.of, matches(list, resource)) != r.resource.not
}

// fix leaves of each key that the request says something about only that case.
func (st *stage) fix(s *space, rules []int, q Request) {
	known := map[string]string{}
	for key, value := range q.Context {
		known[foldKey(key)] = value
	}
	absent := func(key string) bool {
		return slices.ContainsFunc(q.Absent, func(a string) bool { return foldKey(a) == key })
	}
	for i, key := range st.keys {
		value, ok := known[key]
		var tests []*test
		var at []int
		for _, r := range rules {
			for _, t := range s.rules[r].tests {
				if s.tests[t].key == key && !slices.Contains(at, t) {
					tests, at = append(tests, s.tests[t]), append(at, t)
				}
			}
		}
		switch {
		case ok:
			st.cases[i] = []kase{{value: value, certain: true, holds: holding(tests, at, value)}}
		case absent(key):
			st.cases[i] = absentCases(tests, at)
		}
	}
}

// verdict looks at all worlds. A key matters if two of them differ in nothing else and
// end differently.
func (s *space) verdict(st stage, rules []int) Verdict {
	var ends []bool
	var by []int
	st.worlds(func(w world) bool {
		allowed, deciding := s.decide(0, rules, w.holds)
		if len(ends) == 0 {
			by = deciding
		} else { // only what decides in every world
			by = slices.DeleteFunc(by, func(i int) bool { return !slices.Contains(deciding, i) })
		}
		ends = append(ends, allowed)
		return true
	})
	v := Verdict{Outcome: Denied}
	if slices.Contains(ends, true) {
		v.Outcome = Allowed
		if slices.Contains(ends, false) {
			v.Outcome, by = Depends, nil
		}
	}
	for _, i := range by {
		if s.rules[i].deny == (v.Outcome == Denied) {
			v.By = append(v.By, s.rules[i].place)
		}
	}
	stride := 1
	for i, cases := range st.cases {
		for n := range ends {
			if at := n / stride % len(cases); at > 0 && ends[n] != ends[n-at*stride] {
				v.Keys = append(v.Keys, st.names[i])
				break
			}
		}
		stride *= len(cases)
	}
	slices.Sort(v.Keys)
	return v
}

// String says the verdict in a few words: "depends on acs:SourceIp".
func (v Verdict) String() string {
	switch {
	case v.Outcome == Depends:
		return "depends on " + strings.Join(v.Keys, ", ")
	case v.Outcome == Denied && len(v.By) == 0:
		return "denied: no statement allows it"
	}
	return v.Outcome.String() + " by " + places(v.By)
}

func places(list []Place) string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}
