package securitygroup

import (
	"slices"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// scope is what breaches are about: a part for each rule and protocol, named "sgr-1
// TCP", and its ports. A protocol without ports has the number 0.
func scope(breaches []exposure.Breach) practice.Scope {
	ports := map[string][]exposure.PortRange{}
	for _, b := range breaches {
		for _, o := range b.Open {
			part := b.Rule.ID + " " + o.Protocol
			switch {
			case o.Ports != nil:
				ports[part] = append(ports[part], o.Ports...)
			case o.Protocol == "TCP" || o.Protocol == "UDP":
				ports[part] = append(ports[part], exposure.PortRange{From: 1, To: 65535})
			default:
				ports[part] = nil
			}
		}
	}
	s := practice.Scope{}
	for part, ranges := range ports {
		s[part] = spans(ranges)
	}
	return s
}

func spans(ranges []exposure.PortRange) []practice.Span {
	if len(ranges) == 0 {
		return []practice.Span{{}}
	}
	slices.SortFunc(ranges, func(a, b exposure.PortRange) int { return int(a.From) - int(b.From) })
	var out []practice.Span
	for _, r := range ranges {
		if n := len(out); n > 0 && int(r.From) <= out[n-1].To+1 {
			out[n-1].To = max(out[n-1].To, int(r.To))
		} else {
			out = append(out, practice.Span{From: int(r.From), To: int(r.To)})
		}
	}
	return out
}
