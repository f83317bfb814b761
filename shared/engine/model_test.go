package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// runs is how many runs a test makes: some, or as many as ECSGUARD_SOAK says.
func runs(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("ECSGUARD_SOAK")); err == nil {
		return n
	}
	return usual
}

// seeds are those of the runs; ECSGUARD_SEED is one to be run again.
func seeds(usual int) []uint64 {
	if seed, err := strconv.ParseUint(os.Getenv("ECSGUARD_SEED"), 10, 64); err == nil {
		return []uint64{seed}
	}
	all := make([]uint64, runs(usual))
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}

// randomCase makes a case of a seed.
func randomCase(seed uint64, kinds ...string) modelConfig {
	r := rand.New(rand.NewPCG(seed, 2))
	pick := func(some ...string) string { return some[r.IntN(len(some))] }
	forbidden := [][]int{{22}, {3306}, {8080}, {22, 23}, {6379}}
	r.Shuffle(len(forbidden), func(i, j int) { forbidden[i], forbidden[j] = forbidden[j], forbidden[i] })
	cfg := modelConfig{
		events: 1 + r.IntN(2), sweep: r.IntN(3) == 0, direct: r.IntN(3), single: r.IntN(2) == 0, kinds: faults(kinds...),
		faults: r.IntN(7), lags: 3, latency: time.Duration(1+r.IntN(40)) * time.Millisecond,
		writerSkew: time.Duration(r.IntN(3)) * 15 * time.Second, logSkew: time.Duration(r.IntN(41)-20) * time.Second,
		indexLag: time.Duration(r.IntN(11)) * time.Second,
	}
	for range 3 {
		cfg.retryAfter = append(cfg.retryAfter, []time.Duration{time.Second, time.Minute, 95 * time.Second, 4 * time.Minute}[r.IntN(4)])
	}
	plain := r.IntN(2) == 0 // all act and work: they meet most often
	for i := range 2 + r.IntN(4) {
		s := memberSpec{practice.Enforce, works, forbidden[i]}
		if !plain && (i > 1 || r.IntN(4) == 0) {
			s.mode = practice.Mode(pick("enforce", "enforce", "observe", "approve", "off"))
			s.health = pick(works, works, works, panics, fails, unreadable, readonly, flaky, unprovable)
		}
		cfg.members = append(cfg.members, s)
	}
	cfg.rules = [][]modelRule{
		{{From: 1, To: 65535, Source: anyone}},
		{{From: 1, To: 65535, Source: anyone}, {From: 443, To: 443, Source: anyone}, {From: 22, To: 22, Source: office}},
		{{From: 20, To: 3306, Source: anyone}, {From: 3000, To: 8081, Source: anyone}},
		{{From: 22, To: 22, Source: anyone}, {From: 3306, To: 3306, Source: anyone}, {From: 1, To: 8080, Source: anyone}},
	}[r.IntN(4)]
	for range r.IntN(3) {
		cfg.owner = append(cfg.owner, pick("revokes", "corrects", "opens-web", "opens-database", "opens-more"))
	}
	return cfg
}

// report is what a person needs to see what has gone wrong: the case, everything that
// happened in its order, and the log.
func (m *model) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\ncase: %v, rules %v, owner %v, kinds %v, index %v behind, log's clock %v, one call a rule %v\n", strings.Join(m.violations, "\n"), m.cfg.members, m.cfg.rules,
		m.cfg.owner, sortedKeys(m.cfg.kinds), m.cfg.indexLag, m.cfg.logSkew, m.cfg.single)
	for _, line := range m.trace {
		fmt.Fprintln(&b, "  "+line)
	}
	fmt.Fprintf(&b, "end: %v\n", m.cloud.now().rules)
	for _, r := range m.log.records() {
		fmt.Fprintf(&b, "  %s %s %s %s (%s) by %s nonce %s closes %v calls %d id %s\n", r.Kind, r.Practice, r.Outcome, r.Reason, r.Event, r.Request, r.Nonce, r.Closes, len(r.Calls), r.ID)
	}
	return b.String()
}

// Engine and ledger over a cloud and a log that do what they may: practices of a family,
// events, a sweep and direct invocations, an owner, and deaths in between. However they
// are interleaved, what is forbidden is closed, what is allowed stays, what the owner has
// closed or corrected stands, and what happened is told once, or the failure is.
//
// A run is what its seed makes it. ECSGUARD_SEED=n runs one again.
func TestModel(t *testing.T) { throughFaults(t, 60, randomCase) }

// throughFaults runs cases of each class of faults, so many seeds of each.
func throughFaults(t *testing.T, usual int, made func(seed uint64, kinds ...string) modelConfig) {
	t.Helper()
	for name, x := range map[string]struct {
		kinds  []string
		health string // of the second member
	}{
		"nothing goes wrong":              {nil, ""},
		"a check fails now and then":      {nil, flaky},
		"the log shows late":              {[]string{behind, twice}, ""},
		"everything may go wrong":         {allFaults, ""},
		"everything, and a check besides": {allFaults, flaky},
	} {
		t.Run(name, func(t *testing.T) {
			for _, seed := range seeds(usual) {
				cfg := made(seed, x.kinds...)
				if x.health != "" {
					cfg.members[1] = memberSpec{practice.Enforce, x.health, cfg.members[1].forbids}
				}
				if m := explore(t, cfg, random(seed)); len(m.violations) > 0 {
					t.Fatalf("seed %d: %s", seed, m.report())
				}
			}
		})
	}
}

// A seed is worth something only if it always makes the same run.
func TestARunOfTheModelCanBeRepeated(t *testing.T) {
	for seed := range uint64(10) {
		for _, cfg := range []modelConfig{randomCase(seed, allFaults...), triaged(seed, allFaults...)} {
			one, other := explore(t, cfg, random(seed)), explore(t, cfg, random(seed))
			if !slices.Equal(one.trace, other.trace) {
				t.Errorf("seed %d makes two runs:\n%s\n%s", seed, one.report(), other.report())
			}
		}
	}
}
