package guard

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

var now = time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)

func finding(tags map[string]string) practice.Finding {
	return practice.Finding{
		Resource: practice.Resource{ID: "sg-1"},
		Tags:     tags,
		Changes:  []practice.Change{{Call: cloud.New("ecs", "RevokeSecurityGroup", "cn-hangzhou")}},
	}
}

func TestDecide(t *testing.T) {
	p := &practice.Practice{ID: "sg-public-ingress"}
	enforce := settings.Settings{Mode: practice.Enforce}
	until := func(s string) settings.Settings {
		day, err := settings.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return settings.Settings{Mode: practice.Enforce, Exemptions: []settings.Exemption{{Practice: "*", Resource: "sg-*", Until: day, Because: "migration", By: "sato"}}}
	}
	key := "ecsguard:exempt:sg-public-ingress"
	managed, none := finding(nil), finding(nil)
	managed.Managed, none.Changes = "ALB", nil
	for _, c := range []struct {
		name    string
		set     settings.Settings
		finding practice.Finding
		want    Decision
	}{
		{"nothing set observes", settings.Settings{}, finding(nil), Decision{Outcome: practice.Observed, Reason: "observe"}},
		{"approve asks", settings.Settings{Mode: practice.Approve}, finding(nil), Decision{Outcome: practice.Awaiting, Reason: "approve"}},
		{"enforce acts", enforce, finding(nil), Decision{Act: true}},
		{"a managed resource is not ours", enforce, managed, Decision{Outcome: practice.Awaiting, Reason: "ALB"}},
		{"without a change a person acts", enforce, none, Decision{Outcome: practice.Awaiting, Reason: "cannot"}},
		{"exempt in the settings", until("2026-06-01"), finding(nil), Decision{Outcome: practice.Exempt, Reason: "until 2026-06-01: migration (sato"}},
		{"expired in the settings", until("2026-05-31"), finding(nil), Decision{Act: true, Reason: "ended on 2026-05-31"}},
		{"exempt by tag", enforce, finding(map[string]string{key: "2026-06-01 honeypot"}), Decision{Outcome: practice.Exempt, Reason: "honeypot"}},
		{"expired tag", enforce, finding(map[string]string{key: "2026-05-31"}), Decision{Act: true, Reason: "ended on 2026-05-31"}},
		{"a tag without a day", enforce, finding(map[string]string{key: "forever"}), Decision{Act: true, Reason: "does not begin with a day"}},
		{"a tag of another practice", enforce, finding(map[string]string{"ecsguard:exempt:other": "2199-01-01"}), Decision{Act: true}},
		{"tags ignored by the operator", settings.Settings{Mode: practice.Enforce, IgnoreTags: true}, finding(map[string]string{key: "2199-01-01"}), Decision{Act: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Decide(c.set, p, c.finding, nil, now)
			if got.Act != c.want.Act || got.Outcome != c.want.Outcome || !strings.Contains(got.Reason, c.want.Reason) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTheBudgetCountsWhatMayHaveHappened(t *testing.T) {
	record := func(id string, kind audit.Kind, made int, ago time.Duration) audit.Record {
		return audit.Record{ID: id, Kind: kind, Resource: "sg-1", CallsMade: made, Calls: make([]cloud.Call, 2), Time: now.Add(-ago)}
	}
	history := []audit.Record{
		record("a", audit.Intent, 0, 10*time.Minute), // no result: counts in full, 2
		record("b", audit.Intent, 0, 20*time.Minute),
		record("b", audit.Result, 1, 20*time.Minute), // one of the two succeeded
		record("c", audit.Result, 5, 2*time.Hour),    // too long ago
	}
	history = append(history, audit.Record{ID: "d", Kind: audit.Result, Resource: "sg-2", CallsMade: 9, Time: now}) // another resource
	p := &practice.Practice{ID: "x"}
	for perHour, act := range map[int]bool{3: false, 4: true} {
		d := Decide(settings.Settings{Mode: practice.Enforce, PerHour: perHour}, p, finding(nil), history, now)
		if d.Act != act {
			t.Errorf("budget %d with 3 used: %+v", perHour, d)
		}
		if !act && d.Outcome != practice.Awaiting {
			t.Errorf("outcome %s: a person has to know", d.Outcome)
		}
	}
}

// One finding may have several intents, one a round or attempt, and several results,
// one a case.
func TestTheBudgetCountsEveryStatementOnce(t *testing.T) {
	record := func(kind audit.Kind, round, made int, ago time.Duration) audit.Record {
		return audit.Record{ID: "a", Kind: kind, Round: round, Resource: "sg-1", CallsMade: made, Calls: make([]cloud.Call, 2), Time: now.Add(-ago)}
	}
	for name, c := range map[string]struct {
		history []audit.Record
		made    int
	}{
		"two rounds that nobody ended":     {[]audit.Record{record(audit.Intent, 1, 0, 9), record(audit.Intent, 2, 0, 8)}, 4},
		"two rounds and their result":      {[]audit.Record{record(audit.Intent, 1, 0, 9), record(audit.Intent, 2, 0, 8), record(audit.Result, 0, 3, 7)}, 3},
		"a record that was written twice":  {[]audit.Record{record(audit.Intent, 1, 0, 9), record(audit.Intent, 1, 0, 9), record(audit.Result, 0, 2, 8), record(audit.Result, 0, 2, 8)}, 2},
		"a result, and another try":        {[]audit.Record{record(audit.Intent, 1, 0, 9), record(audit.Result, 0, 1, 8), record(audit.Intent, 1, 0, 7)}, 3},
		"two results of the same finding":  {[]audit.Record{record(audit.Result, 0, 1, 9), record(audit.Result, 0, 1, 8)}, 2},
		"a result whose intent is too old": {[]audit.Record{record(audit.Intent, 1, 0, 2*time.Hour), record(audit.Result, 0, 1, 8)}, 1},
	} {
		if got := changes(c.history, "sg-1", now); got != c.made {
			t.Errorf("%s: %d changes, want %d", name, got, c.made)
		}
	}
}
