package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
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
	group   = "sg-web"

	readRules = "ecs:DescribeSecurityGroupAttribute"
	revoke    = "ecs:RevokeSecurityGroup"
	authorize = "ecs:AuthorizeSecurityGroup"
	rename    = "ecs:ModifySecurityGroupAttribute"
	writeLog  = "log:PostLogStoreLogs"
	readLog   = "log:GetLogStoreLogs"
	pullLog   = "log:GetCursorOrData"
	shards    = "log:ListShards"
)

// world is a cloud with one security group and the role of a practice made for the
// test.
type world struct {
	*testing.T
	cloud    *cloud.Cloud
	practice *practice.Practice
	peers    []*practice.Practice
	settings settings.Settings
	now      func() time.Time
	role     string

	delivered int // events, each in an invocation of its own

	secrets []string // of every credential that was handed out
	log     bytes.Buffer
	logger  *slog.Logger // to log; one for all drivers, which may run at the same time
}

// begin makes a world whose group opens some ports, one rule each: sgr-22 opens 22.
// The role may do everything with security groups: what the driver refuses, it
// refuses itself.
func begin(t *testing.T, check func(context.Context, *practice.Pass) error, ports ...int) *world {
	t.Helper()
	c, err := cloud.New(cloud.Options{Account: account, Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.SLSHistoryLag = 0 // a test's own clock may be an hour behind that of the log
	index := ledger.Index()
	if err := c.AddLogStore(project, "audit", 1, &index); err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, cloud: c, now: time.Now, settings: settings.Settings{Mode: practice.Enforce, Project: project, Store: "audit"}}
	w.logger = slog.New(slog.NewJSONHandler(&w.log, nil))
	w.practice = &practice.Practice{
		ID: "test-practice", Severity: practice.High, Resource: "ACS::ECS::SecurityGroup",
		Triggers: []practice.Trigger{
			{Service: "Ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId"},
			{Service: "Ecs", Name: "CreateSecurityGroup", Resource: "params.SecurityGroupId", New: true},
			{Service: "Config", Name: "ACS::ECS::SecurityGroup", Resource: "resource"},
		},
		Reads: []string{readRules}, Writes: []string{authorize, revoke, rename}, Check: check,
	}
	w.load(group, ports...)
	allow := fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":["ecs:*","%s","%s","%s","%s"],"Resource":["*"]}]}`, writeLog, readLog, pullLog, shards)
	w.role = c.AddRole("ecsguard-test-practice", policy(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`), policy(t, allow))
	return w
}

func policy(t *testing.T, text string) cloud.Policy {
	t.Helper()
	p, err := cloud.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// load sets the groups to one.
func (w *world) load(id string, ports ...int) {
	w.Helper()
	if err := w.cloud.Load([]byte("ecs:\n  security-groups:" + groupYAML(id, ports...))); err != nil {
		w.Fatal(err)
	}
}

func groupYAML(id string, ports ...int) string {
	text := "\n    - id: " + id
	if len(ports) > 0 {
		text += "\n      rules:"
	}
	prefix := "sgr-"
	if id != group {
		prefix += id + "-"
	}
	for _, p := range ports {
		text += fmt.Sprintf("\n        - {id: %s%d, protocol: TCP, ports: %d/%d, source: 0.0.0.0/0}", prefix, p, p, p)
	}
	return text
}

// driver makes the driver of one invocation.
func (w *world) driver(in engine.Invocation) *engine.Driver {
	w.Helper()
	c, err := w.cloud.AssumeRole(w.role, "test", time.Hour)
	if err != nil {
		w.Fatal(err)
	}
	w.secrets = append(w.secrets, c.AccessKeySecret, c.SecurityToken)
	credentials := ours.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
	if in.Request == "" {
		in.Request = "request-1"
	}
	in.Region, in.Account = region, account
	return &engine.Driver{
		Practice: w.practice, Peers: w.peers,
		Cloud: ours.NewClient(ours.Config{Credentials: credentials, Transport: w.cloud.Transport(), RetryWait: time.Millisecond}),
		Ledger: ledger.Open(ledger.Config{Project: project, Store: "audit", Region: region, Credentials: credentials,
			Transport: w.cloud.Transport(), RetryWait: time.Millisecond}),
		Settings: w.settings, Invocation: in, Now: w.now, Wait: time.Millisecond,
		Log: w.logger,
	}
}

// deliver hands an event to the practice, in an invocation of its own, and wants no error.
func (w *world) deliver(event []byte, want ...practice.Outcome) {
	w.Helper()
	w.delivered++
	w.attempt(event, engine.Invocation{Request: fmt.Sprintf("delivery-%d", w.delivered)}, want...)
}

func (w *world) attempt(event []byte, in engine.Invocation, want ...practice.Outcome) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
	defer cancel()
	got, err := w.driver(in).Handle(ctx, event)
	if err != nil {
		w.Fatal(err)
	}
	if !slices.Equal(got, want) {
		w.Fatalf("outcomes %v, want %v\n%s", got, want, w.said())
	}
}

// fails hands over an event and wants an error: the invocation is to be run again.
func (w *world) fails(ctx context.Context, event []byte, in engine.Invocation) error {
	w.Helper()
	outcomes, err := w.driver(in).Handle(ctx, event)
	if err == nil {
		w.Fatalf("no error, outcomes %v\n%s", outcomes, w.said())
	}
	return err
}

// short is a context with a little time to act before the reserve.
func (w *world) short() context.Context {
	ctx, cancel := context.WithTimeout(w.Context(), engine.Reserve+200*time.Millisecond)
	w.Cleanup(cancel)
	return ctx
}

// dies is a context that ends when the n-th call of an action has been made: a
// process that is killed before it gets the answer.
func (w *world) dies(action string, n int) context.Context {
	ctx, cancel := context.WithCancel(w.Context())
	w.Cleanup(cancel)
	w.after(action, n, cancel)
	return ctx
}

// givesUp is a context that ends when a call of an action has been refused n times: an
// invocation whose time is up while it tries again.
func (w *world) givesUp(action string, n int) context.Context {
	ctx, cancel := context.WithCancel(w.Context())
	w.Cleanup(cancel)
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == action && c.Code != "" {
			if n--; n == 0 {
				cancel()
			}
		}
	})
	return ctx
}

// after does something once, when the n-th call of an action from now has succeeded
// and before its answer is sent.
func (w *world) after(action string, n int, do func()) {
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == action && c.Code == "" {
			if n--; n == 0 {
				do()
			}
		}
	})
}

// root makes calls as somebody else does.
func (w *world) root(calls ...ours.Call) {
	w.Helper()
	c := w.cloud.RootSession()
	client := ours.NewClient(ours.Config{Transport: w.cloud.Transport(),
		Credentials: ours.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}})
	for _, call := range calls {
		if err := client.Do(w.Context(), call, nil); err != nil {
			w.Fatal(err)
		}
	}
}

// changes are the writes that the practice's role has made, by the rule or port that
// they name.
func (w *world) changes() (made []string) {
	for _, c := range w.cloud.Calls() {
		if c.Principal.Type == "assumed-role" && c.Write && c.Code == "" && strings.HasPrefix(c.Action, "ecs:") {
			made = append(made, strings.TrimPrefix(c.Action, "ecs:")+" "+c.Params["SecurityGroupRuleId.1"]+c.Params["Permissions.1.PortRange"]+c.Params["SecurityGroupName"])
		}
	}
	return made
}

// ports are those that a group has open, as the cloud's state says.
func (w *world) ports() string {
	w.Helper()
	dump, err := w.cloud.Dump()
	if err != nil {
		w.Fatal(err)
	}
	var open []string
	for line := range strings.Lines(string(dump)) {
		if _, p, found := strings.Cut(line, "ports: "); found {
			open = append(open, strings.TrimSpace(p))
		}
	}
	slices.Sort(open)
	return strings.Join(open, " ")
}

func (w *world) records() (records []ledger.Record) {
	w.Helper()
	for _, line := range w.cloud.Logs(project, "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			w.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

func (w *world) of(kind ledger.Kind) []ledger.Record {
	w.Helper()
	return slices.DeleteFunc(w.records(), func(r ledger.Record) bool { return r.Kind != kind })
}

// said is the audit log in short.
func (w *world) said() string {
	w.Helper()
	var b strings.Builder
	for _, r := range w.records() {
		fmt.Fprintf(&b, "%s %s\n", r.Kind, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Key, r.Outcome, r.Reason)))
	}
	return b.String()
}

// tells wants the audit log to be these lines, each a beginning: "intent 22", "result
// 22 fixed".
func (w *world) tells(want ...string) {
	w.Helper()
	got := strings.Split(strings.TrimSuffix(w.said(), "\n"), "\n")
	if len(w.said()) == 0 {
		got = nil
	}
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		w.Errorf("the audit log says\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// result is the last result of a key.
func (w *world) result(key string) ledger.Record {
	w.Helper()
	var last ledger.Record
	for _, r := range w.of(ledger.Result) {
		if r.Key == key {
			last = r
		}
	}
	if last.ID == "" {
		w.Fatalf("no result for %s:\n%s", key, w.said())
	}
	return last
}

// event is the call that opened a port, n the number of the event. Edits set fields of
// the record, or of the envelope.
func event(t testing.TB, n int, edits ...func(envelope, data map[string]any)) []byte {
	t.Helper()
	text, err := os.ReadFile("../../events/samples/actiontrail/authorize-security-group-permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	var envelope map[string]any
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatal(err)
	}
	data := envelope["data"].(map[string]any)
	data["eventId"] = fmt.Sprintf("event-%d", n)
	data["eventTime"] = time.Now().UTC().Format(time.RFC3339)
	data["requestParameters"].(map[string]any)["SecurityGroupId"] = group
	for _, edit := range edits {
		edit(envelope, data)
	}
	text, err = json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// with sets a field of the record.
func with(name string, value any) func(map[string]any, map[string]any) {
	return func(_, data map[string]any) { data[name] = value }
}

// rule is one that a check sees.
type rule struct {
	ID   string `json:"SecurityGroupRuleId"`
	Port string `json:"PortRange"`
}

func (r rule) key() string { port, _, _ := strings.Cut(r.Port, "/"); return port }

func (r rule) close() practice.Change {
	undo := opening(r.Port)
	return practice.Change{Why: "close " + r.Port, Undo: &undo,
		Call: ours.New("ecs", "RevokeSecurityGroup", region, "SecurityGroupId", group, "SecurityGroupRuleId.1", r.ID)}
}

// opening is the call that opens ports to everyone.
func opening(ports string) ours.Call {
	return ours.New("ecs", "AuthorizeSecurityGroup", region, "SecurityGroupId", group,
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", ports, "Permissions.1.SourceCidrIp", "0.0.0.0/0")
}

func rules(ctx context.Context, pass *practice.Pass) ([]rule, error) {
	var answer struct {
		Permissions struct{ Permission []rule }
	}
	err := pass.Read(ctx, ours.New("ecs", "DescribeSecurityGroupAttribute", region, "SecurityGroupId", pass.Resource.ID), &answer)
	found := answer.Permissions.Permission
	slices.SortFunc(found, func(a, b rule) int { return strings.Compare(a.Port, b.Port) })
	return found, practice.Gone(err)
}

// each reports every rule by itself.
func each(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	for _, r := range found {
		c := r.close()
		c.Call = c.Call.With("SecurityGroupId", pass.Resource.ID)
		pass.Report(practice.Finding{Key: r.key(), Title: "open: " + r.Port, Changes: []practice.Change{c}})
	}
	return err
}

// lowest reports the rule with the lowest port only: behind each is the next.
func lowest(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	if len(found) > 0 {
		r := found[0]
		pass.Report(practice.Finding{Key: r.key(), Title: "open: " + r.Port, Changes: []practice.Change{r.close()}})
	}
	return err
}

// whole reports the group, with a change for each rule.
func whole(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	f := practice.Finding{Key: "all", Title: "open"}
	for _, r := range found {
		f.Changes = append(f.Changes, r.close())
	}
	if len(found) > 0 {
		pass.Report(f)
	}
	return err
}

// step is lowest with one key: each round has another change for the same finding.
func step(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	if len(found) > 0 {
		pass.Report(practice.Finding{Key: "step", Title: "open", Changes: []practice.Change{found[0].close()}})
	}
	return err
}
