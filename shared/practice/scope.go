package practice

// A Scope is the parts of a resource that a finding is about: by name, such as
// "sgr-1 TCP", the numbers of that part, such as its ports. Spans of a part are
// sorted and do not touch.
type Scope map[string][]Span

// A Span is the numbers From to To, both included.
type Span struct{ From, To int }

// Within tells whether nothing of s is outside of t.
func (s Scope) Within(t Scope) bool {
	for part, spans := range s {
		for _, a := range spans {
			if !a.inside(t[part]) {
				return false
			}
		}
	}
	return true
}

// Meets tells whether s and t have something in common.
func (s Scope) Meets(t Scope) bool {
	for part, spans := range s {
		for _, a := range spans {
			for _, b := range t[part] {
				if a.From <= b.To && b.From <= a.To {
					return true
				}
			}
		}
	}
	return false
}

func (a Span) inside(spans []Span) bool {
	for _, b := range spans {
		if b.From <= a.From && a.To <= b.To {
			return true
		}
	}
	return false
}
