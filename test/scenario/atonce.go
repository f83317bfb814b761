package scenario

import (
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/interleave"
)

// AtOnce lets two events come at the same moment, each to an instance of its own, in a cloud
// that begins in a state. However their calls are mixed, check gets the changing calls that
// were made and says what is wrong; the first order in which something is ends it.
func AtOnce(t *testing.T, p *practice.Practice, settings, before string, events [2]string, check func(calls []string) (fault string)) {
	t.Helper()
	AtOnceOf(t, [2]*practice.Practice{p, p}, settings, before, events, check)
}

// AtOnceOf is AtOnce with an instance of one practice and one of another.
func AtOnceOf(t *testing.T, practices [2]*practice.Practice, settings, before string, events [2]string, check func(calls []string) (fault string)) {
	t.Helper()
	p, set := practices[0], scenario{before: []byte(before), settings: []byte(settings)}
	if practices[1] != p {
		set.peers = practices[1:]
	}
	var bodies [2][]byte
	for i, steps := range events {
		var err error
		if bodies[i], err = build(lines([]byte(steps))); err != nil {
			t.Fatal(err)
		}
	}
	orders := 0
	for _, mix := range mixes(false) {
		for o := range interleave.Orders(mix) {
			orders++
			w := begin(t, p, set, practice.Enforce)
			one, other := w.as("one", p, 0), w.as("other", practices[1], 0)
			err := o.Run(t.Context(), w.cloud, one.caller("one", bodies[0]), other.caller("other", bodies[1]))
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range []*invocation{one, other} {
				if err := x.ended(bodies[i]); err != nil {
					t.Fatal(err)
				}
			}
			fault := check(w.changes())
			if fault != "" {
				report(t, w, o, []string{fault})
			}
			w.cloud.Close()
			if fault != "" {
				return
			}
		}
	}
	if orders < 10 {
		t.Errorf("only %d orders were tried", orders)
	}
}
