package policy

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// The parts are those that are found by matching every short text, and every example
// matches what its part says.
func TestAtoms(t *testing.T) {
	seed := rand.Uint64N(1 << 40)
	r := source{rand.New(rand.NewPCG(seed, 3))}
	var texts []string
	for length, from := 0, 0; length <= 5; length++ {
		if length == 0 {
			texts = append(texts, "")
			continue
		}
		for end := len(texts); from < end; from++ {
			for _, c := range "abA" {
				texts = append(texts, texts[from]+string(c))
			}
		}
	}
	for range 100 {
		var patterns []pattern
		var shown []string
		fold := r.IntN(2) == 0
		for range 1 + r.IntN(4) {
			var b strings.Builder
			for range r.IntN(5) {
				b.WriteString(pick(r, []string{"a", "b", "A", "*", "*", "?"}))
			}
			shown = append(shown, b.String())
			patterns = append(patterns, compilePattern(b.String(), true, fold))
		}
		found, err := atoms(patterns, nil, anything{})
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		matching := func(text string) bits {
			var out bits
			for i, p := range shown {
				if expression(p, true, fold).MatchString(text) {
					out.add(i)
				}
			}
			return out
		}
		for _, a := range found {
			known[a.matches.key()] = true
			if matching(a.example).key() != a.matches.key() {
				t.Fatalf("seed %d: %q matches %v of %q, not %v", seed, a.example, matching(a.example), shown, a.matches)
			}
		}
		for _, text := range texts {
			if !known[matching(text).key()] {
				t.Fatalf("seed %d: no part of %q is like %q", seed, shown, text)
			}
		}
	}
}

// A match of one text agrees with the expression.
func TestMatch(t *testing.T) {
	for _, x := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"?", "", false}, {"?", "é", true}, {"a**b", "ab", true}, {"a*b*c", "aXbXbc", true}, {"a*b*c", "aXcXb", false},
		{"*a", "aaab", false}, {"??*", "a", false}, {"ECS:describe*", "ecs:DescribeInstances", true}, {"K*", "\u212A", false},
	} {
		if got := matchAction(x.pattern, x.text); got != x.want {
			t.Errorf("%q and %q: %t", x.pattern, x.text, got)
		}
	}
}

func BenchmarkAdministrator(b *testing.B) {
	d := &Document{Statements: []Statement{{Resource: []string{"*"}}}}
	for i := range 250 { // about the longest custom policy
		d.Statements[0].Action = append(d.Statements[0].Action, "service"+string(rune('a'+i%26))+":Describe"+strings.Repeat("x", i%9)+"*")
	}
	for b.Loop() {
		Of(d).Administrator()
	}
}
