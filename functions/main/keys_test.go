package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/functions"
	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/watch"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// usersWith are so many users, each with one key of which something is said.
func usersWith(n int, more, key string) []byte {
	var b strings.Builder
	b.WriteString("ram:\n  root-access-keys: 0\n  users:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - {name: user%03d, access-keys: 1, %skeys: [{id: LTAI5tKey%03d, %s}]}\n", i+1, more, i+1, key)
	}
	return []byte(b.String())
}

// swept is what one daily sweep has led to, where ecsguard is deployed and one practice acts.
type swept struct {
	disabled []string
	calls    map[string]int
	outcomes map[practice.Outcome]int
	sweeps   []string
	messages []cloud.Message
	text     string // of all messages
}

// leave takes away the key of whoever has deployed: nobody but those of the state is to count.
func leave(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	k := c.RootSession()
	root := api.NewClient(api.Config{Transport: c.InProcess(),
		Credentials: api.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken}})
	var answer struct {
		AccessKeys struct{ AccessKey []resource.AccessKey }
	}
	principal := "operator@" + account.Number + ".onaliyun.com"
	if err := root.Do(t.Context(), api.New("ims", "ListAccessKeys", "", "UserPrincipalName", principal), &answer); err != nil {
		t.Fatal(err)
	}
	for _, key := range answer.AccessKeys.AccessKey {
		if err := root.Do(t.Context(), identity.Disable(principal, key.AccessKeyID).Call, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func sweepOf(t *testing.T, id, more string, state []byte, faults ...cloud.Fault) (s swept) {
	t.Helper()
	text := "protected: [deploy]\n" + more + "practices:\n"
	for _, p := range functions.All {
		mode := practice.Off
		if p.ID == id {
			mode = practice.Enforce
		}
		text += fmt.Sprintf("  %s: {mode: %s}\n", p.ID, mode)
	}
	file := filepath.Join(t.TempDir(), "ecsguard.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := &campaign{t: t}
		var err error
		w.cloud, err = account.Start(account.Options{Root: root, State: state, Settings: file, Clock: time.Now, Seed: 1, Instance: w.instance})
		if err != nil {
			t.Fatal(err)
		}
		defer w.cloud.Close()
		w.cloud.InstanceIdle = 6 * time.Minute
		for _, f := range faults {
			w.cloud.Inject(f)
		}
		leave(t, w.cloud)
		before := len(w.cloud.Calls())
		if err := w.cloud.FireTimer(watch.Triage, practice.SweepTimer(24*time.Hour), practice.SweepTimer(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.goOn(5)
		s = swept{calls: map[string]int{}, outcomes: map[practice.Outcome]int{}, messages: w.told()}
		for _, m := range s.messages {
			s.text += m.Title + "\n" + m.Text + "\n"
		}
		for _, call := range w.cloud.Calls()[before:] {
			s.calls[call.Action]++
			if call.Action == "ram:UpdateAccessKey" && call.Code == "" && caller(call) != "" {
				s.disabled = append(s.disabled, call.Params["UserAccessKeyId"])
			}
		}
		for _, r := range w.records() {
			switch r.Kind {
			case ledger.Sweep:
				s.sweeps = append(s.sweeps, r.Reason)
			case ledger.Result:
				s.outcomes[r.Outcome]++
			}
		}
	})
	return s
}

// many is how many there are: as many as it takes to pass the limits, and in make soak as many as an
// outage leaves.
func many(few, all int) int {
	if os.Getenv("ECSGUARD_MATRIX") == "full" {
		return all
	}
	return few
}

// After an outage one sweep finds three hundred keys that nobody has used. So few are disabled as
// may be touched in an hour; of the others a person is asked in digests that say why, and not three hundred times; and
// none is deleted.
func TestAStormOfOldKeysStopsAtTheBudget(t *testing.T) {
	keys := many(25, 300)
	s := sweepOf(t, "ak-unused", "", usersWith(keys, "", "created-days-ago: 300"))
	if len(s.disabled) != 5 {
		t.Errorf("%d keys were disabled: %v", len(s.disabled), s.disabled)
	}
	if s.outcomes[practice.Fixed] != 5 || s.outcomes[practice.Awaiting] != keys-5 {
		t.Errorf("%v", s.outcomes)
	}
	if len(s.messages) == 0 || len(s.messages) > 15 { // one for each part of the log in which it is
		t.Errorf("%d messages: %s", len(s.messages), s.text)
	}
	if !strings.Contains(s.text, "wait for a person:** 5 machines, keys or users were touched within the hour") || !strings.Contains(s.text, "Needs your decision") {
		t.Error(s.text)
	}
	for action := range s.calls {
		if strings.HasPrefix(action, "ram:Delete") {
			t.Errorf("%s was called", action)
		}
	}
}

// Administrators whose keys nobody uses are found by one sweep: the last one stays, though there is
// room for more.
func TestASweepLeavesTheLastAdministrator(t *testing.T) {
	s := sweepOf(t, "ak-unused", "touches-per-hour: 10\n", usersWith(4, "policies: [AdministratorAccess], ", "created-days-ago: 300"))
	if len(s.disabled) != 3 || s.outcomes[practice.Awaiting] != 1 {
		t.Errorf("%v were disabled, %v", s.disabled, s.outcomes)
	}
	if !strings.Contains(s.text, "last administrator") && !strings.Contains(s.text, "leave no administrator") {
		t.Error(s.text)
	}
}

// Five hundred users, on a page of a list that is cut, are looked at in few calls, although the
// cloud throttles some of them.
func TestFiveHundredUsersInFewCalls(t *testing.T) {
	users := many(100, 500)
	s := sweepOf(t, "ak-unused", "", usersWith(users, "", "created-days-ago: 10"), cloud.Fault{Action: "ram:ListAccessKeys", Code: "Throttling.User", Times: users / 8})
	if s.calls["ram:ListUsers"] > 2 || s.calls["ram:ListAccessKeys"] > 2*users || s.calls["ram:GetUser"] > 2*users || s.calls["ram:GetAccessKeyLastUsed"] != 0 || s.calls["ram:GetDefaultDomain"] > 50 {
		t.Errorf("%v", s.calls)
	}
	if !slices.Contains(s.sweeps, watch.SweepEnded) {
		t.Errorf("the sweep says %v", s.sweeps)
	}
	if len(s.messages) != 0 {
		t.Errorf("%d messages: %s", len(s.messages), s.text)
	}
}
