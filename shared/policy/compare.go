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

// An Example is a request for which the answer holds, with the statement that decides it.
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
func (a Access) Beyond(b Access, in Scope) Difference {
	s := newSpace(in, a, b)
	d := Difference{None: Yes}
	known := map[string]int{}
	err := s.parts(func(p part) error {
		rules := s.pruned(p)
		if s.silent(0, rules) {
			return nil
		}
		st, err := s.stage(rules)
		if err != nil {
			return err
		}
		st.blocks(func(block []world) bool {
			beyond := 0
			var e Example
			for _, w := range block {
				if theirs, _ := s.decide(1, rules, w.holds); theirs {
					continue
				}
				if ours, by := s.decide(0, rules, w.holds); ours {
					beyond++
					e = Example{p.action, p.resource, st.texts(w), s.places(by), w.certain}
				}
			}
			if beyond > 0 {
				e.Certain = e.Certain && beyond == len(block)
				d.add(e, known)
			}
			return true
		})
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

func opposite(a Answer) Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}
