package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/dingtalk"
	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/shared/watch"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// serverless is a function of s.yaml.
type serverless struct {
	Name     string `yaml:"functionName"`
	Role     string
	Triggers []struct {
		Name   string `yaml:"triggerName"`
		Type   string `yaml:"triggerType"`
		Config struct {
			Pattern string `yaml:"eventRuleFilterPattern"`
		} `yaml:"triggerConfig"`
	}
}

// What is compared with what is deployed is what s.yaml deploys.
func TestDeploymentIsThatOfServerless(t *testing.T) {
	text, err := os.ReadFile("../../s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Resources map[string]struct{ Props serverless }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	d, err := deployment(settings.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	props := map[string]serverless{}
	for name, r := range file.Resources {
		if name != r.Props.Name && practice.FunctionName(name) != r.Props.Name {
			t.Errorf("the function %s is called %s, which no command in a message says", r.Props.Name, name)
		}
		props[r.Props.Name] = r.Props
	}
	if len(file.Resources) != len(d.Functions) {
		t.Errorf("s.yaml has %d functions, and %d are compared", len(file.Resources), len(d.Functions))
	}
	for _, f := range d.Functions {
		p := props[f.Name]
		if p.Name != f.Name || !strings.HasSuffix(p.Role, ":role/"+f.Role) || len(p.Triggers) != len(f.Triggers) {
			t.Errorf("%+v is deployed as %+v", f, p)
		}
		for _, trigger := range p.Triggers {
			if f.Triggers[trigger.Name] != trigger.Type {
				t.Errorf("%s: the trigger %s is of type %s", f.Name, trigger.Name, trigger.Type)
			}
			if trigger.Type == "eventbridge" {
				if faults := d.Rule(watch.BusRule{Status: "ENABLE", Pattern: trigger.Config.Pattern, Targets: []watch.Target{{Endpoint: "acs:fc:::functions/" + watch.Triage}}}); len(faults) > 0 {
					t.Errorf("the rule as it is deployed: %+v", faults)
				}
			}
		}
		if len(f.Policies) == 0 || f.Policies[0] != f.Role || len(d.Documents[f.Role]) == 0 || !slices.Contains(d.Known, f.Role) {
			t.Errorf("nothing is known of the role %s", f.Role)
		}
	}
}

const canaryState = `
ecs:
  security-groups:
    - {id: sg-canary, name: canary, vpc: vpc-1, tags: {"ecsguard:canary": "true"}}
    - {id: sg-plain, name: plain, vpc: vpc-1}
    - {id: sg-used, name: used, vpc: vpc-1, tags: {"ecsguard:canary": "true"}}
  instances:
    - {id: i-1, name: web, security-groups: [sg-used]}
`

// world is an account in which ecsguard is deployed, and in which only notify runs, in
// this process and with its role's rights.
type world struct {
	*cloud.Cloud
	t     *testing.T
	shift atomic.Int64 // of the cloud's clock and ours
	own   time.Duration
	n     *notify.Notifier
	in    notify.Invocation
	log   bytes.Buffer
	runs  int
}

func newWorld(t *testing.T, text string) *world {
	t.Helper()
	w := &world{t: t}
	binaries := t.TempDir()
	program := filepath.Join(binaries, "target", "ecsguard", "main")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/false\n"), 0o755); err != nil { // nothing is run
		t.Fatal(err)
	}
	file := filepath.Join(binaries, "ecsguard.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := account.Start(account.Options{Root: "../..", Binaries: binaries, State: []byte(canaryState), Settings: file, Clock: w.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w.Cloud = c
	c.EventFaults(cloud.EventFaults{Delay: time.Hour}) // nothing acts on what is done
	c.AddWebhook("beat.example.com")
	set, err := settings.Parse("ecsguard.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	key, err := c.AssumeRole("acs:ram::"+account.Number+":role/"+watch.Notify, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.in = notify.Invocation{Request: "request", Region: c.Region, Account: account.Number, Version: "test",
		Credentials: api.Credentials{AccessKeyID: key.AccessKeyID, AccessKeySecret: key.AccessKeySecret, SecurityToken: key.SecurityToken}}
	log := slog.New(slog.NewJSONHandler(&w.log, nil))
	looks, err := watcher(watch.Notify, set, log)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{dingtalk.EnvToken: account.RobotToken, dingtalk.EnvSecret: account.RobotSecret}
	channels, err := notify.FromEnv(func(name string) string { return env[name] }, channel.Transport{HTTP: c.InProcess(), Now: w.now, Wait: func(context.Context, time.Duration) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	w.n = notify.New(notify.Config{Channels: channels, Log: log, Now: func() time.Time { return w.now().Add(w.own) }, Watch: notify.Watch{
		Watcher: looks, Canary: canary(set), URL: set.Heartbeat.URL, HTTP: c.InProcess(),
		Open: func(in notify.Invocation) (watch.Doer, watch.Ledger) {
			return api.NewClient(api.Config{Credentials: in.Credentials, Transport: c.InProcess(), RetryWait: time.Millisecond}), w.ledger(in.Credentials)
		},
	}})
	return w
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.shift.Load())) }

func (w *world) ledger(c api.Credentials) *ledger.Log {
	return ledger.Open(ledger.Config{Project: account.Project(), Store: "audit", Region: "cn-hangzhou", Credentials: c, Transport: w.InProcess(), RetryWait: time.Millisecond})
}

// admin may do everything.
func (w *world) admin() api.Credentials {
	all, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		w.t.Fatal(err)
	}
	k := w.AddUser("kenji", all)
	return api.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret}
}

func (w *world) call(product, action string, params ...string) {
	w.t.Helper()
	region := w.Region
	if product == "ram" {
		region = ""
	}
	client := api.NewClient(api.Config{Credentials: w.admin(), Transport: w.InProcess()})
	if err := client.Do(w.t.Context(), api.New(product, action, region, params...), nil); err != nil {
		w.t.Fatal(err)
	}
}

// write puts a record into the audit log.
func (w *world) write(r ledger.Record) {
	w.t.Helper()
	if err := w.ledger(w.admin()).Append(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

// look has notify look, as its timer does at a time.
func (w *world) look(at time.Time) {
	w.t.Helper()
	body, _ := json.Marshal(map[string]string{"triggerTime": at.UTC().Format(time.RFC3339), "triggerName": watch.Watch, "payload": watch.Watch})
	if _, err := w.n.Handle(w.t.Context(), w.in, body); err != nil {
		w.t.Fatal(err)
	}
}

// later is a time at which no canary is due, one run after the other.
func (w *world) later() time.Time {
	w.runs++
	return time.Now().Truncate(time.Hour).Add(time.Duration(w.runs) * watch.Interval)
}

// told are the messages, without what markup puts between the characters of names.
func (w *world) told() (texts []string) {
	for _, m := range w.Messages() {
		texts = append(texts, strings.ReplaceAll(m.Text, `\`, ""))
	}
	return texts
}

func (w *world) one(words ...string) {
	w.t.Helper()
	told := w.told()
	if len(told) != 1 {
		w.t.Fatalf("%d messages: %s\n%s", len(told), strings.Join(told, "\n"), w.log.String())
	}
	for _, word := range words {
		if !strings.Contains(told[0], word) {
			w.t.Errorf("it does not say %q:\n%s", word, told[0])
		}
	}
}

// Somebody outside hears of it as long as all is well, and of nothing else.
func TestHeartbeat(t *testing.T) {
	w := newWorld(t, "heartbeat: {url: 'https://beat.example.com/s3cret'}\n")
	w.look(w.later())
	w.look(w.later())
	if got := w.Webhooks(); len(got) != 2 || got[0].Path != "/s3cret" || len(w.told()) > 0 {
		t.Fatalf("%d heartbeats, told %v", len(got), w.told())
	}
	remove := w.Inject(cloud.Deny("ram:ListRoles"))
	w.look(w.later())
	remove()
	w.call("eventbridge", "DisableRule", "EventBusName", "default", "RuleName", watch.Rule)
	w.look(w.later())
	w.call("eventbridge", "EnableRule", "EventBusName", "default", "RuleName", watch.Rule)
	if got := len(w.Webhooks()); got != 2 {
		t.Errorf("%d heartbeats while something was wrong", got-2)
	}
	w.look(w.later())
	if got := len(w.Webhooks()); got != 3 {
		t.Errorf("%d heartbeats once it was mended:\n%s", got-2, w.log.String())
	}
	if strings.Contains(w.log.String(), "s3cret") {
		t.Error("the address is in the log")
	}
}

// Settings that are refused keep nothing else from being told.
func TestSettingsThatAreRefusedAreTold(t *testing.T) {
	w := newWorld(t, "")
	w.n.Config.Watch.Settings = errors.New("ecsguard.yaml: line 3: there is no such practice")
	w.look(w.later())
	w.look(w.later())
	w.one("settings are refused: ecsguard.yaml: line 3", "nothing is looked at", "go run ./deploy/ecsguard settings")
}

func TestAClockThatIsOffIsTold(t *testing.T) {
	w := newWorld(t, "")
	w.own = -5 * time.Minute
	w.look(w.later())
	w.look(w.later())
	w.one("clock of the function ecsguard-notify is ", "behind the log service's", "Records are found late", "s deploy")
}

// A triage of which nothing is heard for six minutes by the log's clock is told; one that
// is heard of is not.
func TestATriageThatIsSilentIsTold(t *testing.T) {
	w := newWorld(t, "")
	w.shift.Store(int64(watch.Silence + time.Minute)) // since it was deployed
	w.look(w.later())
	w.look(w.later())
	w.one("function ecsguard-triage has not run for at least 7 minutes", "s ecsguard-triage logs", "s ecsguard-triage deploy")

	w = newWorld(t, "")
	w.shift.Store(int64(watch.Silence + time.Minute))
	w.pulse()
	w.look(w.later())
	if told := w.told(); len(told) > 0 {
		t.Fatalf("told: %s", told)
	}
}

// pulse is triage's.
func (w *world) pulse() {
	w.write(ledger.Record{ID: "pulse", Kind: ledger.Pulse, By: watch.Triage, Resource: watch.Triage, Region: w.Region, Account: account.Number, Time: w.now(), Nonce: w.now().String()})
}

// A canary that nobody closes is told once, and taken away; the next one that is closed
// ends it.
func TestACanaryThatStaysOpen(t *testing.T) {
	w := newWorld(t, "heartbeat: {canary: sg-canary, url: 'https://beat.example.com/'}\nmode: enforce\n")
	hour := time.Now().Truncate(time.Hour)
	w.look(hour)
	if n := w.open("sg-canary"); n != 1 || len(w.told()) > 0 {
		t.Fatalf("%d rules, told %v\n%s", n, w.told(), w.log.String())
	}
	w.look(w.later())
	w.shift.Store(int64(watch.CanaryPatience + time.Minute))
	beats := len(w.Webhooks())
	w.pulse()
	w.look(w.later())
	w.look(w.later())
	if n := w.open("sg-canary"); n != 0 || len(w.Webhooks()) != beats {
		t.Errorf("%d rules, %d heartbeats", n, len(w.Webhooks())-beats)
	}
	w.one("port opened to the internet in sg-canary, was not closed in 10 minutes", "s ecsguard-triage logs")
	w.shift.Store(0) // what is searched in the log goes by the machine's clock
	w.look(hour.Add(time.Hour))
	if n := w.open("sg-canary"); n != 1 {
		t.Fatalf("%d rules an hour later", n)
	}
	w.call("ecs", "RevokeSecurityGroup", "SecurityGroupId", "sg-canary", "Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22", "Permissions.1.SourceCidrIp", "0.0.0.0/0")
	w.write(ledger.Record{ID: "fix", Kind: ledger.Result, Practice: "sg-public-ingress", Outcome: practice.Fixed, CallsMade: 1, Time: w.now(),
		Resource: "sg-canary", Subject: "sg-canary", Region: w.Region, Account: account.Number})
	w.look(w.later())
	if len(w.told()) != 1 || !strings.Contains(w.log.String(), `"msg":"canary closed"`) || len(w.Webhooks()) == beats {
		t.Errorf("told %v\n%s", w.told(), w.log.String())
	}
	w.usesItsRights()
}

// open counts the rules of a group.
func (w *world) open(group string) int {
	w.t.Helper()
	var out struct {
		Permissions struct{ Permission []json.RawMessage }
	}
	client := api.NewClient(api.Config{Credentials: w.admin(), Transport: w.InProcess()})
	if err := client.Do(w.t.Context(), api.New("ecs", "DescribeSecurityGroupAttribute", w.Region, "SecurityGroupId", group), &out); err != nil {
		w.t.Fatal(err)
	}
	return len(out.Permissions.Permission)
}

// usesItsRights asserts that the role may do nothing that has not been done, and was
// refused nothing.
func (w *world) usesItsRights() {
	w.t.Helper()
	roles, err := ram.Roles(false, true)
	if err != nil {
		w.t.Fatal(err)
	}
	// What the log trigger's batches are read with is used by the tests of notify.
	// Function Compute hands what has failed for good to triage in notify's role, which
	// the tests of the whole try.
	used := map[string]bool{"log:GetCursorOrData": true, "fc:InvokeFunction": true}
	for _, c := range w.Calls() {
		if strings.HasPrefix(c.Principal.Name, watch.Notify+":") {
			used[c.Action] = true
			if c.Code != "" {
				w.t.Errorf("%s: %s", c.Action, c.Code)
			}
		}
	}
	i := slices.IndexFunc(roles, func(r ram.Role) bool { return r.Name == watch.Notify })
	var policy struct{ Statement []struct{ Action []string } }
	if err := json.Unmarshal([]byte(roles[i].Policies[0].Document), &policy); err != nil {
		w.t.Fatal(err)
	}
	for _, s := range policy.Statement {
		for _, action := range s.Action {
			if !used[action] {
				w.t.Errorf("%s may %s, and does not", watch.Notify, action)
			}
		}
	}
}

// A group in which an open port could harm somebody is left alone, and so is every group
// where nothing would close it.
func TestAGroupThatIsNoCanary(t *testing.T) {
	hour := time.Now().Truncate(time.Hour)
	t.Run("not tagged", func(t *testing.T) {
		w := newWorld(t, "heartbeat: {canary: sg-plain}\nmode: enforce\n")
		w.look(hour)
		w.look(hour.Add(time.Hour))
		w.one("group sg-plain is not tagged ecsguard:canary", "aliyun ecs TagResources")
		if n := w.open("sg-plain"); n != 0 {
			t.Errorf("%d rules", n)
		}
	})
	t.Run("used", func(t *testing.T) {
		w := newWorld(t, "heartbeat: {canary: sg-used}\nmode: enforce\n")
		w.look(hour)
		w.one("group sg-used is in use", "name another group")
		if n := w.open("sg-used"); n != 0 {
			t.Errorf("%d rules", n)
		}
	})
	t.Run("observing", func(t *testing.T) {
		w := newWorld(t, "heartbeat: {canary: sg-canary}\n")
		w.look(hour)
		if n := w.open("sg-canary"); n != 0 || len(w.told()) > 0 {
			t.Errorf("%d rules, told %v", n, w.told())
		}
	})
}
