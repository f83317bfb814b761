package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A standing fault is told once a day; another fault on the same resource speaks.
func TestAStandingFaultIsToldOnce(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.Mode = practice.Observe
	w.now = func() time.Time { return time.Now().Add(-24 * time.Hour) }
	w.deliver(event(t, 1), practice.Observed)
	w.deliver(event(t, 2), practice.Ignored)
	w.root(opening("23/23"))
	w.deliver(event(t, 3), practice.Ignored, practice.Observed)
	w.tells("result 22 observed", "result 23 observed")
	w.now = time.Now
	w.deliver(event(t, 4), practice.Observed, practice.Observed)
}

// What is said in another mode is not the same.
// Two targets of one event lead to the same finding, and the log does not show yet what
// was said of it a moment ago.
func TestTwoWaysToOneFinding(t *testing.T) {
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		pass.Resource.ID = group
		return each(ctx, pass)
	}, 22)
	w.settings.Mode = practice.Observe
	w.cloud.SLSLag = time.Minute
	w.practice.Triggers[0].Resource = "params.Interfaces.*"
	outcomes, err := w.driver(firstAttempt).Handle(t.Context(), event(t, 1, with("requestParameters", map[string]any{"Interfaces": []any{"eni-1", "eni-2"}})))
	if slices.Sort(outcomes); err != nil || !slices.Equal(outcomes, []practice.Outcome{practice.Ignored, practice.Observed}) {
		t.Errorf("%v, %v", outcomes, err)
	}
	w.tells("result 22 observed")
}

func TestAnotherModeSpeaks(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.Mode = practice.Observe
	w.deliver(event(t, 1), practice.Observed)
	w.settings.Mode = practice.Approve
	w.deliver(event(t, 2), practice.Awaiting)
	w.settings.Mode = practice.Enforce
	w.deliver(event(t, 3), practice.Fixed)
}

// Our own changes are looked at like anybody's: whoever can make a role of such a name
// must not act unseen.
func TestOurOwnChangesAreLookedAt(t *testing.T) {
	for _, name := range []string{"ecsguard-test-practice:request", "ecsguard-evil:x"} {
		w := begin(t, each, 22)
		w.deliver(event(t, 1, with("userIdentity", map[string]any{"type": "assumed-role", "userName": name})), practice.Fixed)
	}
}

// But not while we are at it: what a fix has done half is not answered by another look.
func TestAHalfMadeEditIsNotAnswered(t *testing.T) {
	w := begin(t, each, 22)
	w.practice.Writes = append(w.practice.Writes, rename)
	var inner practice.Outcome
	w.after(writeLog, 1, func() {
		w.load(group, 22)
		d := w.driver(engine.Invocation{Request: "another"})
		outcomes, err := d.Handle(t.Context(), event(t, 2, with("userIdentity", map[string]any{"type": "assumed-role", "userName": "ecsguard-test-practice:request"})))
		if err != nil || len(outcomes) != 1 {
			t.Errorf("%v %v", outcomes, err)
			return
		}
		inner = outcomes[0]
	})
	w.deliver(event(t, 1), practice.Fixed)
	if inner != practice.Deferred || len(w.changes()) != 1 {
		t.Errorf("the other look ended %q; changes %v", inner, w.changes())
	}
	var deferral ledger.Record
	for _, r := range w.of(ledger.Result) {
		if r.Outcome == practice.Deferred {
			deferral = r
		}
	}
	if r := w.result("22"); !slices.Contains(r.Closes, deferral.Nonce) {
		t.Errorf("the fix does not say that it has looked since the other gave way: %v", r.Closes)
	}
}

// untouched wants that no call of the practice has been made.
func (w *world) untouched() {
	w.Helper()
	for _, c := range w.cloud.Calls() {
		if c.Principal.Type == "assumed-role" {
			w.Errorf("it called %s", c.Action)
		}
	}
}

func TestWhatDoesNotConcernItIsIgnored(t *testing.T) {
	for name, edit := range map[string]func(_, data map[string]any){
		"a call that failed": with("errorCode", "Forbidden.RAM"),
		"another call":       with("eventName", "JoinSecurityGroup"),
		"another service":    with("serviceName", "Vpc"),
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, each, 22)
			w.deliver(event(t, 1, edit), practice.Ignored)
			w.untouched()
		})
	}
}

func TestFailedCallsCanBeAskedFor(t *testing.T) {
	w := begin(t, each, 22)
	w.practice.Triggers[0].Failed = true
	w.deliver(event(t, 1, with("errorCode", "Forbidden.RAM")), practice.Fixed)
}

func TestAnEventThatDoesNotNameItsResource(t *testing.T) {
	w := begin(t, each, 22)
	unnamed := func(_, data map[string]any) {
		delete(data["requestParameters"].(map[string]any), "SecurityGroupId")
	}
	err := w.fails(t.Context(), event(t, 1, unnamed), firstAttempt)
	for _, want := range []string{"params.SecurityGroupId", "AuthorizeSecurityGroup", "event-1", "test-practice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	w.untouched()
}

func TestWhatCannotBeDecodedIsAnError(t *testing.T) {
	for _, payload := range []string{"", "null", "{}", "not JSON", "[]", "\x00\xff"} {
		w := begin(t, each, 22)
		if err := w.fails(t.Context(), []byte(payload), firstAttempt); !strings.Contains(err.Error(), "test-practice") {
			t.Errorf("%q: %v", payload, err)
		}
		w.untouched()
	}
}

// The good elements of a batch are handled, and the bad one is told.
func TestABatchWithOneBadElement(t *testing.T) {
	w := begin(t, each, 22)
	batch := fmt.Sprintf(`[%s, {"what": "is this"}, %s]`, event(t, 1), event(t, 2, with("eventName", "JoinSecurityGroup")))
	outcomes, err := w.driver(firstAttempt).Handle(t.Context(), []byte(batch))
	if err == nil || !strings.Contains(err.Error(), "element 1") {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(outcomes, []practice.Outcome{practice.Fixed, practice.Ignored}) || w.ports() != "" {
		t.Errorf("outcomes %v, open %q", outcomes, w.ports())
	}
	// The batch is run again: what was dealt with is not done twice.
	if _, err := w.driver(secondAttempt).Handle(t.Context(), []byte(batch)); err == nil {
		t.Error("no error at the second attempt")
	}
	w.tells("intent 22", "result 22 fixed")
}

// One event of a batch fails in a way that passes: the others have their results, and
// the failed one is done when the batch comes again.
func TestABatchOfWhichOneIsToBeRunAgain(t *testing.T) {
	w := begin(t, each, 22)
	if err := w.cloud.Load([]byte("ecs:\n  security-groups:" + groupYAML(group, 22) + groupYAML("sg-b", 23))); err != nil {
		t.Fatal(err)
	}
	other := func(_, data map[string]any) { data["requestParameters"].(map[string]any)["SecurityGroupId"] = "sg-b" }
	batch := fmt.Appendf(nil, `[%s, %s]`, event(t, 1), event(t, 2, other))
	w.fails(w.dies(revoke, 2), batch, firstAttempt)
	w.tells("intent 22", "result 22 fixed", "intent 23")
	w.attempt(batch, secondAttempt, practice.Good, practice.Fixed)
	w.tells("intent 22", "result 22 fixed", "intent 23", "result 23 fixed")
}

// remediation is what Cloud Config invokes a function with: the resource's name and
// nothing that tells two cases apart.
func remediation(t *testing.T) []byte {
	t.Helper()
	text, err := json.Marshal([]map[string]any{{"accountId": 1098765432101234, "resourceId": group, "resourceType": "ACS::ECS::SecurityGroup", "regionId": region}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestARemediationIsJudgedEachTime(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.PerHour = 2
	call := func(n, attempt int) engine.Invocation {
		return engine.Invocation{Request: fmt.Sprintf("request-%d", n), Attempt: attempt}
	}
	w.attempt(remediation(t), call(1, 0), practice.Fixed)
	w.root(opening("22/22"))
	// The second case dies and is completed: one intent and one result more.
	ctx := w.dies(revoke, 1)
	w.fails(ctx, remediation(t), call(2, 0))
	w.attempt(remediation(t), call(2, 1), practice.Fixed)
	w.tells("intent 22", "result 22 fixed", "intent 22", "result 22 fixed")
	if a, b := w.of(ledger.Result)[0], w.of(ledger.Result)[1]; a.ID == b.ID {
		t.Error("two cases have one id")
	}
	// They count against the budget like everything else.
	w.root(opening("22/22"))
	w.attempt(remediation(t), call(3, 0), practice.Awaiting)
}
