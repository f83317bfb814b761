package exposure

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PortRange is a range of ports, both ends included.
type PortRange struct{ From, To uint16 }

// String gives the range as the API writes it, "22/22".
func (r PortRange) String() string { return strconv.Itoa(int(r.From)) + "/" + strconv.Itoa(int(r.To)) }

// everyPort is what "-1/-1" means. Port 0 is reserved, and the API does not
// take it, so it is outside of what this package reasons about.
var everyPort = []PortRange{{1, 65535}}

// ParsePorts reads the port range of a rule: "22/22", "1000/2000", or "-1/-1"
// for every port, which gives nil as Rule.Ports wants it. It also takes what
// people write in settings: a single port, and several ranges with commas
// between them ("80,443,8000/8999").
//
// An empty text is an error and not every port: the API answers it for a rule
// that has a port list, whose entries the caller must read.
func ParsePorts(s string) ([]PortRange, error) {
	var ranges []PortRange
	every := false
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		if part == "-1/-1" {
			every = true
			continue
		}
		r, err := parseRange(part)
		if err != nil {
			return nil, fmt.Errorf("port range %q: %w", s, err)
		}
		ranges = append(ranges, r)
	}
	if every {
		return nil, nil
	}
	return mergePorts(ranges), nil
}

func parseRange(s string) (PortRange, error) {
	from, to, both := strings.Cut(s, "/")
	if !both {
		to = from
	}
	a, err := parsePort(from)
	if err != nil {
		return PortRange{}, likely(s, err)
	}
	b, err := parsePort(to)
	if err != nil {
		return PortRange{}, err
	}
	if a > b {
		return PortRange{}, fmt.Errorf("%d is above %d", a, b)
	}
	return PortRange{a, b}, nil
}

// likely adds how a range is written, where it is written as other programs do.
func likely(s string, err error) error {
	for _, dash := range []string{"-", "–", ":", ".."} {
		from, to, both := strings.Cut(s, dash)
		a, wrongA := parsePort(strings.TrimSpace(from))
		b, wrongB := parsePort(strings.TrimSpace(to))
		if both && wrongA == nil && wrongB == nil && a <= b {
			return fmt.Errorf("%w: a range is written %d/%d", err, a, b)
		}
	}
	return err
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a port from 1 to 65535", s)
	}
	return uint16(n), nil
}

// mergePorts gives the same ports as sorted ranges that neither touch nor
// overlap. Ranges that are upside down hold no port.
func mergePorts(ports []PortRange) []PortRange {
	sorted := make([]PortRange, 0, len(ports))
	for _, r := range ports {
		r.From = max(r.From, 1)
		if r.From <= r.To {
			sorted = append(sorted, r)
		}
	}
	slices.SortFunc(sorted, func(a, b PortRange) int { return cmp.Compare(a.From, b.From) })
	merged := sorted[:0]
	for _, r := range sorted {
		merged = appendPorts(merged, r)
	}
	return merged
}

// appendPorts adds a range that starts no earlier than the last one does.
func appendPorts(ports []PortRange, r PortRange) []PortRange {
	if n := len(ports); n > 0 && int(r.From) <= int(ports[n-1].To)+1 {
		ports[n-1].To = max(ports[n-1].To, r.To)
		return ports
	}
	return append(ports, r)
}

// The two below take and give merged ranges.

func intersectPorts(a, b []PortRange) []PortRange {
	var out []PortRange
	for i, j := 0, 0; i < len(a) && j < len(b); {
		r := PortRange{max(a[i].From, b[j].From), min(a[i].To, b[j].To)}
		if r.From <= r.To {
			out = append(out, r)
		}
		if a[i].To < b[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

func subtractPorts(a, b []PortRange) []PortRange {
	var out []PortRange
	j := 0
	for _, r := range a {
		from := int(r.From)
		for j < len(b) && b[j].To < r.From {
			j++
		}
		for k := j; k < len(b) && b[k].From <= r.To; k++ {
			if from < int(b[k].From) {
				out = append(out, PortRange{uint16(from), b[k].From - 1})
			}
			from = int(b[k].To) + 1
		}
		if from <= int(r.To) {
			out = append(out, PortRange{uint16(from), r.To})
		}
	}
	return out
}

// orNil gives merged ranges back in the form of Rule.Ports, where nil is
// every port.
func orNil(ports []PortRange) []PortRange {
	if slices.Equal(ports, everyPort) {
		return nil
	}
	return ports
}
