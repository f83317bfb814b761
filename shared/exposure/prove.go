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
	Source   string // an address or a security group
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

// prove looks for a packet that refutes that rules may become others under the
// policy of a judgement, which named breaches of theirs. For every source,
// protocol and port:
//
//   - whoever gets in afterwards got in before, trusted groups aside;
//   - whoever got in by a rule for which it was not named still does, and so
//     do the trusted and what is allowed;
//   - and no breach is left.
func (j *judgement) prove(after []Rule) error {
	both := slices.Concat(j.rules, after)
	for _, g := range j.policy.TrustedGroups {
		both = append(both, Rule{Protocol: all, Group: g}) // it is asked for, whether or not a rule names it
	}
	for _, family := range []netip.Prefix{ipv4, ipv6} {
		s := newSpace(family, both, j.policy.outsiders(j.trusted), power(0))
		was, stays, is := newField(s.atoms()), newField(s.atoms()), newField(s.atoms())
		safe := s.safe(j)
		sources, later := s.sources(j.rules), s.sources(after)
		for _, protocol := range protocolsOf(both) {
			p := proof{s, protocol, was, stays, is, safe, j.policy.closed(protocol)}
			var on []switched
			for i := range j.rules {
				r := &j.rules[i]
				if spans := sources[i].spans; len(spans) > 0 && r.covers(protocol) {
					named := j.named(family, protocol, i)
					on = append(on, switched{spans, r.ports(), r.Priority, r.Drop, []*field{was}},
						switched{spans, subtractPorts(r.ports(), named), r.Priority, r.Drop, []*field{stays}})
				}
			}
			for i := range after {
				r := &after[i]
				if spans := later[i].spans; len(spans) > 0 && r.covers(protocol) {
					on = append(on, switched{spans, r.ports(), r.Priority, r.Drop, []*field{is}})
				}
			}
			if err := p.search(on); err != nil {
				return err
			}
		}
	}
	for _, b := range Breaches(after, j.policy) {
		f := &Flaw{Wrong: "could still get in", Source: b.Sources, Protocol: b.Protocol}
		if len(b.Ports) > 0 {
			f.Port = b.Ports[0].From
		}
		return f
	}
	return nil
}

// A proof is the search for a packet in one protocol and family.
type proof struct {
	space          *space
	protocol       string
	was, stays, is *field
	safe           []bool      // atoms that must not be shut out
	closed         []PortRange // where the others may be
}

func (p *proof) search(on []switched) (flaw error) {
	goOver(p.space.atoms(), on, p.closed, func(ports PortRange, changed []int32) {
		if flaw != nil {
			return // the sweep goes on, so that the fields are clean after it
		}
		closed := len(intersectPorts(p.closed, []PortRange{ports})) > 0
		for _, atom := range changed {
			was, is := p.was.admits(atom), p.is.admits(atom)
			switch {
			case is && !was && !p.trustedGroup(atom):
				flaw = p.flaw("would be let in", atom, ports)
			case is || !was || p.unreal():
			case p.stays.admits(atom), p.safe[atom], !closed:
				flaw = p.flaw("would be shut out", atom, ports)
			}
		}
	})
	return flaw
}

// trustedGroup tells whether an atom is a trusted group. Those that get in by one
// family only may come to get in by both: no rule for a group tells families apart.
func (p *proof) trustedGroup(atom int32) bool {
	return int(atom) >= len(p.space.starts) && p.safe[atom]
}

// unreal tells whether there are no such packets: ICMP is IPv4, ICMPv6 is IPv6.
func (p *proof) unreal() bool {
	return p.protocol == icmp && p.space.whole == ipv6 || p.protocol == icmpv6 && p.space.whole == ipv4
}

func (p *proof) flaw(wrong string, atom int32, ports PortRange) error {
	f := &Flaw{Wrong: wrong, Protocol: p.protocol}
	if hasPorts(p.protocol) {
		f.Port = ports.From
	}
	if n := int(atom) - len(p.space.starts); n >= 0 {
		f.Source = p.space.groups[n]
	} else {
		f.Source = p.space.starts[atom].String()
	}
	return f
}

// safe tells of each atom whether it is trusted.
func (s *space) safe(j *judgement) []bool {
	out := make([]bool, s.atoms())
	for i, first := range s.starts {
		out[i] = j.trusted.Contains(first)
	}
	for i, g := range s.groups {
		out[len(s.starts)+i] = slices.Contains(j.policy.TrustedGroups, g)
	}
	return out
}

// named gives the ports that a rule may lose in a protocol and family: those for
// which it is named, and with them whatever is closed and no rule but ALL can name.
func (j *judgement) named(family netip.Prefix, protocol string, i int) []PortRange {
	if !j.breached[i] {
		return nil
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
