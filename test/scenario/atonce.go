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
			w := begin(t, p, scenario{before: []byte(before), settings: []byte(settings)}, practice.Enforce)
			one, other := w.as("one", p, 0), w.as("other", p, 0)
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
