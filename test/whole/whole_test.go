// Package whole runs the real binaries on the local Function Compute: events come
// from API calls of an unmodified client, and everything on the way may be killed,
// doubled, delayed or refused.
package whole

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

var binaries string

func TestMain(m *testing.M) {
	os.Exit(account.BuildOnce(root, func(dir string) int {
		binaries = dir
		return m.Run()
	}))
}

var root = filepath.Join("..", "..")

const state = `
ecs:
  security-groups:
    - id: sg-web
      name: web
      vpc: vpc-1
      rules:
        - {id: sgr-office, protocol: TCP, ports: 22/22, source: 198.51.100.0/24}
        - {id: sgr-https, protocol: TCP, ports: 443/443, source: 0.0.0.0/0}
actiontrail:
  trails:
    - {name: main, logging: true, oss-bucket: archive}
`

const closed = "sg-public-ingress"

// start deploys ecsguard into a cloud of the test's own.
func start(t *testing.T, o account.Options) *cloud.Cloud {
	t.Helper()
	o.Root, o.Binaries = root, binaries
	if o.State == nil {
		o.State = []byte(state)
	}
	c, err := account.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if refused := c.Refused(); len(refused) > 0 {
			t.Errorf("something tried to reach %v", refused)
		}
		if t.Failed() {
			for _, name := range slices.Concat(family, []string{"triage", "notify"}) {
				t.Logf("%s:\n%s", name, worthReading(c.FunctionLogs(practice.FunctionName(name))))
			}
		}
	})
	c.RetryBase, c.LogTriggerInterval = 10*time.Millisecond, 10*time.Millisecond
	return c
}

// worthReading is a function's log without what it says of every invocation.
func worthReading(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "FC Invoke") && !strings.Contains(line, `"msg":"routed"`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// admin is a client of the user kenji, who may do everything.
func admin(t *testing.T, c *cloud.Cloud) *api.Client {
	t.Helper()
	user := addAdmin(t, c)
	return api.NewClient(api.Config{
		Credentials: api.Credentials{AccessKeyID: user.AccessKeyID, AccessKeySecret: user.AccessKeySecret},
		Transport:   c.Transport(),
	})
}

func addAdmin(t *testing.T, c *cloud.Cloud) cloud.Credentials {
	t.Helper()
	all, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return c.AddUser("kenji", all)
}

// call makes API calls as the user kenji does.
func call(t *testing.T, c *cloud.Cloud, calls ...api.Call) {
	t.Helper()
	client := admin(t, c)
	for _, one := range calls {
		if err := client.Do(t.Context(), one, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// open is the mistake: a port for everyone.
func open(port string) api.Call {
	return api.New("ecs", "AuthorizeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-web",
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", port, "Permissions.1.SourceCidrIp", "0.0.0.0/0")
}

func quiet(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Idle(ctx); err != nil {
		t.Fatalf("waiting until all is quiet: %v", err)
	}
}

// records are those of the audit log, of one kind.
func records(t *testing.T, c *cloud.Cloud, kind ledger.Kind) (found []ledger.Record) {
	t.Helper()
	for _, line := range c.Logs(account.Project(), "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind == kind && !engine.OfTheWork(r) {
			found = append(found, r)
		}
	}
	return found
}

// rules are the ids and ports of the group's rules.
func rules(t *testing.T, c *cloud.Cloud) string {
	t.Helper()
	dump, err := c.Dump()
	if err != nil {
		t.Fatal(err)
	}
	var ports []string
	for line := range strings.Lines(string(dump)) {
		if _, p, ok := strings.Cut(line, "ports: "); ok {
			ports = append(ports, strings.TrimSpace(p))
		}
	}
	slices.Sort(ports)
	return strings.Join(ports, " ")
}

// fixedOnce asserts what must be true however often things were delivered or killed:
// the group is as before, one edit is on record, and there is one message.
func fixedOnce(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	if got := rules(t, c); got != "22/22 443/443" {
		t.Errorf("the group's ports are %s", got)
	}
	if edit := speaksOnce(t, c); edit.Outcome != practice.Fixed || len(edit.Members) != len(family) {
		t.Errorf("the edit is %s, of the members %+v", edit.Outcome, edit.Members)
	}
	for _, r := range records(t, c, ledger.Result) {
		if r.Edit != "" && (r.Outcome != practice.Fixed || !r.Quiet) {
			t.Errorf("%s ended %s, quiet %t", r.Practice, r.Outcome, r.Quiet)
		}
	}
	if got := c.Messages(); len(got) != 1 || !strings.Contains(got[0].Text, "kenji") {
		t.Errorf("%d messages:%s", len(got), told(t, c))
	}
}

func TestAnOpenPortIsClosedAndReported(t *testing.T) {
	c := start(t, account.Options{})
	call(t, c, open("22/22"))
	quiet(t, c)
	fixedOnce(t, c)
	for _, e := range c.Events() {
		if err := c.Redeliver(e.ID); err != nil {
			t.Fatal(err)
		}
	}
	quiet(t, c)
	fixedOnce(t, c)
}

// A function that is killed is run again by Function Compute, and goes on from its
// own intent. Which of the family is at work does not matter.
func TestAKilledFunctionIsCompleted(t *testing.T) {
	for name, x := range map[string]struct {
		action string
		lag    time.Duration // of the log's index
	}{
		"after the intent, before the change":             {"log:PostLogStoreLogs", 0},
		"after the change, before the result":             {"ecs:RevokeSecurityGroup", 0},
		"after the intent, and the log's index is behind": {"log:PostLogStoreLogs", 1500 * time.Millisecond},
		"after the change, and the log's index is behind": {"ecs:RevokeSecurityGroup", 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			action := x.action
			c := start(t, account.Options{})
			if err := c.SetIndexLag(account.Project(), "audit", x.lag); err != nil {
				t.Fatal(err)
			}
			killed := killOnce(c, action)
			call(t, c, open("22/22"))
			quiet(t, c)
			who := killed()
			if who == "" {
				t.Fatal("no function was killed")
			}
			fixedOnce(t, c)
			again := 0
			for _, i := range c.Invocations() {
				if i.Attempt > 0 {
					again++
				}
			}
			if again != 1 {
				t.Errorf("%d further attempts, want one of %s:%s", again, who, told(t, c))
			}
			// By now the index has caught up, or triage would wait for the rule to show.
			if err := c.SetIndexLag(account.Project(), "audit", 0); err != nil {
				t.Fatal(err)
			}
			for _, e := range c.Events() {
				if err := c.Redeliver(e.ID); err != nil {
					t.Fatal(err)
				}
			}
			quiet(t, c)
			fixedOnce(t, c)
		})
	}
}

// killOnce kills the function of the family that is the first to make a call with
// success, as soon as it has. It returns a way to ask which that was.
func killOnce(c *cloud.Cloud, action string) (killed func() string) {
	var mu sync.Mutex
	var who string
	c.OnCall(func(made cloud.Call) {
		function, is := ours(made)
		if made.Action != action || made.Code != "" || !is {
			return
		}
		mu.Lock()
		first := who == ""
		if first {
			who = function
		}
		mu.Unlock()
		if first {
			c.Kill(practice.FunctionName(function))
		}
	})
	return func() string { mu.Lock(); defer mu.Unlock(); return who }
}

func TestEventsThatComeTwiceAndOutOfOrder(t *testing.T) {
	c := start(t, account.Options{})
	c.EventFaults(cloud.EventFaults{Duplicate: 100, Delay: 30 * time.Millisecond, Reorder: true})
	call(t, c, open("22/22"))
	quiet(t, c)
	fixedOnce(t, c)
}

// Every event comes by the trail's log as well, in these tests as where it is deployed; where the
// bus brings nothing that is enough.
func TestWhatTheBusDoesNotBringTheTrailDoes(t *testing.T) {
	c := startUnguarded(t)
	call(t, c, api.New("eventbridge", "DisableRule", "cn-hangzhou", "EventBusName", "default", "RuleName", "ecsguard-triage-events"), open("22/22"))
	quiet(t, c)
	fixedOnce(t, c)
	byTrail := 0
	for _, i := range c.Invocations() {
		if i.Function == "ecsguard-triage" && i.Trigger == "log" {
			byTrail++
		}
	}
	if byTrail == 0 {
		t.Error("the log trigger has brought nothing")
	}
}

func TestAnAnswerThatIsLost(t *testing.T) {
	c := start(t, account.Options{})
	c.Inject(cloud.Fault{Action: "ecs:RevokeSecurityGroup", LoseResponse: true, Times: 1})
	call(t, c, open("22/22"))
	quiet(t, c)
	fixedOnce(t, c)
}

func TestObserveCannotChangeAnything(t *testing.T) {
	c := start(t, account.Options{Observe: true})
	call(t, c, open("22/22"))
	quiet(t, c)
	if got := rules(t, c); got != "22/22 22/22 443/443" {
		t.Errorf("the group's ports are %s", got)
	}
	got := records(t, c, ledger.Result)
	if len(got) != 1 || got[0].Outcome != practice.Observed || len(got[0].Calls) != 1 || len(records(t, c, ledger.Intent)) != 0 {
		t.Errorf("records: %+v", got)
	}
	if m := c.Messages(); len(m) != 1 || !strings.Contains(m[0].Text, "nothing was changed") {
		t.Errorf("messages:%s", told(t, c))
	}
}

// The mode says enforce and the role has no write: the cloud itself refuses.
func TestARefusedChangeIsTold(t *testing.T) {
	c := start(t, account.Options{Observe: true, Env: map[string]string{"ECSGUARD_MODE": "enforce"}})
	call(t, c, open("22/22"))
	quiet(t, c)
	got := edits(t, c)
	if len(got) != 1 || got[0].Outcome != practice.Failed || got[0].ErrorCode != "Forbidden.RAM" || got[0].CallsMade > 0 {
		t.Errorf("records:%s", told(t, c))
	}
	if m := c.Messages(); len(m) != 1 || !strings.Contains(m[0].Text, "RevokeSecurityGroup") {
		t.Errorf("messages:%s", told(t, c))
	}
}

func TestATriageThatCannotReachAPracticeIsRunAgain(t *testing.T) {
	c := start(t, account.Options{})
	c.Inject(cloud.Fault{Action: "fc:InvokeFunction", Times: 1, Status: 403, Code: "AccessDenied", Message: "not yet"})
	call(t, c, open("22/22"))
	quiet(t, c)
	fixedOnce(t, c)
	for _, i := range c.Invocations() {
		if i.Function == "ecsguard-triage" && i.Attempt == 1 {
			return
		}
	}
	t.Error("triage was not run a second time")
}

// When the audit log is out of reach nothing is changed, and the people on call hear
// of it all the same.
func TestWithoutAnAuditLogNothingIsChanged(t *testing.T) {
	c := start(t, account.Options{})
	c.Inject(cloud.Fault{Action: "log:PostLogStoreLogs", Status: 403, Code: "Unauthorized", Message: "no"})
	call(t, c, open("22/22"))
	quiet(t, c)
	if got := rules(t, c); got != "22/22 22/22 443/443" {
		t.Errorf("the group's ports are %s", got)
	}
	m := c.Messages()
	if len(m) != 1 || !strings.Contains(m[0].Text, "gave up on AuthorizeSecurityGroup") || !slices.ContainsFunc(family, func(id string) bool { return strings.Contains(m[0].Text, id) }) {
		t.Errorf("messages:%s", told(t, c))
	}
}

func TestAMessageSurvivesAChannelThatIsDown(t *testing.T) {
	c := start(t, account.Options{})
	c.Inject(cloud.Fault{Action: "dingtalk:Send", Times: 2, Status: 502})
	call(t, c, open("22/22"))
	quiet(t, c)
	fixedOnce(t, c)
}

func TestTheWebhookGetsTheRecord(t *testing.T) {
	c := start(t, account.Options{Env: map[string]string{"ECSGUARD_WEBHOOK_URL": "https://hooks.local.test/ecsguard", "ECSGUARD_WEBHOOK_SECRET": "s3cret"}})
	c.AddWebhook("hooks.local.test")
	call(t, c, open("22/22"))
	quiet(t, c)
	hooks := c.Webhooks()
	if len(hooks) != 1 {
		t.Fatalf("%d requests to the webhook", len(hooks))
	}
	if hooks[0].Header.Get("X-Ecsguard-Signature") == "" {
		t.Error("the request has no signature")
	}
	var body any
	if err := json.Unmarshal(hooks[0].Body, &body); err != nil {
		t.Errorf("the body is no JSON: %v", err)
	}
	if !strings.Contains(string(hooks[0].Body), `"sg-web"`) {
		t.Errorf("the body does not name the group: %s", hooks[0].Body)
	}
}

// What nobody saw happen is found by looking at everything.
func TestASweepFindsWhatWasThereBefore(t *testing.T) {
	c := start(t, account.Options{})
	before := strings.Replace(state, "rules:", "rules:\n        - {id: sgr-old, protocol: TCP, ports: 3389/3389, source: 0.0.0.0/0}", 1)
	before = strings.Replace(before, "ecs:\n", "ecs:\n  disk-encryption-by-default: true\n", 1) // what else a sweep would put right
	if err := c.Load([]byte(before)); err != nil {
		t.Fatal(err)
	}
	if err := c.FireTimer("ecsguard-triage", "sweep-24h", "sweep-24h"); err != nil {
		t.Fatal(err)
	}
	quiet(t, c)
	if got := rules(t, c); got != "22/22 443/443" {
		t.Errorf("the group's ports are %s", got)
	}
	made := slices.DeleteFunc(edits(t, c), func(r ledger.Record) bool { return r.Resource != "sg-web" }) // other things are wrong in this account
	if len(made) != 1 || made[0].Outcome != practice.Fixed || made[0].CallsMade != 1 {
		t.Errorf("records:%s", told(t, c))
	}
	var said []string
	for _, r := range records(t, c, ledger.Sweep) {
		said = append(said, r.Key+" "+r.Reason)
	}
	if !slices.Equal(said, []string{"24h0m0s it has begun", "24h0m0s " + watch.SweepEnded}) {
		t.Errorf("the sweep says %v", said)
	}
}

// No function says a secret, whatever happens to it.
func TestLogsHoldNoSecrets(t *testing.T) {
	c := start(t, account.Options{})
	c.Inject(cloud.Fault{Action: "ecs:DescribeSecurityGroups", Reset: true, Times: 2})
	c.Inject(cloud.Fault{Action: "dingtalk:Send", Reset: true, Times: 1})
	call(t, c, open("22/22"))
	quiet(t, c)
	for _, name := range []string{"ecsguard-triage", practice.FunctionName(closed), "ecsguard-notify"} {
		log := c.FunctionLogs(name)
		for _, word := range []string{account.RobotSecret, account.RobotToken, "SecurityToken=", "Signature=", "access_token="} {
			if strings.Contains(log, word) {
				t.Errorf("the log of %s tells %s", name, word)
			}
		}
	}
}

// A settings file with a mistake stops everything, and the message says where it is.
func TestAMistakeInTheSettingsIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ecsguard.yaml")
	if err := os.WriteFile(file, []byte("mode: enforce\npractices:\n  sg-public-ingres: {mode: enforce}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := start(t, account.Options{Settings: file})
	c.DoNotAwait("ecsguard-triage") // which reads no trail either until it is mended
	call(t, c, open("22/22"))
	quiet(t, c)
	if got := rules(t, c); got != "22/22 22/22 443/443" {
		t.Errorf("the group's ports are %s", got)
	}
	if m := c.Messages(); len(m) != 1 || !strings.Contains(m[0].Text, "there is no such practice") {
		t.Errorf("messages:%s", told(t, c))
	}
}
