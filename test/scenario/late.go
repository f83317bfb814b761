package scenario

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// newTriggers: what a call answers with has just been made by it, and may not be visible
// yet. A trigger that finds its resource there says so, or the practice takes a resource
// that is late for one that is gone.
func newTriggers(t *testing.T, p *practice.Practice) {
	for _, trigger := range p.Triggers {
		if strings.Contains(trigger.Resource, "response.") && !trigger.New {
			t.Errorf("trigger %s:%s takes its resource from the answer (%s): it needs New: true", trigger.Service, trigger.Name, trigger.Resource)
		}
	}
}

// made tells whether the event of a scenario in which something is wrong makes the
// resource that is looked at.
func made(p *practice.Practice, s scenario) bool {
	happened, err := events.Decode(s.event)
	if err != nil || !s.telling() || !byCaller(p, s) || s.busy > 0 || len(s.refused) > 0 {
		return false
	}
	return slices.ContainsFunc(happened, func(e events.Event) bool {
		targets := p.Match(&e)
		return len(targets) > 0 && !slices.ContainsFunc(targets, func(x practice.Target) bool { return !x.Trigger.New })
	})
}

// late: nothing of what the event has made is visible at the first check. The end is as
// if it had been.
func late(t *testing.T, p *practice.Practice, s scenario) {
	s.event = fresh(t, s.event)
	at := begin(t, p, s, practice.Enforce)
	want, err := at.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatal(err)
	}
	empty := s
	empty.before = []byte("{}")
	var w *world
	w = begin(t, untilSecondCheck(p, func() {
		if err := w.cloud.Load(s.before); err != nil {
			t.Error(err)
		}
	}), empty, practice.Enforce)
	w.before = string(s.before)
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatalf("what the event has made was late: %v", err)
	}
	if !slices.Equal(slices.Sorted(slices.Values(outcomes)), slices.Sorted(slices.Values(want))) {
		t.Errorf("what the event has made was late: outcomes %v, want %v", outcomes, want)
	}
	if diff := compare(at.state(), w.state()); diff != "" {
		t.Errorf("what the event has made was late: the state afterwards (- missing, + not expected):\n%s", diff)
	}
}

// untilSecondCheck is a practice that calls f before it checks something for the second
// time, while no other check of it is under way: none sees half of what f does.
func untilSecondCheck(p *practice.Practice, f func()) *practice.Practice {
	var mu sync.Mutex
	var checks sync.RWMutex
	checked, once := map[string]bool{}, sync.Once{}
	late := *p
	late.Check = func(ctx context.Context, pass *practice.Pass) error {
		mu.Lock()
		again := checked[pass.Resource.ID]
		checked[pass.Resource.ID] = true
		mu.Unlock()
		if again {
			once.Do(func() {
				checks.Lock()
				defer checks.Unlock()
				f()
			})
		}
		checks.RLock()
		defer checks.RUnlock()
		return p.Judge(ctx, pass)
	}
	return &late
}

// fresh is an event that happens now.
func fresh(t *testing.T, event []byte) []byte {
	t.Helper()
	text, err := Mistake{Event: event}.Now()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
