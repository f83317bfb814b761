package exposure

import (
	"fmt"
	"net/netip"
	"slices"
)

// A familyProof is what has to be proved in one family of addresses, of the rules that
// matter there: those that meet the ports on which something changes.
type familyProof struct {
	*judgement
	whole      netip.Prefix
	space      *space
	rules      []provedRule
	byGroup    map[string][]int // the rules for each source group
	plain      []int            // those for addresses
	priorities ranks
}

// A provedRule is a rule of before, of afterwards, or of both.
type provedRule struct {
	*Rule
	was, is bool
	index   int // among those of before
	source
}

// changes tells whether the rule is not the same before and afterwards.
func (r *provedRule) changes() bool { return r.was != r.is }

func (e edition) proveFamily(whole netip.Prefix, counts func(*Rule) bool) error {
	p := familyProof{judgement: e.judgement, whole: whole}
	var changing []PortRange
	concerned := func(r *Rule) bool {
		return counts(r) && r.hasFamily(whole)
	}
	for _, side := range []struct {
		rules   []Rule
		changed []bool
	}{{e.was, e.gone}, {e.is, e.came}} {
		for i := range side.rules {
			if r := &side.rules[i]; side.changed[i] && concerned(r) {
				changing = append(changing, r.ports()...)
			}
		}
	}
	if changing = mergePorts(changing); len(changing) == 0 {
		return nil
	}
	meets := func(r *Rule) bool { return concerned(r) && (!r.ported() || anyMeet(r.Ports, changing)) }
	for i := range e.was {
		if r := &e.was[i]; meets(r) {
			p.rules = append(p.rules, provedRule{r, true, !e.gone[i], i, source{}})
		}
	}
	for i := range e.is {
		if r := &e.is[i]; e.came[i] && meets(r) {
			p.rules = append(p.rules, provedRule{r, false, true, -1, source{}})
		}
	}
	return p.prove()
}

func (p *familyProof) prove() error {
	rules := make([]Rule, len(p.rules))
	p.byGroup = map[string][]int{}
	for i := range p.rules {
		r := &p.rules[i]
		rules[i] = *r.Rule
		if r.Group == "" {
			p.plain = append(p.plain, i)
		} else {
			p.byGroup[r.Group] = append(p.byGroup[r.Group], i)
		}
		p.priorities.add(r.Priority)
	}
	p.space = newSpace(p.whole, rules, p.outside, power(0), p.trusted)
	for i, src := range p.space.sources(rules) {
		p.rules[i].source = src
	}
	members := sourceGroups(rules, p.policy.TrustedGroups)
	search := p.searchIn(p.space)
	for _, protocol := range protocolsOf(rules) {
		search.protocol, search.closed = protocol, p.policy.closed(protocol)
		if err := p.proveMembers(search, nobodys); err != nil {
			return err
		}
		for _, group := range members {
			if !p.asNobody(protocol, group) {
				if err := p.proveMembers(search, group); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (p *familyProof) searchIn(s *space) *proof {
	n := p.priorities.arrange()
	safe := make([]bool, s.atoms())
	for i, first := range s.starts {
		safe[i] = p.trusted.Contains(first)
	}
	return &proof{space: s, safe: safe, was: newField(s.atoms(), &p.priorities, n), stays: newField(s.atoms(), &p.priorities, n), is: newField(s.atoms(), &p.priorities, n)}
}

// asNobody tells whether what holds for senders in no group holds for the members of one
// as well: nothing changes for them alone, and nothing else can stop them. They get in as
// those do, or by rules for their group; and these are as they were, before the same
// Drop rules.
func (p *familyProof) asNobody(protocol, group string) bool {
	if slices.Contains(p.policy.TrustedGroups, group) {
		return false
	}
	for _, i := range p.byGroup[group] {
		if r := &p.rules[i]; r.covers(protocol) && (r.Drop || r.changes()) {
			return false
		}
	}
	return !slices.ContainsFunc(p.plain, func(i int) bool {
		r := &p.rules[i]
		return r.Drop && r.changes() && r.covers(protocol)
	})
}

// proveMembers searches among the members of a group, on the ports on which something
// changes for them and the addresses for which it does.
func (p *familyProof) proveMembers(search *proof, group string) error {
	of := slices.Concat(p.plain, p.byGroup[group])
	if group == nobodys {
		of = p.plain
	}
	var ports, own []PortRange
	var touched []span
	for _, i := range of {
		r := &p.rules[i]
		if !r.covers(search.protocol) {
			continue
		}
		if r.Group != "" {
			own = append(own, r.ports()...)
		}
		if r.changes() {
			ports = append(ports, r.ports()...)
			touched = append(touched, r.spans...)
		}
	}
	ports = mergePorts(ports)
	if group != nobodys && !slices.Contains(p.policy.TrustedGroups, group) {
		ports = intersectPorts(ports, mergePorts(own)) // elsewhere nothing is asked that is not asked for senders in no group
	}
	if len(ports) == 0 {
		return nil
	}
	search.group, search.ports, search.touched = group, ports, mergeSpans(touched)
	search.trusts = slices.Contains(p.policy.TrustedGroups, group)
	return search.search(p.switches(search, of, search.touched))
}

// switches are the rules as the fields see them. Those that differ only by their ports
// are one.
func (p *familyProof) switches(search *proof, of []int, touched []span) []switched {
	type key struct {
		source, priority int
		drop             bool
		fields           int
	}
	at := map[key]int{}
	var on []switched
	add := func(r *provedRule, ports []PortRange, kind int, fields ...*field) {
		ports = intersectPorts(ports, search.ports)
		if len(ports) == 0 {
			return
		}
		k := key{r.key, r.Priority, r.Drop, kind}
		if n, known := at[k]; known {
			on[n].ports = append(on[n].ports, ports...)
			return
		}
		s := switched{spans: r.spans, marks: touched, ports: ports, priority: r.Priority, drop: r.Drop, fields: fields}
		if !search.space.isWhole(r.spans) {
			s.spans = intersectSpans(r.spans, touched)
			s.marks = s.spans
		}
		at[k] = len(on)
		on = append(on, s)
	}
	for _, i := range of {
		r := &p.rules[i]
		if !r.covers(search.protocol) {
			continue
		}
		ports := r.ports()
		var named []PortRange
		if r.was {
			named = p.named(p.whole, search.protocol, r.index)
		}
		switch {
		case r.was && r.is && len(named) == 0:
			add(r, ports, 0, search.was, search.stays, search.is)
		case r.was && r.is:
			add(r, ports, 1, search.was, search.is)
			add(r, subtractPorts(ports, named), 2, search.stays)
		case r.was:
			add(r, ports, 3, search.was)
			add(r, subtractPorts(ports, named), 2, search.stays)
		default:
			add(r, ports, 4, search.is)
		}
	}
	for i := range on {
		on[i].ports = mergePorts(on[i].ports)
	}
	return on
}

// A proof is the search for a packet in one protocol and family, from members of one
// group.
type proof struct {
	space          *space
	protocol       string
	group          string
	was, stays, is *field
	trusts         bool        // the group is trusted
	safe           []bool      // atoms that are trusted
	closed         []PortRange // where the others may be
	ports          []PortRange // that are asked about
	touched        []span      // likewise
}

func (p *proof) search(on []switched) (flaw error) {
	goOver(p.space.atoms(), on, intersectPorts(p.closed, p.ports), p.touched, func(ports PortRange, changed []int32) {
		if flaw != nil {
			return // the sweep goes on, so that the fields are clean after it
		}
		closed := len(intersectPorts(p.closed, []PortRange{ports})) > 0
		least := p.space.atoms()
		for _, atom := range changed {
			if atom > least {
				continue // of all flaws on a stretch of ports the first address is told
			}
			was, is := p.was.admits(atom), p.is.admits(atom)
			switch {
			case is && !was && !p.trusting():
				least, flaw = atom, p.flaw("would be let in", atom, ports)
			case is || !was || p.unreal():
			case p.stays.admits(atom), p.trusts, p.group == nobodys && p.safe[atom], !closed:
				least, flaw = atom, p.flaw("would be shut out", atom, ports)
			}
		}
	})
	return flaw
}

// trusting tells whether members of a trusted group are asked for. Those that get in
// by one family or from some addresses only may come to get in by all: no rule for a
// group tells these apart.
func (p *proof) trusting() bool { return p.trusts && p.group != nobodys }

// unreal tells whether there are no such packets: ICMP is IPv4, ICMPv6 is IPv6.
func (p *proof) unreal() bool {
	return p.protocol == icmp && p.space.whole == ipv6 || p.protocol == icmpv6 && p.space.whole == ipv4
}

func (p *proof) flaw(wrong string, atom int32, ports PortRange) error {
	f := &Flaw{Wrong: wrong, Protocol: p.protocol}
	if hasPorts(p.protocol) {
		f.Port = ports.From
	}
	f.Source = p.space.starts[atom].String()
	if p.group != nobodys {
		f.Source = fmt.Sprintf("%s in %s", f.Source, p.group)
	}
	return f
}
