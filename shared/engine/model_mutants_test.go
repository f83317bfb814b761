package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// The model must find fault with an engine that lacks one of the things that the design
// rests on, or it says nothing about one that has them all. Each is taken away in what
// the engine is given: its peers, the edits of its family, the cloud that it reads, the
// log. The same run without the mutant has no fault, so that it is the mutant's.
func TestTheModelFindsMutants(t *testing.T) {
	for mutant, x := range map[string]struct {
		kinds   []string
		harm    string // what it does
		triaged bool
	}{
		apart:       {[]string{tardy, pausing, killing}, "forbids it", false},
		overwriting: {nil, "as its owner has corrected it, is gone", false},
		unread:      {nil, "which was closed when it looked", false},
		impatient:   {[]string{behind}, "people are told 2 times", false},
		deaf:        {nil, "nobody was told", true},
		hasty:       {[]string{stale}, "forbids it", true},
		unhanded:    {nil, "has ended well", true},
	} {
		t.Run(mutant, func(t *testing.T) {
			const most = 2000
			for seed := range uint64(most) {
				cfg := randomCase(seed, x.kinds...)
				for i := range cfg.members {
					cfg.members[i].mode, cfg.members[i].health = practice.Enforce, works
					if mutant == deaf && i > 0 {
						cfg.members[i].mode = practice.Observe
					}
				}
				cfg.triaged = x.triaged
				if mutant == hasty { // nothing is wrong until the owner opens something
					cfg.rules, cfg.owner, cfg.members[0].forbids = []modelRule{{From: 443, To: 443, Source: anyone}}, []string{"opens-database"}, []int{3306}
					cfg.direct, cfg.sweep, cfg.faults = 0, false, 3
				}
				cfg.mutant = mutant
				m := explore(t, cfg, random(seed))
				harm := slices.IndexFunc(m.violations, func(v string) bool { return strings.Contains(v, x.harm) })
				if harm < 0 {
					continue
				}
				t.Logf("seed %d: %s", seed, m.violations[harm])
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
