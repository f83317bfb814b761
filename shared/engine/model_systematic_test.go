package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// A deviation is a step at which something else happens than that whoever acts goes on.
type deviation struct{ step, option int }

// deviating goes on with what goes on, but for some deviations, and notes how many
// options there were at each step.
func deviating(plan []deviation, widths *[]int) func([]option) int {
	return func(options []option) int {
		step := len(*widths)
		*widths = append(*widths, len(options))
		for _, d := range plan {
			if d.step == step && d.option < len(options) {
				return d.option
			}
		}
		return 0
	}
}

// everyOrder explores a case with none, one and two deviations: all with up to one, and
// of those with two as many as there is room for, evenly.
func everyOrder(t *testing.T, cfg modelConfig, room int) (n int) {
	t.Helper()
	try := func(plan ...deviation) (widths []int) {
		n++
		if m := explore(t, cfg, deviating(plan, &widths)); len(m.violations) > 0 {
			t.Fatalf("deviations %v: %s", plan, m.report())
		}
		return widths
	}
	var pairs [][]deviation
	for step, width := range try() {
		for option := 1; option < width; option++ {
			first := deviation{step, option}
			for later, width := range try(first) {
				for option := 1; option < width && later > step; option++ {
					pairs = append(pairs, []deviation{first, {later, option}})
				}
			}
		}
	}
	stride := max(1, len(pairs)/room)
	for i := 0; i < len(pairs); i += stride {
		try(pairs[i]...)
	}
	return n
}

// twoLooks is the smallest case in which looks meet.
func twoLooks(mishaps int, kinds ...string) modelConfig {
	return modelConfig{
		members: []memberSpec{{practice.Enforce, works, []int{22}}, {practice.Enforce, works, []int{3306}}},
		rules:   []modelRule{{From: 1, To: 65535, Source: anyone}},
		events:  1, faults: mishaps, lags: 30, kinds: faults(kinds...), latency: 20 * time.Millisecond, indexLag: 3 * time.Second,
		retryAfter: []time.Duration{time.Minute, time.Minute},
	}
}

// Two looks at one resource, each interrupted at each of its calls by the other, by its
// owner, by its death, by a call that is carried out late or not at all, and by a log that
// lags: every one of these alone, and many pairs.
func TestModelInEveryOrder(t *testing.T) {
	for _, owner := range []string{"", "revokes", "corrects", "opens-more"} {
		for name, kinds := range map[string][]string{"calmly": {}, "with a fault": allFaults} {
			t.Run(fmt.Sprint(name, " ", owner), func(t *testing.T) {
				cfg := twoLooks(1, kinds...)
				if owner != "" {
					cfg.owner = []string{owner}
				}
				t.Logf("%d orders", everyOrder(t, cfg, runs(40)))
			})
		}
	}
}

// The same two looks, more closely mixed than two deviations can.
func TestModelOfTwoLooks(t *testing.T) {
	for name, x := range map[string]struct {
		kinds  []string
		health string // of the second member
	}{
		"calmly":                     {nil, works},
		"the log shows late":         {[]string{behind}, works},
		"a check fails now and then": {nil, flaky},
		"with faults":                {allFaults, works},
	} {
		t.Run(name, func(t *testing.T) {
			for _, seed := range seeds(250) {
				cfg := twoLooks(6, x.kinds...)
				cfg.members[1].health = x.health
				if seed%2 == 0 {
					cfg.rules[0].To = 80 // the other has nothing against it, until the owner opens more
				}
				if owner := []string{"", "revokes", "corrects", "opens-more", "opens-database"}[seed/2%5]; owner != "" {
					cfg.owner = []string{owner}
				}
				if m := explore(t, cfg, random(seed)); len(m.violations) > 0 {
					t.Fatalf("seed %d: %s", seed, m.report())
				}
			}
		})
	}
}
