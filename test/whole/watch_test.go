package whole

import (
	"encoding/json"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	fc "github.com/alibabacloud-go/fc-20230330/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// timer is what a timer that fires at a time invokes with.
func timer(t *testing.T, name string, at time.Time) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]string{"triggerTime": at.UTC().Format("2006-01-02T15:04:05Z"), "triggerName": name, "payload": name})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// rounds is how many rounds each cloud's notify has looked.
type rounds struct {
	t *testing.T
	c *cloud.Cloud
	n int
}

// look has notify look as often as it takes to see every role.
func (r *rounds) look() {
	r.t.Helper()
	at := time.Now().Truncate(watch.Round).Add(time.Duration(r.n) * watch.Round)
	r.n++
	for n := range int(watch.Round / watch.Interval) {
		invoke(r.t, r.c, watch.Notify, timer(r.t, watch.Watch, at.Add(time.Duration(n)*watch.Interval)))
		quiet(r.t, r.c)
	}
}

// since are the messages after so many.
func since(c *cloud.Cloud, n int) []cloud.Message { return c.Messages()[n:] }

// functionCompute is the official SDK, with the rights of an administrator.
func functionCompute(t *testing.T, c *cloud.Cloud) (*fc.Client, *util.RuntimeOptions) {
	t.Helper()
	k := addAdmin(t, c)
	client, err := fc.NewClient(&openapi.Config{
		AccessKeyId: tea.String(k.AccessKeyID), AccessKeySecret: tea.String(k.AccessKeySecret), RegionId: tea.String(c.Region),
		Endpoint: tea.String("fcv3." + c.Region + ".aliyuncs.com"),
	})
	if err != nil {
		t.Fatal(err)
	}
	// For the odd time see invoke.
	return client, &util.RuntimeOptions{HttpsProxy: tea.String(c.ProxyURL()), Ca: tea.String(string(c.CA())), ReadTimeout: tea.Int(30000 + int(crc32.ChecksumIEEE(c.CA())%10000))}
}

func deleteFunction(t *testing.T, c *cloud.Cloud, name string) {
	t.Helper()
	client, options := functionCompute(t, c)
	if _, err := client.DeleteFunctionWithOptions(tea.String(name), map[string]*string{}, options); err != nil {
		t.Fatal(err)
	}
}

func deleteTrigger(t *testing.T, c *cloud.Cloud, function, name string) {
	t.Helper()
	client, options := functionCompute(t, c)
	if _, err := client.DeleteTriggerWithOptions(tea.String(function), tea.String(name), map[string]*string{}, options); err != nil {
		t.Fatal(err)
	}
}

// Where all is as it was deployed nobody is told anything, and both watchers leave a pulse.
func TestNothingIsToldOfWhatIsWell(t *testing.T) {
	t.Parallel()
	c := start(t, account.Options{})
	looks := rounds{t: t, c: c}
	if err := c.FireTimer(watch.Triage, watch.Minute, ""); err != nil {
		t.Fatal(err)
	}
	quiet(t, c)
	looks.look()
	if got := c.Messages(); len(got) > 0 {
		t.Errorf("told: %s", got[0].Text)
	}
	by := map[string]int{}
	for _, r := range records(t, c, ledger.Pulse) {
		by[r.By]++
	}
	if by[watch.Triage] != 1 || by[watch.Notify] != 5 {
		t.Errorf("pulses: %v", by)
	}
	for _, i := range c.Invocations() {
		if i.Error != "" || strings.Contains(i.Result, "error") {
			t.Errorf("%+v", i)
		}
	}
}

// Whatever is taken away is told within a round, in words that say how it is mended, and
// once.
func TestWhatIsBrokenIsTold(t *testing.T) {
	t.Parallel()
	c := startUnguarded(t)
	c.DoNotAwait(watch.Triage) // which reads no trail while it is what is broken
	c.SLSHistoryLag = 0        // what a sweep said hours ago is found at once
	looks := rounds{t: t, c: c}
	rule := []string{"EventBusName", "default", "RuleName", "ecsguard-triage-events"}
	attach := func(action, role string) api.Call {
		return api.New("ram", action, "", "RoleName", role, "PolicyName", role, "PolicyType", "Custom")
	}
	steps := []struct {
		name        string
		breaks, fix func()
		words       []string
	}{
		{
			"the rule is switched off",
			func() { call(t, c, api.New("eventbridge", "DisableRule", c.Region, rule...)) },
			func() { call(t, c, api.New("eventbridge", "EnableRule", c.Region, rule...)) },
			[]string{"rule ecsguard-triage-events is switched off", "No event reaches ecsguard", "aliyun eventbridge EnableRule --region cn-hangzhou --EventBusName default --RuleName ecsguard-triage-events"},
		},
		{
			"and again",
			func() { call(t, c, api.New("eventbridge", "DisableRule", c.Region, rule...)) },
			func() { call(t, c, api.New("eventbridge", "EnableRule", c.Region, rule...)) },
			[]string{"is switched off"},
		},
		{
			"triage's role is stripped",
			func() { call(t, c, attach("DetachPolicyFromRole", watch.Triage)) },
			func() { call(t, c, attach("AttachPolicyToRole", watch.Triage)) },
			[]string{"role ecsguard-triage has lost its policy ecsguard-triage", "No event is handed on", "go run ./deploy/ecsguard prepare --region cn-hangzhou --mode enforce"},
		},
		{
			"triage's role loses what reads one product",
			func() {
				call(t, c, api.New("ram", "DetachPolicyFromRole", "", "RoleName", watch.Triage, "PolicyName", watch.Triage+"-ecs", "PolicyType", "Custom"))
			},
			func() {
				call(t, c, api.New("ram", "AttachPolicyToRole", "", "RoleName", watch.Triage, "PolicyName", watch.Triage+"-ecs", "PolicyType", "Custom"))
			},
			[]string{"role ecsguard-triage has lost its policy ecsguard-triage-ecs", "go run ./deploy/ecsguard prepare"},
		},
		{
			"a practice's role is stripped",
			func() { call(t, c, attach("DetachPolicyFromRole", "ecsguard-"+closed)) },
			func() { call(t, c, attach("AttachPolicyToRole", "ecsguard-"+closed)) },
			[]string{"role ecsguard-" + closed + " has lost its policy", "What " + closed + " would put right or tell is left as it is", "go run ./deploy/ecsguard prepare"},
		},
		{
			"a role has more than it should",
			func() {
				call(t, c, api.New("ram", "AttachPolicyToRole", "", "RoleName", watch.Notify, "PolicyName", "ReadOnlyAccess", "PolicyType", "System"))
			},
			func() {
				call(t, c, api.New("ram", "DetachPolicyFromRole", "", "RoleName", watch.Notify, "PolicyName", "ReadOnlyAccess", "PolicyType", "System"))
			},
			[]string{"role ecsguard-notify also has the policy ReadOnlyAccess", "aliyun ram DetachPolicyFromRole"},
		},
		{
			"somebody's role is named like ours",
			func() {
				call(t, c, api.New("ram", "CreateRole", "", "RoleName", "ecsguard-evil", "AssumeRolePolicyDocument",
					`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}}]}`))
			},
			func() { call(t, c, api.New("ram", "DeleteRole", "", "RoleName", "ecsguard-evil")) },
			[]string{"role ecsguard-evil, which ecsguard did not make", "aliyun ram ListPoliciesForRole --RoleName ecsguard-evil"},
		},
		{
			"a trigger is removed",
			func() { deleteTrigger(t, c, watch.Triage, watch.Minute) },
			func() {},
			[]string{"timer trigger cases of the function ecsguard-triage is gone", "Whatever was left wrong is not looked at again", "s ecsguard-triage deploy"},
		},
		{
			"a sweep's timer is removed",
			func() { deleteTrigger(t, c, watch.Triage, practice.SweepTimer(24*time.Hour)) },
			func() {},
			[]string{"timer trigger sweep-24h of the function ecsguard-triage is gone", "practices that sweep every 24h", "s ecsguard-triage deploy"},
		},
		{
			"a sweep stops on its way",
			func() { sweepSays(t, c, "it goes on", 2*time.Hour) },
			func() { sweepSays(t, c, watch.SweepEnded, time.Minute) },
			[]string{"sweep that runs every 24 hours has stopped", "since it had looked at 700 resources", "s ecsguard-triage logs"},
		},
		{
			"a practice's function is deleted",
			func() { deleteFunction(t, c, practice.FunctionName(closed)) },
			func() {},
			[]string{"function ecsguard-" + closed + " is missing in cn-hangzhou", "ACCOUNT_ID=" + account.Number + " REGION=cn-hangzhou ECSGUARD_MODE=enforce s " + closed + " deploy", "mode: off"},
		},
	}
	for _, s := range steps {
		before := len(c.Messages())
		s.breaks()
		quiet(t, c)
		looks.look()
		told := since(c, before)
		if len(told) != 1 {
			t.Fatalf("%s: %d messages: %+v", s.name, len(told), told)
		}
		says(t, s.name, told[0], s.words...)
		looks.look()
		if again := since(c, before+1); len(again) > 0 {
			t.Fatalf("%s: told again: %s", s.name, again[0].Text)
		}
		s.fix()
		looks.look()
		if more := since(c, before+1); len(more) > 0 {
			t.Fatalf("%s: told when it was mended: %s", s.name, more[0].Text)
		}
	}
}

// sweepSays writes into the audit log what a daily sweep said some time ago.
func sweepSays(t *testing.T, c *cloud.Cloud, how string, ago time.Duration) {
	t.Helper()
	user := addAdmin(t, c)
	log := ledger.Open(ledger.Config{
		Project: account.Project(), Store: "audit", Region: c.Region, Transport: c.Transport(),
		Credentials: api.Credentials{AccessKeyID: user.AccessKeyID, AccessKeySecret: user.AccessKeySecret},
	})
	err := log.Append(t.Context(), ledger.Record{ID: "sweep " + how, Nonce: how, Kind: ledger.Sweep, Practice: watch.Triage, Key: (24 * time.Hour).String(), Time: time.Now().Add(-ago), Reason: how,
		Resource: watch.Triage, Region: c.Region, Account: account.Number, Quiet: true, Facts: map[string]string{"looked": "700"}})
	if err != nil {
		t.Fatal(err)
	}
}

// A clock that is off is told by the function that has it, before what it signs is refused.
func TestAClockThatIsOff(t *testing.T) {
	t.Parallel()
	c := start(t, account.Options{Clock: func() time.Time { return time.Now().Add(5 * time.Minute) }})
	c.SLSHistoryLag = 0 // or another instance finds late what this one has told: its time is that of a history
	looks := rounds{t: t, c: c}
	looks.look()
	told := c.Messages()
	if len(told) != 1 {
		t.Fatalf("%d messages: %+v", len(told), told)
	}
	says(t, "the clock", told[0], "clock of the function ecsguard-notify is ", " behind the log service's", "Records are found late", "s deploy")
}

// A practice that may do nothing any more, and cannot even say so, does not leave open what
// it was woken for: the next of its family is asked by the minute's timer, and people are
// told whose role it is.
func TestAPracticeWhoseRoleIsStripped(t *testing.T) {
	t.Parallel()
	c := startUnguarded(t)
	looks := rounds{t: t, c: c}
	role := practice.FunctionName(closed)
	call(t, c, api.New("ram", "DetachPolicyFromRole", "", "RoleName", role, "PolicyName", role, "PolicyType", "Custom"))
	call(t, c, open("22/22"))
	quiet(t, c)
	if got := rules(t, c); got != "22/22 22/22 443/443" {
		t.Fatalf("the group's ports are %s: another practice was woken:%s", got, told(t, c))
	}
	age(t, c) // three minutes later
	if err := c.FireTimer(watch.Triage, watch.Minute, watch.Minute); err != nil {
		t.Fatal(err)
	}
	quiet(t, c)
	if got := rules(t, c); got != "22/22 443/443" {
		t.Errorf("the group's ports are %s:%s", got, told(t, c))
	}
	if n := mentions(c, closed+" was given something to look at and has not reported back"); n != 1 {
		t.Errorf("that it does not answer was told %d times:%s", n, told(t, c))
	}
	before := len(c.Messages())
	looks.look()
	said := since(c, before)
	if len(said) != 1 {
		t.Fatalf("%d messages: %+v", len(said), said)
	}
	says(t, "its role", said[0], "role "+role+" has lost its policy", "go run ./deploy/ecsguard prepare")
}

// A practice whose function is deleted leaves nothing open either: the next of its family
// acts at once.
func TestAPracticeWhoseFunctionIsDeleted(t *testing.T) {
	t.Parallel()
	c := startUnguarded(t)
	deleteFunction(t, c, practice.FunctionName(closed))
	call(t, c, open("22/22"))
	quiet(t, c)
	if got := rules(t, c); got != "22/22 443/443" {
		t.Errorf("the group's ports are %s:%s", got, told(t, c))
	}
	if n := mentions(c, closed+" is on in the settings and its function is missing"); n != 1 {
		t.Errorf("that its function is missing was told %d times:%s", n, told(t, c))
	}
}

// says asserts what a message says. Markup is taken out: it stands between the characters
// of a name.
func says(t *testing.T, name string, m cloud.Message, words ...string) {
	t.Helper()
	text := strings.ReplaceAll(m.Text, `\`, "")
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: it does not say %q:\n%s", name, w, text)
		}
	}
}

// A read that fails is told, and hides nothing of what is read beside it.
func TestAReadThatFailsHidesNothing(t *testing.T) {
	t.Parallel()
	c := startUnguarded(t)
	looks := rounds{t: t, c: c}
	for _, action := range []string{"ram:ListRoles", "fc:ListFunctions"} {
		c.Inject(cloud.Deny(action))
	}
	call(t, c, api.New("eventbridge", "DisableRule", c.Region, "EventBusName", "default", "RuleName", "ecsguard-triage-events"))
	looks.look()
	looks.look()
	told := c.Messages()
	if len(told) != 1 {
		t.Fatalf("%d messages: %+v", len(told), told)
	}
	says(t, "a read that fails", told[0], "is switched off", "eading which roles there are failed", "eading which functions there are failed", "is not known", "go run ./deploy/ecsguard prepare")
}

// What notify was to tell and could not, however often it was run, triage tells.
func TestWhatNotifyCouldNotTell(t *testing.T) {
	c := startUnguarded(t)
	c.OnCall(func(made cloud.Call) {
		if strings.HasPrefix(made.Principal.Name, watch.Notify+":") && made.Action == "fc:ListFunctions" {
			c.Kill(watch.Notify)
		}
	})
	invoke(t, c, watch.Notify, timer(t, watch.Watch, time.Now()))
	quiet(t, c)
	if n := mentions(c, "ecsguard-notify gave up on telling people"); n != 1 {
		t.Errorf("it was told %d times:%s", n, told(t, c))
	}
}

// When who tells people is gone, or the log takes nothing, triage tells, past both.
func TestTriageLooksAfterNotify(t *testing.T) {
	for _, s := range []struct {
		name   string
		breaks func(*testing.T, *cloud.Cloud)
		words  []string
	}{
		{"its function is deleted", func(t *testing.T, c *cloud.Cloud) { deleteFunction(t, c, watch.Notify) },
			[]string{"function ecsguard-notify is missing", "Nobody is told of anything", "s ecsguard-notify deploy"}},
		{"its log trigger is removed", func(t *testing.T, c *cloud.Cloud) { deleteTrigger(t, c, watch.Notify, watch.Audit) },
			[]string{"log trigger audit of the function ecsguard-notify is gone", "s ecsguard-notify deploy"}},
		{"the log takes nothing", func(t *testing.T, c *cloud.Cloud) { c.Inject(cloud.Deny("log:PostLogStoreLogs")) },
			[]string{"he audit log cannot be written", "nobody is told of what is found", "go run ./deploy/ecsguard prepare"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := startUnguarded(t)
			s.breaks(t, c)
			for range 2 {
				if err := c.FireTimer(watch.Triage, watch.Minute, watch.Minute); err != nil {
					t.Fatal(err)
				}
				quiet(t, c)
			}
			told := c.Messages()
			if len(told) != 1 {
				t.Fatalf("%d messages: %+v\n%s", len(told), told, c.FunctionLogs(watch.Triage))
			}
			says(t, s.name, told[0], s.words...)
		})
	}
}

// The canary is opened, found by an event like any other, closed, and said to nobody; how
// long it took is in the log of the function.
func TestTheCanaryIsClosed(t *testing.T) {
	t.Parallel()
	c := start(t, account.Options{
		State: []byte(`
ecs:
  security-groups:
    - {id: sg-canary, name: canary, vpc: vpc-1, tags: {"ecsguard:canary": "true"}}
actiontrail:
  trails:
    - {name: main, logging: true, oss-bucket: archive}
`), Settings: settingsFile(t, "heartbeat: {canary: sg-canary}\n")})
	hour := time.Now().Truncate(time.Hour)
	invoke(t, c, watch.Notify, timer(t, watch.Watch, hour))
	quiet(t, c)
	invoke(t, c, watch.Notify, timer(t, watch.Watch, hour.Add(watch.Interval)))
	quiet(t, c)
	if got := c.Messages(); len(got) > 0 {
		t.Errorf("told: %s", got[0].Text)
	}
	if text := c.FunctionLogs(watch.Notify); !strings.Contains(text, `"msg":"canary opened"`) || !strings.Contains(text, `"msg":"canary closed"`) {
		t.Errorf("notify says:\n%s%s", text, told(t, c))
	}
	made := slices.DeleteFunc(records(t, c, ledger.Result), func(r ledger.Record) bool { return r.CallsMade == 0 })
	if len(made) != 1 || made[0].Resource != "sg-canary" {
		t.Errorf("%d edits:%s", len(made), told(t, c))
	}
}
