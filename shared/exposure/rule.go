package exposure

import (
	"fmt"
	"net/netip"
	"strings"
)

// Rule is one ingress rule of a security group.
//
// The caller expands what the API only names: a prefix list into Sources, a
// port list into Ports. A rule that is narrowed to some source ports
// (SourcePortRange) or to some of the group's addresses (DestCidrIp) is Partial:
// give an Accept as if it were not narrowed, since a client chooses its source
// port, and leave a Drop out.
type Rule struct {
	ID       string         // SecurityGroupRuleId; carried along, never looked at
	Protocol string         // "TCP", "UDP", "ICMP", "ICMPv6", "GRE" or "ALL", in any case, or a number ("6")
	Ports    []PortRange    // empty: every port. Only TCP and UDP have ports
	Sources  []netip.Prefix // IPv4 or IPv6; empty when the source is a group
	Group    string         // the security group that is the source, if one is
	Drop     bool
	Priority int    // 1, the best, to 100; a Drop wins at the same priority
	Partial  bool   // narrowed otherwise: an Accept opens what it says, and stands in for no other rule
	Only     string // to what a Partial rule is narrowed: rules with the same text match the same packets
}

// Inner is what the inner access policy Accept of a basic group amounts to: its
// members reach each other whatever the rules say ("the Accept policy takes precedence
// over user-created security group rules", ModifySecurityGroupPolicy).
func Inner(group string) Rule {
	return Rule{Protocol: all, Group: group, Priority: 0} // before every rule's
}

// worst is the priority that every other goes before.
const worst = 100

// ParseSource reads a source as the API takes it: a block, of which only the
// network counts ("10.0.0.1/8" is 10.0.0.0/8), or a single address.
func ParseSource(s string) (netip.Prefix, error) {
	text := strings.TrimSpace(s)
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("source %q is neither an address nor a block", s)
		}
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("source %q is neither an address nor a block", s)
	}
	return prefix.Masked(), nil
}

// Admits tells whether the rules let a packet in: the matching rule of the
// best priority decides, a Drop before an Accept, and without any the answer
// is no. The port counts for TCP and UDP only. A protocol that is none of
// those a rule can name (ESP, say) is matched by rules for ALL.
//
// It is the plain reading of the rules, for one packet. Breaches answers for
// all packets at once.
func Admits(rules []Rule, src netip.Addr, protocol string, port uint16) bool {
	src = src.Unmap().WithZone("")
	protocol = canonical(protocol)
	var decides *Rule
	for i := range rules {
		r := &rules[i]
		if !r.matches(src, protocol, port) {
			continue
		}
		if decides == nil || r.Priority < decides.Priority || r.Priority == decides.Priority && r.Drop {
			decides = r
		}
	}
	return decides != nil && !decides.Drop
}

func (r *Rule) matches(src netip.Addr, protocol string, port uint16) bool {
	if !r.covers(protocol) {
		return false
	}
	inside := false
	for _, p := range r.Sources {
		inside = inside || p.Contains(src)
	}
	if !inside || !r.ported() {
		return inside
	}
	for _, p := range r.Ports {
		if p.From <= port && port <= p.To {
			return true
		}
	}
	return false
}

// The protocols by name. "other protocols" is whatever only ALL matches; it
// has a name so that it can be reasoned about like the rest.
const (
	tcp            = "TCP"
	udp            = "UDP"
	icmp           = "ICMP"
	icmpv6         = "ICMPv6"
	gre            = "GRE"
	all            = "ALL"
	otherProtocols = "other protocols"
)

// ProtocolName gives a protocol as Rule has it: "TCP" for "tcp" and for "6".
func ProtocolName(protocol string) string { return canonical(protocol) }

// canonical gives a protocol in one spelling. A name that is not known stays
// what it is, in capitals: a protocol of its own, without ports.
func canonical(protocol string) string {
	switch protocol {
	case tcp, udp, all, icmp, icmpv6, gre, otherProtocols:
		return protocol // as nearly all are written here
	}
	name := strings.ToUpper(strings.TrimSpace(protocol))
	if known, ok := otherNames[name]; ok {
		return known
	}
	return name
}

// otherNames are how else the protocols are written: some regions take their numbers.
var otherNames = map[string]string{"ICMPV6": icmpv6, "1": icmp, "6": tcp, "17": udp, "47": gre, "58": icmpv6}

func hasPorts(protocol string) bool { return protocol == tcp || protocol == udp }

// covers tells whether the rule is about a protocol, which is canonical.
func (r *Rule) covers(protocol string) bool {
	own := canonical(r.Protocol)
	return own == all || own == protocol
}

// ported tells whether the rule picks some ports.
func (r *Rule) ported() bool {
	return len(r.Ports) > 0 && hasPorts(canonical(r.Protocol))
}

// ports gives the ports that the rule covers, merged. They may be the rule's own.
func (r *Rule) ports() []PortRange {
	if r.ported() {
		if len(r.Ports) == 1 && 1 <= r.Ports[0].From && r.Ports[0].From <= r.Ports[0].To {
			return r.Ports
		}
		return mergePorts(r.Ports)
	}
	return everyPort
}

// Unmapped is a block as rules have it: of IPv4 written as IPv6, the IPv4.
func Unmapped(block netip.Prefix) netip.Prefix {
	if block.Addr().Is4In6() && block.Bits() >= 96 {
		return netip.PrefixFrom(block.Addr().Unmap(), block.Bits()-96)
	}
	return block
}
