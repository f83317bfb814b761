package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

func TestNothingWrongIsSaidInTheLogOnly(t *testing.T) {
	w := begin(t, each)
	w.deliver(event(t, 1), practice.Good)
	w.tells()
	if !strings.Contains(w.log.String(), `"outcome":"good"`) {
		t.Errorf("the log: %s", &w.log)
	}
}

func TestEveryFindingHasAnIntentAndAResult(t *testing.T) {
	w := begin(t, each, 22, 23)
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed)
	w.tells("intent 22", "intent 23", "result 22 fixed", "result 23 fixed")
	if w.ports() != "" {
		t.Errorf("open: %s", w.ports())
	}
	if a, b := w.of(ledger.Intent)[0], w.result("22"); a.ID != b.ID || a.ID == w.result("23").ID {
		t.Errorf("ids %s %s %s", a.ID, b.ID, w.result("23").ID)
	}
}

// Dependent steps of one finding: what the next look says is to be done is done.
func TestAFixInSeveralRounds(t *testing.T) {
	w := begin(t, step, 22, 23)
	w.deliver(event(t, 1), practice.Fixed)
	w.tells("intent step", "intent step", "result step fixed")
	r := w.result("step")
	if got := undoing(r); got != "23/23 22/22" || r.CallsMade != 2 || len(r.Calls) != 2 {
		t.Errorf("undo %q, %d calls made of %d", got, r.CallsMade, len(r.Calls))
	}
	for i, intent := range w.of(ledger.Intent) {
		if intent.Round != i+1 || intent.ID != r.ID {
			t.Errorf("intent %d: round %d, id %s", i, intent.Round, intent.ID)
		}
	}
}

// undoing is the ports that the undo of a record opens, in its order.
func undoing(r ledger.Record) string {
	var ports []string
	for _, c := range r.Undo {
		ports = append(ports, c.Params["Permissions.1.PortRange"])
	}
	return strings.Join(ports, " ")
}

// What a fix uncovers is another finding, and is not left lying: the event of our own
// change is ignored, so nothing else would look.
func TestWhatAFixUncovers(t *testing.T) {
	w := begin(t, lowest, 22, 23, 24)
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed, practice.Fixed)
	w.tells("intent 22", "intent 23", "intent 24", "result 22 fixed", "result 23 fixed", "result 24 fixed")
	if w.ports() != "" {
		t.Errorf("open: %s", w.ports())
	}
}

func TestWhatTheLastRoundUncoversIsToldToAPerson(t *testing.T) {
	w := begin(t, lowest, 22, 23, 24, 25)
	w.deliver(event(t, 1), practice.Fixed, practice.Fixed, practice.Fixed, practice.Awaiting)
	r := w.result("25")
	if w.ports() != "25/25" || r.CallsMade != 0 || !strings.Contains(r.Reason, "last of 3 rounds") {
		t.Errorf("open %s, %d calls made: %s", w.ports(), r.CallsMade, r.Reason)
	}
}

// What is uncovered goes by the same rules as everything else.
func TestWhatIsUncoveredMayBeExempt(t *testing.T) {
	check := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		if len(found) > 0 {
			f := practice.Finding{Key: found[0].key(), Title: "open: " + found[0].Port, Changes: []practice.Change{found[0].close()}}
			if f.Key == "23" {
				f.Tags = map[string]string{practice.ExemptionTag(pass.Practice.ID): "2999-12-31 a honeypot"}
			}
			pass.Report(f)
		}
		return err
	}
	w := begin(t, check, 22, 23)
	w.deliver(event(t, 1), practice.Exempt, practice.Fixed)
	w.tells("intent 22", "result 23 exempt", "result 22 fixed")
	if w.ports() != "23/23" {
		t.Errorf("open: %s", w.ports())
	}
}

func TestRoundsAreUsedUp(t *testing.T) {
	w := begin(t, step, 22, 23, 24, 25)
	w.deliver(event(t, 1), practice.Partly)
	w.tells("intent", "intent", "intent", "result step partly")
	if r := w.result("step"); w.ports() != "25/25" || r.CallsMade != 3 || undoing(r) != "24/24 23/23 22/22" {
		t.Errorf("open %s, %d calls made, undo %q", w.ports(), r.CallsMade, undoing(r))
	}
}

// The API answers with success and changes nothing: revoking by attributes does so
// where no rule has them.
func TestASilentSuccessIsNeverCalledFixed(t *testing.T) {
	check := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		if len(found) > 0 {
			call := opening("9999/9999")
			call.Action = "RevokeSecurityGroup"
			pass.Report(practice.Finding{Key: "22", Title: "open", Changes: []practice.Change{{Why: "close it", Call: call}}})
		}
		return err
	}
	w := begin(t, check, 22)
	w.deliver(event(t, 1), practice.Partly)
	w.tells("intent 22", "result 22 partly the cloud accepted the changes, but the last look found it still wrong")
	if n := len(w.changes()); n != 3 || w.ports() != "22/22" {
		t.Errorf("%d changes, open %s", n, w.ports())
	}
}

func TestSomebodyElseWasFaster(t *testing.T) {
	w := begin(t, each, 22)
	w.after(writeLog, 1, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Good)
	w.tells("intent 22", "result 22 good somebody else")
	if r := w.result("22"); len(r.Undo) > 0 || r.CallsMade > 0 || len(w.changes()) > 0 {
		t.Errorf("it takes somebody else's fix for its own: %+v", r)
	}
}

func TestTwoFindingsWithOneKeyAreAMistakeOfThePractice(t *testing.T) {
	check := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		for _, r := range found {
			pass.Report(practice.Finding{Key: "same", Title: "open", Changes: []practice.Change{r.close()}})
		}
		return err
	}
	w := begin(t, check, 22, 23)
	err := w.fails(t.Context(), event(t, 1), firstAttempt)
	if !strings.Contains(err.Error(), `"same"`) || len(w.changes()) > 0 {
		t.Errorf("%v; changes %v", err, w.changes())
	}
}

func TestModesBelowEnforceChangeNothing(t *testing.T) {
	for mode, want := range map[practice.Mode]practice.Outcome{"": practice.Observed, practice.Observe: practice.Observed, practice.Approve: practice.Awaiting} {
		t.Run("mode "+string(mode), func(t *testing.T) {
			w := begin(t, whole, 22, 23)
			w.settings.Mode = mode
			w.deliver(event(t, 1), want)
			r := w.result("all")
			if len(w.changes()) > 0 || r.CallsMade > 0 || len(w.of(ledger.Intent)) > 0 {
				t.Errorf("changes %v, record %+v", w.changes(), r)
			}
			if len(r.Calls) != 2 || undoing(r) != "23/23 22/22" {
				t.Errorf("the plan has %d calls, undo %q", len(r.Calls), undoing(r))
			}
		})
	}
}

// A practice whose changes can break something is not carried along by the mode of
// all: it has to be named.
func TestADisruptivePracticeHasToBeNamed(t *testing.T) {
	w := begin(t, each, 22)
	w.practice.Disruptive = "everything"
	w.deliver(event(t, 1), practice.Observed)
	w.settings.Practices = map[string]settings.Practice{"test-practice": {Mode: practice.Enforce}}
	w.deliver(event(t, 2), practice.Fixed)
	if !slices.Equal(w.changes(), []string{"RevokeSecurityGroup sgr-22"}) {
		t.Errorf("changes %v", w.changes())
	}
}

// Somebody else did a part of it while it was announced: what is left is announced
// anew, and done.
func TestSomebodyElseDidAPart(t *testing.T) {
	w := begin(t, objects(22, 23), 22, 23)
	w.after(writeLog, 1, func() { w.root(rule{"sgr-22", "22/22"}.close().Call) })
	w.deliver(event(t, 1), practice.Fixed)
	w.tells("intent 22-23", "intent 22-23", "result 22-23 fixed")
	r := w.result("22-23")
	if undoing(r) != "23/23" || r.CallsMade != 1 || r.ErrorCode != "" || len(w.of(ledger.Intent)[1].Calls) != 1 {
		t.Errorf("undo %q, made %d, code %q: %s", undoing(r), r.CallsMade, r.ErrorCode, r.Reason)
	}
}

func panicking(ctx context.Context, pass *practice.Pass) error {
	return pass.Together(ctx, func(context.Context) error { panic("no such param") },
		func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
}

// Whoever keeps a group moving does not keep it open unseen.
func TestAStateThatAlwaysMoves(t *testing.T) {
	w := begin(t, whole, 22)
	port := 8000
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == writeLog && c.Code == "" && port < 8003 {
			port++
			w.root(opening(fmt.Sprintf("%d/%d", port, port)))
		}
	})
	w.deliver(event(t, 1), practice.Failed)
	r := w.result("all")
	if !r.Opens() || r.Quiet || !strings.Contains(r.Reason, "changed each time") || len(ledger.Fold(nil, w.records())) != 1 {
		t.Errorf("%+v", r)
	}
	w.tells("intent all", "intent all", "intent all", "result all failed")
	for _, intent := range w.of(ledger.Intent) {
		if !slices.Contains(r.Closes, intent.Nonce) {
			t.Errorf("an intent is left open\n%s", w.said())
		}
	}
	w.deliver(event(t, 2), practice.Fixed)
}
