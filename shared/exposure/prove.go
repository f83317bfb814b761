package exposure

import (
	"fmt"
	"net/netip"
	"slices"
)

// A Flaw is why an edit is not made: the first packet found for which it does
// what it must not.
type Flaw struct {
	Wrong    string // "would be let in", "would be shut out", "could still get in"
	Source   string // an address, or one "in sg-1": of that group's members
	Protocol string
	Port     uint16 // 0 where the protocol has none
}

func (f *Flaw) Error() string {
	port := ""
	if f.Port > 0 {
		port = fmt.Sprintf(" %d", f.Port)
	}
	return fmt.Sprintf("%s from %s %s", f.Protocol+port, f.Source, f.Wrong)
}

// prove looks for a packet that refutes that lines may become others under the
// policy of a judgement, which named breaches of theirs and chose some of these to be
// closed. For every source, protocol and port:
//
//   - whoever gets in afterwards got in before, trusted groups aside;
//   - whoever got in by a rule for which it was not named still does, and so
//     do the trusted and what is allowed;
//   - and no breach is left but those that were not chosen, as they were.
func (j *judgement) prove(live, after []line) error {
	rules := rulesOf(after)
	if err := j.proveAll(rules); err != nil {
		return err
	}
	for _, others := range j.policy.Beside {
		if err := j.proveBeside(others, rules); err != nil {
			return err
		}
	}
	return j.proveClosed(live, after, rules)
}

// proveClosed proves the last of it.
func (j *judgement) proveClosed(live, after []line, rules []Rule) error {
	later := newJudgement(rules, j.policy)
	left := later.objected()
	for n, i := range later.indices() {
		at := slices.IndexFunc(live, func(l line) bool { return l.id == after[i].id })
		if at < 0 || !j.breached[at] || j.chosen[at] || !within(left[n].Open, j.openings(at)) {
			f := &Flaw{Wrong: "could still get in", Source: left[n].Sources, Protocol: left[n].Protocol}
			if len(left[n].Ports) > 0 {
				f.Port = left[n].Ports[0].From
			}
			return f
		}
	}
	return nil
}

// within tells whether openings are among others.
func within(some, others []Opening) bool {
	ports := func(o Opening) []PortRange {
		if o.Ports == nil {
			return everyPort
		}
		return o.Ports
	}
	return !slices.ContainsFunc(some, func(o Opening) bool {
		return !slices.ContainsFunc(others, func(p Opening) bool {
			return p.Protocol == o.Protocol && len(subtractPorts(ports(o), ports(p))) == 0
		})
	})
}

// proveBeside proves the same of interfaces that are in another group as well, whose
// rules stay.
func (j *judgement) proveBeside(others, after []Rule) error {
	both := *j
	both.rules = slices.Concat(j.rules, others)
	both.breached = append(slices.Clone(j.breached), make([]bool, len(others))...)
	both.chosen = append(slices.Clone(j.chosen), make([]bool, len(others))...)
	if err := both.proveAll(slices.Concat(after, others)); err != nil {
		return fmt.Errorf("where the rules of another group of the same interface count as well: %w", err)
	}
	return nil
}

// proveAll asks for every packet. An Accept that is Partial lets in some of the packets
// that it seems to, and not others. So the packets are asked for that it does not match,
// and apart from them those that it does. Of those that two such rules match nothing
// is asked: what is wrong for these is wrong for one of the others, since one more
// Accept stops nobody, and those that stay do so on both sides.
func (j *judgement) proveAll(after []Rule) error {
	for _, only := range j.narrowings(after) {
		counts := func(r *Rule) bool { return !r.Partial || r.Drop || only != nil && r.Only == *only }
		for _, family := range []netip.Prefix{ipv4, ipv6} {
			if err := j.proveFamily(family, after, counts); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrowings are what Accepts are narrowed to, and nil for what none of these match.
func (j *judgement) narrowings(after []Rule) []*string {
	all := []*string{nil}
	for _, rules := range [][]Rule{j.rules, after} {
		for i := range rules {
			r := &rules[i]
			if r.Partial && !r.Drop && !slices.ContainsFunc(all, func(only *string) bool { return only != nil && *only == r.Only }) {
				all = append(all, &r.Only)
			}
		}
	}
	return all
}

func (j *judgement) proveFamily(family netip.Prefix, after []Rule, counts func(*Rule) bool) error {
	both := slices.Concat(j.rules, after)
	members := append([]string{nobodys}, sourceGroups(both, j.policy.TrustedGroups)...)
	s := newSpace(family, both, j.outside, power(0), j.trusted)
	p := proof{space: s, was: newField(s.atoms()), stays: newField(s.atoms()), is: newField(s.atoms())}
	before, later := s.sources(j.rules), s.sources(after)
	for _, protocol := range protocolsOf(both) {
		p.protocol, p.closed = protocol, j.policy.closed(protocol)
		for _, group := range members {
			p.group, p.safe, p.ports = group, s.safe(j, group), everyPort
			if !slices.Contains(j.policy.TrustedGroups, group) {
				p.ports = reach(both, protocol, group) // elsewhere nothing is asked that is not asked for senders in no group
			}
			var on []switched
			for i := range j.rules {
				if r := &j.rules[i]; r.concerns(protocol, group) && counts(r) {
					on = append(on, r.switched(before[i].spans, p.ports, p.was),
						r.switched(before[i].spans, subtractPorts(p.ports, j.named(family, protocol, i)), p.stays))
				}
			}
			for i := range after {
				if r := &after[i]; r.concerns(protocol, group) && counts(r) {
					on = append(on, r.switched(later[i].spans, p.ports, p.is))
				}
			}
			if err := p.search(on); err != nil {
				return err
			}
		}
	}
	return nil
}

// nobodys are the senders that are in no source group.
const nobodys = ""

// sourceGroups are the groups that rules name, and more.
func sourceGroups(rules []Rule, more []string) []string {
	groups := slices.Clone(more)
	for i := range rules {
		if g := rules[i].Group; g != "" {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// concerns tells whether a rule can match members of a group, or senders of none.
func (r *Rule) concerns(protocol, group string) bool {
	return r.covers(protocol) && (r.Group == "" || r.Group == group)
}

// reach is the ports on which members of a group may fare unlike senders in none, or
// every port for these.
func reach(rules []Rule, protocol, group string) []PortRange {
	if group == nobodys {
		return everyPort
	}
	var ports []PortRange
	for i := range rules {
		if r := &rules[i]; r.Group == group && r.covers(protocol) {
			ports = append(ports, r.ports()...)
		}
	}
	return mergePorts(ports)
}

// switched is the rule on those of its ports that are asked about.
func (r *Rule) switched(spans []span, on []PortRange, f *field) switched {
	return switched{spans, intersectPorts(r.ports(), on), r.Priority, r.Drop, []*field{f}}
}

// A proof is the search for a packet in one protocol and family, from members of one
// group.
type proof struct {
	space          *space
	protocol       string
	group          string
	was, stays, is *field
	safe           []bool      // atoms that must not be shut out
	closed         []PortRange // where the others may be
	ports          []PortRange // that are asked about
}

func (p *proof) search(on []switched) (flaw error) {
	goOver(p.space.atoms(), on, intersectPorts(p.closed, p.ports), func(ports PortRange, changed []int32) {
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
			case is && !was && !p.trusting(atom):
				least, flaw = atom, p.flaw("would be let in", atom, ports)
			case is || !was || p.unreal():
			case p.stays.admits(atom), p.safe[atom], !closed:
				least, flaw = atom, p.flaw("would be shut out", atom, ports)
			}
		}
	})
	return flaw
}

// trusting tells whether members of a trusted group are asked for. Those that get in
// by one family or from some addresses only may come to get in by all: no rule for a
// group tells these apart.
func (p *proof) trusting(atom int32) bool { return p.group != nobodys && p.safe[atom] }

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

// safe tells of each atom whether it is trusted: by its address, or in a group by that.
func (s *space) safe(j *judgement, group string) []bool {
	out := make([]bool, s.atoms())
	for i, first := range s.starts {
		out[i] = group == nobodys && j.trusted.Contains(first) || slices.Contains(j.policy.TrustedGroups, group)
	}
	return out
}

// named gives the ports that a rule may lose in a protocol and family: those for
// which it is named, and with them whatever is closed and no rule but ALL can name.
func (j *judgement) named(family netip.Prefix, protocol string, i int) []PortRange {
	if !j.chosen[i] {
		return nil
	}
	if !isKnown(protocol) && !slices.ContainsFunc(j.lanes, func(l *lane) bool { return l.protocol == protocol }) {
		protocol = otherProtocols // only another group's rules name it
	}
	for _, l := range j.lanes {
		if l.space.whole != family || l.protocol != protocol {
			continue
		}
		if !l.expressible(&j.rules[i]) {
			return j.policy.closed(protocol)
		}
		return l.namedPorts(&j.rules[i], i)
	}
	return nil
}
