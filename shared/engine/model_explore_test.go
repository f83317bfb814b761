package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// attempts is how many an invocation has: four, as s.yaml says, of which three say the same
// where there is no triage, whose last is another.
func (m *model) attempts() int {
	if m.cfg.triaged {
		return 4
	}
	return 3
}

// finish says what follows from attempts that have ended: another one, or the next of
// the family in its place, or a message to people.
func (m *model) finish() {
	m.mu.Lock()
	ended := m.ended
	m.ended = nil
	m.mu.Unlock()
	slices.SortFunc(ended, func(a, b *try) int { return strings.Compare(a.String(), b.String()) })
	for _, t := range ended {
		t.running = false
		t.cancel()
		m.leaves(t)
		v := t.of
		switch {
		case !t.dead && t.err == nil:
			v.over = true
		case len(v.tries) < m.attempts():
			m.note("%s ends: %s", t, ending(t.err))
			v.after = time.Now().Add(m.cfg.retryAfter[len(v.tries)-1])
		default:
			m.note("%s fails for good: %s", t, ending(t.err))
			v.over = true
			m.passOn(v)
		}
	}
}

// steps goes on until nothing is left to happen.
func (m *model) steps() {
	for n, idle := 0, 0; ; n++ {
		if n > 20_000 {
			m.violation("it does not end")
			return
		}
		synctest.Wait()
		m.finish()
		options := m.options()
		if len(options) == 0 {
			if !m.alive() {
				return
			}
			idle++
			time.Sleep(time.Duration(min(idle, 50)) * 100 * time.Millisecond)
			continue
		}
		idle = 0
		o := options[m.choose(options)]
		m.note("%s", o.label)
		o.do()
		time.Sleep(m.cfg.latency)
	}
}

// alive tells whether something will happen by itself.
func (m *model) alive() bool {
	return slices.ContainsFunc(m.invoked, func(v *invocation) bool { return !v.over })
}

// kill ends an attempt: none of its calls is made any more, or answered.
func (m *model) kill(t *try) {
	m.mu.Lock()
	t.dead = true
	m.mu.Unlock()
	t.cancel()
}

// explore is one run of a case; choose picks what happens next.
func explore(t *testing.T, cfg modelConfig, choose func(options []option) int) *model {
	t.Helper()
	var m *model
	synctest.Test(t, func(*testing.T) {
		m = &model{
			cfg: cfg, choose: choose, cloud: newModelCloud(time.Now(), slices.Clone(cfg.rules)...), faults: cfg.faults, flaws: map[string]int{}, looking: map[*events.Event]string{},
			removedByOwner: map[int]bool{}, excused: map[int]bool{}, toldFailed: map[string]bool{}, tasks: map[string]bool{}, timers: cfg.timers,
		}
		m.family()
		for _, name := range cfg.owner {
			m.owner = append(m.owner, ownerSteps[name])
		}
		for i := range cfg.events {
			m.happens(fmt.Sprintf("event %d", i+1), i == 1)
		}
		if cfg.sweep && cfg.triaged {
			m.route("sweep", ticks(practice.Sweeps+"24h"))
		} else if cfg.sweep {
			for i, p := range m.practices {
				if cfg.members[i].mode != practice.Off {
					m.invoke(p, "sweep", events.Event{Kind: events.KindLook, ID: "sweep", Service: "ecsguard", Time: time.Now(), Region: region, Account: account,
						Sweep: true, Left: m.settings.SweepBudget(), Asked: []events.Asked{{Type: p.Resource, ID: group, Region: region, Account: account}}})
				}
			}
		}
		for i := range cfg.direct {
			if p := m.practices[i%len(m.practices)]; m.settings.ModeOf(p) != practice.Off {
				name := fmt.Sprintf("direct %d", i)
				if cfg.triaged {
					m.asks(p, name, openingEvent(name))
					continue
				}
				m.invoke(p, name, events.Event{Kind: events.KindActionTrail, ID: name, Service: "ecs",
					Name: "AuthorizeSecurityGroup", Time: time.Now(), Region: region, Account: account, Params: map[string]string{"SecurityGroupId": group}})
			}
		}
		m.steps()
		m.openCases()
		m.judge()
	})
	return m
}

// looksAgain is how often the timer comes.
const looksAgain = 4

// openCases is the timer, which looks at what is open, in a quiet world.
func (m *model) openCases() {
	m.mu.Lock()
	m.calm = true
	m.mu.Unlock()
	m.faults, m.owner, m.timers = 0, nil, 0
	if m.cfg.triaged {
		m.minutes()
		return
	}
	for n := range looksAgain {
		var some bool
		time.Sleep(16 * time.Minute)
		cases := m.cases()
		for _, id := range sortedKeys(cases) {
			actor := cases[id]
			for _, p := range m.practices {
				if p.ID == id && m.settings.ModeOf(p) != practice.Off {
					m.note("the timer looks for %s", id)
					m.invoke(p, fmt.Sprintf("look %d", n), events.Event{Kind: events.KindLook, ID: fmt.Sprintf("look %d %s", n, id), Time: time.Now(), Region: region,
						Account: account, Asked: []events.Asked{{Type: p.Resource, ID: group, Region: region, Account: account}}, Actor: events.Actor{Name: actor}})
					some = true
					m.steps()
				}
			}
		}
		if !some {
			return
		}
	}
}

// cases are the practices of which something is open, and who did it.
func (m *model) cases() map[string]string {
	open := map[string]string{}
	for _, c := range ledger.Fold(nil, m.log.records()) {
		open[c.Practice] = c.Actor
	}
	return open
}

// random picks by weight, and rather goes on with the same attempt.
func random(seed uint64) func([]option) int {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(options []option) int {
		total := 0
		for _, o := range options {
			total += o.weight
		}
		n := r.IntN(max(total, 1))
		for i, o := range options {
			if n -= o.weight; n < 0 {
				return i
			}
		}
		return 0
	}
}
