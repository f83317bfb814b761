package policy

import (
	"fmt"
	"slices"
)

// A space is everything that some accesses and a scope say, divided into parts that none
// of them tells apart: of actions, of resources, and of the values of condition keys.
type space struct {
	rules   []rule
	tests   []*test
	byText  map[string]int // tests, by what they say
	actions patterns
	others  patterns // resources that are not RAM's
	rams    patterns // those of RAM
	layers  []int    // how many each access has; empty ones count
	memo    map[string][]kase
	looked  int // at how many worlds
}

// A rule is a statement as one of the accesses has it.
type rule struct {
	place    Place
	view     int // which access
	layer    int
	deny     bool
	action   choice
	resource choice // the same places in others and in rams
	tests    []int
}

// A choice is a list of patterns, or all but those.
type choice struct {
	of  []int
	set bits // the same
	not bool
}

func (c *choice) add(at int) {
	c.of = append(c.of, at)
	c.set.add(at)
}

func (c choice) covers(matches bits) bool { return c.set.meets(matches) != c.not }

// patterns are different ones, each with its place.
type patterns struct {
	list  []pattern
	known map[string]int
}

func (p *patterns) place(text string, fold bool) int {
	at, ok := p.known[text]
	if !ok {
		if p.known == nil {
			p.known = map[string]int{}
		}
		at = len(p.list)
		p.known[text] = at
		p.list = append(p.list, compilePattern(text, true, fold))
	}
	return at
}

// newSpace puts a scope and accesses together. The scope is the first rule.
func newSpace(scope Scope, views ...Access) *space {
	s := &space{byText: map[string]int{}, memo: map[string][]kase{}}
	s.rules = []rule{{view: -1, action: s.chooseActions(orAll(scope.Actions), nil), resource: s.chooseResources(orAll(scope.Resources), nil)}}
	for i, v := range views {
		for layer, documents := range v.layers() {
			for _, d := range documents {
				s.addDocument(d, i, layer)
			}
		}
		s.layers = append(s.layers, len(v.layers()))
	}
	return s
}

func orAll(patterns []string) []string {
	if len(patterns) == 0 {
		return []string{"*"}
	}
	return patterns
}

func (s *space) addDocument(d *Document, view, layer int) {
	for i, st := range d.Statements {
		r := rule{place: Place{d.Name, i + 1}, view: view, layer: layer, deny: st.Deny,
			action: s.chooseActions(st.Action, st.NotAction), resource: s.chooseResources(st.Resource, st.NotResource)}
		for _, c := range st.Conditions {
			r.tests = append(r.tests, s.condition(c))
		}
		for _, u := range slices.Concat(st.Unread, d.Unread) {
			r.tests = append(r.tests, s.unread("element "+u.Element, u.Value))
		}
		slices.Sort(r.tests)
		r.tests = slices.Compact(r.tests)
		s.rules = append(s.rules, r)
	}
}

func (s *space) chooseActions(in, out []string) choice {
	c := choice{not: len(in) == 0}
	for _, text := range slices.Concat(in, out) {
		c.add(s.actions.place(lower(text), true))
	}
	return c
}

// chooseResources enters each pattern twice, as it is read for RAM's own resources and
// for all others. Both lists have the same places.
func (s *space) chooseResources(in, out []string) choice {
	c := choice{not: len(in) == 0}
	for _, text := range slices.Concat(in, out) {
		at := s.others.place(text, false)
		if at == len(s.rams.list) {
			s.rams.list = append(s.rams.list, compilePattern(ramPattern(text), true, true))
		}
		c.add(at)
	}
	return c
}

// condition gives the place of a test. Values are asked in any order, so they are sorted.
func (s *space) condition(c Condition) int {
	values := slices.Sorted(slices.Values(c.Values))
	t := c.compile()
	if t.unread {
		return s.unread(c.Key, fmt.Sprintf("%s %q", c.Operator, values))
	}
	return s.place(fmt.Sprintf("%s %q %q", c.Operator, t.key, values), t)
}

// unread is a test that nobody knows. It has a key of its own: nothing that is known
// about the key of the condition says how it ends.
func (s *space) unread(name, value string) int {
	text := fmt.Sprintf("unread %q %s", name, value)
	return s.place(text, test{key: text, name: name, unread: true})
}

func (s *space) place(text string, t test) int {
	at, ok := s.byText[text]
	if !ok {
		at = len(s.tests)
		s.byText[text] = at
		s.tests = append(s.tests, &t)
	}
	return at
}

// A part is a set of requests that no rule tells apart but by its conditions.
type part struct {
	action, resource string // examples
	rules            bits
}

// parts goes over all of them that are in the scope, each set of rules once.
func (s *space) parts(visit func(part) error) error {
	actions, err := s.classes(s.actions.list, allActions{}, func(r *rule) choice { return r.action })
	if err != nil {
		return err
	}
	var resourceClasses []class
	for _, ram := range []bool{false, true} {
		list := s.others.list
		if ram {
			list = s.rams.list
		}
		more, err := s.classes(list, resources{ram}, func(r *rule) choice { return r.resource })
		if err != nil {
			return err
		}
		resourceClasses = append(resourceClasses, more...)
	}
	if len(actions)*len(resourceClasses) > mostParts {
		return ErrTooWide
	}
	seen := map[string]bool{}
	for _, a := range actions {
		for _, r := range resourceClasses {
			p := part{a.example, r.example, a.rules.and(r.rules)}
			if key := p.rules.key(); !seen[key] {
				seen[key] = true
				if err := visit(p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mostParts bounds the pairs of an action class and a resource class.
const mostParts = 2_000_000

// A class is all texts that the same rules cover. Those that the scope does not are left
// out.
type class struct {
	rules   bits
	example string
}

func (s *space) classes(list []pattern, u universe, of func(*rule) choice) ([]class, error) {
	found, err := atoms(list, of(&s.rules[0]).of, u)
	if err != nil {
		return nil, err
	}
	var out []class
	seen := map[string]bool{}
	for _, a := range found {
		var covered bits
		for i := range s.rules {
			if of(&s.rules[i]).covers(a.matches) {
				covered.add(i)
			}
		}
		if key := covered.key(); covered.has(0) && !seen[key] {
			seen[key] = true
			out = append(out, class{covered, a.example})
		}
	}
	return out, nil
}

// decide says whether one access allows, given the rules that cover the request and the
// tests that hold. It also gives the rules that decided: those that deny, or else allow.
func (s *space) decide(view int, rules []int, holds bits) (allowed bool, by []int) {
	var allow, deny []int
	reached := uint64(0)
	for _, i := range rules {
		r := &s.rules[i]
		if r.view != view || slices.ContainsFunc(r.tests, func(t int) bool { return !holds.has(t) }) {
			continue
		}
		if r.deny {
			deny = append(deny, i)
		} else {
			allow, reached = append(allow, i), reached|1<<r.layer
		}
	}
	if len(deny) > 0 {
		return false, deny
	}
	return reached == 1<<s.layers[view]-1, allow
}
