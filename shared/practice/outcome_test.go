package practice

import (
	"slices"
	"testing"
)

// What most needs a person comes first, and what nobody knows before all.
func TestOutcomes(t *testing.T) {
	if len(Outcomes) != 10 || !slices.IsSortedFunc(Outcomes, func(a, b Outcome) int { return a.Rank() - b.Rank() }) {
		t.Errorf("%v", Outcomes)
	}
	order := []Outcome{"strange", Failed, Partly, Awaiting, Observed, Undone, Fixed, Exempt, Good, Ignored, Deferred}
	if !slices.IsSortedFunc(order, func(a, b Outcome) int { return a.Rank() - b.Rank() }) {
		t.Errorf("%v are not in their order", order)
	}
	is := func(f func(Outcome) bool) (all []Outcome) {
		for _, o := range order {
			if f(o) {
				all = append(all, o)
			}
		}
		return all
	}
	for name, x := range map[string]struct{ got, want []Outcome }{
		"wrong":   {is(Outcome.Wrong), []Outcome{"strange", Failed, Partly, Awaiting, Observed, Undone, Deferred}},
		"told":    {is(Outcome.Told), []Outcome{"strange", Failed, Partly, Awaiting, Observed, Undone, Fixed, Exempt}},
		"waits":   {is(Outcome.Waits), []Outcome{Awaiting, Observed}},
		"again":   {is(Outcome.Again), []Outcome{Failed, Partly, Deferred}},
		"changed": {is(Outcome.Changed), []Outcome{Partly, Fixed}},
	} {
		if !slices.Equal(x.got, x.want) {
			t.Errorf("%s are %v, want %v", name, x.got, x.want)
		}
	}
	for _, o := range order {
		if o.Words() == "" {
			t.Errorf("%s has no words", o)
		}
	}
}

func TestSeverities(t *testing.T) {
	order := []Severity{"strange", Critical, High, Medium, Low}
	if !slices.IsSortedFunc(order, func(a, b Severity) int { return a.Rank() - b.Rank() }) || order[0].Known() || !Low.Known() {
		t.Errorf("%v are not in their order", order)
	}
	if !Critical.Wakes() || High.Wakes() {
		t.Error("what is critical wakes somebody, and nothing else")
	}
}
