package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Three changes, the last refused for good: the undo names the two that were made, in
// the reverse order.
func TestALaterChangeIsRefused(t *testing.T) {
	w := begin(t, threeSteps, 22, 23)
	w.cloud.Inject(deny(rename))
	w.deliver(event(t, 1), practice.Partly)
	w.tells("intent all", "result all partly a later change was refused")
	r := w.result("all")
	if undoing(r) != "23/23 22/22" || r.CallsMade != 2 || len(r.Calls) != 2 || r.ErrorCode != "Forbidden.RAM" {
		t.Errorf("undo %q, made %d, calls %d, code %q", undoing(r), r.CallsMade, len(r.Calls), r.ErrorCode)
	}
	if intent := w.of(ledger.Intent)[0]; len(intent.Calls) != 3 || len(intent.Undo) != 2 {
		t.Errorf("the intent has %d calls and %d undos, want all that was planned", len(intent.Calls), len(intent.Undo))
	}
}

// threeSteps closes two rules and then renames the group.
func threeSteps(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	f := practice.Finding{Key: "all", Title: "open"}
	for _, r := range found {
		f.Changes = append(f.Changes, r.close())
	}
	f.Changes = append(f.Changes, practice.Change{Why: "rename; the old name is not kept",
		Call: ours.New("ecs", "ModifySecurityGroupAttribute", region, "SecurityGroupId", group, "SecurityGroupName", "closed")})
	pass.Report(f)
	return err
}

func TestTheFirstChangeIsRefused(t *testing.T) {
	w := begin(t, each, 22)
	w.cloud.Inject(deny(revoke))
	w.deliver(event(t, 1), practice.Failed)
	w.tells("intent 22", "result 22 failed the change was refused")
	if r := w.result("22"); len(r.Calls) > 0 || len(r.Undo) > 0 || r.ErrorCode != "Forbidden.RAM" {
		t.Errorf("%+v", r)
	}
}

// What cannot be put right is told once for an event, however often that is tried again. For
// another event, or for another reason, it is told anew.
func TestARefusalIsToldOnceAnEvent(t *testing.T) {
	w := begin(t, each, 22)
	allow := w.cloud.Inject(deny(revoke))
	quiet := func() (all []bool) {
		for _, r := range w.of(ledger.Result) {
			all = append(all, r.Quiet)
		}
		return all
	}
	first := event(t, 1)
	w.deliver(first, practice.Failed)
	w.attempt(first, secondAttempt, practice.Failed)
	w.deliver(first, practice.Failed)
	w.deliver(event(t, 2, with("eventTime", time.Now().UTC().Add(time.Second).Format(time.RFC3339))), practice.Failed)
	allow()
	w.cloud.Inject(cloud.Fault{Action: revoke, Status: 400, Code: "InvalidOperation.Locked"})
	w.deliver(first, practice.Failed)
	if got, want := quiet(), []bool{false, true, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("quiet: %v, want %v\n%s", got, want, w.said())
	}
}

// One refusal does not keep the other findings from being put right.
func TestARefusalIsOfOneFinding(t *testing.T) {
	check := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		for _, r := range found {
			c := r.close()
			if r.key() == "22" {
				c.Call = ours.New("ecs", "ModifySecurityGroupAttribute", region, "SecurityGroupId", group, "SecurityGroupName", "x")
			}
			pass.Report(practice.Finding{Key: r.key(), Title: "open", Changes: []practice.Change{c}})
		}
		return err
	}
	w := begin(t, check, 22, 23)
	w.cloud.Inject(deny(rename))
	w.deliver(event(t, 1), practice.Failed, practice.Fixed)
	if w.ports() != "22/22" {
		t.Errorf("open: %s", w.ports())
	}
}

// An exemption that is given while it works is heard before the next round.
func TestTheGuardIsAskedBeforeEachRound(t *testing.T) {
	tagged := false
	check := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		if len(found) > 0 {
			f := practice.Finding{Key: "step", Title: "open", Changes: []practice.Change{found[0].close()}}
			if tagged {
				f.Tags = map[string]string{practice.ExemptionTag(pass.Practice.ID): "2999-12-31 wait"}
			}
			pass.Report(f)
		}
		return err
	}
	w := begin(t, check, 22, 23, 24)
	w.after(revoke, 1, func() { tagged = true })
	w.deliver(event(t, 1), practice.Partly)
	w.tells("intent step", "result step partly exempt by tag until 2999-12-31")
	if w.ports() != "23/23 24/24" {
		t.Errorf("open: %s", w.ports())
	}
}
