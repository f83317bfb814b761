package practice

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
)

// A Matcher knows which practices ask for which events. It is made once a process: an
// event that nobody asks for costs two looks into a map.
type Matcher struct {
	asking map[asked][]*Practice
	every  []*Practice // who ask for all that somebody does
}

// asked is what a trigger asks for. An event's service is in lower case; names are
// compared as they are.
type asked struct{ service, name string }

// NewMatcher makes a matcher of practices. Retired ones ask for nothing.
func NewMatcher(practices []*Practice) *Matcher {
	m := &Matcher{asking: map[asked][]*Practice{}}
	for _, p := range practices {
		if p.Retired != "" {
			continue
		}
		asks := []asked{{"tag", untag}}
		for _, kind := range p.kinds() {
			asks = append(asks, asked{kind.Untags, untag})
		}
		for _, t := range p.Triggers {
			if t.Service == Every && !slices.Contains(m.every, p) {
				m.every = append(m.every, p)
			}
			asks = append(asks, asked{strings.ToLower(t.Service), t.Name})
		}
		for _, k := range asks {
			if !slices.Contains(m.asking[k], p) {
				m.asking[k] = append(m.asking[k], p)
			}
		}
	}
	return m
}

// Asks tells whether some practice may ask for an act, by this name or by another of its
// names. An event of which nobody does need not be decoded.
func (m *Matcher) Asks(act events.Act) bool {
	if len(m.asking[asked{act.Service, act.Name}]) > 0 {
		return true
	}
	return slices.ContainsFunc(act.Also(), func(a events.Act) bool { return len(m.asking[asked{a.Service, a.Name}]) > 0 })
}

// AsksOf tells whether some practice asks for all that a type of actor does.
func (m *Matcher) AsksOf(actor string) bool {
	return slices.ContainsFunc(m.every, func(p *Practice) bool {
		return slices.ContainsFunc(p.Triggers, func(t Trigger) bool { return t.Service == Every && t.By == actor })
	})
}

// A Match is what an event asks a practice to look at.
type Match struct {
	Practice *Practice
	Targets  []Target // one at least
}

// Match returns the practices that an event concerns, in the order in which they were
// given, those that ask by its name first, then those that ask by another name for the same
// act, then those that ask for all that somebody does, then those that ask by its rule.
func (m *Matcher) Match(e *events.Event) []Match {
	matches := concerned(nil, m.asking[asked{e.Service, e.Name}], e)
	for _, other := range e.Others() {
		matches = concerned(matches, m.asking[asked{other.Service, other.Name}], e)
	}
	matches = concerned(matches, m.every, e)
	if e.Rule != "" {
		matches = concerned(matches, m.asking[asked{e.Service, e.Rule}], e)
	}
	return matches
}

func concerned(matches []Match, asking []*Practice, e *events.Event) []Match {
	for _, p := range asking {
		// By the name and by the rule it may be concerned twice.
		if slices.ContainsFunc(matches, func(m Match) bool { return m.Practice == p }) {
			continue
		}
		if targets := p.Match(e); len(targets) > 0 {
			matches = append(matches, Match{p, targets})
		}
	}
	return matches
}
