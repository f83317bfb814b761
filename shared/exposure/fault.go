package exposure

import (
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// A fault is that a policy names a rule, or a part that was made of it: whose senders
// are to get in by it no more, and on which ports. It says nothing about those whom the
// policy trusts.
type fault struct {
	*blame
	line  Rule // what was named; its senders, where it is not all of the rule
	whole bool // it was the rule itself
	ports []faultPorts
}

// blame is what the faults that one judgement finds have in common.
type blame struct {
	policy  int // its place among the policies
	trusted *netipx.IPSet
	groups  []string // trusted
	strange []string // the protocols without a name of their own that were told apart
}

// faultPorts are ports of one protocol and family.
type faultPorts struct {
	family   netip.Prefix
	protocol string
	ports    []PortRange
}

// at gives the ports in a protocol and family.
func (f *fault) at(family netip.Prefix, protocol string) []PortRange {
	if !isKnown(protocol) && !slices.Contains(f.strange, protocol) {
		protocol = otherProtocols // nothing that was judged named it
	}
	for _, p := range f.ports {
		if p.family == family && p.protocol == protocol {
			return p.ports
		}
	}
	return nil
}

// covers tells whether a fault says all that another one of the same rule does.
func (f *fault) covers(g *fault) bool {
	return f.whole && f.policy == g.policy && slices.Equal(f.strange, g.strange) &&
		!slices.ContainsFunc(g.ports, func(p faultPorts) bool { return len(subtractPorts(p.ports, f.at(p.family, p.protocol))) > 0 })
}

// faults are those of each rule that there was at first, by its place.
type faults struct {
	of     [][]fault
	blames []*blame
}

// with adds what a judgement of lines names. The judgement is complete.
func (f faults) with(j *judgement, policy int, live []line) faults {
	by := &blame{policy: policy, trusted: j.trusted, groups: j.policy.TrustedGroups}
	for _, l := range j.lanes {
		if !isKnown(l.protocol) && !slices.Contains(by.strange, l.protocol) {
			by.strange = append(by.strange, l.protocol)
		}
	}
	slices.Sort(by.strange)
	more := faults{slices.Clone(f.of), append(slices.Clip(f.blames), by)}
	added := false
	for _, i := range j.indices() {
		at := live[i].from
		found := fault{by, live[i].Rule, live[i].whole, j.faulty(i)}
		if !slices.ContainsFunc(more.of[at], func(known fault) bool { return known.covers(&found) }) {
			more.of[at] = append(slices.Clip(more.of[at]), found)
			added = true
		}
	}
	if !added {
		return f
	}
	return more
}

// faulty gives the ports that a rule is to lose: those for which it is named, and with
// them whatever is closed and no rule but ALL can name.
func (j *judgement) faulty(i int) (ports []faultPorts) {
	r := &j.rules[i]
	for _, l := range j.lanes {
		if !r.covers(l.protocol) || !r.hasFamily(l.space.whole) {
			continue
		}
		named := l.namedPorts(r, i)
		if !l.expressible(r) {
			named = j.policy.closed(l.protocol)
		}
		if len(named) > 0 {
			ports = append(ports, faultPorts{l.space.whole, l.protocol, named})
		}
	}
	return ports
}

// sure gives the ports on which a line is at fault for nobody, in a protocol.
func (f faults) sure(l *line, protocol string) []PortRange {
	sure := l.ports()
	if len(f.of) == 0 {
		return sure
	}
	for n := range f.of[l.from] {
		at := &f.of[l.from][n]
		if canonical(protocol) == all {
			return nil
		}
		for _, whole := range wholes {
			sure = subtractPorts(sure, at.at(whole, protocol))
		}
	}
	return sure
}

// A freedom is senders and ports for which a rule is at no fault.
type freedom struct {
	source
	ports []PortRange
}

// free gives for whom, and on which ports, a rule of a proof is at no fault where
// members of a group are asked for. Mostly that is all of it.
func (p *familyProof) free(r *provedRule, protocol, group string) (free []freedom, all bool) {
	free = []freedom{{r.source, r.ports()}}
	if r.Drop || r.from < 0 {
		return free, true
	}
	all = true
	for n := range p.faults.of[r.from] {
		f := &p.faults.of[r.from][n]
		ports := f.at(p.whole, protocol)
		if len(ports) == 0 || slices.Contains(f.groups, group) || f.line.Group != "" && f.line.Group != group {
			continue
		}
		var rest []freedom
		for _, a := range free {
			if but := subtractPorts(a.ports, ports); len(but) > 0 {
				rest = append(rest, freedom{a.source, but})
			}
			if common := intersectPorts(a.ports, ports); len(common) > 0 {
				if spans := p.without(a.spans, f, group); len(spans) > 0 {
					rest = append(rest, freedom{p.interned(spans), common})
				}
			}
		}
		free, all = rest, false
	}
	return free, all
}

// without gives the senders that a fault is not about: those of the rule that are not of
// the part that was named, and the trusted.
func (p *familyProof) without(spans []span, f *fault, group string) []span {
	var out []span
	if !f.whole && f.line.Group == "" {
		out = subtractSpans(nil, spans, p.space.spans(f.line.Sources))
	}
	if group == nobodys {
		trusted, known := p.trusted[f.trusted]
		if !known {
			trusted = p.space.spans(f.trusted.Prefixes())
			p.trusted[f.trusted] = trusted
		}
		out = append(out, intersectSpans(spans, trusted)...)
	}
	return mergeSpans(out)
}

// interned gives spans with a key that no other spans have.
func (p *familyProof) interned(spans []span) source {
	text := spansKey(spans)
	key, known := p.keys[text]
	if !known {
		key = -1 - len(p.keys) // apart from those of whole rules
		p.keys[text] = key
	}
	return source{spans, key}
}
