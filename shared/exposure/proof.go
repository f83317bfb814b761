package exposure

import (
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
	members    []string         // the source groups that matter
	groups     []string         // that a policy trusts
	named      map[string]bool  // for which a rule for addresses has a part that was named
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
	if p := e.inFamily(whole, counts); p != nil {
		return p.prove()
	}
	return nil
}

// inFamily is the proof in a family, or nil where nothing changes in it.
func (e edition) inFamily(whole netip.Prefix, counts func(*Rule) bool) *familyProof {
	p := &familyProof{edition: e, whole: whole}
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
	return p
}

func (p *familyProof) prove() error {
	everybody := p.ready()
	apart := apart{all: p, everybody: everybody}
	for _, protocol := range protocolsOf(p.rulesOf()) {
		everybody.protocol = protocol
		if err := p.proveMembers(everybody, nobodys); err != nil {
			return err
		}
		stops := p.stops(protocol)
		for _, group := range p.members {
			if !stops && p.asNobody(protocol, group) || p.onlyAccepts(group) && apart.proves(protocol, group) {
				continue
			}
			if err := p.proveMembers(everybody, group); err != nil {
				return err
			}
		}
	}
	return nil
}

// ready sorts the rules, cuts the addresses, and gives a search among them.
func (p *familyProof) ready() *proof {
	rules := p.rulesOf()
	p.trusted, p.keys = map[*netipx.IPSet][]span{}, map[string]int{}
	p.byGroup, p.named = map[string][]int{}, map[string]bool{}
	for i := range p.rules {
		r := &p.rules[i]
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
	p.members = sourceGroups(rules, p.groups)
	p.space = newSpace(p.whole, p.parts(rules), setOf(nil), power(0), trusted...)
	for i, src := range p.space.sources(rules) {
		p.rules[i].source = src
	}
	return p.searchIn(p.space)
}

func (p *familyProof) rulesOf() []Rule {
	rules := make([]Rule, len(p.rules))
	for i := range p.rules {
		rules[i] = *p.rules[i].Rule
	}
	return rules
}

// parts adds the parts of rules that were named. Where they end the space is cut, too. It
// notes those that are for a group, of a rule for addresses.
func (p *familyProof) parts(rules []Rule) []Rule {
	all := slices.Clip(rules)
	for i := range p.rules {
		if r := &p.rules[i]; r.from >= 0 {
			for _, f := range p.faults.of[r.from] {
				if f.whole {
					continue
				}
				all = append(all, f.line)
				if r.Group == "" && f.line.Group != "" {
					p.named[f.line.Group] = true
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

// stops tells whether a Drop rule for addresses comes or goes.
func (p *familyProof) stops(protocol string) bool {
	return slices.ContainsFunc(p.plain, func(i int) bool {
		r := &p.rules[i]
		return r.Drop && r.changes() && r.covers(protocol)
	})
}

// asNobody tells whether what holds for senders in no group holds for the members of one
// as well, where nothing else can stop them: nothing changes for them alone. They get in as
// those do, or by rules for their group; and these are as they were, before the same
// Drop rules. (From a trusted address they may do so by a line that is at fault for them alone,
// and stays for the sake of the others.)
func (p *familyProof) asNobody(protocol, group string) bool {
	return !slices.Contains(p.groups, group) && !slices.ContainsFunc(p.byGroup[group], func(i int) bool {
		r := &p.rules[i]
		return r.covers(protocol) && (r.Drop || r.changes())
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
	if group != nobodys && group != strangers && !slices.Contains(p.groups, group) {
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
