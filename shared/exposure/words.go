package exposure

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go4.org/netipx"
)

// String says the breach in a few words: "TCP 22/22 from 0.0.0.0/0".
func (b Breach) String() string { return phrase(b.Protocol, b.Ports) + " from " + b.Sources }

// String says the opening in a few words: "TCP 22/22", "GRE".
func (o Opening) String() string { return phrase(o.Protocol, o.Ports) }

// String says the rule in a few words: "TCP 80/80, 443/443 from 0.0.0.0/0".
func (k KeepRule) String() string {
	var sources []string
	for _, p := range k.Sources {
		sources = append(sources, p.String())
	}
	if k.Group != "" {
		sources = append(sources, k.Group)
	}
	return phrase(k.Protocol, k.Ports) + " from " + list(sources)
}

func phrase(protocol string, ports []PortRange) string {
	if len(ports) == 0 {
		return protocol
	}
	texts := make([]string, len(ports))
	for i, r := range ports {
		texts[i] = r.String()
	}
	return protocol + " " + strings.Join(texts, ", ")
}

// summary tells the openings as one protocol and its ports. Ports that differ
// between the protocols are joined; with all protocols nobody asks for them.
func summary(open []Opening) (string, []PortRange) {
	var names []string
	var ports []PortRange
	for _, o := range open {
		names = append(names, o.Protocol)
		switch {
		case !hasPorts(o.Protocol):
		case o.Ports == nil:
			ports = append(ports, everyPort...)
		default:
			ports = append(ports, o.Ports...)
		}
	}
	if slices.Contains(names, tcp) && slices.Contains(names, udp) && slices.Contains(names, otherProtocols) {
		return "all protocols", nil
	}
	if len(ports) == 0 {
		return list(names), nil
	}
	return list(names), orNil(mergePorts(ports))
}

// mostBlocks is how many blocks a person wants to read.
const mostBlocks = 4

// sourcesText writes the public sources of a rule, in the families in which
// it is named.
func (j *judgement) sourcesText(i int) string {
	var texts []string
	for _, family := range []netip.Prefix{ipv4, ipv6} {
		for _, l := range j.lanes {
			if l.space.whole == family && len(l.namedPorts(&j.rules[i], i)) > 0 && len(j.rules[i].Sources) > 0 {
				texts = append(texts, l.space.text(j.rules[i].Sources))
				break
			}
		}
	}
	if g := j.rules[i].Group; g != "" {
		texts = append(texts, g)
	}
	return list(texts)
}

func (s *space) text(sources []netip.Prefix) string {
	blocks := s.publicBlocks(sources)
	if len(blocks) > mostBlocks && s.limit == power(0) {
		return fmt.Sprintf("%d blocks", len(blocks))
	}
	if len(blocks) > mostBlocks {
		return fmt.Sprintf("%d blocks, %s addresses", len(blocks), round(s.size(s.spans(blocks)).float()))
	}
	texts := make([]string, len(blocks))
	for i, p := range blocks {
		texts[i] = p.String()
	}
	return list(texts)
}

// publicBlocks gives the sources that hold public addresses, without those
// that are inside of others, the broadest first.
func (s *space) publicBlocks(sources []netip.Prefix) []netip.Prefix {
	var in, out []netip.Prefix
	for _, p := range sources {
		if s.has(p) && !s.size(s.spans([]netip.Prefix{p})).zero() {
			in = append(in, p.Masked())
		}
	}
	slices.SortFunc(in, netipx.ComparePrefix)
	for _, p := range in {
		if n := len(out); n == 0 || !out[n-1].Overlaps(p) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b netip.Prefix) int { return cmp.Compare(a.Bits(), b.Bits()) })
	return out
}

// round writes a number as it is up to a million, and as 2.1e9 beyond.
func round(n float64) string {
	if n < 1e6 {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strings.Replace(strings.Replace(strconv.FormatFloat(n, 'e', 1, 64), "e+0", "e", 1), "e+", "e", 1)
}

func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
