package exposure

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// The shapes, from what groups look like to the worst that can be thought of.
var shapes = []struct {
	name string
	rule func(*rand.Rand, int) Rule
}{
	{"offices", func(r *rand.Rand, i int) Rule { // single ports for small blocks, and some for everyone
		if i%50 == 0 {
			return randomRule(r, 0, 0, 100)
		}
		return randomRule(r, 20, 32, 100)
	}},
	{"world", func(r *rand.Rand, i int) Rule { return randomRule(r, 0, 0, 65535) }},  // ranges for everyone
	{"mixed", func(r *rand.Rand, i int) Rule { return randomRule(r, 0, 32, 65535) }}, // ranges for blocks of every length
	{"drops", func(r *rand.Rand, i int) Rule { // half of them Drops that hide a part
		rule := randomRule(r, i%2*3, 8, 65535)
		rule.Drop = i%2 == 1
		return rule
	}},
	{"groups", func(r *rand.Rand, i int) Rule { // every second from one of fifty groups
		rule := randomRule(r, 0, 32, 100)
		if i%2 == 1 {
			rule.Sources, rule.Group = nil, fmt.Sprintf("sg-%d", r.IntN(50))
		}
		return rule
	}},
	{"members", func(r *rand.Rand, i int) Rule { // every second from a group of its own
		rule := randomRule(r, 0, 32, 100)
		if i%2 == 1 {
			rule.Sources, rule.Group = nil, fmt.Sprintf("sg-%d", i)
		}
		return rule
	}},
	{"lists", func(r *rand.Rand, i int) Rule { // each from a list of blocks
		rule := randomRule(r, 0, 32, 100)
		for range 20 {
			rule.Sources = append(rule.Sources, randomRule(r, 16, 28, 1).Sources...)
		}
		return rule
	}},
	{"jointly", func(r *rand.Rand, i int) Rule { return randomRule(r, 10, 14, 65535) }}, // none broad by itself
}

func randomRule(r *rand.Rand, shortest, longest, width int) Rule {
	addr := netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))})
	prefix, _ := addr.Prefix(shortest + r.IntN(longest-shortest+1))
	from := 1 + r.IntN(65535)
	to := min(65535, from+r.IntN(width))
	return Rule{
		Protocol: []string{"TCP", "TCP", "TCP", "UDP", "ALL"}[r.IntN(5)],
		Ports:    []PortRange{{uint16(from), uint16(to)}},
		Sources:  []netip.Prefix{prefix},
		Priority: 1 + r.IntN(100),
	}
}

// drawn are the rules of a shape, the same ones every time.
func drawn(shape func(*rand.Rand, int) Rule, n int) []Rule {
	r := rand.New(rand.NewPCG(1, 2))
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = shape(r, i)
		rules[i].ID = fmt.Sprint(i)
	}
	return rules
}

func benchmark(b *testing.B, do func([]Rule)) {
	for _, shape := range shapes {
		for _, n := range []int{1_000, 2_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", shape.name, n), func(b *testing.B) {
				rules := drawn(shape.rule, n)
				for b.Loop() {
					do(rules)
				}
			})
		}
	}
}

func BenchmarkBreaches(b *testing.B) { benchmark(b, func(rules []Rule) { Breaches(rules, web) }) }

// The whole way: what is wrong, the edit, and its proof. Everyone is the policy that closes
// to addresses and groups alike.
func BenchmarkClose(b *testing.B) {
	for name, policy := range map[string]Policy{"web": web, "everyone": with(web, func(p *Policy) { p.Everyone = true })} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, func(rules []Rule) {
				if _, err := Close(rules, policy); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkAdmitted(b *testing.B) { benchmark(b, func(rules []Rule) { Admitted(rules) }) }
