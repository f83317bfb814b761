package scenario

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// triageRole lists what there is for a sweep, as where it is deployed. Here it may do what
// the Sweep declares and no more.
const triageRole = "ecsguard-triage"

// anybodys everybody may call: a policy that allows nothing is none.
const anybodys = "sts:GetCallerIdentity"

// listed is what a practice's function is given: of a timer's event a look at all that the
// Sweep lists, and any other event as it is. It is empty where there is nothing to look at.
func (w *world) listed(ctx context.Context, event []byte) ([]byte, error) {
	happened, err := events.Decode(event)
	if err != nil || len(happened) != 1 || happened[0].Kind != events.KindTimer {
		return event, nil // what cannot be read is the practice's to say
	}
	e := &happened[0]
	resources, err := w.list(ctx, e)
	if err != nil || len(resources) == 0 {
		return nil, err
	}
	look := events.Look{Ecsguard: events.LookWord, ID: e.Key(), Sweep: true, Left: w.settings.SweepBudget()}
	for _, r := range resources {
		look.Targets = append(look.Targets, events.Asked{Type: r.Type, ID: r.ID, Region: r.Region, Account: r.Account})
	}
	return json.Marshal(look)
}

// list lists what there is for the practice's sweep, as triage does.
func (w *world) list(ctx context.Context, e *events.Event) ([]practice.Resource, error) {
	all := practice.Resource{Type: w.practice.Resource, Region: region, Account: account}
	return w.practice.List(ctx, practice.NewPass(w.practice, all, e, time.Now(), w.lister(), w.settings.Params(w.practice)))
}

// lister reads in a session of triage's role.
func (w *world) lister() ours.Reader {
	w.t.Helper()
	c, err := w.cloud.AssumeRole(w.triage, "sweep", time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	return asRoot{ours.NewClient(ours.Config{Transport: w.transport, RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}})}
}

// lists tells whether a call was made to list what a sweep looks at.
func lists(c cloud.Call) bool {
	return c.Principal.Type == "assumed-role" && c.Principal.Session() == "sweep"
}

// sweep finds, without any event, what the first scenario's event finds. What is declared
// for listing is what listing needs.
func sweep(t *testing.T, p *practice.Practice, peers []*practice.Practice, files []string, used map[string]bool) {
	if p.Sweep.List == nil {
		return
	}
	s, err := load(files[0])
	if err != nil {
		return // reported before
	}
	s.peers = peers
	timer, err := build([]string{"sample timer/sweep"})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sweep", func(t *testing.T) {
		told := func(event []byte) []string {
			w := begin(t, p, s, practice.Enforce)
			if _, err := w.deliver(t.Context(), event, 0); err != nil {
				t.Fatal(err)
			}
			w.keyed()
			for _, action := range w.used() {
				used[action] = true
			}
			return w.findings()
		}
		swept := told(timer)
		for _, finding := range told(s.event) {
			if !slices.Contains(swept, finding) {
				t.Errorf("the sweep does not find what the event of %s does: %s\nit finds:\n%s", s.name, finding, list(swept))
			}
		}
		leastListing(t, p, files)
	})
}

// leastListing: each action that is declared for listing is used by it in some scenario's
// state. Where it is refused there, that is an error, or no less is listed: what cannot be
// read is no reason to think that there is nothing.
func leastListing(t *testing.T, p *practice.Practice, files []string) {
	timer := &events.Event{Kind: events.KindTimer, ID: "sweep"}
	unused := slices.Clone(p.Sweep.Reads)
	for _, file := range files {
		if len(unused) == 0 {
			return
		}
		s, err := load(file)
		if err != nil {
			continue // reported before
		}
		s.refused = nil
		w := begin(t, p, s, practice.Enforce)
		all, err := w.list(t.Context(), timer)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		for _, c := range w.cloud.Calls() {
			if !lists(c) || !slices.Contains(unused, c.Action) {
				continue
			}
			unused = slices.DeleteFunc(unused, func(a string) bool { return a == c.Action })
			w := begin(t, p, s, practice.Enforce)
			w.cloud.Inject(cloud.Deny(c.Action))
			seen, err := w.list(t.Context(), timer)
			if err == nil && slices.ContainsFunc(all, func(r practice.Resource) bool { return !slices.Contains(seen, r) }) {
				t.Errorf("%s: %s refused: it lists %v, want %v or an error", s.name, c.Action, seen, all)
			}
		}
	}
	if len(unused) > 0 {
		t.Errorf("declared for the sweep, and listing uses them in no scenario: add one, or take them out of the Sweep's Reads: %s", unused)
	}
}
