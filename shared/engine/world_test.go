package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
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
	var met atomic.Int64 // calls are made side by side
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == action && c.Code != "" && met.Add(1) == int64(n) {
			cancel()
		}
	})
	return ctx
}

// after does something once, when the n-th call of an action from now has succeeded
// and before its answer is sent.
func (w *world) after(action string, n int, do func()) {
	var met atomic.Int64 // calls are made side by side
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == action && c.Code == "" && met.Add(1) == int64(n) {
			do()
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
