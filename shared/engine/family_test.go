package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

type check = func(context.Context, *practice.Pass) error

// objects reports the rules of some ports as one finding.
func objects(from, to int) check {
	return func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		f := practice.Finding{Key: fmt.Sprintf("%d-%d", from, to), Title: "open", Scope: practice.Scope{"tcp": {{From: from, To: to}}}}
		var wants []rule
		for _, r := range found {
			if port, _ := strconv.Atoi(r.key()); from <= port && port <= to {
				wants, f.Changes = append(wants, r), append(f.Changes, r.close())
			}
		}
		if pass.Practice.Family != nil {
			f.Wants, f.Changes = wants, nil
		}
		if len(wants) > 0 {
			pass.Report(f)
		}
		return err
	}
}

// kin is a family that closes each rule once.
var kin = &practice.Family{Name: "kin", Join: func(_ context.Context, _ *practice.Pass, findings []practice.Finding) (e practice.Edit, err error) {
	for _, f := range findings {
		for _, r := range f.Wants.([]rule) {
			if c := r.close(); !slices.ContainsFunc(e.Changes, func(x practice.Change) bool { return x.Why == c.Why }) {
				e.Changes = append(e.Changes, c)
			}
		}
	}
	return e, nil
}}

// peer is another practice of the family.
func (w *world) peer(id string, severity practice.Severity, check check) *practice.Practice {
	w.practice.Family = kin
	p := *w.practice
	p.ID, p.Severity, p.Check = id, severity, check
	w.peers = append(w.peers, &p)
	return &p
}

func (w *world) mode(id string, m practice.Mode) {
	if w.settings.Practices == nil {
		w.settings.Practices = map[string]settings.Practice{}
	}
	w.settings.Practices[id] = settings.Practice{Mode: m}
}

// Those that act put right what all of them want, by one edit; whoever of them looks
// first does it. One record holds the calls, and each finding has one of its own.
func TestOneEditForAllThatAct(t *testing.T) {
	w := begin(t, objects(22, 23), 22, 25, 80)
	w.peer("sg-worst", practice.Critical, objects(25, 25))
	w.mode("sg-observes", practice.Observe)
	w.peer("sg-observes", practice.Critical, objects(80, 80))
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed)
	w.tells("intent 22-23", "result 22-23 fixed", "result 25-25 fixed")
	own, other := w.result("22-23"), w.result("25-25")
	if len(own.Calls) != 2 || own.CallsMade != 2 || undoing(own) != "22/22 25/25" && undoing(own) != "25/25 22/22" || len(own.Members) != 2 {
		t.Errorf("the edit: %d calls, undo %q, members %v", own.CallsMade, undoing(own), own.Members)
	}
	if other.Edit != own.ID || other.Practice != "sg-worst" || other.By != "test-practice" || len(other.Calls) > 0 || !other.Quiet || other.ID == own.ID {
		t.Errorf("the other finding: %+v", other)
	}
	if w.ports() != "80/80" {
		t.Errorf("open %s", w.ports())
	}
	// The other one's own look of the same event has nothing left to do.
	w.practice, w.peers = w.peers[0], []*practice.Practice{w.practice}
	w.deliver(event(t, 1), practice.Good)
}

// Who only observes what another is to put right is silent; who observes more tells it.
func TestWhoObservesBesideOneThatActs(t *testing.T) {
	for name, x := range map[string]struct {
		own  check
		want practice.Outcome
	}{
		"the same": {objects(22, 22), practice.Ignored}, "less": {objects(22, 25), practice.Ignored}, "more": {objects(20, 80), practice.Observed},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, x.own, 22, 80)
			w.mode("test-practice", practice.Observe)
			w.peer("sg-acts", practice.Low, objects(20, 30))
			w.deliver(event(t, 1), x.want)
			if len(w.changes()) > 0 {
				t.Errorf("changes %v", w.changes())
			}
		})
	}
}

// Of several that only tell, one speaks: the one that covers more, or the worse.
func TestOfThoseThatTellOneSpeaks(t *testing.T) {
	for _, x := range []struct {
		id       string
		severity practice.Severity
		mode     practice.Mode
		peer     check
		want     practice.Outcome
	}{
		{"z", practice.Critical, practice.Observe, objects(22, 22), practice.Ignored},
		{"a", practice.High, practice.Observe, objects(22, 22), practice.Ignored},
		{"z", practice.High, practice.Observe, objects(22, 22), practice.Observed},
		{"a", practice.Low, practice.Observe, objects(22, 22), practice.Observed},
		{"z", practice.Low, practice.Approve, objects(22, 22), practice.Ignored},
		{"z", practice.Low, practice.Observe, objects(20, 30), practice.Ignored},
	} {
		t.Run(fmt.Sprint(x.id, x.severity, x.mode, x.want), func(t *testing.T) {
			w := begin(t, objects(22, 22), 22, 25)
			w.mode("test-practice", practice.Observe)
			w.peer(x.id, x.severity, x.peer)
			w.settings.Practices[x.id] = settings.Practice{Mode: x.mode}
			w.deliver(event(t, 1), x.want)
		})
	}
}

// A practice that was to act and could not is stood in for by the next: with its own
// policy, under the next one's role, and on record as the first one's finding.
func TestOneStandsInForAnother(t *testing.T) {
	for name, own := range map[string]check{
		"the next sees nothing wrong itself": objects(80, 80),
		"the next only observes the same":    objects(22, 22),
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, own, 22, 25)
			w.mode("test-practice", practice.Observe)
			w.peer("sg-acts", practice.Critical, objects(22, 22))
			w.deliver(event(t, 1), map[bool]practice.Outcome{true: practice.Good, false: practice.Ignored}[name[9] == 's'])
			w.deliver(passed(t, event(t, 1), "sg-acts"), wanted(name)...)
			r := w.result("22-22")
			if r.Practice != "sg-acts" || r.By != "test-practice" || r.Outcome != practice.Fixed || w.ports() != "25/25" {
				t.Errorf("%s %s by %q; open %s", r.Practice, r.Outcome, r.By, w.ports())
			}
		})
	}
}

func wanted(name string) []practice.Outcome {
	if name == "the next only observes the same" {
		return []practice.Outcome{practice.Ignored, practice.Fixed}
	}
	return []practice.Outcome{practice.Fixed}
}

// passed is an event that comes again because a practice could not deal with it.
func passed(t *testing.T, event []byte, ids ...string) []byte {
	t.Helper()
	text, err := json.Marshal(events.Look{Ecsguard: events.LookWord, Event: event, Passed: ids})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Where the one that was to tell could not, the next tells it.
func TestOneTellsForAnother(t *testing.T) {
	w := begin(t, objects(80, 80), 22)
	w.settings.Mode = practice.Observe
	w.peer("sg-tells", practice.Critical, objects(22, 22))
	w.deliver(event(t, 1), practice.Good)
	w.deliver(passed(t, event(t, 1), "sg-tells"), practice.Observed)
	if r := w.result("22-22"); r.Practice != "sg-tells" || r.By != "test-practice" {
		t.Errorf("%s by %q", r.Practice, r.By)
	}
}

// One whose check fails is named, and stops nothing.
func TestAPeerThatFailsIsNamedAndStopsNothing(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-panics", practice.Critical, panicking)
	w.peer("sg-fails", practice.Critical, func(context.Context, *practice.Pass) error { return errors.New("out of order") })
	w.peer("sg-gone", practice.Critical, func(context.Context, *practice.Pass) error { return practice.ErrGone })
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("22-22"); r.Facts["could not be asked"] != "sg-fails, sg-panics" || len(r.Also) > 0 {
		t.Errorf("%v %v", r.Facts, r.Also)
	}
	if log := w.log.String(); !strings.Contains(log, "out of order") || !strings.Contains(log, "no such param") {
		t.Errorf("the log: %s", log)
	}
}

// Whoever cannot look says so, and fails: another of the family may be able to.
func TestOneThatMayNotLookHandsOver(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-other", practice.Low, objects(22, 22))
	mend := w.cloud.Inject(deny(readRules))
	w.fails(t.Context(), event(t, 1), firstAttempt)
	w.fails(t.Context(), event(t, 1), secondAttempt)
	mend()
	w.tells("result unreadable failed")
}

// What no edit can put right is told as such, with why, and the rest is put right.
func TestWhatTheEditLeaves(t *testing.T) {
	w := begin(t, objects(22, 22), 22, 25)
	w.peer("sg-other", practice.Critical, objects(25, 25))
	join := kin.Join
	stubborn := &practice.Family{Name: "stubborn", Join: func(ctx context.Context, pass *practice.Pass, findings []practice.Finding) (practice.Edit, error) {
		var rest []practice.Finding
		var left []practice.Left
		for i, f := range findings {
			if f.Key == "25-25" {
				left = append(left, practice.Left{Finding: i, Whole: true, Why: "TCP 25 from 10.0.0.1 would be shut out"})
			} else {
				rest = append(rest, f)
			}
		}
		e, err := join(ctx, pass, rest)
		e.Left = left
		return e, err
	}}
	w.practice.Family, w.peers[0].Family = stubborn, stubborn
	w.deliver(event(t, 1), practice.Fixed, practice.Failed)
	if r := w.result("25-25"); r.Outcome != practice.Failed || r.Facts["not changed"] != "TCP 25 from 10.0.0.1 would be shut out" || r.Quiet || !strings.Contains(r.Advice, "would be shut out") {
		t.Errorf("%+v", r)
	}
	if w.ports() != "25/25" {
		t.Errorf("open %s", w.ports())
	}
	// By itself it is told too, once.
	w.practice, w.peers = w.peers[0], nil
	w.deliver(event(t, 2), practice.Failed)
	w.deliver(event(t, 3), practice.Ignored)
}

// Whoever stands in for another looks where that one would have, although it was not woken
// by such an event itself.
func TestOneStandsInAtAnEventThatIsNotItsOwn(t *testing.T) {
	w := begin(t, objects(80, 80), 22, 25)
	p := w.peer("sg-acts", practice.Critical, objects(22, 22))
	p.Triggers = []practice.Trigger{{Service: "Ecs", Name: "ModifySecurityGroupRule", Resource: "params.SecurityGroupId"}}
	modified := event(t, 1, with("eventName", "ModifySecurityGroupRule"))
	w.deliver(modified, practice.Ignored)
	w.deliver(passed(t, modified, "sg-acts"), practice.Fixed)
	if r := w.result("22-22"); r.Practice != "sg-acts" || w.ports() != "25/25" {
		t.Errorf("%s; open %s", r.Practice, w.ports())
	}
}

// A check that does not end, and does not heed that its time is up, keeps nobody else from
// closing a port.
func TestAPeerThatDoesNotEnd(t *testing.T) {
	defer engine.Hurry()()
	over := make(chan struct{})
	defer close(over)
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-endless", practice.Critical, func(context.Context, *practice.Pass) error { <-over; return nil })
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("22-22"); r.Facts["could not be asked"] != "sg-endless" || w.ports() != "" {
		t.Errorf("%v, open %q", r.Facts, w.ports())
	}
}
