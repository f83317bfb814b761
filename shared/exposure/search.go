package exposure

import (
	"fmt"
	"slices"
)

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
