package policy

import (
	"fmt"
	"slices"
	"strings"
)

// An Answer to a question about all requests at once.
type Answer int

const (
	// Unknown is for what cannot be told: there is an element or an operator that was
	// not understood, a case that RAM does not document, or it is too much to look at.
	Unknown Answer = iota
	No
	Yes
)

func (a Answer) String() string { return [...]string{"unknown", "no", "yes"}[a] }

// An Example is a request for which something is so, and the statement that makes it so.
type Example struct {
	Action, Resource string
	// Context is what has to hold, such as "acs:SourceIp=203.0.113.7".
	Context []string
	// By are the statements that allow it.
	By []Place
	// Certain is false where it rests on what RAM does not document.
	Certain bool
}

func (e Example) String() string {
	text := e.Action + " to " + e.Resource
	if len(e.Context) > 0 {
		text += " with " + strings.Join(e.Context, ", ")
	}
	return text
}

// A Difference is what one access allows and another does not.
type Difference struct {
	// None says whether there is nothing: Yes is a proof over all requests.
	None Answer
	// Examples has one for each set of statements that allow something beyond.
	Examples []Example
	Why      string // it is Unknown
}

// Beyond gives what an access allows in a scope and a second one does not.
func (a Access) Beyond(b Access, in Scope) Difference { return difference(a, b, in, false) }

// difference goes over all parts. With ever, the second access counts as allowing a part
// as soon as it does so in some world.
func difference(a, b Access, in Scope, ever bool) Difference {
	s := newSpace(in, a, b)
	d := Difference{None: Yes}
	known := map[string]int{}
	err := s.parts(func(p part) error {
		rules := p.rules.list(1)
		st, err := s.stage(rules)
		if err != nil {
			return err
		}
		var found []Example
		allowed := false // by b in some world
		st.blocks(func(block []world) bool {
			given, beyond := 0, 0
			var e Example
			for _, w := range block {
				theirs, _ := s.decide(1, rules, w.holds)
				if theirs {
					given++
				} else if ours, by := s.decide(0, rules, w.holds); ours {
					beyond++
					e = Example{p.action, p.resource, st.texts(w), s.places(by), w.certain}
				}
			}
			allowed = allowed || given == len(block) && block[0].certain
			if beyond > 0 {
				e.Certain = e.Certain && beyond == len(block)
				found = append(found, e)
			}
			return true
		})
		if ever && allowed {
			return nil
		}
		for _, e := range found {
			d.add(e, known)
		}
		return nil
	})
	if err != nil {
		d.None, d.Why = Unknown, err.Error()
	}
	if certain := slices.ContainsFunc(d.Examples, func(e Example) bool { return e.Certain }); certain {
		d.None, d.Why = No, ""
	} else if err == nil && len(d.Examples) > 0 {
		d.None, d.Why = Unknown, "it would be so for "+d.Examples[0].String()+", if there can be such a request"
	}
	return d
}

// add keeps the first example of each set of statements, and a certain one before others.
func (d *Difference) add(e Example, known map[string]int) {
	key := fmt.Sprint(e.By)
	at, ok := known[key]
	if !ok {
		known[key] = len(d.Examples)
		d.Examples = append(d.Examples, e)
	} else if e.Certain && !d.Examples[at].Certain {
		d.Examples[at] = e
	}
}

func (s *space) places(rules []int) []Place {
	var out []Place
	for _, i := range rules {
		out = append(out, s.rules[i].place)
	}
	return out
}

// Contained says whether everything that a document allows is allowed by another.
func Contained(a, b *Document) Difference { return Of(a).Beyond(Of(b), Scope{}) }

// Adds gives what a document would add to an access, and what its Deny statements would
// take away.
func (a Access) Adds(d *Document) (adds, takes Difference) {
	with := a.With(d)
	return with.Beyond(a, Scope{}), a.Beyond(with, Scope{})
}

// A Reach says how much of a scope an access allows.
type Reach struct {
	// All says whether everything in the scope is allowed under all circumstances, and
	// AllIf whether it is at least under some.
	All, AllIf Answer
	// Some says whether anything is allowed under all circumstances, and SomeIf whether
	// anything is at all.
	Some, SomeIf Answer
	// Without is an example of what is not allowed, where All is No.
	Without string
	// With is an example of what is allowed, where SomeIf is Yes, and the statements
	// that allow it.
	With Example
}

// everything allows all that there is.
var everything = &Document{Name: "everything", Statements: []Statement{{Action: []string{"*"}, Resource: []string{"*"}}}}

// Reaches says how much of a scope is allowed.
func (a Access) Reaches(in Scope) Reach {
	whole, perhaps := difference(Of(everything), a, in, false), difference(Of(everything), a, in, true)
	some := a.Beyond(Access{}, in)
	r := Reach{All: whole.None, AllIf: perhaps.None, SomeIf: opposite(some.None)}
	if len(whole.Examples) > 0 {
		r.Without = whole.Examples[0].String()
	}
	if i := slices.IndexFunc(some.Examples, func(e Example) bool { return e.Certain }); i >= 0 {
		r.With = some.Examples[i]
	} else if len(some.Examples) > 0 {
		r.With = some.Examples[0]
	}
	r.Some = a.anyAlways(in)
	return r
}

// anyAlways says whether there is a request that is allowed in every world.
func (a Access) anyAlways(in Scope) Answer {
	s := newSpace(in, a)
	answer := No
	err := s.parts(func(p part) error {
		rules := p.rules.list(1)
		st, err := s.stage(rules)
		if err != nil {
			return err
		}
		always, certainly := true, true // in all worlds; in all that are certain
		st.blocks(func(block []world) bool {
			given := 0
			for _, w := range block {
				if ours, _ := s.decide(0, rules, w.holds); ours {
					given++
				}
			}
			always, certainly = always && given == len(block), certainly && (given > 0 || !block[0].certain)
			return certainly
		})
		switch {
		case always:
			answer = Yes
		case certainly && answer == No:
			answer = Unknown
		}
		return nil
	})
	if err != nil && answer != Yes {
		return Unknown
	}
	return answer
}

func opposite(a Answer) Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}
