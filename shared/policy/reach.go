package policy

// A Reach says how much of a scope an access allows.
type Reach struct {
	// All says whether everything in the scope is allowed under all circumstances, and
	// AllIf whether each request is at least under some of its own.
	All, AllIf Answer
	// Some says whether anything is allowed under all circumstances, and SomeIf whether
	// anything is at all.
	Some, SomeIf Answer
	// Without is an example of what is not allowed, where All is not Yes.
	Without string
	// With is an example of what is allowed, where SomeIf is not No, and the statements
	// that allow it.
	With Example
}

// everything allows all that there is.
var everything = &Document{Name: "everything", Statements: []Statement{{Action: []string{"*"}, Resource: []string{"*"}}}}

// Reaches says how much of a scope is allowed.
func (a Access) Reaches(in Scope) Reach {
	s := newSpace(in, a)
	r := Reach{All: Yes, AllIf: Yes, Some: No, SomeIf: No}
	err := s.parts(func(p part) error {
		rules := s.pruned(p)
		st, err := s.stage(rules)
		if err != nil {
			return err
		}
		here := s.within(p, st, rules)
		if here.All != Yes && (r.All == Yes || r.All == Unknown && here.All == No) {
			r.Without = here.Without
		}
		if here.SomeIf != No && (r.SomeIf == No || r.SomeIf == Unknown && here.SomeIf == Yes) {
			r.With = here.With
		}
		r.All, r.AllIf = least(r.All, here.All), least(r.AllIf, here.AllIf)
		r.Some, r.SomeIf = most(r.Some, here.All), most(r.SomeIf, here.SomeIf)
		return nil
	})
	if err != nil { // what was found before is so; what was not may be there
		r.All, r.AllIf = least(r.All, Unknown), least(r.AllIf, Unknown)
		r.Some, r.SomeIf = most(r.Some, Unknown), most(r.SomeIf, Unknown)
	}
	return r
}

// within answers the same for one part, in which every request is decided alike. All is about
// its worlds, and AllIf and SomeIf are the same there.
func (s *space) within(p part, st stage, rules []int) Reach {
	r := Reach{All: Yes, SomeIf: No}
	st.blocks(func(block []world) bool {
		given := 0
		var with, without Example
		for _, w := range block {
			if ours, by := s.decide(0, rules, w.holds); ours {
				given++
				with = Example{p.action, p.resource, st.texts(w), s.places(by), w.certain}
			} else {
				without = Example{p.action, p.resource, st.texts(w), nil, w.certain}
			}
		}
		if given < len(block) && r.All != No {
			r.All, r.Without = Unknown, without.String()
			if given == 0 && block[0].certain {
				r.All = No
			}
		}
		if given > 0 && r.SomeIf != Yes {
			with.Certain = given == len(block) && block[0].certain
			r.SomeIf, r.With = Unknown, with
			if with.Certain {
				r.SomeIf = Yes
			}
		}
		return r.All != No || r.SomeIf != Yes
	})
	r.AllIf = r.SomeIf
	return r
}

// least is the answer to whether both are so.
func least(a, b Answer) Answer {
	switch {
	case a == No || b == No:
		return No
	case a == Unknown || b == Unknown:
		return Unknown
	}
	return Yes
}

// most is the answer to whether one of them is.
func most(a, b Answer) Answer { return opposite(least(opposite(a), opposite(b))) }
