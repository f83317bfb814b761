package practice_test

import (
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
)

func TestScope(t *testing.T) {
	span := func(part string, numbers ...int) practice.Scope {
		s := practice.Scope{}
		for i := 0; i < len(numbers); i += 2 {
			s[part] = append(s[part], practice.Span{From: numbers[i], To: numbers[i+1]})
		}
		return s
	}
	two := practice.Scope{"a": {{From: 1, To: 9}}, "b": {{From: 1, To: 9}}}
	for _, x := range []struct {
		name          string
		s, t          practice.Scope
		within, meets bool
	}{
		{"the same", span("a", 22, 22), span("a", 22, 22), true, true},
		{"inside", span("a", 22, 23), span("a", 20, 30), true, true},
		{"outside", span("a", 20, 30), span("a", 22, 23), false, true},
		{"at the edge", span("a", 20, 22), span("a", 22, 30), false, true},
		{"beside", span("a", 20, 21), span("a", 22, 30), false, false},
		{"another part", span("a", 22, 22), span("b", 22, 22), false, false},
		{"across a gap", span("a", 1, 9), span("a", 1, 4, 6, 9), false, true},
		{"in two spans", span("a", 2, 3, 7, 8), span("a", 1, 4, 6, 9), true, true},
		{"one of two parts", span("a", 1, 9), two, true, true},
		{"two parts, one there", two, span("a", 1, 9), false, true},
		{"nothing", nil, span("a", 1, 9), true, false},
		{"in nothing", span("a", 1, 9), nil, false, false},
	} {
		if got := x.s.Within(x.t); got != x.within {
			t.Errorf("%s: within is %t", x.name, got)
		}
		if got := x.s.Meets(x.t); got != x.meets || x.t.Meets(x.s) != got {
			t.Errorf("%s: meets is %t and %t", x.name, got, x.t.Meets(x.s))
		}
	}
}
