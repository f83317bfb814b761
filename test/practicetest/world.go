package practicetest

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/run"
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
	t        *testing.T
	cloud    *cloud.Cloud
	practice *practice.Practice
	peers    []*practice.Practice
	role     string
	settings settings.Settings
}

// begin makes a world. The role may do what the practice declares and no more: in
// observe mode its Writes are missing, so that the cloud itself refuses one.
func begin(t *testing.T, p *practice.Practice, s scenario, mode practice.Mode) *world {
	t.Helper()
	c, err := cloud.New(cloud.Options{Account: account, Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	index := audit.Index()
	if err := c.AddLogStore(project, store, 1, &index); err != nil {
		t.Fatal(err)
	}
	if err := c.Load(s.before); err != nil {
		t.Fatalf("before.yaml: %v", err)
	}
	set, err := settings.Parse("settings.yaml", s.settings)
	if err != nil {
		t.Fatal(err)
	}
	set.Project, set.Store = project, store
	if err := set.Check(append([]*practice.Practice{p}, s.peers...)); err != nil {
		t.Fatalf("settings.yaml: %v", err)
	}
	w := &world{t: t, cloud: c, practice: p, peers: s.peers, settings: set}
	w.mode(mode)
	allowed := append(slices.Clone(p.Reads), "log:PostLogStoreLogs", "log:GetLogStoreLogs")
	if mode == practice.Enforce {
		allowed = append(allowed, p.Writes...)
	}
	w.role = c.AddRole("ecsguard-"+p.ID, parse(t, trust), parse(t, allow(allowed)))
	return w
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
	c, err := w.cloud.AssumeRole(w.role, "practicetest", time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	credentials := ours.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
	d := &run.Driver{
		Practice: w.practice,
		Peers:    w.peers,
		Cloud:    ours.NewClient(ours.Config{Credentials: credentials, Transport: w.cloud.Transport(), RetryWait: time.Millisecond}),
		Audit: audit.Open(audit.Config{Project: project, Store: store, Region: region, Credentials: credentials,
			Transport: w.cloud.Transport(), RetryWait: time.Millisecond}),
		Settings:   w.settings,
		Invocation: run.Invocation{Request: fmt.Sprintf("request-%d", attempt), Attempt: attempt, Version: "test", Region: region, Account: account},
		Now:        time.Now,
		Log:        slog.New(slog.DiscardHandler),
		Wait:       time.Millisecond,
		Patience:   20 * time.Millisecond,
	}
	return d.Handle(ctx, event)
}

// called are the product calls that the practice's role has made, in order: all but
// those on the audit log, which are the driver's.
func (w *world) called() (calls []cloud.Call) {
	for _, c := range w.cloud.Calls() {
		if c.Principal.Type == "assumed-role" && c.Params["project"] != project {
			calls = append(calls, c)
		}
	}
	return calls
}

// changes are the changing calls among them that succeeded, as a person reads them.
func (w *world) changes() (lines []string) {
	for _, c := range w.called() {
		if c.Write && c.Code == "" {
			lines = append(lines, describe(c))
		}
	}
	return lines
}

// describe is a call as a scenario writes it. What every call has is left out.
func describe(c cloud.Call) string {
	call := ours.Call{Product: c.Product, Action: c.Action[strings.Index(c.Action, ":")+1:], Params: map[string]string{}}
	for name, value := range c.Params {
		if name != "RegionId" {
			call.Params[name] = value
		}
	}
	return strings.TrimPrefix(call.String(), "aliyun ")
}

// records are what the audit log holds.
func (w *world) records() (records []audit.Record) {
	for _, line := range w.cloud.Logs(project, store) {
		r, err := audit.Parse(line)
		if err != nil {
			w.t.Errorf("the audit log holds a line that is no record: %v", err)
			continue
		}
		records = append(records, r)
	}
	return records
}

// state is the cloud's state with made-up rule ids made alike: a rule that was made
// again has a new one.
func (w *world) state() string {
	dump, err := w.cloud.Dump()
	if err != nil {
		w.t.Fatal(err)
	}
	return alike(string(dump))
}

var ruleID = regexp.MustCompile(`\b(sgr|fwd)-bp1[0-9a-z]+`)

func alike(dump string) string { return ruleID.ReplaceAllString(dump, "$1-new") }

var anyRuleID = regexp.MustCompile(`\b(sgr|fwd)-\S+`)

// undoable is a state's lines without what an undo cannot bring back: the ids of
// rules and their order.
func undoable(dump string) string {
	lines := strings.Split(anyRuleID.ReplaceAllString(dump, "$1-any"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// expected is the state that a YAML text describes, in the same form.
func expected(t *testing.T, text []byte) string {
	t.Helper()
	c, err := cloud.New(cloud.Options{Account: account, Region: region})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Load(text); err != nil {
		t.Fatalf("after.yaml: %v", err)
	}
	dump, err := c.Dump()
	if err != nil {
		t.Fatal(err)
	}
	return alike(string(dump))
}
