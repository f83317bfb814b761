package engine_test

import (
	"context"
	"slices"
	"testing"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// What another practice has deferred is settled by who looks with that one's eyes, and by
// nobody else: not every practice of a family is asked at every event.
func TestADeferralOfOneThatWasNotAsked(t *testing.T) {
	for name, trigger := range map[string]string{"asked": "AuthorizeSecurityGroup", "not asked": "ModifySecurityGroupRule"} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, objects(22, 22), 22, 25)
			p := w.peer("sg-defers", practice.High, objects(25, 25))
			p.Triggers = []practice.Trigger{{Service: "Ecs", Name: trigger, Resource: "params.SecurityGroupId"}}
			other := w.driver(engine.Invocation{Request: "other"})
			other.Practice, other.Peers = p, []*practice.Practice{w.practice}
			w.after(writeLog, 1, func() {
				if got, err := other.Handle(t.Context(), event(t, 2, with("eventName", trigger))); err != nil || !slices.Equal(got, []practice.Outcome{practice.Deferred}) {
					t.Errorf("%v, %v", got, err)
				}
			})
			if _, err := w.driver(engine.Invocation{}).Handle(t.Context(), event(t, 1)); err != nil {
				t.Fatal(err)
			}
			left := 0
			for _, c := range ledger.Fold(nil, w.records()) {
				if c.Practice == "sg-defers" && c.Outcome == practice.Deferred {
					left++
				}
			}
			if open := w.ports() != ""; open != (left == 1) || open != (name == "not asked") {
				t.Errorf("open %q, %d cases are left\n%s", w.ports(), left, w.said())
			}
		})
	}
}

// A practice may act at one event and only tell at another: what it has deferred at the
// first is not settled by a look for the second.
func TestADeferralOfOneThatOnlyTellsHere(t *testing.T) {
	w := begin(t, objects(22, 22), 22, 25)
	w.practice.Triggers = append(w.practice.Triggers, practice.Trigger{Service: "Ecs", Name: "JoinSecurityGroup", Resource: "params.SecurityGroupId"})
	p := w.peer("sg-defers", practice.High, func(ctx context.Context, pass *practice.Pass) error {
		if pass.Event.Name == "JoinSecurityGroup" {
			pass.Report(practice.Finding{Key: "25-25", Title: "open", Scope: practice.Scope{"tcp": {{From: 25, To: 25}}}})
			return nil
		}
		return objects(25, 25)(ctx, pass)
	})
	other := w.driver(engine.Invocation{Request: "other"})
	other.Practice, other.Peers = p, []*practice.Practice{w.practice}
	w.after(writeLog, 1, func() {
		if got, err := other.Handle(t.Context(), event(t, 2)); err != nil || !slices.Equal(got, []practice.Outcome{practice.Deferred}) {
			t.Errorf("%v, %v", got, err)
		}
	})
	if _, err := w.driver(engine.Invocation{}).Handle(t.Context(), event(t, 1, with("eventName", "JoinSecurityGroup"))); err != nil {
		t.Fatal(err)
	}
	confirmed := func(c ledger.Case) bool { return c.Outcome == practice.Fixed } // is looked at once more
	if cases := slices.DeleteFunc(ledger.Fold(nil, w.records()), confirmed); w.ports() != "25/25" || len(cases) != 1 || cases[0].Practice != "sg-defers" || cases[0].EventName != "AuthorizeSecurityGroup" {
		t.Errorf("open %q, cases %+v\n%s", w.ports(), cases, w.said())
	}
}

// What an event did and another look does not see is still to be looked for, whoever judges
// in between.
func TestWhatDoesNotShowIsNotSettledByAnEdit(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	p := w.peer("sg-waits", practice.High, func(_ context.Context, pass *practice.Pass) error {
		pass.Unseen("a rule does not show")
		return nil
	})
	other := w.driver(engine.Invocation{Request: "other"})
	other.Practice, other.Peers = p, []*practice.Practice{w.practice}
	w.after(writeLog, 1, func() {
		if got, err := other.Handle(t.Context(), event(t, 2)); err != nil || !slices.Equal(got, []practice.Outcome{practice.Good}) {
			t.Errorf("%v, %v", got, err)
		}
	})
	if _, err := w.driver(engine.Invocation{}).Handle(t.Context(), event(t, 1)); err != nil {
		t.Fatal(err)
	}
	if cases := ledger.Fold(nil, w.records()); !slices.ContainsFunc(cases, func(c ledger.Case) bool { return c.Practice == "sg-waits" && c.Key == engine.KeyUnseen }) {
		t.Errorf("cases %+v\n%s", cases, w.said())
	}
}

// What was refused for want of room is made where something else has made room before it.
func TestWhatIsRefusedIsMadeAfterSomethingElse(t *testing.T) {
	w := begin(t, objects(22, 22), 22, 25)
	w.practice.Family = &practice.Family{Name: "full", Join: func(_ context.Context, pass *practice.Pass, findings []practice.Finding) (e practice.Edit, err error) {
		e.Changes = []practice.Change{{Why: "keep 80", Call: opening("80/80")}}
		for _, r := range findings[0].Wants.([]rule) {
			if pass.Refused == "AuthorizationLimitExceed" {
				e.Changes = append([]practice.Change{r.close()}, e.Changes...)
			} else {
				e.Changes = append(e.Changes, r.close())
			}
		}
		return e, nil
	}}
	w.cloud.RuleQuota = 2
	w.deliver(event(t, 1), practice.Fixed)
	if w.ports() != "25/25 80/80" {
		t.Errorf("open %s\n%s", w.ports(), w.said())
	}
	// Where nothing is made before it, it is not asked for again.
	w = begin(t, objects(22, 22), 22)
	w.peer("other", practice.Low, objects(80, 80))
	w.cloud.Inject(deny(revoke))
	w.deliver(event(t, 1), practice.Failed)
	w.tells("intent 22-22", "result 22-22 failed the change was refused")
}
