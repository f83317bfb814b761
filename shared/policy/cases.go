package policy

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// A kase is one part of the values that a key can have: those for which the same tests
// hold. The tests are counted as in the question.
type kase struct {
	holds  bits
	value  string // an example
	absent bool
	// Certain says that a request can really be so. It is not where RAM's documents do
	// not say how it counts: a key that is not there, an operator that is not known.
	certain bool
	v4, v6  float64 // public addresses among the values, for addresses
}

// Keys that every request has, and those that are true or false.
const (
	keySourceIP  = "acs:sourceip"
	keySecure    = "acs:securetransport"
	keyMFA       = "acs:mfapresent"
	keyByService = "acs:viaaliyunservice"
	keyTime      = "acs:currenttime"
)

var (
	alwaysThere = []string{keySourceIP, keySecure, keyTime, keyByService}
	trueOrFalse = []string{keySecure, keyMFA, keyByService}
)

// casesOf divides the values of one key by tests. All tests are of this key; at says
// which place each has in the question.
func casesOf(key string, tests []*test, at []int) ([]kase, error) {
	if len(tests) == 1 && tests[0].unread {
		var yes bits
		yes.add(at[0])
		return []kase{{holds: yes, value: "?"}, {value: "?"}}, nil
	}
	groups := map[family][]int{}
	for i, t := range tests {
		groups[t.family] = append(groups[t.family], i)
	}
	var out []kase
	switch {
	case slices.Contains(trueOrFalse, key):
		for _, text := range []string{"true", "false"} { // both, also where nothing tells them apart
			out = append(out, kase{value: text, certain: true, holds: holding(tests, at, text)})
		}
	case len(groups) == 0 && key == keySourceIP:
		out = addressCases(nil, nil)
	case len(groups) == 0:
		out = []kase{{value: "x", certain: true}}
	default:
		out = []kase{{certain: true}}
		for f := texts; f <= addresses; f++ {
			if groups[f] == nil {
				continue
			}
			var sub []*test
			var subAt []int
			for _, i := range groups[f] {
				sub, subAt = append(sub, tests[i]), append(subAt, at[i])
			}
			part, err := casesIn(f, sub, subAt)
			if err != nil {
				return nil, err
			}
			// One key asked in two families: every pair is thought possible, none certain.
			// So are addresses that are compared as text.
			alone := len(groups) == 1 && (key != keySourceIP || f == addresses)
			if out = pairs(out, part, alone); len(out) > mostWorlds {
				return nil, ErrTooWide
			}
		}
	}
	if !slices.Contains(alwaysThere, key) {
		out = append(out, absentCases(tests, at)...)
	}
	return out, nil
}

// absentCases are those of a request without the key. No test that asks for a value
// holds; whether those do that exclude one is not documented, so both are thought of.
func absentCases(tests []*test, at []int) []kase {
	var negated bits
	for i, t := range tests {
		if t.negated {
			negated.add(at[i])
		}
	}
	if negated == nil {
		return []kase{{absent: true, certain: true}}
	}
	return []kase{{absent: true}, {absent: true, holds: negated}}
}

func pairs(a, b []kase, alone bool) []kase {
	var out []kase
	for _, x := range a {
		for _, y := range b {
			both := y
			both.certain = alone && x.certain && y.certain
			both.holds = x.holds.or(y.holds)
			out = append(out, both)
		}
	}
	return out
}

func casesIn(f family, tests []*test, at []int) ([]kase, error) {
	switch f {
	case texts:
		return textCases(tests, at)
	case addresses:
		return addressCases(tests, at), nil
	case booleans:
		return casesFor([]string{"true", "false"}, tests, at), nil
	}
	var cuts []float64
	for _, t := range tests {
		for _, v := range t.wanted {
			cuts = append(cuts, v.number)
		}
	}
	return casesFor(between(cuts, f), tests, at), nil
}

// between gives every number where something changes, and one of each stretch beside.
func between(cuts []float64, f family) []string {
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []string
	write := func(n float64) {
		if f == dates {
			out = append(out, time.Unix(int64(n), 0).UTC().Format(time.RFC3339))
		} else {
			out = append(out, strconv.FormatFloat(n, 'g', -1, 64))
		}
	}
	beside := func(n, by float64) float64 { return n + by*max(1, math.Abs(n)*1e-9) }
	for i, n := range cuts {
		if i == 0 {
			write(beside(n, -1))
		}
		write(n)
		switch {
		case i == len(cuts)-1:
			write(beside(n, 1))
		case f == dates: // whole seconds: two that follow each other have none between
			if n+1 < cuts[i+1] {
				write(n + 1)
			}
		default:
			if middle := n + (cuts[i+1]-n)/2; n < middle && middle < cuts[i+1] {
				write(middle)
			}
		}
	}
	return out
}

// casesFor asks the tests about examples, and keeps one of each answer.
func casesFor(examples []string, tests []*test, at []int) []kase {
	var out []kase
	seen := map[string]bool{}
	for _, text := range examples {
		c := kase{value: text, certain: true, holds: holding(tests, at, text)}
		if !seen[c.holds.key()] {
			seen[c.holds.key()] = true
			out = append(out, c)
		}
	}
	return out
}

func holding(tests []*test, at []int, text string) bits {
	var out bits
	for i, t := range tests {
		if t.holds(text) {
			out.add(at[i])
		}
	}
	return out
}

func textCases(tests []*test, at []int) ([]kase, error) {
	var patterns []pattern
	for _, t := range tests {
		for _, v := range t.wanted {
			patterns = append(patterns, v.pattern)
		}
	}
	found, err := atoms(patterns, nil, anything{})
	if err != nil {
		return nil, err
	}
	examples := make([]string, len(found))
	for i, a := range found {
		examples[i] = a.example
	}
	return casesFor(examples, tests, at), nil
}

// special are blocks that no host on the internet has.
var special = func() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range []string{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.168.0.0/16", "224.0.0.0/3"} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}()

var global = netip.MustParsePrefix("2000::/3")

func public(a netip.Addr) bool {
	if a.Is6() {
		return global.Contains(a)
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// addressCases divides all addresses at the edges of the blocks, and counts the public
// ones of each part.
func addressCases(tests []*test, at []int) []kase {
	edges := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	cut := func(p netip.Prefix) {
		edges = append(edges, p.Addr())
		if after := last(p).Next(); after.IsValid() {
			edges = append(edges, after)
		}
	}
	for _, p := range special {
		cut(p)
	}
	cut(global)
	for _, t := range tests {
		for _, v := range t.wanted {
			cut(v.prefix)
		}
	}
	slices.SortFunc(edges, netip.Addr.Compare)
	edges = slices.Compact(edges)
	var out []kase
	index := map[string]int{}
	for i, a := range edges {
		c := kase{value: a.String(), certain: true, holds: holding(tests, at, a.String())}
		n, seen := index[c.holds.key()]
		if !seen {
			n = len(out)
			index[c.holds.key()], out = n, append(out, c)
		}
		if !public(a) {
			continue
		}
		if out[n].v4+out[n].v6 == 0 {
			out[n].value = c.value // an example from the internet tells more
		}
		if a.Is4() {
			out[n].v4 += distance(edges, i, 1<<32)
		} else {
			out[n].v6 += distance(edges, i, math.Ldexp(1, 128))
		}
	}
	return out
}

// distance is how many addresses there are up to the next edge of the same kind.
func distance(edges []netip.Addr, i int, end float64) float64 {
	if i+1 < len(edges) && edges[i+1].BitLen() == edges[i].BitLen() {
		end = numeric(edges[i+1])
	}
	return end - numeric(edges[i])
}

func numeric(a netip.Addr) float64 {
	n := 0.0
	for _, b := range a.AsSlice() {
		n = n*256 + float64(b)
	}
	return n
}

func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
