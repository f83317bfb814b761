package run_test

import (
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// The model must find fault with an engine that lacks one of the things that the design
// rests on, or it says nothing about one that has them all. Each is taken away in what
// the engine is given: its peers, the edits of its family, the cloud that it reads, the
// log. The same run without the mutant has no fault, so that it is the mutant's.
func TestTheModelFindsMutants(t *testing.T) {
	for mutant, kinds := range map[string][]string{
		apart:       {tardy, pausing, killing},
		overwriting: {},
		unread:      {},
		impatient:   {behind},
	} {
		t.Run(mutant, func(t *testing.T) {
			const most = 2000
			for seed := range uint64(most) {
				cfg := randomCase(seed, kinds...)
				for i := range cfg.members {
					cfg.members[i].mode, cfg.members[i].health = practice.Enforce, works
				}
				cfg.mutant = mutant
				m := explore(t, cfg, random(seed))
				if len(m.violations) == 0 {
					continue
				}
				t.Logf("seed %d: %s", seed, m.violations[0])
				cfg.mutant = ""
				if m := explore(t, cfg, random(seed)); len(m.violations) > 0 {
					t.Errorf("seed %d without the mutant: %s", seed, m.report())
				}
				return
			}
			t.Errorf("%d runs found nothing", most)
		})
	}
}
