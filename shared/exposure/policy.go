package exposure

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// Policy says what may be open to the internet. The zero value lets in ICMP
// and nothing else.
type Policy struct {
	Allowed    []PortRange // TCP ports that may be open to everyone; every port is {1, 65535}
	AllowedUDP []PortRange // likewise for UDP
	ForbidICMP bool        // ICMP and ICMPv6 are left alone unless this is set: the danger is in ports
	AllowOther bool        // leave alone what is neither TCP, UDP nor ICMP: GRE, and what only ALL can name

	// Trusted addresses never count as the internet and never lose access:
	// the company's own, the way in for emergencies. Nor do members of trusted
	// security groups.
	Trusted       []netip.Prefix
	TrustedGroups []string

	// Everyone closes the ports to all that are not trusted: a single address is
	// as much as the internet, and so are private ones and other groups.
	Everyone bool
	AnyGroup bool // all the same, leave alone what comes from security groups

	// DropRules closes by Drop rules where a rule also lets in what may stay,
	// instead of splitting it: see Close.
	DropRules bool

	// Beside are the rules of other groups that the same interfaces are in, group by
	// group. The cloud merges them with these: a Drop rule also stops what another
	// group lets in.
	Beside [][]Rule

	// Sources are the internet when they hold as many public addresses as a
	// prefix of this length, by default 8 for IPv4 and 16 for IPv6. Three
	// quarters of them are enough: a block stays broad when a part of it is
	// private, as of 172.0.0.0/8, or trusted.
	BroadIPv4, BroadIPv6 int
}

const (
	defaultBroadIPv4 = 8
	defaultBroadIPv6 = 16
)

// Forbid is the policy that closes some ports and lets everything else be.
func Forbid(tcp, udp []PortRange) Policy {
	return Policy{
		Allowed:    subtractPorts(everyPort, mergePorts(tcp)),
		AllowedUDP: subtractPorts(everyPort, mergePorts(udp)),
		AllowOther: true,
	}
}

// Validate says what in a policy cannot be meant. Breaches takes a policy all
// the same: a length out of bounds is the default, a range upside down is empty.
func (p Policy) Validate() error {
	return errors.Join(
		checkRanges("Allowed", p.Allowed),
		checkRanges("AllowedUDP", p.AllowedUDP),
		checkTrusted(p.Trusted),
		checkLength("BroadIPv4", p.BroadIPv4, 32),
		checkLength("BroadIPv6", p.BroadIPv6, 128),
	)
}

func checkRanges(field string, ports []PortRange) error {
	for _, r := range ports {
		if r.From == 0 || r.From > r.To {
			return fmt.Errorf("exposure policy: %s: %v is not a range of ports", field, r)
		}
	}
	return nil
}

func checkTrusted(trusted []netip.Prefix) error {
	for i, p := range trusted {
		if !p.IsValid() {
			return fmt.Errorf("exposure policy: Trusted: entry %d is not a block of addresses", i+1)
		}
	}
	return nil
}

func checkLength(field string, length, most int) error {
	if length < 0 || length > most {
		return fmt.Errorf("exposure policy: %s: %d is not from 1 to %d", field, length, most)
	}
	return nil
}

// allowed gives what may be open of a protocol, merged.
func (p Policy) allowed(protocol string) []PortRange {
	switch protocol {
	case tcp:
		return mergePorts(p.Allowed)
	case udp:
		return mergePorts(p.AllowedUDP)
	case icmp, icmpv6:
		if !p.ForbidICMP {
			return everyPort
		}
	default:
		if p.AllowOther {
			return everyPort
		}
	}
	return nil
}

// lets tells whether an Accept for a source group is none of the policy's business: a
// group is never the internet. For an address it is not.
func (p Policy) lets(group string) bool {
	return group != "" && (!p.Everyone || p.AnyGroup || slices.Contains(p.TrustedGroups, group))
}

// closed gives what has to be closed of a protocol, merged.
func (p Policy) closed(protocol string) []PortRange {
	return subtractPorts(everyPort, p.allowed(protocol))
}

// limit gives how many public addresses of a family are the internet.
func (p Policy) limit(family netip.Prefix) size {
	if p.Everyone {
		return power(0)
	}
	length, most, usual := p.BroadIPv4, 32, defaultBroadIPv4
	if family == ipv6 {
		length, most, usual = p.BroadIPv6, 128, defaultBroadIPv6
	}
	if length < 1 || length > most {
		length = usual
	}
	if most-length < 2 {
		return power(most - length)
	}
	return power(most - length).minus(power(most - length - 2))
}
