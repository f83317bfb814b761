package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/functions/triage"
	"github.com/ecsguard/ecsguard/shared/channel/webhook"
	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/shared/watch"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// campaignBegins is the day of every run: its clock begins there whatever day it is.
var campaignBegins = time.Date(2026, time.June, 1, 8, 0, 0, 0, time.UTC)

const (
	indexLag   = 3 * time.Second
	faultsLast = 6 * time.Minute // unless a set says otherwise
	hookHost   = "hooks.local.test"
)

// ticks are when the timers come, from the mistake on: each minute while there is something
// to do, and then as often as it takes for nobody to miss anybody.
var ticks = func() (at []time.Duration) {
	for m := 1; m <= 165; m++ {
		if m <= 15 || m%5 == 0 {
			at = append(at, time.Duration(m)*time.Minute)
		}
	}
	return at
}()

// campaign is the whole of ecsguard in one process, and somebody's mistake in it.
type campaign struct {
	t        *testing.T
	cloud    *cloud.Cloud
	mistake  scenario.Mistake
	settings settings.Settings
	set      faultSet
	random   *rand.Rand
	event    []byte
	faults   []string // what is wrong with the run itself

	mu      sync.Mutex
	kills   []int // numbers of calls after which their caller is killed
	calls   int
	killed  []string
	state   string
	changes []change
}

// change is a changing call of ecsguard's that changed something.
type change struct {
	what   string
	at     time.Time
	killed bool // not a change, but the death of who has made a call
}

// settingsFor are the scenario's, in which its practice acts unless they say otherwise.
func settingsFor(t *testing.T, p *practice.Practice, m scenario.Mistake) (file string) {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal(m.Settings, &tree); err != nil {
		t.Fatal(err)
	}
	if tree == nil {
		tree = map[string]any{}
	}
	set, err := settings.Parse("ecsguard.yaml", m.Settings, functions.All...)
	if err != nil {
		t.Fatal(err)
	}
	if set.Mode == "" && set.Practices[p.ID].Mode == "" {
		practices, _ := tree["practices"].(map[string]any)
		if practices == nil {
			practices = map[string]any{}
		}
		own, _ := practices[p.ID].(map[string]any)
		if own == nil {
			own = map[string]any{}
		}
		own["mode"], practices[p.ID], tree["practices"] = string(practice.Enforce), own, practices
	}
	text, err := yaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ecsguard.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// newCampaign deploys all of it. What goes wrong begins with the mistake.
func newCampaign(t *testing.T, m scenario.Mistake, file string, set faultSet, seed uint64) *campaign {
	t.Helper()
	time.Sleep(time.Until(campaignBegins))
	w := &campaign{t: t, mistake: m, set: set, random: rand.New(rand.NewPCG(seed, 1))}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if w.settings, err = settings.Parse("ecsguard.yaml", text, functions.All...); err != nil {
		t.Fatal(err)
	}
	mode := w.settings.Mode
	if mode == "" {
		mode = practice.Enforce
	}
	w.cloud, err = account.Start(account.Options{
		Root: root, State: m.Before, Settings: file, Clock: time.Now, Seed: seed, Instance: w.instance,
		Env: map[string]string{"ECSGUARD_MODE": string(mode), "ECSGUARD_WEBHOOK_URL": "https://" + hookHost + "/", "ECSGUARD_WEBHOOK_SECRET": "s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.cloud.InstanceIdle = 6 * time.Minute // between two looks of the timers
	w.cloud.AddWebhook(hookHost)
	if err := w.cloud.SetIndexLag(account.Project(), "audit", indexLag); err != nil {
		t.Fatal(err)
	}
	if w.event, err = m.Now(); err != nil {
		t.Fatal(err)
	}
	for range set.kills {
		w.kills = append(w.kills, 1+w.random.IntN(40))
	}
	w.state = w.dump()
	w.cloud.Gate(w.killing)
	w.cloud.OnCall(w.called)
	return w
}

// instance is one of a function, as the program would be in a process of its own.
func (w *campaign) instance(f cloud.Function, transport http.RoundTripper, log io.Writer) cloud.Program {
	h := handler(func(name string) string { return f.Env[name] }, slog.New(slog.NewJSONHandler(log, nil)), outside{
		transport: transport, exit: func() { w.cloud.Kill(f.Name) },
		invoke: func(region, account string, c api.Credentials) (triage.Invoke, error) {
			return triage.Retrying(invoking{transport, region, account, c}.once), nil
		},
	})
	return func(ctx context.Context, in cloud.Invoked) ([]byte, error) {
		fc := &fccontext.FcContext{RequestID: in.Request, Region: in.Region, AccountId: account.Number, RetryCount: in.Attempt}
		fc.Credentials.AccessKeyId, fc.Credentials.AccessKeySecret, fc.Credentials.SecurityToken = in.Credentials.AccessKeyID, in.Credentials.AccessKeySecret, in.Credentials.SecurityToken
		ctx = fccontext.NewContext(ctx, fc)
		var answer any
		var err error
		switch h := h.(type) {
		case func(context.Context, []byte) (*engine.Answer, error):
			answer, err = h(ctx, in.Body)
		case func(context.Context, []byte) (triage.Answer, error):
			answer, err = h(ctx, in.Body)
		case func(context.Context, []byte) (notify.Answer, error):
			answer, err = h(ctx, in.Body)
		default:
			err = fmt.Errorf("%s is no function of ecsguard: %T", f.Name, h)
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	}
}

// caller is the function that has made a call; empty: somebody else.
func caller(call cloud.Call) string {
	role, _, _ := strings.Cut(call.Principal.Name, ":")
	if call.Principal.Type != "assumed-role" || !strings.HasPrefix(role, "ecsguard-") {
		return ""
	}
	return role
}

// killing kills who makes the calls that are picked, once they have been done and before
// anybody has heard of it.
func (w *campaign) killing(call cloud.Call) func() {
	who := caller(call)
	if who == "" {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	if !slices.Contains(w.kills, w.calls) {
		return nil
	}
	w.killed = append(w.killed, who)
	what := fmt.Sprintf("%s after %s", who, call.Action)
	return func() {
		w.note(what)
		w.cloud.Kill(who)
	}
}

func (w *campaign) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes = append(w.changes, change{what, time.Now(), true})
}

// called notes what has changed something.
func (w *campaign) called(call cloud.Call) {
	if !call.Write || call.Product == "sls" || call.Product == "fc" || caller(call) == "" {
		return
	}
	if call.Code != "" { // what it does all the same, later, comes as a call of its own
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	state := w.dump() // in turn: an older one would make the next call seem to change something
	if state == w.state {
		return
	}
	w.state = state
	what := api.Call{Product: call.Product, Action: call.Action[strings.IndexByte(call.Action, ':')+1:], Params: map[string]string{}}
	for name, value := range call.Params {
		if name != "ClientToken" {
			what.Params[name] = value
		}
	}
	w.changes = append(w.changes, change{what.String(), time.Now(), false})
}

func (w *campaign) dump() string {
	text, err := w.cloud.Dump()
	if err != nil {
		w.t.Error(err)
	}
	return string(text)
}

// run lets the mistake happen, and time pass.
func (w *campaign) run() {
	for _, f := range w.set.faults {
		if err := f.Validate(); err != nil {
			w.t.Fatal(err)
		}
		w.cloud.Inject(f)
	}
	w.cloud.EventFaults(w.set.bus)
	lasts := w.set.lasts
	if lasts == 0 {
		lasts = faultsLast
	}
	begun := time.Now()
	lift := time.AfterFunc(lasts, func() {
		for _, f := range w.cloud.Faults() {
			w.cloud.RemoveFault(f.ID)
		}
		w.cloud.EventFaults(cloud.EventFaults{})
		w.cloud.Release()
	})
	defer lift.Stop()
	w.cloud.Emit(w.event)
	for _, at := range ticks {
		time.Sleep(time.Until(begun.Add(at)))
		if err := w.cloud.FireTimer(watch.Triage, watch.Minute, ""); err != nil {
			w.t.Fatal(err)
		}
		if at%watch.Interval == 0 || at%(5*time.Minute) == 0 {
			if err := w.cloud.FireTimer(watch.Notify, watch.Watch, ""); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Hour)
	defer cancel()
	if err := w.cloud.Idle(ctx); err != nil {
		w.faults = append(w.faults, "it never comes to an end: "+err.Error())
	}
}

// goOn lets minutes pass, in each of which triage works on, and waits until all of it rests.
func (w *campaign) goOn(minutes int) {
	w.t.Helper()
	for range minutes {
		time.Sleep(time.Minute)
		if err := w.cloud.FireTimer(watch.Triage, watch.Minute, ""); err != nil {
			w.t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Hour)
	defer cancel()
	if err := w.cloud.Idle(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// told are the messages about resources, without those about ecsguard's own health.
func (w *campaign) told() []cloud.Message {
	return slices.DeleteFunc(w.cloud.Messages(), func(m cloud.Message) bool { return strings.Contains(m.Title, "is not healthy") })
}

// records are those of the audit log.
func (w *campaign) records() (all []ledger.Record) {
	w.t.Helper()
	for _, line := range w.cloud.Logs(account.Project(), "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// invoking invokes functions in this process, as the SDK does over the wire.
type invoking struct {
	transport       http.RoundTripper
	region, account string
	credentials     api.Credentials
}

func (i invoking) once(ctx context.Context, function, task string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+i.account+"."+i.region+".fc.aliyuncs.com/2023-03-30/functions/"+function+"/invocations", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Fc-Invocation-Type", "Async")
	r.Header.Set("X-Fc-Async-Task-Id", task)
	cloud.SignACS3(r, body, "InvokeFunction", "2023-03-30", cloud.Credentials{AccessKeyID: i.credentials.AccessKeyID, AccessKeySecret: i.credentials.AccessKeySecret, SecurityToken: i.credentials.SecurityToken})
	response, err := i.transport.RoundTrip(r)
	if err != nil {
		return api.Network("fc:InvokeFunction", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusAccepted {
		return nil
	}
	var said struct{ Code, Message string }
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil {
		said.Code = "NotJSON"
	}
	if response.StatusCode == http.StatusConflict {
		return triage.ErrGiven
	}
	return &api.Error{Action: "fc:InvokeFunction", Code: said.Code, Message: said.Message, Status: response.StatusCode}
}

// ending is what a run came to.
type ending struct {
	set      faultSet
	left     []wrong // what is still wrong
	records  []ledger.Record
	told     []webhook.Delivery // each once, however often it came
	again    []string           // messages of findings that came again
	messages []cloud.Message
	changes  []change
	killed   []string
	faults   []string
	event    string
	about    []string // ids of what practices look at because of the event
}

// wrong is what a practice objects to.
type wrong struct{ practice, resource, key, finding string }

// end looks at what has come of it, with everything in order again.
func (w *campaign) end() *ending {
	e := &ending{set: w.set, changes: w.changes, killed: w.killed, faults: w.faults, messages: w.cloud.Messages()}
	for _, line := range w.cloud.Logs(account.Project(), "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			w.t.Fatal(err)
		}
		e.records = append(e.records, r)
	}
	happened, err := events.Decode(w.event)
	if err != nil || len(happened) == 0 {
		w.t.Fatalf("%d events: %v", len(happened), err)
	}
	e.event = happened[0].Name
	for _, p := range functions.All {
		for _, t := range p.Match(&happened[0]) {
			if t.Resource.ID != "" {
				e.about = append(e.about, t.Resource.ID)
			}
		}
	}
	seen := map[string]bool{}
	for _, hook := range w.cloud.Webhooks() {
		var d webhook.Delivery
		if err := json.Unmarshal(hook.Body, &d); err != nil {
			w.t.Fatal(err)
		}
		if seen[d.ID] {
			if len(d.Records) > 0 {
				e.again = append(e.again, d.Title)
			}
			continue
		}
		seen[d.ID] = true
		e.told = append(e.told, d)
	}
	e.left = w.look()
	return e
}

// look has every practice judge what the event is about, with nothing on record, and
// changes nothing.
func (w *campaign) look() (left []wrong) {
	const project = "oracle-project"
	index := ledger.Index()
	if err := w.cloud.AddLogStore(project, "audit", 1, &index); err != nil {
		w.t.Fatal(err)
	}
	owner := w.cloud.RootSession()
	credentials := api.Credentials{AccessKeyID: owner.AccessKeyID, AccessKeySecret: owner.AccessKeySecret, SecurityToken: owner.SecurityToken}
	for _, p := range w.settings.Deployed(functions.All) {
		set := w.settings
		set.Project, set.Store = project, "audit"
		set.Practices = map[string]settings.Practice{}
		for id, own := range w.settings.Practices {
			set.Practices[id] = own
		}
		own := set.Practices[p.ID]
		own.Mode = practice.Observe
		set.Practices[p.ID] = own
		d := &engine.Driver{
			Practice: p, Settings: set, Now: time.Now, Log: slog.New(slog.DiscardHandler), Wait: time.Millisecond,
			Cloud: api.NewClient(api.Config{Credentials: credentials, Transport: w.cloud.InProcess()}),
			Ledger: ledger.Open(ledger.Config{Project: project, Store: "audit", Region: w.cloud.Region, Credentials: credentials,
				Transport: w.cloud.InProcess()}),
			Invocation: engine.Invocation{Request: "oracle-" + p.ID, Version: "oracle", Region: w.cloud.Region, Account: account.Number},
		}
		if _, err := d.Handle(w.t.Context(), w.event); err != nil {
			w.t.Fatalf("%s: %v", p.ID, err)
		}
	}
	for _, line := range w.cloud.Logs(project, "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			w.t.Fatal(err)
		}
		if r.Kind == ledger.Result && !engine.OfTheWork(r) && r.Outcome != practice.Good && r.Outcome != practice.Deferred {
			left = append(left, wrong{r.Practice, r.Resource, r.Key, r.Finding})
		}
	}
	return left
}

// spokenOf are the records of messages that speak of what is wrong.
func (e *ending) spokenOf(x wrong) (spoken []map[string]string) {
	for _, d := range e.told {
		for _, r := range d.Records {
			if r["resource"] != x.resource && r["subject"] != x.resource {
				continue
			}
			if r["practice"] == x.practice || strings.Contains(r["also"], `"`+x.practice+`"`) || strings.Contains(r["members"], `"`+x.practice+`"`) {
				spoken = append(spoken, r)
			}
		}
	}
	return spoken
}

// saidOfTheWork tells whether people were told that ecsguard could not do its work on
// a resource, or has given up on the event, with the name of what that is about.
func (e *ending) saidOfTheWork(resource string) bool {
	return slices.ContainsFunc(e.told, func(d webhook.Delivery) bool {
		gaveUp := e.event != "" && strings.Contains(d.Title, "gave up on "+e.event) &&
			(len(e.about) == 0 || slices.ContainsFunc(e.about, func(id string) bool { return strings.Contains(d.Text, id) }))
		return len(d.Records) == 0 && (strings.Contains(d.Text, resource) || gaveUp)
	})
}

// judge says what must not be. Want is the same mistake where nothing goes wrong.
func (e *ending) judge(want *ending) (faults []string) {
	faults = slices.Clone(e.faults)
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	// Nothing is untold.
	for _, x := range e.left {
		i := slices.IndexFunc(want.left, func(y wrong) bool { return y.practice == x.practice && y.resource == x.resource && y.key == x.key })
		if i >= 0 && len(want.spokenOf(x)) == 0 { // another of its family speaks for it
			continue
		}
		open := slices.ContainsFunc(e.spokenOf(x), func(r map[string]string) bool { return i >= 0 || r["outcome"] != string(practice.Fixed) })
		if !open && !e.saidOfTheWork(x.resource) {
			fault("untold: %s objects to %s (%s), and nobody was told", x.practice, x.resource, x.finding)
		}
	}
	spoken := map[string]bool{}
	for _, d := range want.told {
		for _, r := range d.Records {
			x := wrong{practice: r["practice"], resource: r["resource"]}
			if spoken[x.resource] {
				continue
			}
			spoken[x.resource] = true
			heard := slices.ContainsFunc(e.told, func(d webhook.Delivery) bool {
				return slices.ContainsFunc(d.Records, func(r map[string]string) bool { return r["resource"] == x.resource })
			})
			// What ends because its cause was put right need not be told by itself.
			unseen := len(e.changes) > 0 && r["momentary"] != "true" && !slices.ContainsFunc(e.changes, func(c change) bool { return strings.Contains(c.what, x.resource) })
			if !heard && !unseen && !e.saidOfTheWork(x.resource) {
				fault("untold: of %s nobody was told anything, where otherwise %s is %s", x.resource, x.practice, r["outcome"])
			}
		}
	}
	// Nothing is doubled.
	made := map[string]int{}
	for _, c := range e.changes {
		if c.killed {
			continue
		}
		if made[c.what]++; made[c.what] == 2 {
			fault("doubled: %s changed something twice", c.what)
		}
	}
	if !e.set.chat && !slices.Contains(e.killed, watch.Notify) {
		said := map[string]int{}
		for _, d := range e.told {
			for _, r := range d.Records {
				what := strings.Join([]string{r["practice"], r["resource"], r["key"], r["outcome"]}, " ")
				if said[what]++; said[what] == 2 {
					fault("doubled: people were told twice of %s", what)
				}
			}
		}
		for _, title := range e.again {
			fault("doubled: a message came again: %s", title)
		}
	}
	// What was announced has an end.
	settled := ledger.Settled(e.records)
	for _, r := range e.records {
		if (r.Kind == ledger.Intent || r.Opens() && r.Key == engine.KeyHandover) && !settled[r.Nonce] {
			fault("no end: %s %s of %s for %s, nonce %s, by %s", r.Kind, r.Key, r.Practice, r.Resource, r.Nonce, r.Request)
		}
	}
	return faults
}

// count is the run in the table.
func (e *ending) count(failures int) row {
	x := row{runs: 1, told: len(e.told), failure: failures}
	for _, r := range e.records {
		switch {
		case r.Kind != ledger.Result || engine.OfTheWork(r):
		case r.Outcome == practice.Fixed && r.CallsMade > 0:
			x.fixed++
		case r.Outcome == practice.Awaiting && !r.Quiet:
			x.awaiting++
		case r.Outcome == practice.Deferred:
			x.deferred++
		}
	}
	return x
}

// story is what happened, for a person.
func (e *ending) story() string {
	var b strings.Builder
	fmt.Fprintf(&b, "killed: %v\n", e.killed)
	for _, c := range e.changes {
		fmt.Fprintf(&b, "  %s %s %s\n", c.at.Format(time.TimeOnly), map[bool]string{true: "killed", false: "change"}[c.killed], c.what)
	}
	for _, r := range e.records {
		if r.Kind == ledger.Pulse {
			continue
		}
		fmt.Fprintf(&b, "  %s %s %s %s %s key %s: %s; by %s/%d, event %.20s, calls %d, quiet %t, nonce %s closes %v %s\n", r.Time.Format(time.TimeOnly), r.Kind, r.Practice, r.Outcome, r.Resource, r.Key,
			r.Reason, r.Request, r.Attempt, r.EventName, r.CallsMade, r.Quiet, r.Nonce, r.Closes, r.Error)
	}
	for _, d := range e.told {
		fmt.Fprintf(&b, "  message %s (%d records)\n", d.Title, len(d.Records))
	}
	for _, x := range e.left {
		fmt.Fprintf(&b, "  left: %s %s %s %s\n", x.practice, x.resource, x.key, x.finding)
	}
	return b.String()
}
