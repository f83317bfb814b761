package scenario

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const (
	account = "1098765432101234" // of the samples
	region  = "cn-hangzhou"
	project = "ecsguard-" + account
	store   = "audit"
)

// world is a cloud in the state of a scenario, with the practice's role in it.
type world struct {
	t         *testing.T
	cloud     *cloud.Cloud
	transport http.RoundTripper // one, as in an instance that is kept
	practice  *practice.Practice
	peers     []*practice.Practice
	role      string
	triage    string // the role that lists for sweeps; empty: the practice has none
	before    string // the text of the state it began with
	settings  settings.Settings
	delivered int          // events
	logger    *slog.Logger // nil: nobody reads it
	secrets   []string     // of the sessions that were handed out
}

// begin makes a world. The role may do what the practice declares and no more: in
// observe mode its Writes are missing, so that the cloud itself refuses one.
func begin(t *testing.T, p *practice.Practice, s scenario, mode practice.Mode) *world {
	t.Helper()
	c := start(t, !s.wire)
	t.Cleanup(c.Close)
	index := ledger.Index()
	if err := c.AddLogStore(project, store, 1, &index); err != nil {
		t.Fatal(err)
	}
	if err := c.Load(s.before); err != nil {
		t.Fatalf("before.yaml: %v", err)
	}
	set, err := settings.Parse("settings.yaml", s.settings, append([]*practice.Practice{p}, s.peers...)...)
	if err != nil {
		t.Fatal(err)
	}
	set.Project, set.Store = project, store
	if err := set.Check(append([]*practice.Practice{p}, s.peers...)); err != nil {
		t.Fatalf("settings.yaml: %v", err)
	}
	for _, f := range s.refused {
		c.Inject(f)
	}
	c.Busy(s.busy)
	c.Lag = s.busy
	w := &world{t: t, cloud: c, transport: c.InProcess(), practice: p, peers: s.peers, before: string(s.before), settings: set}
	if s.wire {
		w.transport = c.Transport()
	}
	w.mode(mode)
	allowed := append(slices.Clone(p.Reads), "log:PostLogStoreLogs", "log:GetLogStoreLogs", "log:GetCursorOrData", "log:ListShards")
	if mode == practice.Enforce {
		allowed = append(allowed, p.Writes...)
	}
	for _, q := range s.peers { // the practices of a family run with the same permissions
		allowed = append(allowed, q.Reads...)
		if mode == practice.Enforce {
			allowed = append(allowed, q.Writes...)
		}
	}
	w.role = c.AddRole("ecsguard-"+p.ID, parse(t, trust), parse(t, allow(allowed)))
	if p.Sweep.List != nil {
		w.triage = c.AddRole(triageRole, parse(t, trust), parse(t, allow(append([]string{anybodys}, p.Sweep.Reads...))))
	}
	return w
}

// start starts a cloud, which only this process reaches if inside.
func start(t *testing.T, inside bool) *cloud.Cloud {
	t.Helper()
	c, err := cloud.New(cloud.Options{Account: account, Region: region, NoPort: inside})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const trust = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`

func allow(actions []string) string {
	return fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":["%s"],"Resource":["*"]}]}`, strings.Join(actions, `","`))
}

func parse(t *testing.T, document string) cloud.Policy {
	t.Helper()
	p, err := cloud.ParsePolicy([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mode sets the practice's own mode, which also a disruptive practice obeys, unless
// the scenario has set one.
func (w *world) mode(m practice.Mode) {
	set := w.settings.Practices[w.practice.ID]
	if m == practice.Enforce && (set.Mode != "" || w.settings.Mode != "") {
		return
	}
	set.Mode = m
	practices := map[string]settings.Practice{}
	for id, p := range w.settings.Practices {
		practices[id] = p
	}
	practices[w.practice.ID] = set
	w.settings.Practices = practices
}

// deliver hands an event to the practice as an invocation does.
func (w *world) deliver(ctx context.Context, event []byte, attempt int) ([]practice.Outcome, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	driver := w.driver(attempt)
	look, err := w.listed(ctx, event)
	if err != nil || len(look) == 0 {
		return nil, err
	}
	return driver.Handle(ctx, look)
}

func (w *world) driver(attempt int) *engine.Driver { return w.session("scenario", attempt) }

// session is the driver of one invocation, in a role's session of a name: the only place
// here that knows what one is made of.
func (w *world) session(name string, attempt int) *engine.Driver {
	w.t.Helper()
	c, err := w.cloud.AssumeRole(w.role, name, time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	w.secrets = append(w.secrets, c.AccessKeySecret, c.SecurityToken)
	logger := w.logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	credentials := ours.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
	return &engine.Driver{
		Practice: w.practice,
		Peers:    w.peers,
		Cloud:    ours.NewClient(ours.Config{Credentials: credentials, Transport: w.transport, RetryWait: time.Millisecond}),
		Ledger: ledger.Open(ledger.Config{Project: project, Store: store, Region: region, Credentials: credentials,
			Transport: w.transport, RetryWait: time.Millisecond}),
		Settings:   w.settings,
		Invocation: engine.Invocation{Request: w.request(attempt), Attempt: attempt, Version: "test", Region: region, Account: account},
		Now:        time.Now,
		Log:        logger,
		Wait:       time.Millisecond,
		Abreast:    1, // the calls of a scenario have an order
	}
}

// request is Function Compute's id of an invocation: the same at every attempt, another
// at every delivery.
func (w *world) request(attempt int) string {
	if attempt == 0 {
		w.delivered++
	}
	return fmt.Sprintf("request-%d", w.delivered)
}

// root is a client of the account's owner, who may do everything.
func (w *world) root() *ours.Client {
	root := w.cloud.RootSession()
	return ours.NewClient(ours.Config{
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken},
		Transport:   w.transport, RetryWait: time.Millisecond,
	})
}

// called are the product calls that the practice's role has made, in order: all but
// those on the audit log, which are the driver's.
func (w *world) called() (calls []cloud.Call) {
	for _, c := range w.cloud.Calls() {
		if c.Principal.Type == "assumed-role" && c.Params["project"] != project && !lists(c) {
			calls = append(calls, c)
		}
	}
	return calls
}

// used are the actions of these calls, each once.
func (w *world) used() (actions []string) {
	for _, c := range w.called() {
		if !slices.Contains(actions, c.Action) {
			actions = append(actions, c.Action)
		}
	}
	return actions
}

// changes are the changing calls among them that succeeded, as a person reads them.
func (w *world) changes() (lines []string) {
	for _, c := range w.called() {
		if c.Write && c.Code == "" {
			lines = append(lines, alike(describe(c), w.before))
		}
	}
	return lines
}

// describe is a call as a scenario writes it. What every call has is left out.
func describe(c cloud.Call) string {
	call := ours.Call{Product: c.Product, Action: c.Action[strings.Index(c.Action, ":")+1:], Params: map[string]string{}}
	for name, value := range c.Params {
		switch {
		case name == "CommandContent" && len(value) > 1000: // a script has tests of its own, and is not copied into scenarios
			call.Params[name] = "script"
		case name != "RegionId":
			call.Params[name] = value
		}
	}
	return strings.Replace(strings.TrimPrefix(call.String(), "aliyun "), " --force", "", 1) // that is for the command line alone
}

// records are what the audit log holds of what was found and done.
func (w *world) records() []ledger.Record { return slices.DeleteFunc(w.log(), engine.OfTheWork) }

// log is all that the audit log holds.
func (w *world) log() (records []ledger.Record) {
	for _, line := range w.cloud.Logs(project, store) {
		r, err := ledger.Parse(line)
		if err != nil {
			w.t.Errorf("the audit log holds a line that is no record: %v", err)
			continue
		}
		records = append(records, r)
	}
	// Records of several resources are written at the same time. Their nonces tell the
	// order in which they were made.
	slices.SortStableFunc(records, func(a, b ledger.Record) int { return slices.Compare(issued(a), issued(b)) })
	return records
}

// issued is the place of a record among all: its delivery, attempt, and number in it.
func issued(r ledger.Record) (place []int) {
	for _, word := range strings.Split(strings.TrimPrefix(r.Nonce, "request-"), "/") {
		n, _ := strconv.Atoi(word)
		place = append(place, n)
	}
	return place
}

// rounds is how many rounds of check and apply a look has taken: what a later one does is not known before.
func (w *world) rounds() (most int) {
	for _, r := range w.records() {
		most = max(most, r.Round)
	}
	return most
}

// wrong are the ids of the resources that there are records of.
func (w *world) wrong() map[string]bool {
	ids := map[string]bool{}
	for _, r := range w.records() {
		ids[r.Resource] = true
	}
	return ids
}

// kinds are the types of these.
func (w *world) kinds() string {
	var kinds []string
	for _, r := range w.records() {
		if !slices.Contains(kinds, r.ResourceType) {
			kinds = append(kinds, r.ResourceType)
		}
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// state is the cloud's state with the ids that it has made up since made alike: what
// was made has a new one.
func (w *world) state() string { return alike(w.dump(), w.before) }

func (w *world) dump() string {
	dump, err := w.cloud.Dump()
	if err != nil {
		w.t.Fatal(err)
	}
	return string(dump)
}

var (
	anyID = regexp.MustCompile(`\b[a-z][a-z0-9]*-[0-9A-Za-z][0-9A-Za-z-]*`)
	// madeUp is an id as the cloud makes them, or as a scenario writes one: sgr-bp1new.
	madeUp = regexp.MustCompile(`^[a-z][a-z0-9]*-(bp1[0-9a-z]+|[0-9a-z]{20})$`)
)

func idsIn(text string) map[string]bool {
	ids := map[string]bool{}
	for _, id := range anyID.FindAllString(text, -1) {
		ids[id] = true
	}
	return ids
}

func kindOf(id string) string { return id[:strings.IndexByte(id, '-')] }

// alike makes the made-up ids of a dump alike that do not stand in the text before it.
func alike(dump, before string) string {
	known := idsIn(before)
	return anyID.ReplaceAllStringFunc(dump, func(id string) string {
		if known[id] || !madeUp.MatchString(id) {
			return id
		}
		return kindOf(id) + "-new"
	})
}

// undoable are two states, before a change and after its undo, without what an undo
// cannot bring back: the order of lines, and the ids of what is made again. Where there
// is something new of a kind, ids of it that only one of the states has are made alike.
func undoable(before, undone string) (string, string) {
	old, now := idsIn(before), idsIn(undone)
	again := map[string]bool{}
	for id := range now {
		if madeUp.MatchString(id) && !old[id] {
			again[kindOf(id)] = true
		}
	}
	plain := func(dump string) string {
		dump = anyID.ReplaceAllStringFunc(dump, func(id string) string {
			if !again[kindOf(id)] || old[id] && now[id] {
				return id
			}
			return kindOf(id) + "-again"
		})
		lines := strings.Split(dump, "\n")
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	return plain(before), plain(undone)
}

// expected is the state that a YAML text describes, in the same form.
func expected(t *testing.T, text []byte, before string) string {
	t.Helper()
	return alike(dumped(t, text), before)
}

// dumped is the state that a YAML text describes, as the cloud would write it. It is made
// once for each text: a dozen cases of one scenario compare with the same.
func dumped(t *testing.T, text []byte) string {
	t.Helper()
	if dump, ok := dumps.Load(string(text)); ok {
		return dump.(string)
	}
	c := start(t, true)
	defer c.Close()
	if err := c.Load(text); err != nil {
		t.Fatalf("after.yaml: %v", err)
	}
	dump, err := c.Dump()
	if err != nil {
		t.Fatal(err)
	}
	dumps.Store(string(text), string(dump))
	return string(dump)
}

var dumps sync.Map
