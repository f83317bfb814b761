package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"
)

// A Set is who gets in, by which protocol, at which ports: exactly, as whole
// blocks of addresses and whole ranges of ports. The zero value is empty.
type Set struct {
	areas   []Area
	strange []string // protocols that fare unlike "other protocols", though they are among them
	groups  []string // those whose members fare unlike others of the same addresses
}

// An Area is a part of a Set: all these sources, at all these ports.
type Area struct {
	Group    string         // of its members only; empty: of whoever is in no group that has areas
	Protocol string         // as in Rule, or "other protocols" for what only ALL matches
	IPv6     bool           // of the two families one
	Ports    []PortRange    // nil: every port, or none to speak of
	Sources  []netip.Prefix // as few blocks as there can be, sorted
}

// Admitted is what rules let in, be they one group's or those of all groups of
// an interface together: the cloud merges these. Add Inner for each basic group
// whose members may reach each other.
//
// A sender is taken to be in one source group at most.
func Admitted(rules []Rule) Set {
	protocols := protocolsOf(rules)
	members := append([]string{nobodys}, sourceGroups(rules, nil)...)
	by := make([]map[string][]Area, len(members))
	for i := range by {
		by[i] = map[string][]Area{}
	}
	for _, family := range []netip.Prefix{ipv4, ipv6} {
		s := newSpace(family, rules, setOf(nil), power(0))
		var used ranks
		for i := range rules {
			used.add(rules[i].Priority)
		}
		n := used.arrange()
		f, sources := newField(s.atoms(), &used, n), s.sources(rules)
		for _, p := range protocols {
			plain := s.admitted(f, p, nobodys, rules, sources)
			for i, group := range members {
				part := plain
				if group != nobodys {
					part = s.admitted(f, p, group, rules, sources).with(plain, reach(rules, p, group))
				}
				by[i][p] = append(by[i][p], part.areas(group, p, family == ipv6)...)
			}
		}
	}
	var set Set
	for _, p := range protocols {
		unlike := func(own map[string][]Area) bool { return !slices.EqualFunc(own[p], own[otherProtocols], Area.sameBut) }
		if !isKnown(p) && slices.ContainsFunc(by, unlike) {
			set.strange = append(set.strange, p)
		}
	}
	for i, group := range members {
		unlike := func(p string) bool { return !slices.EqualFunc(by[i][p], by[0][p], Area.sameBut) }
		if i > 0 && !slices.ContainsFunc(protocols, unlike) {
			continue
		}
		if i > 0 {
			set.groups = append(set.groups, group)
		}
		for _, p := range protocols {
			if isKnown(p) || slices.Contains(set.strange, p) {
				set.areas = append(set.areas, by[i][p]...)
			}
		}
	}
	return set
}

// A part is who gets in by one protocol and family: at which ports, by the sources.
type part map[string]*extent

type extent struct {
	ports   []PortRange // merged
	sources []netip.Prefix
}

// admitted is the part for members of a group, on the ports where they may fare unlike
// senders in none.
func (s *space) admitted(f *field, protocol, group string, rules []Rule, sources []source) part {
	ports := reach(rules, protocol, group)
	var on []switched
	for i := range rules {
		if r := &rules[i]; r.concerns(protocol, group) {
			on = append(on, switched{sources[i].spans, sources[i].spans, intersectPorts(r.ports(), ports), r.Priority, r.Drop, []*field{f}})
		}
	}
	open := make([]bool, s.atoms())
	found := part{}
	goOver(s.atoms(), on, func(ports PortRange, changed []int32) {
		for _, atom := range changed {
			open[atom] = f.admits(atom)
		}
		spans := spansWhere(open)
		if len(spans) == 0 {
			return
		}
		key := spansKey(spans)
		if found[key] == nil {
			found[key] = &extent{sources: s.prefixes(spans)}
		}
		found[key].ports = appendPorts(found[key].ports, ports)
	})
	return found
}

// with adds what another part has on all other ports.
func (p part) with(other part, but []PortRange) part {
	for key, o := range other {
		ports := subtractPorts(o.ports, but)
		switch {
		case len(ports) == 0:
		case p[key] == nil:
			p[key] = &extent{ports, o.sources}
		default:
			p[key].ports = mergePorts(slices.Concat(p[key].ports, ports))
		}
	}
	return p
}

// areas gives the part in order.
func (p part) areas(group, protocol string, ip6 bool) (areas []Area) {
	for _, o := range p {
		areas = append(areas, Area{Group: group, Protocol: protocol, IPv6: ip6, Ports: orNil(o.ports), Sources: o.sources})
	}
	slices.SortFunc(areas, compareArea)
	return areas
}

func spansWhere(open []bool) (spans []span) {
	for i, is := range open {
		n := len(spans)
		switch {
		case !is:
		case n > 0 && spans[n-1].to == int32(i):
			spans[n-1].to++
		default:
			spans = append(spans, span{int32(i), int32(i) + 1})
		}
	}
	return spans
}

func isKnown(protocol string) bool {
	return slices.Contains([]string{tcp, udp, icmp, icmpv6, gre, otherProtocols}, protocol)
}

// Areas are the parts of the set. No two overlap.
func (s Set) Areas() []Area { return slices.Clone(s.areas) }

// Empty tells whether nobody gets in.
func (s Set) Empty() bool { return len(s.areas) == 0 }

// Equal tells whether two sets are the same, however they came about.
func (s Set) Equal(t Set) bool {
	return slices.Equal(s.strange, t.strange) && slices.Equal(s.groups, t.groups) && slices.EqualFunc(s.areas, t.areas, Area.same)
}

// Contains tells whether a sender that is in no group of the set gets in. The port
// counts for TCP and UDP only.
func (s Set) Contains(src netip.Addr, protocol string, port uint16) bool {
	return s.ContainsMember(nobodys, src, protocol, port)
}

// ContainsMember tells whether a member of a group gets in from an address.
func (s Set) ContainsMember(group string, src netip.Addr, protocol string, port uint16) bool {
	src, protocol = src.Unmap().WithZone(""), canonical(protocol)
	if !isKnown(protocol) && !slices.Contains(s.strange, protocol) {
		protocol = otherProtocols
	}
	if !slices.Contains(s.groups, group) {
		group = nobodys
	}
	return slices.ContainsFunc(s.areas, func(a Area) bool {
		return a.Group == group && a.Protocol == protocol && a.at(port) &&
			slices.ContainsFunc(a.Sources, func(p netip.Prefix) bool { return p.Contains(src) })
	})
}

func (a Area) at(port uint16) bool {
	return a.Ports == nil || !hasPorts(a.Protocol) ||
		slices.ContainsFunc(a.Ports, func(r PortRange) bool { return r.From <= port && port <= r.To })
}

// String lists the areas, one a line.
func (s Set) String() string {
	lines := make([]string, len(s.areas))
	for i, a := range s.areas {
		lines[i] = a.String()
	}
	return strings.Join(lines, "\n")
}

// String says the area in a few words: "TCP 22/22 from 10.0.0.0/8", and "from
// members of sg-1 at 10.0.0.0/8".
func (a Area) String() string {
	sources := make([]string, len(a.Sources))
	for i, p := range a.Sources {
		sources[i] = p.String()
	}
	from := " from "
	if a.Group != "" {
		from = " from members of " + a.Group + " at "
	}
	return phrase(a.Protocol, a.Ports) + from + list(sources)
}

func (a Area) same(b Area) bool {
	return a.Group == b.Group && a.Protocol == b.Protocol && a.sameBut(b)
}

// sameBut compares all but the group and the protocol.
func (a Area) sameBut(b Area) bool {
	return a.IPv6 == b.IPv6 && slices.Equal(a.Ports, b.Ports) && slices.Equal(a.Sources, b.Sources)
}

// compareArea orders the areas of one protocol and family.
func compareArea(a, b Area) int {
	byRange := func(x, y PortRange) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) }
	return cmp.Or(slices.CompareFunc(a.Ports, b.Ports, byRange), slices.CompareFunc(a.Sources, b.Sources, netipx.ComparePrefix))
}
