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
	strange []string // protocols that are no "other protocols", though none of those that are known
	groups  []string // those that are unlike any other group
}

// An Area is a part of a Set: all these sources, at all these ports.
type Area struct {
	Protocol string         // as in Rule, or "other protocols" for what only ALL matches
	IPv6     bool           // of the two families one
	Ports    []PortRange    // nil: every port, or none to speak of
	Sources  []netip.Prefix // as few blocks as there can be, sorted
	Groups   []string       // security groups whose members get in whatever their addresses are
	others   bool           // members of all groups do that no rule names
}

// Admitted is what rules let in, be they one group's or those of all groups of
// an interface together: the cloud merges these. Add Inner for each basic group
// whose members may reach each other.
//
// Which addresses the members of a source group have is not known here. They
// count as let in by a rule for their group or for the whole family, and as
// kept out likewise.
func Admitted(rules []Rule) Set {
	protocols := protocolsOf(rules)
	by := map[string][]Area{}
	for _, family := range []netip.Prefix{ipv4, ipv6} {
		s := newSpace(family, append(slices.Clone(rules), Rule{Protocol: all, Group: anyOther}), setOf(nil), power(0))
		f := newField(s.atoms())
		sources := s.sources(rules)
		for _, p := range protocols {
			by[p] = append(by[p], s.admitted(f, p, rules, sources)...)
		}
	}
	var set Set
	for _, p := range protocols {
		if !isKnown(p) {
			if slices.EqualFunc(by[p], by[otherProtocols], Area.sameBut) {
				continue // nothing that "other protocols" does not say
			}
			set.strange = append(set.strange, p)
		}
		set.areas = append(set.areas, by[p]...)
	}
	set.forgetGroups(rules)
	return set
}

// anyOther stands for every group that no rule names.
const anyOther = "any other group"

// forgetGroups leaves out the groups that fare like any other, so that equal sets
// are the same whatever rules they come from.
func (s *Set) forgetGroups(rules []Rule) {
	for i := range rules {
		g := rules[i].Group
		special := func(a Area) bool { return slices.Contains(a.Groups, g) != slices.Contains(a.Groups, anyOther) }
		if g != "" && slices.ContainsFunc(s.areas, special) {
			s.groups = append(s.groups, g)
		}
	}
	slices.Sort(s.groups)
	s.groups = slices.Compact(s.groups)
	for i := range s.areas {
		a := &s.areas[i]
		a.others = slices.Contains(a.Groups, anyOther)
		a.Groups = slices.DeleteFunc(a.Groups, func(g string) bool { return !slices.Contains(s.groups, g) })
	}
}

func (s *space) admitted(f *field, protocol string, rules []Rule, sources []source) []Area {
	var on []switched
	for i := range rules {
		r := &rules[i]
		if len(sources[i].spans) > 0 && r.covers(protocol) {
			on = append(on, switched{sources[i].spans, r.ports(), r.Priority, r.Drop, []*field{f}})
		}
	}
	open := make([]bool, s.atoms())
	byKey := map[string]*Area{}
	var areas []*Area
	goOver(s.atoms(), on, nil, func(ports PortRange, changed []int32) {
		for _, atom := range changed {
			open[atom] = f.admits(atom)
		}
		spans := spansWhere(open)
		if len(spans) == 0 {
			return
		}
		key := spansKey(spans)
		if byKey[key] == nil {
			byKey[key] = &Area{Protocol: protocol, IPv6: s.whole == ipv6, Sources: s.prefixes(spans), Groups: s.groupsIn(spans)}
			areas = append(areas, byKey[key])
		}
		byKey[key].Ports = appendPorts(byKey[key].Ports, ports)
	})
	out := make([]Area, len(areas))
	for i, a := range areas {
		a.Ports = orNil(a.Ports)
		out[i] = *a
	}
	slices.SortFunc(out, compareArea)
	return out
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

// groupsIn names the source groups among some atoms.
func (s *space) groupsIn(spans []span) (groups []string) {
	for i, g := range s.groups {
		n := int32(len(s.starts) + i)
		if slices.ContainsFunc(spans, func(sp span) bool { return sp.from <= n && n < sp.to }) {
			groups = append(groups, g)
		}
	}
	return groups
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

// Contains tells whether a source gets in. The port counts for TCP and UDP only.
func (s Set) Contains(src netip.Addr, protocol string, port uint16) bool {
	src = src.Unmap().WithZone("")
	return slices.ContainsFunc(s.areas, func(a Area) bool {
		return s.about(a, protocol, port) && slices.ContainsFunc(a.Sources, func(p netip.Prefix) bool { return p.Contains(src) })
	})
}

// ContainsGroup tells whether members of a source group get in whatever their
// addresses are, in at least one of the families.
func (s Set) ContainsGroup(group, protocol string, port uint16) bool {
	return slices.ContainsFunc(s.areas, func(a Area) bool {
		if !slices.Contains(s.groups, group) {
			return s.about(a, protocol, port) && a.others
		}
		return s.about(a, protocol, port) && slices.Contains(a.Groups, group)
	})
}

func (s Set) about(a Area, protocol string, port uint16) bool {
	protocol = canonical(protocol)
	if !isKnown(protocol) && !slices.Contains(s.strange, protocol) {
		protocol = otherProtocols
	}
	if a.Protocol != protocol {
		return false
	}
	return a.Ports == nil || !hasPorts(protocol) ||
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

// String says the area in a few words: "TCP 22/22 from 10.0.0.0/8 and sg-1".
func (a Area) String() string {
	var sources []string
	for _, p := range a.Sources {
		sources = append(sources, p.String())
	}
	return phrase(a.Protocol, a.Ports) + " from " + list(append(sources, a.Groups...))
}

func (a Area) same(b Area) bool { return a.Protocol == b.Protocol && a.sameBut(b) }

// sameBut compares all but the protocol.
func (a Area) sameBut(b Area) bool {
	return a.IPv6 == b.IPv6 && a.others == b.others && slices.Equal(a.Ports, b.Ports) && slices.Equal(a.Sources, b.Sources) && slices.Equal(a.Groups, b.Groups)
}

// compareArea orders the areas of one protocol and family.
func compareArea(a, b Area) int {
	byRange := func(x, y PortRange) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) }
	return cmp.Or(slices.CompareFunc(a.Ports, b.Ports, byRange), slices.CompareFunc(a.Sources, b.Sources, netipx.ComparePrefix))
}
