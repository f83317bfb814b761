package exposure

import "slices"

// apart proves for the members of a group what is asked of all rules, in less time
// where every rule is for another group.
//
// Members of a group that is not trusted, and for which no rule is a Drop, get in by the
// rules for addresses or, before the same Drop rules, by those for the group. So they
// fare, before and afterwards, as one of two does, or as the better off of them: a stranger, and
// a member whom no address lets in. What is right for each of the two is right for the members, and
// the first has to be asked for once only. Where something is wrong for one of the two it
// may still be right for the members: then all rules have to be asked.
type apart struct {
	all       *familyProof
	everybody *proof
	strangers map[string]bool // by protocol: whether the proof holds for strangers

	without *familyProof // the rules, without the Accepts for addresses
	members *proof
}

// strangers are members of a group that no rule is for. They are unlike senders in no group
// where a policy trusts addresses: that is about those senders only.
const strangers = "*"

// onlyAccepts tells whether members of a group can be proved for apart.
func (p *familyProof) onlyAccepts(group string) bool {
	return !slices.Contains(p.groups, group) && !p.named[group] && group != strangers &&
		!slices.ContainsFunc(p.byGroup[group], func(i int) bool { return p.rules[i].Drop })
}

// proves tells whether the proof holds for members of a group, as far as that is seen
// apart. For senders in no group it holds.
func (a *apart) proves(protocol, group string) bool {
	if a.without == nil {
		a.strangers = map[string]bool{}
		a.without = &familyProof{edition: a.all.edition, whole: a.all.whole}
		for _, r := range a.all.rules {
			if r.Group != "" || r.Drop {
				a.without.rules = append(a.without.rules, r)
			}
		}
		a.members = a.without.ready()
	}
	right, asked := a.strangers[protocol]
	if !asked {
		a.everybody.protocol = protocol
		right = a.all.proveMembers(a.everybody, strangers) == nil
		a.strangers[protocol] = right
	}
	a.members.protocol = protocol
	return right && a.without.proveMembers(a.members, group) == nil
}
