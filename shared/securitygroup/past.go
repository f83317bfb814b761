package securitygroup

import (
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/ecsguard/ecsguard/shared/exposure"
)

// A Part is what a rule lets in on some ports.
type Part struct {
	Ports   exposure.PortRange
	Sources *netipx.IPSet
}

// Past gives what of an accept rule gets past the Drop rules among others, for a
// protocol that has ports (TCP, UDP): its sources less those of every Drop of the
// same or a better priority, port by port. Ports on which it is the same are one
// part; where nothing is left there is none.
func Past(r exposure.Rule, rules []exposure.Rule, protocol string) []Part {
	if !about(r, protocol) {
		return nil
	}
	var drops []exposure.Rule
	for _, d := range rules {
		if d.Drop && d.Priority <= r.Priority && about(d, protocol) {
			drops = append(drops, d)
		}
	}
	var parts []Part
	for _, ports := range cut(portsOf(r), drops) {
		var left netipx.IPSetBuilder
		for _, p := range r.Sources {
			left.AddPrefix(p)
		}
		for _, d := range drops {
			if slices.ContainsFunc(portsOf(d), func(p exposure.PortRange) bool { return p.From <= ports.From && ports.To <= p.To }) {
				for _, p := range d.Sources {
					left.RemovePrefix(p)
				}
			}
		}
		if set, err := left.IPSet(); err == nil && len(set.Ranges()) > 0 {
			parts = append(parts, Part{ports, set})
		}
	}
	return parts
}

func about(r exposure.Rule, protocol string) bool {
	return strings.EqualFold(r.Protocol, protocol) || strings.EqualFold(r.Protocol, "all")
}

// portsOf is the ports of a rule that is about a protocol with ports. A rule for all
// protocols is for all ports.
func portsOf(r exposure.Rule) []exposure.PortRange {
	if len(r.Ports) == 0 || strings.EqualFold(r.Protocol, "all") {
		return []exposure.PortRange{{From: 1, To: 65535}}
	}
	return r.Ports
}

// cut cuts ranges of ports where those of a Drop rule begin or end, so that each
// Drop is about the whole of a piece or about none of it.
func cut(ranges []exposure.PortRange, drops []exposure.Rule) (pieces []exposure.PortRange) {
	for _, r := range ranges {
		starts := []int{int(r.From)}
		for _, d := range drops {
			for _, p := range portsOf(d) {
				for _, at := range []int{int(p.From), int(p.To) + 1} {
					if int(r.From) < at && at <= int(r.To) {
						starts = append(starts, at)
					}
				}
			}
		}
		slices.Sort(starts)
		starts = append(slices.Compact(starts), int(r.To)+1)
		for i, start := range starts[:len(starts)-1] {
			pieces = append(pieces, exposure.PortRange{From: uint16(start), To: uint16(starts[i+1] - 1)})
		}
	}
	return pieces
}
