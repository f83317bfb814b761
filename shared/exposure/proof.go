package exposure

import (
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// A familyProof is what has to be proved in one family of addresses, of the rules that
// matter there: those that meet the ports on which something changes.
type familyProof struct {
	edition
	whole      netip.Prefix
	space      *space
	rules      []provedRule
	byGroup    map[string][]int // the rules for each source group
	plain      []int            // those for addresses
	groups     []string         // that a policy trusts
	priorities ranks

	trusted map[*netipx.IPSet][]span
	keys    map[string]int // see interned
}

// A provedRule is a rule of before, of afterwards, or of both.
type provedRule struct {
	*Rule
	was, is bool
	from    int // the rule of before that it is, or is made of, or -1
	source
}

// changes tells whether the rule is not the same before and afterwards.
func (r *provedRule) changes() bool { return r.was != r.is }

func (e edition) proveFamily(whole netip.Prefix, counts func(*Rule) bool) error {
	p := familyProof{edition: e, whole: whole, trusted: map[*netipx.IPSet][]span{}, keys: map[string]int{}}
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
			p.rules = append(p.rules, provedRule{r, false, true, e.from[i], source{}})
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
	var trusted []*netipx.IPSet
	for _, b := range p.faults.blames {
		if !slices.Contains(trusted, b.trusted) {
			trusted = append(trusted, b.trusted)
		}
		p.groups = append(p.groups, b.groups...)
	}
	p.space = newSpace(p.whole, p.parts(rules), setOf(nil), power(0), trusted...)
	for i, src := range p.space.sources(rules) {
		p.rules[i].source = src
	}
	members := sourceGroups(rules, p.groups)
	search := p.searchIn(p.space)
	for _, protocol := range protocolsOf(rules) {
		search.protocol = protocol
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

// parts adds the parts of rules that were named. Where they end the space is cut, too.
func (p *familyProof) parts(rules []Rule) []Rule {
	all := slices.Clip(rules)
	for i := range p.rules {
		if r := &p.rules[i]; r.from >= 0 {
			for _, f := range p.faults.of[r.from] {
				if !f.whole {
					all = append(all, f.line)
				}
			}
		}
	}
	return all
}

func (p *familyProof) searchIn(s *space) *proof {
	n := p.priorities.arrange()
	of := func() *field { return newField(s.atoms(), &p.priorities, n) }
	return &proof{space: s, was: of(), stays: of(), is: of(), keeps: of()}
}

// asNobody tells whether what holds for senders in no group holds for the members of one
// as well: nothing changes for them alone, and nothing else can stop them. They get in as
// those do, or by rules for their group; and these are as they were, before the same
// Drop rules. (From a trusted address they may do so by a line that is at fault for them alone,
// and stays for the sake of the others.)
func (p *familyProof) asNobody(protocol, group string) bool {
	if slices.Contains(p.groups, group) {
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
	if group != nobodys && !slices.Contains(p.groups, group) {
		ports = intersectPorts(ports, mergePorts(own)) // elsewhere nothing is asked that is not asked for senders in no group
	}
	if len(ports) == 0 {
		return nil
	}
	search.group, search.ports, search.touched = group, ports, mergeSpans(touched)
	search.trusts = slices.Contains(p.groups, group)
	return search.search(p.switches(search, of, search.touched))
}

// switches are the rules as the fields see them. Those that differ only by their ports
// are one.
func (p *familyProof) switches(search *proof, of []int, touched []span) []switched {
	type key struct {
		source, priority int
		drop             bool
		kind             int
	}
	at := map[key]int{}
	var on []switched
	add := func(r *provedRule, of freedom, fields ...*field) {
		ports := intersectPorts(of.ports, search.ports)
		if len(ports) == 0 || len(fields) == 0 {
			return
		}
		k := key{of.key, r.Priority, r.Drop, search.kind(fields)}
		if n, known := at[k]; known {
			on[n].ports = append(on[n].ports, ports...)
			return
		}
		s := switched{spans: of.spans, marks: touched, ports: ports, priority: r.Priority, drop: r.Drop, fields: fields}
		if !search.space.isWhole(of.spans) {
			s.spans = intersectSpans(of.spans, touched)
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
		every, clean := search.fieldsOf(r)
		free, all := p.free(r, search.protocol, search.group)
		if all {
			add(r, free[0], slices.Concat(every, clean)...)
			continue
		}
		add(r, freedom{r.source, r.ports()}, every...)
		for _, part := range free {
			add(r, part, clean...)
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
	space    *space
	protocol string
	group    string
	was, is  *field      // the rules before and afterwards ...
	stays    *field      // ... those before without what is at fault
	keeps    *field      // ... and those afterwards
	trusts   bool        // the group is trusted
	ports    []PortRange // that are asked about
	touched  []span      // likewise
}

// fieldsOf gives the fields that a rule counts in, and those in which it does as far as it is
// at no fault.
func (p *proof) fieldsOf(r *provedRule) (every, clean []*field) {
	if r.was {
		every, clean = append(every, p.was), append(clean, p.stays)
	}
	if r.is {
		every, clean = append(every, p.is), append(clean, p.keeps)
	}
	return every, clean
}

// kind numbers some of the fields.
func (p *proof) kind(fields []*field) (kind int) {
	for n, f := range []*field{p.was, p.is, p.stays, p.keeps} {
		if slices.Contains(fields, f) {
			kind |= 1 << n
		}
	}
	return kind
}

func (p *proof) search(on []switched) (flaw error) {
	goOver(p.space.atoms(), on, func(ports PortRange, changed []int32) {
		if flaw != nil {
			return // the sweep goes on, so that the fields are clean after it
		}
		least := p.space.atoms()
		for _, atom := range changed {
			if atom > least {
				continue // of all flaws on a stretch of ports the first address is told
			}
			is := p.is.admits(atom)
			switch {
			case is && !p.was.admits(atom) && !p.trusting():
				least, flaw = atom, p.flaw("would be let in", atom, ports)
			case p.unreal() || !p.stays.admits(atom) || p.keeps.admits(atom):
			case is:
				least, flaw = atom, p.flaw(onlyByFaults, atom, ports)
			default:
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
