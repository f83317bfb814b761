package guard

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
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

// A hold keeps a practice from what somebody has taken back, until it ends.
func TestAHold(t *testing.T) {
	p, enforce := &practice.Practice{ID: "sg-public-ingress"}, settings.Settings{Mode: practice.Enforce}
	hold := ledger.Record{Kind: ledger.Hold, Practice: "sg-public-ingress", Resource: "sg-1", Actor: "sato", Until: now.Add(time.Hour)}
	ended, other := hold, hold
	ended.Until, other.Practice = now, "other"
	for name, c := range map[string]struct {
		history []ledger.Record
		act     bool
	}{"held": {[]ledger.Record{hold}, false}, "ended": {[]ledger.Record{ended}, true}, "another practice's": {[]ledger.Record{other}, true}} {
		d := Decide(enforce, p, finding(nil), c.history, now)
		if d.Act != c.act || !c.act && (d.Outcome != practice.Exempt || !strings.Contains(d.Reason, "sato has taken the last change back")) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// The ceiling counts what was done, what may have been done, and each of it once.
func TestCalls(t *testing.T) {
	intent := func(nonce string, ago time.Duration) ledger.Record {
		return ledger.Record{ID: "a", Kind: ledger.Intent, Nonce: nonce, Resource: "sg-1", Calls: make([]cloud.Call, 2), Time: now.Add(-ago)}
	}
	result := func(nonce string, made int, ago time.Duration, closes ...string) ledger.Record {
		return ledger.Record{ID: "a", Kind: ledger.Result, Nonce: nonce, Resource: "sg-1", CallsMade: made, Closes: closes, Time: now.Add(-ago)}
	}
	elsewhere := result("9", 9, 0)
	elsewhere.Resource = "sg-2"
	for name, c := range map[string]struct {
		history []ledger.Record
		made    int
	}{
		"an intent that nothing has settled":    {[]ledger.Record{intent("1", 9*time.Minute)}, 2},
		"two of them":                           {[]ledger.Record{intent("1", 9), intent("2", 8)}, 4},
		"one that is settled":                   {[]ledger.Record{intent("1", 9), result("2", 1, 8, "1")}, 1},
		"a copy that comes after its result":    {[]ledger.Record{intent("1", 9), result("2", 1, 8, "1"), intent("1", 9)}, 1},
		"records that were written twice":       {[]ledger.Record{intent("1", 9), intent("1", 9), result("2", 2, 8), result("2", 2, 8)}, 4},
		"a result that settles something else":  {[]ledger.Record{intent("1", 9), result("2", 1, 8, "x")}, 3},
		"a result, and another try":             {[]ledger.Record{intent("1", 9), result("2", 1, 8, "1"), intent("3", 7)}, 3},
		"what was done too long ago":            {[]ledger.Record{result("1", 5, 2*time.Hour), intent("2", 2*time.Hour)}, 0},
		"what was done to another resource":     {[]ledger.Record{elsewhere}, 0},
		"a deferral, which gives its intent up": {[]ledger.Record{intent("1", 9), result("2", 0, 8, "1")}, 0},
	} {
		got := 0
		for _, c := range calls(c.history, "sg-1", now) {
			got += c.number
		}
		if got != c.made {
			t.Errorf("%s: %d calls, want %d", name, got, c.made)
		}
	}
}

func TestTheCeilingIsNotBelowWhatItSays(t *testing.T) {
	p := &practice.Practice{ID: "x"}
	history := []ledger.Record{{Kind: ledger.Result, Nonce: "1", Resource: "sg-1", CallsMade: 98, Time: now}}
	for planned, over := range map[int]bool{2: false, 3: true} {
		d := Ceiling(settings.Settings{}, p, "sg-1", planned, history, now)
		if d.Act == over || over && d.Outcome != practice.Awaiting {
			t.Errorf("98 made and %d planned: %+v", planned, d)
		}
	}
}

// Whoever causes a hundred changes buys no open port with them, only time: until there is
// room again. A person decides where machines, keys or users are acted on, and where there
// is never room.
func TestTheCeilingEnds(t *testing.T) {
	at := func(ago time.Duration, made int) ledger.Record {
		return ledger.Record{Kind: ledger.Result, Nonce: ago.String(), Resource: "sg-1", CallsMade: made, Time: now.Add(-ago)}
	}
	history := []ledger.Record{at(10*time.Minute, 40), at(50*time.Minute, 30), at(30*time.Minute, 28)}
	room := func(ago time.Duration) time.Time { return now.Add(time.Hour + time.Second - ago) }
	for name, x := range map[string]struct {
		practice practice.Practice
		planned  int
		due      time.Time
	}{
		"the first calls are enough": {practice.Practice{}, 32, room(50 * time.Minute)},
		"the first are not":          {practice.Practice{}, 33, room(30 * time.Minute)},
		"all of them":                {practice.Practice{}, 100, room(10 * time.Minute)},
		"too many at any time":       {practice.Practice{}, 101, time.Time{}},
		"a machine":                  {practice.Practice{Touches: true}, 32, time.Time{}},
	} {
		d := Ceiling(settings.Settings{}, &x.practice, "sg-1", x.planned, history, now)
		if d.Act || !d.Due.Equal(x.due) {
			t.Errorf("%s: acts %v, due %s, want %s", name, d.Act, d.Due, x.due)
		}
		if then := Ceiling(settings.Settings{}, &x.practice, "sg-1", x.planned, history, d.Due); !d.Due.IsZero() && !then.Act {
			t.Errorf("%s: no room when it is due", name)
		}
	}
}

// A wait for another reason is not that of a fight: this one has not been told.
func TestAFightAfterAnotherWait(t *testing.T) {
	p := &practice.Practice{ID: "x"}
	r := func(id string, o practice.Outcome) ledger.Record {
		return ledger.Record{ID: id, Kind: ledger.Result, Practice: "x", Resource: "sg-1", Same: "s", Outcome: o, Time: now.Add(-time.Hour)}
	}
	wait := r("w", practice.Awaiting)
	wait.Due = now.Add(-time.Minute)
	if d := Fight(p, finding(nil), "s", []ledger.Record{r("1", practice.Fixed), wait, r("2", practice.Fixed), r("3", practice.Fixed)}, now); d.Act || d.Quiet {
		t.Errorf("%+v", d)
	}
}

// Another key, or another resource, is another thing; so is what was fixed too long ago.
func TestWhatIsNoFight(t *testing.T) {
	p := &practice.Practice{ID: "x"}
	fix := func(id string, edit func(*ledger.Record)) ledger.Record {
		r := ledger.Record{ID: id, Kind: ledger.Result, Practice: "x", Resource: "sg-1", Same: "s", Outcome: practice.Fixed, Time: now.Add(-time.Hour)}
		edit(&r)
		return r
	}
	same := func(*ledger.Record) {}
	if d := Fight(p, finding(nil), "s", []ledger.Record{fix("1", same), fix("2", same), fix("3", same)}, now); d.Act || d.Due.IsZero() {
		t.Errorf("three fixes: %+v", d)
	}
	for name, edit := range map[string]func(*ledger.Record){
		"another thing":    func(r *ledger.Record) { r.Same = "t" },
		"another resource": func(r *ledger.Record) { r.Resource = "sg-2" },
		"another practice": func(r *ledger.Record) { r.Practice = "y" },
		"the day before":   func(r *ledger.Record) { r.Time = now.Add(-25 * time.Hour) },
		"not put right":    func(r *ledger.Record) { r.Outcome = practice.Failed },
		"a copy":           func(r *ledger.Record) { r.ID = "1" },
	} {
		if d := Fight(p, finding(nil), "s", []ledger.Record{fix("1", same), fix("2", same), fix("3", edit)}, now); !d.Act {
			t.Errorf("%s is taken for the same: %+v", name, d)
		}
	}
}

// A tag that is nearly right exempts nothing, and is told with the right key.
func TestTagsThatAreNearlyRight(t *testing.T) {
	p := &practice.Practice{ID: "sg-public-ingress"}
	s := settings.Settings{Mode: practice.Enforce}
	for _, key := range []string{"ecsguard:exempt:*", "ecsguard:exempt:all", "ecsguard:exempt", "ecsguard:exempt:", "Ecsguard:Exempt:SG-Public-Ingress", "ecsguard:exempt:sg-publik-ingress", "ecsguard:exempt:sg_public_ingress",
		"ecsguard:exempt:public-ingress", "ecsguard/exempt/sg-public-ingress", "ecsguard:exemption:sg-public-ingress", "ecsguard-exempt-sg-public-ingress", "ecsguard:exempt: sg-public-ingress"} {
		d := Decide(s, p, finding(map[string]string{key: "2199-01-01 honeypot"}), nil, now)
		if !d.Act || !strings.Contains(d.Reason, "the tag "+key+" exempts nothing") || !strings.Contains(d.Reason, "the key ecsguard:exempt:sg-public-ingress, with a value such as 2026-12-31") {
			t.Errorf("%s: %+v", key, d)
		}
		if d := Decide(settings.Settings{Mode: practice.Enforce, IgnoreTags: true}, p, finding(map[string]string{key: "x"}), nil, now); d.Reason != "" {
			t.Errorf("%s, where tags exempt nothing: %s", key, d.Reason)
		}
	}
	for _, key := range []string{"ecsguard:exempt:sg-plaintext-port", "ecsguard:service-ports", "owner", "exempt", "sg-public-ingress"} {
		if d := Decide(s, p, finding(map[string]string{key: "2199-01-01"}), nil, now); d.Reason != "" || !d.Act {
			t.Errorf("%s: %+v", key, d)
		}
	}
	knowing := s.Knowing([]*practice.Practice{p, {ID: "sg-plaintext-port"}})
	for key, told := range map[string]bool{"ecsguard:exempt:open-ports": true, "ecsguard:exempt:sg-plaintext-port": false, "ecsguard:exempt:sg-plaintxt-port": false, "owner": false} {
		if d := Decide(knowing, p, finding(map[string]string{key: "2199-01-01"}), nil, now); !d.Act || strings.Contains(d.Reason, "there is no such practice") != told {
			t.Errorf("%s: %+v", key, d)
		}
	}
	for _, value := range []string{"", "31.12.2026", "2026/12/31", "2026-13-40", "until 2026-12-31", "2026-12-31: honeypot", "forever"} {
		if d := Decide(s, p, finding(map[string]string{practice.ExemptionTag(p.ID): value}), nil, now); !d.Act || !strings.Contains(d.Reason, "does not begin with a day such as 2026-12-31") {
			t.Errorf("%q: %+v", value, d)
		}
	}
	both := finding(map[string]string{practice.ExemptionTag(p.ID): "9999-12-31 honeypot"})
	if d := Decide(s, p, both, nil, now); d.Outcome != practice.Exempt || d.Reason != "exempt by tag until 9999-12-31, "+practice.Endless+", honeypot" {
		t.Errorf("%+v", d)
	}
}
