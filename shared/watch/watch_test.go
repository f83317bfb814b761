package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func keys(faults []Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Key)
	}
	return strings.Join(all, ", ")
}

// A fault is told when it is new, once a day while it lasts, and again when it has come
// back; what passes when it has lasted, and then not again within the day.
func TestNews(t *testing.T) {
	const rule, read = "rule disabled", "read ram:GetRole"
	all := []string{"rule ", "read "}
	m, now := Memory{}, noon
	for i, step := range []struct {
		after  time.Duration // of the step before
		there  []string
		judged []string
		told   string
	}{
		{0, []string{rule, read}, all, rule},
		{2 * time.Minute, []string{rule, read}, all, read},
		{2 * time.Minute, []string{rule, read}, all, ""},
		{2 * time.Minute, nil, []string{"read "}, ""}, // the rule was not looked at
		{2 * time.Minute, []string{rule}, all, ""},
		{2 * time.Minute, nil, all, ""},
		{2 * time.Minute, []string{rule, read}, all, rule}, // it has come back; the read failed and was told today
		{2 * time.Minute, []string{rule, read}, all, ""},
		{24 * time.Hour, []string{rule, read}, all, rule + ", " + read},
		{2 * time.Minute, nil, all, ""},
		{25 * time.Hour, []string{read}, all, ""}, // after a day it is as new, and may pass
		{2 * time.Minute, []string{read}, all, read},
	} {
		now = now.Add(step.after)
		var faults []Fault
		for _, key := range step.there {
			faults = append(faults, Fault{Key: key, Passing: strings.HasPrefix(key, "read ")})
		}
		news, after := News(Sight{faults, step.judged}, m, now)
		if keys(news) != step.told {
			t.Errorf("step %d: told %q, want %q", i, keys(news), step.told)
		}
		m = after.Told(news, now)
		if m.Standing() != (len(step.there) > 0 || i == 3) {
			t.Errorf("step %d: something stands: %t", i, m.Standing())
		}
	}
}

func TestAMessageIsTheSameForTheSameFault(t *testing.T) {
	f := Fault{Key: "rule disabled"}
	f.What, f.Means, f.Mend = "the rule is off", "nothing is looked at", "switch it on"
	m := Memory{f.Key: {Since: noon}}
	first := composed(Notify, []Fault{f}, m, noon)
	if again := composed(Notify, []Fault{f}, m, noon.Add(time.Minute)); again.ID != first.ID {
		t.Error("sent again it has another identity")
	}
	if tomorrow := composed(Notify, []Fault{f}, m, noon.Add(25*time.Hour)); tomorrow.ID == first.ID {
		t.Error("the next day's has the same identity, and would be taken for a second delivery")
	}
	if back := composed(Notify, []Fault{f}, Memory{f.Key: {Since: noon.Add(time.Hour)}}, noon.Add(time.Hour)); back.ID == first.ID {
		t.Error("one that has come back has the same identity")
	}
}

func deployment() Deployment {
	d := Deployment{
		Region: "cn-hangzhou", Account: "1098765432101234", Mode: "enforce", Trust: `{"Trust":1}`, Pattern: `{"source":[{"prefix":"acs."}]}`,
		Documents: map[string][]string{Triage: {`{"Triage":1}`}, Triage + "-ecs": {`{"ECS":1}`}, Notify: {`{"Canary":1}`, `{"Notify":1}`}}, Known: []string{Triage, Notify, "ecsguard-off"},
		Functions: []Function{
			{Name: Notify, Role: Notify, Policies: []string{Notify}, Triggers: map[string]string{Audit: "log", Watch: "timer"}},
			{Name: Triage, Role: Triage, Policies: []string{Triage, Triage + "-ecs"}, Triggers: map[string]string{Minute: "timer", Events: "eventbridge", "sweep-24h": "timer"}},
		},
		Intervals: []time.Duration{time.Hour, 24 * time.Hour},
	}
	for n := range 28 {
		id := fmt.Sprintf("practice-%02d", n)
		f := Function{Name: ours + id, Role: ours + id, Policies: []string{ours + id}, Acts: n == 0}
		d.Functions = append(d.Functions, f)
		d.Known = append(d.Known, f.Role)
		d.Documents[f.Role] = []string{`{"May":"write"}`, `{"May":"read"}`}
	}
	return d
}

// Every role is looked at within a round, triage's each time and first.
func TestTurn(t *testing.T) {
	d := deployment()
	seen := map[string]int{}
	for n := range int(Round / Interval) {
		turn := d.Turn(noon.Add(time.Duration(n)*Interval + 17*time.Second))
		if turn[0].Name != Triage || turn[1].Name != Notify || len(turn) > 2+6 {
			t.Errorf("%d functions in run %d, %s first", len(turn), n, turn[0].Name)
		}
		for _, f := range turn {
			seen[f.Name]++
		}
	}
	for _, f := range d.Functions {
		want := 1
		if f.Name == Triage || f.Name == Notify {
			want = 5
		}
		if seen[f.Name] != want {
			t.Errorf("%s is looked at %d times", f.Name, seen[f.Name])
		}
	}
}

func TestRule(t *testing.T) {
	d := deployment()
	good := BusRule{Status: "ENABLE", Pattern: `{ "source": {"prefix":"acs."} }`, Targets: []Target{{"acs.fc.function", "acs:fc:cn-hangzhou:1098765432101234:functions/ecsguard-triage"}}}
	with := func(change func(*BusRule)) BusRule { r := good; change(&r); return r }
	for name, x := range map[string]struct {
		r    BusRule
		want string
	}{
		"as deployed":       {good, ""},
		"gone":              {BusRule{Missing: true}, "rule missing"},
		"off":               {with(func(r *BusRule) { r.Status = "DISABLE" }), "rule disabled"},
		"another pattern":   {with(func(r *BusRule) { r.Pattern = `{"source":["acs.ecs"]}` }), "rule pattern"},
		"no pattern":        {with(func(r *BusRule) { r.Pattern = "" }), "rule pattern"},
		"no target":         {with(func(r *BusRule) { r.Targets = nil }), "rule target"},
		"another function":  {with(func(r *BusRule) { r.Targets = []Target{{"", "acs:fc:cn-hangzhou:1098765432101234:functions/other"}} }), "rule target"},
		"another account's": {with(func(r *BusRule) { r.Targets = []Target{{"", "acs:fc:cn-hangzhou:1:functions/ecsguard-triage"}} }), "rule target"},
		"as FC 2.0 wrote it": {with(func(r *BusRule) {
			r.Targets[0].Endpoint = "acs:fc:cn-hangzhou:1098765432101234:services/s.LATEST/functions/ecsguard-triage/LATEST"
		}), ""},
	} {
		if got := keys(d.Rule(x.r)); got != x.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRoleThere(t *testing.T) {
	d := deployment()
	const observing, enforcing = "ecsguard-practice-01", "ecsguard-practice-00"
	has := func(names ...string) (policies []Policy) {
		for _, name := range names {
			policies = append(policies, Policy{name, "Custom"})
		}
		return policies
	}
	says := func(own string) map[string]string {
		return map[string]string{Triage: own, Triage + "-ecs": `{"ECS":1}`}
	}
	both := has(Triage, Triage+"-ecs")
	type judged = struct {
		f         string
		trust     string
		attached  []Policy
		documents map[string]string
		want      string
	}
	limited := func(f, statements, want string) judged {
		attached, all := has(f), map[string]string{f: `{"May":"read"}`}
		if f == Triage {
			attached, all = both, says(`{"Triage":1}`)
		}
		all["ecsguard-limit"] = `{"Statement":[` + statements + `]}`
		return judged{f, d.Trust, append(slices.Clone(attached), Policy{"ecsguard-limit", "Custom"}), all, want}
	}
	for name, x := range map[string]judged{
		"as deployed":            {Triage, d.Trust, both, says(`{"Triage":1}`), ""},
		"observing":              {observing, d.Trust, has(observing), map[string]string{observing: `{"May":"read"}`}, ""},
		"enforcing":              {observing, d.Trust, has(observing), map[string]string{observing: `{"May":"write"}`}, ""},
		"enforcing, may observe": {enforcing, d.Trust, has(enforcing), map[string]string{enforcing: `{"May":"read"}`}, "observes"},
		"others may take it":     {Triage, `{"Trust":2}`, both, says(`{"Triage":1}`), "trust"},
		"detached":               {Triage, d.Trust, has(Triage + "-ecs"), says(`{"Triage":1}`), "detached"},
		"one of two detached":    {Triage, d.Trust, has(Triage), says(`{"Triage":1}`), "detached ecsguard-triage-ecs"},
		"one of two widened":     {Triage, d.Trust, both, map[string]string{Triage: `{"Triage":1}`, Triage + "-ecs": `{"ECS":"*"}`}, "document ecsguard-triage-ecs"},
		"a system policy's name": {Triage, d.Trust, []Policy{{Triage, "System"}, {Triage + "-ecs", "Custom"}}, says(`{"Triage":1}`), "detached, also " + Triage},
		"deleted":                {Triage, d.Trust, has(Triage + "-ecs"), says(""), "policy"},
		"widened":                {Triage, d.Trust, both, says(`{"Triage":"*"}`), "document"},
		"more":                   {Triage, d.Trust, append(both, Policy{"AdministratorAccess", "System"}), says(`{"Triage":1}`), "also AdministratorAccess"},
		"limited by a person":    limited(observing, `{"Effect":"Deny","Action":["ecs:RunCommand"]}`, ""),
		"limited and widened":    limited(observing, `{"Effect":"Deny","Action":["ecs:RunCommand"]},{"Effect":"Allow","Action":["ecs:StopInstance"]}`, "also ecsguard-limit"),
		"limited by nothing":     limited(observing, ``, "also ecsguard-limit"),
		"silenced":               limited(observing, `{"Effect":"Deny","Action":["log:PostLogStoreLogs"]}`, "also ecsguard-limit"),
		"all but one is denied":  limited(observing, `{"Effect":"Deny","NotAction":["ecs:RunCommand"]}`, "also ecsguard-limit"),
		"everything is denied":   limited(observing, `{"Effect":"Deny","Action":["*"]}`, "also ecsguard-limit"),
		"triage is limited":      limited(Triage, `{"Effect":"Deny","Action":["ecs:RunCommand"]}`, "also ecsguard-limit"),
	} {
		f, _ := d.function(x.f)
		got := strings.ReplaceAll(keys(d.RoleThere(f, Role{Trust: x.trust, Attached: x.attached, Documents: x.documents})), "role "+f.Role+" ", "")
		if got != x.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := keys(d.Strangers([]string{"ecsguard-triage", "ECSGUARD-off", "ecsguard-evil", "admin", "my-ecsguard-x"})); got != "stranger ECSGUARD-off, stranger ecsguard-evil" {
		t.Errorf("strangers: %s", got)
	}
}

func TestFunctionsAndTriggers(t *testing.T) {
	d := deployment()
	there := map[string]There{}
	for _, f := range d.Functions {
		there[f.Name] = There{Role: strings.ToUpper(d.roleOf(f))} // component fc3 writes it in lower case, a person may not
	}
	if got := d.FunctionsThere(there); len(got) > 0 {
		t.Errorf("as deployed: %+v", got)
	}
	delete(there, "ecsguard-practice-03")
	there["ecsguard-practice-04"] = There{Role: "acs:ram::1098765432101234:role/admin"}
	if got := keys(d.FunctionsThere(there)); got != "function ecsguard-practice-03, function ecsguard-practice-04 role" {
		t.Errorf("got %s", got)
	}
	if got := keys(d.TriggersThere(Triage, []Trigger{{Minute, "timer", true}, {Events, "timer", false}})); got != "trigger ecsguard-triage/cases, trigger ecsguard-triage/events, trigger ecsguard-triage/sweep-24h" {
		t.Errorf("got %s", got)
	}
	if got := keys(d.TriggersThere(Notify, []Trigger{{Audit, "log", false}, {Watch, "timer", false}, {"more", "http", false}})); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestSilent(t *testing.T) {
	d := deployment()
	long := noon.Add(-time.Hour)
	for name, x := range map[string]struct {
		last, deployed, now time.Time
		told                bool
	}{
		"heard of":           {noon.Add(-5 * time.Minute), long, noon, false},
		"silent":             {noon.Add(-7 * time.Minute), long, noon, true},
		"never heard of":     {time.Time{}, long, noon, true},
		"just deployed":      {time.Time{}, noon.Add(-5 * time.Minute), noon, false},
		"no clock to go by":  {time.Time{}, long, time.Time{}, false},
		"from the near past": {noon.Add(time.Minute), long, noon, false},
	} {
		if got := d.Silent(Triage, x.last, x.deployed, x.now); len(got) > 0 != x.told {
			t.Errorf("%s: %+v", name, got)
		}
	}
	pulse := func(by, account string, written, received time.Time) ledger.Record {
		return ledger.Record{By: by, Region: d.Region, Account: account, Time: written, Received: received}
	}
	_, last := d.Last(Triage, []ledger.Record{
		pulse(Triage, d.Account, noon.Add(time.Hour), noon), // its clock is ahead: the log's counts
		pulse(Notify, d.Account, noon.Add(time.Minute), time.Time{}),
		pulse(Triage, "1", noon.Add(time.Minute), time.Time{}),
	})
	if !last.Equal(noon) {
		t.Errorf("last heard of at %s", last)
	}
}

func TestClock(t *testing.T) {
	for off, told := range map[time.Duration]bool{59 * time.Second: false, -59 * time.Second: false, 61 * time.Second: true, -2 * time.Minute: true} {
		if got := Clock(Notify, noon.Add(off), noon); len(got) > 0 != told {
			t.Errorf("%s: %+v", off, got)
		}
	}
	if got := Clock(Notify, noon, time.Time{}); len(got) > 0 {
		t.Errorf("the log did not say its time: %+v", got)
	}
}

// A sweep has to be through once in its interval and the slack, and may not fall silent on
// its way.
func TestSweeps(t *testing.T) {
	d := deployment()
	record := func(every, ago time.Duration, how string) ledger.Record {
		return ledger.Record{Key: every.String(), Region: d.Region, Account: d.Account, Time: noon.Add(-ago), Reason: how, Facts: map[string]string{"looked": "700"}}
	}
	const hour, day, long = time.Hour, 24 * time.Hour, 100 * time.Hour
	hourly := record(hour, 10*time.Minute, SweepEnded)
	for name, x := range map[string]struct {
		records  []ledger.Record
		modified time.Duration // ago
		want     string
	}{
		"in time":                 {[]ledger.Record{hourly, record(day, 25*hour, SweepEnded)}, long, ""},
		"late":                    {[]ledger.Record{hourly, record(day, 27*hour, SweepEnded)}, long, "not finished for 27 hours"},
		"of another region":       {[]ledger.Record{hourly, {Key: day.String(), Region: "eu", Account: d.Account, Time: noon, Reason: SweepEnded}}, long, "not finished once"},
		"never":                   {[]ledger.Record{hourly}, 27 * hour, "has not finished once since triage was deployed 27 hours ago"},
		"never, and just come":    {[]ledger.Record{hourly}, 25 * hour, ""},
		"late by a deployment":    {[]ledger.Record{hourly, record(day, 27*hour, SweepEnded)}, 20 * hour, ""},
		"under way":               {[]ledger.Record{hourly, record(day, 40*time.Minute, "it has begun"), record(day, 24*hour, SweepEnded)}, long, ""},
		"stopped on its way":      {[]ledger.Record{hourly, record(day, 2*hour, "it has begun"), record(day, 61*time.Minute, "it goes on"), record(day, 25*hour, SweepEnded)}, long, "has stopped: it has written nothing since it had looked at 700"},
		"through in no time":      {[]ledger.Record{hourly, record(day, 2*hour, SweepEnded), record(day, 2*hour, "it has begun")}, long, ""},
		"under way for two days":  {[]ledger.Record{hourly, record(day, time.Minute, "it goes on"), record(day, 48*hour, SweepEnded)}, long, "not finished for 48 hours"},
		"the one that is shorter": {[]ledger.Record{record(hour, 4*hour, SweepEnded), record(day, hour, SweepEnded)}, long, "runs every hour has not finished for 4 hours"},
	} {
		got := d.Sweeps(x.records, noon.Add(-x.modified), noon)
		if x.want == "" && len(got) > 0 || x.want != "" && (len(got) != 1 || !strings.Contains(got[0].What, x.want)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestACallThatWasSignedTooEarly(t *testing.T) {
	for _, code := range []string{"RequestTimeTooSkewed", "InvalidTimeStamp.Expired"} {
		f := deployment().Unread("reading", "ram:GetRole", &cloud.Error{Action: "ram:GetRole", Code: code})
		if !strings.Contains(f.Mend, "clock of ecsguard's functions is more than 15 minutes off") || len(f.Commands) == 0 {
			t.Errorf("%s: %+v", code, f)
		}
	}
}

// What was refused does not pass by itself, and is told at once.
func TestUnread(t *testing.T) {
	d := deployment()
	for err, passing := range map[error]bool{
		&cloud.Error{Action: "ram:GetRole", Code: "NoPermission"}:                 false,
		&cloud.Error{Action: "fc:ListFunctions", Code: "AccessDenied"}:            false,
		&cloud.Error{Action: "log:GetLogStoreLogs", Code: "Unauthorized"}:         false,
		&cloud.Error{Action: "ram:GetRole", Code: "Throttling.User", Status: 400}: true,
		errors.New("no answer"): true,
	} {
		if f := d.Unread("reading", "ram:GetRole", err); f.Passing != passing || len(f.Commands) > 0 == passing {
			t.Errorf("%v: %+v", err, f)
		}
	}
}

func TestOrdered(t *testing.T) {
	var faults []Fault
	for _, key := range []string{"read x", "stranger ecsguard-evil", "trigger ecsguard-triage/events", "role ecsguard-triage detached", "rule disabled"} {
		faults = append(faults, Fault{Key: key})
	}
	if got := keys(ordered(told(slices.Clone(faults)))); got != "rule disabled, role ecsguard-triage detached, stranger ecsguard-evil, read x" {
		t.Errorf("got %s", got)
	}
}

// The log lane is told of where it is gone, narrowed, cannot deliver, is not read, or is silent.
func TestTrailLane(t *testing.T) {
	d := Deployment{Region: "cn-hangzhou", Account: "1"}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	well := TrailThere{Project: "acs:log:cn-hangzhou:1:project/ecsguard-1", Regions: "All", Events: "All", Logging: true,
		Started: now.Add(-99 * time.Hour), Delivered: now.Add(-time.Minute), LastRead: now.Add(-6 * time.Minute), Modified: now.Add(-50 * time.Hour), LogNow: now}
	for name, test := range map[string]struct {
		change func(*TrailThere)
		key    string // of the fault; empty: none
	}{
		"well":      {func(*TrailThere) {}, ""},
		"gone":      {func(t *TrailThere) { t.Missing = true }, "trail missing"},
		"elsewhere": {func(t *TrailThere) { t.Project += "x" }, "trail project"},
		"a bucket":  {func(t *TrailThere) { t.Project = "" }, "trail project"},
		"off":       {func(t *TrailThere) { t.Logging = false }, "trail off"},
		"writes":    {func(t *TrailThere) { t.Events = "Write" }, "trail narrowed"},
		"a region":  {func(t *TrailThere) { t.Regions = "cn-beijing" }, "trail narrowed"},
		"delivery":  {func(t *TrailThere) { t.Error = "The project does not exist." }, "trail delivery"},
		"unread":    {func(t *TrailThere) { t.LastRead = now.Add(-17 * time.Minute) }, "trail unread"},
		"never":     {func(t *TrailThere) { t.LastRead = time.Time{} }, "trail unread"},
		"just now":  {func(t *TrailThere) { t.LastRead, t.Modified = time.Time{}, now.Add(-10*time.Minute) }, ""},
		"quiet": {func(t *TrailThere) {
			t.LastRead, t.Delivered = time.Time{}, now.Add(-51*time.Hour)
			t.Started = now.Add(-time.Hour)
		}, ""},
		"silent":   {func(t *TrailThere) { t.Delivered = now.Add(-25 * time.Hour) }, "trail silent"},
		"made now": {func(t *TrailThere) { t.Started, t.Delivered = now.Add(-time.Hour), time.Time{} }, ""},
		"no clock": {func(t *TrailThere) { t.LogNow, t.LastRead = time.Time{}, time.Time{} }, ""},
	} {
		there := well
		test.change(&there)
		key := ""
		for _, f := range d.TrailLane(there) {
			if key = f.Key; f.What == "" || f.Means == "" || f.Mend == "" || f.Passing != (key == "trail unread") {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if key != test.key {
			t.Errorf("%s: %q, want %q", name, key, test.key)
		}
	}
	if r := TrailRead("cn-hangzhou", "1", "q", "v", now); func() time.Time { _, at := d.Last(trailReader, []ledger.Record{r}); return at }() != now {
		t.Errorf("the note is not found again: %+v", r)
	}
}
