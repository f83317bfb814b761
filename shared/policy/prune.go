package policy

import "slices"

// pruned leaves out the rules of a part that cannot change what an access allows: all of an
// access that never allows the part, and those of a level that allow under a condition
// what another one allows without. So fewer keys have to be looked at.
func (s *space) pruned(p part) []int {
	rules := p.rules.list(1)
	for view := range s.layers {
		bare, some := uint64(0), uint64(0) // levels with an Allow without conditions, and with any
		never := false
		for _, i := range rules {
			r := &s.rules[i]
			switch {
			case r.view != view:
			case r.deny:
				never = never || len(r.tests) == 0
			default:
				some |= 1 << r.layer
				if len(r.tests) == 0 {
					bare |= 1 << r.layer
				}
			}
		}
		never = never || some != 1<<s.layers[view]-1
		rules = slices.DeleteFunc(rules, func(i int) bool {
			r := &s.rules[i]
			return r.view == view && (never || !r.deny && len(r.tests) > 0 && bare&(1<<r.layer) != 0)
		})
	}
	return rules
}

// silent says that an access never allows a part: it has no rules left.
func (s *space) silent(view int, rules []int) bool {
	return !slices.ContainsFunc(rules, func(i int) bool { return s.rules[i].view == view })
}
