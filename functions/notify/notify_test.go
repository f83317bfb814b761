package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/dingtalk"
	"github.com/ecsguard/ecsguard/shared/channel/webhook"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	local "github.com/ecsguard/ecsguard/test/cloud"
)

const (
	token  = "t0ken-of-the-robot"
	secret = "SECret-of-the-robot"
	hook   = "https://hooks.example.com/in?key=qu3ry-secret"
)

// world is the local cloud with an audit log, a robot, a webhook, and a role that
// may do what notify does and no more.
type world struct {
	*local.Cloud
	t      *testing.T
	in     Invocation
	root   cloud.Credentials
	client sls.ClientInterface
	log    bytes.Buffer
	env    map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c, err := local.New(local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := &world{Cloud: c, t: t, env: map[string]string{
		dingtalk.EnvToken: token, dingtalk.EnvSecret: secret, webhook.EnvURL: hook, webhook.EnvSecret: "hook-s3cret",
	}}
	index := ledger.Index()
	if err := c.AddLogStore("audit-project", "audit", 1, &index); err != nil {
		t.Fatal(err)
	}
	c.AddRobot(token, secret)
	c.AddWebhook("hooks.example.com")
	w.in = Invocation{Request: "req-1", Credentials: w.session(`{"Version":"1","Statement":[
		{"Effect":"Allow","Action":"log:GetCursorOrData","Resource":"acs:log:*:*:project/audit-project/logstore/audit"}]}`)}
	w.root = credentials(c.RootSession())
	w.client = sls.CreateNormalInterfaceV2("https://cn-hangzhou.log.aliyuncs.com", sls.NewStaticCredentialsProvider(w.root.AccessKeyID, w.root.AccessKeySecret, w.root.SecurityToken))
	w.client.SetHTTPClient(cloud.Bounded(t.Context(), c.Transport()))
	t.Cleanup(func() {
		if refused := c.Refused(); len(refused) > 0 {
			t.Errorf("reached for %v", refused)
		}
		for _, s := range []string{token, secret, "qu3ry-secret", "hook-s3cret", w.in.Credentials.AccessKeySecret, w.in.Credentials.SecurityToken} {
			if strings.Contains(w.log.String(), s) {
				t.Errorf("%q is in the log:\n%s", s, w.log.String())
			}
		}
	})
	return w
}

func credentials(c local.Credentials) cloud.Credentials {
	return cloud.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
}

// session is one of a role with a policy.
func (w *world) session(policy string) cloud.Credentials {
	w.t.Helper()
	p, err := local.ParsePolicy([]byte(policy))
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := w.AssumeRole(w.AddRole("notify", local.Policy{}, p), "test", time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	return credentials(c)
}

// notifier is a new instance of the function.
func (w *world) notifier() *Notifier {
	w.t.Helper()
	channels, err := FromEnv(func(name string) string { return w.env[name] }, channel.Transport{
		HTTP: w.Transport(), Wait: func(context.Context, time.Duration) bool { return false },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return New(Config{Channels: channels, Transport: w.Transport(), Log: slog.New(slog.NewJSONHandler(&w.log, nil))})
}

func finding(id string) ledger.Record {
	return ledger.Record{
		ID: id, Kind: ledger.Result, Time: time.Now().UTC(), Practice: "sg-public-ingress", Severity: practice.Critical, Outcome: practice.Failed,
		ResourceType: "ACS::ECS::SecurityGroup", Resource: "sg-1", Region: "cn-hangzhou", Account: "1000000000000001",
		Finding: "The internet reaches port 22", Reason: "the change was refused", Event: "actiontrail/" + id, EventName: "AuthorizeSecurityGroup", EventTime: time.Now().UTC(),
	}
}

// write puts records into the audit log, a group each.
func (w *world) write(records ...ledger.Record) {
	w.t.Helper()
	log := ledger.Open(ledger.Config{Project: "audit-project", Store: "audit", Region: "cn-hangzhou", Credentials: w.root, Transport: w.Transport()})
	for _, r := range records {
		if err := log.Append(w.t.Context(), r); err != nil {
			w.t.Fatal(err)
		}
	}
}

// payload is what the log trigger sends, as documented: its endpoint says http.
func (w *world) payload() []byte {
	w.t.Helper()
	cursor := func(from string) string {
		c, err := w.client.GetCursor("audit-project", "audit", 0, from)
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
	return fmt.Appendf(nil, `{"source":{"endpoint":"http://cn-hangzhou-intranet.log.aliyuncs.com","projectName":"audit-project","logstoreName":"audit",
		"shardId":0,"beginCursor":%q,"endCursor":%q},"parameter":{"any":[1]},"jobName":"j","taskId":"t","cursorTime":%d}`, cursor("begin"), cursor("end"), time.Now().Unix())
}

func TestBatch(t *testing.T) {
	w := newWorld(t)
	intent := finding("a")
	intent.Kind, intent.Outcome = ledger.Intent, ""
	w.write(intent, finding("a"), finding("b"), finding("b"))
	if err := w.client.PutLogs("audit-project", "audit", &sls.LogGroup{Logs: []*sls.Log{{
		Time: proto.Uint32(uint32(time.Now().Unix())), Contents: []*sls.LogContent{{Key: proto.String("hello"), Value: proto.String("world")}},
	}}}); err != nil {
		t.Fatal(err)
	}
	n := w.notifier()
	answer, err := n.Handle(t.Context(), w.in, w.payload())
	if err != nil {
		t.Fatal(err)
	}
	if answer != (Answer{Records: 4, Skipped: 1, Messages: 2}) {
		t.Errorf("%+v", answer)
	}
	if got := w.Messages(); len(got) != 2 || !strings.Contains(got[0].Text, "The internet reaches port 22") {
		t.Errorf("the robot delivered %+v", got)
	}
	if len(w.Webhooks()) != 2 {
		t.Errorf("the webhook got %d deliveries", len(w.Webhooks()))
	}
	for _, c := range w.Calls() {
		if c.Principal.Name == "notify:test" && c.Action != "log:GetCursorOrData" {
			t.Errorf("called %s", c.Action)
		}
	}
	// The same batch again: this instance knows, another does not, and the
	// receiver of the webhook can tell.
	if _, err := n.Handle(t.Context(), w.in, w.payload()); err != nil || len(w.Messages()) != 2 || len(w.Webhooks()) != 2 {
		t.Errorf("again: error %v, %d messages, %d deliveries", err, len(w.Messages()), len(w.Webhooks()))
	}
	if _, err := w.notifier().Handle(t.Context(), w.in, w.payload()); err != nil {
		t.Error(err)
	}
	ids := map[string]int{}
	for _, d := range w.Webhooks() {
		ids[d.Header.Get(webhook.HeaderDelivery)]++
	}
	if len(ids) != 2 || len(w.Webhooks()) != 4 {
		t.Errorf("delivery ids %v", ids)
	}
	if !strings.Contains(w.log.String(), `"msg":"alert sent","channel":"dingtalk"`) || !strings.Contains(w.log.String(), `"event":"actiontrail/a"`) {
		t.Errorf("log:\n%s", w.log.String())
	}
}

func TestBatchOfManyPages(t *testing.T) {
	w := newWorld(t)
	var records []ledger.Record
	for i := range 7 {
		records = append(records, finding(fmt.Sprint(i)))
	}
	w.write(records...)
	payload := w.payload()
	w.write(finding("of the next batch"))
	for _, size := range []int{1, 2, 3, 7, 100} {
		n := w.notifier()
		n.pageGroups = size
		answer, err := n.Handle(t.Context(), w.in, payload)
		if err != nil || answer.Records != 7 || answer.Messages != 1 {
			t.Errorf("pages of %d: %+v, error %v", size, answer, err)
		}
	}
	last := w.Messages()[len(w.Messages())-1]
	if !strings.Contains(last.Text, "7 findings from 7 events") {
		t.Errorf("no digest: %s", last.Title)
	}
	// The query that the digest offers is one that the log takes.
	query := ""
	for paragraph := range strings.SplitSeq(last.Text, "\n\n") {
		if strings.HasPrefix(paragraph, "kind: ") {
			query = paragraph
		}
	}
	if query == "" {
		t.Errorf("no query: %s", last.Text)
	}
	found, err := w.client.GetLogsV2("audit-project", "audit", &sls.GetLogRequest{From: time.Now().Add(-time.Hour).Unix(), To: time.Now().Add(time.Hour).Unix(), Lines: 100, Query: query})
	if err != nil || len(found.Logs) != 8 {
		t.Errorf("the query %q finds %v (%v)", query, found, err)
	}
}

func TestEmptyBatch(t *testing.T) {
	w := newWorld(t)
	answer, err := w.notifier().Handle(t.Context(), w.in, w.payload())
	if err != nil || answer != (Answer{}) || len(w.Messages()) != 0 {
		t.Errorf("%+v, error %v", answer, err)
	}
}

func TestLogThatFails(t *testing.T) {
	w := newWorld(t)
	w.write(finding("a"))
	payload := w.payload()
	for name, fault := range map[string]local.Fault{
		"quota":   {Action: "log:GetCursorOrData", Times: 1, Status: 403, Code: "ReadQuotaExceed", Message: "too fast"},
		"failing": {Action: "log:GetCursorOrData", Times: 1, Status: 503},
		"cut":     {Action: "log:GetCursorOrData", Times: 1, LoseResponse: true},
	} {
		remove := w.Inject(fault)
		if answer, err := w.notifier().Handle(t.Context(), w.in, payload); err != nil || answer.Records != 1 {
			t.Errorf("%s: %+v, error %v", name, answer, err)
		}
		remove()
	}
	sent := len(w.Messages())
	remove := w.Inject(local.Fault{Action: "log:GetCursorOrData", Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), reserve+200*time.Millisecond)
	_, err := w.notifier().Handle(ctx, w.in, payload)
	if cancel(); err == nil || !strings.Contains(err.Error(), "Deadline") {
		t.Errorf("a log that hangs: %v", err)
	}
	remove()
	w.in.Credentials = w.session(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}`)
	_, err = w.notifier().Handle(t.Context(), w.in, payload)
	if err == nil || !strings.Contains(err.Error(), "Unauthorized") || !strings.Contains(err.Error(), "audit-project/audit") {
		t.Errorf("without permission: %v", err)
	}
	w.in.Credentials.AccessKeySecret = "wrong-but-long-enough-to-look-real"
	_, err = w.notifier().Handle(t.Context(), w.in, payload)
	if err == nil || strings.Contains(err.Error(), w.in.Credentials.SecurityToken) {
		t.Errorf("with a wrong secret: %v", err)
	}
	if len(w.Messages()) != sent {
		t.Error("sent what could not be read")
	}
}

func TestPayloads(t *testing.T) {
	w := newWorld(t)
	for _, payload := range []string{``, `x`, `[]`, `"text"`, `{}`, `{"source":"acs.ecs","specversion":"1.0"}`, `{"source":{}}`,
		`{"source":{"endpoint":"https://evil.example","projectName":"p","logstoreName":"l","shardId":0,"beginCursor":"b","endCursor":"e"}}`} {
		if _, err := w.notifier().Handle(t.Context(), w.in, []byte(payload)); err == nil {
			t.Errorf("%s is taken", payload)
		}
	}
}

const cloudEvent = `{"id":"1","source":"acs.ecs","specversion":"1.0","type":"ecs:ActionTrail:ApiCall","time":"2026-03-01T03:02:11Z","aliyunaccountid":"1000000000000001",
	"data":{"eventId":"e-1","eventName":"AuthorizeSecurityGroup","eventTime":"2026-03-01T03:02:11Z","eventType":"ApiCall","serviceName":"Ecs","acsRegion":"cn-hangzhou","requestParameters":{"Password":"pl4in"},
	"userIdentity":{"type":"ram-user","userName":"alice"},"referencedResources":{"ACS::ECS::SecurityGroup":["sg-1"]}}}`

// What a function gave up on is named: what it was asked to look at, or what its practice finds
// in the event, even where the event names something else besides, or nothing.
func TestGaveUpOnWhat(t *testing.T) {
	const call = `{"id":"1","source":"acs.ecs","specversion":"1.0","type":"ecs:ActionTrail:ApiCall","time":"2026-03-01T03:02:11Z","aliyunaccountid":"1000000000000001",
		"data":{"eventId":"e-1","eventName":"JoinSecurityGroup","eventTime":"2026-03-01T03:02:11Z","eventType":"ApiCall","serviceName":"Ecs","acsRegion":"cn-hangzhou",
		"requestParameters":{"SecurityGroupId":"sg-1","InstanceId":"i-1"},"userIdentity":{"type":"ram-user","userName":"alice"}%s}}`
	bare, besides := fmt.Sprintf(call, ""), fmt.Sprintf(call, `,"referencedResources":{"ACS::VPC::VPC":["vpc-1"]}`)
	look := `{"ecsguard":"look","event":` + besides + `,"targets":[{"type":"ACS::ECS::SecurityGroup","id":"sg-7"},{"type":"ACS::ECS::SecurityGroup","id":"sg-8"},{"type":"ACS::ECS::SecurityGroup","id":"sg-9"}]}`
	looksAt := func(id, kind, where string) *practice.Practice {
		return &practice.Practice{ID: id, Resource: kind, Triggers: []practice.Trigger{{Service: "ecs", Name: "JoinSecurityGroup", Resource: where}}}
	}
	all := []*practice.Practice{looksAt("of-groups", "ACS::ECS::SecurityGroup", "params.SecurityGroupId"), looksAt("of-instances", "ACS::ECS::Instance", "params.InstanceId")}
	for name, test := range map[string]struct {
		function, request string
		says              []string
	}{
		"a practice":                         {"ecsguard-of-instances", bare, []string{"gave up on JoinSecurityGroup; i-1, by alice", "instance, i-1, cn-hangzhou"}},
		"something besides":                  {"ecsguard-of-groups", besides, []string{"gave up on JoinSecurityGroup; sg-1, by alice", "security group, sg-1, cn-hangzhou"}},
		"triage":                             {"ecsguard-router", bare, []string{"gave up on JoinSecurityGroup; sg-1 and 1 more, by alice", "security group, sg-1, cn-hangzhou, account 1000000000000001; and i-1"}},
		"a look":                             {"ecsguard-of-groups", look, []string{"gave up on JoinSecurityGroup; sg-7 and 2 more, by alice", "; and sg-8, sg-9"}},
		"whose practice is not there":        {"ecsguard-of-old", besides, []string{"gave up on JoinSecurityGroup; sg-1 and 1 more"}},
		"an event that no practice asks for": {"ecsguard-router", strings.ReplaceAll(besides, "JoinSecurityGroup", "LeaveSecurityGroup"), []string{"gave up on LeaveSecurityGroup; vpc-1, by alice"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			n := w.notifier()
			n.Practices = all
			_, err := n.Handle(t.Context(), w.in, fmt.Appendf(nil, `{"timestamp":1772334131000,"requestContext":{"requestId":"failed-1","functionName":%q,"condition":"FunctionError","approximateInvokeCount":4},
				"requestPayload":%s,"responseContext":{"statusCode":200,"functionError":"UnhandledInvocationError"},"responsePayload":"{\"errorMessage\":\"the log refuses\"}"}`, test.function, test.request))
			if err != nil || len(w.Messages()) != 1 {
				t.Fatalf("%d messages, %v", len(w.Messages()), err)
			}
			for _, s := range test.says {
				if got := w.Messages()[0].Text; !strings.Contains(got, s) {
					t.Errorf("the message does not say %q:\n%s", s, got)
				}
			}
		})
	}
}

// Function Compute's payload has the event as text, as JSON, or not at all.
func TestGaveUp(t *testing.T) {
	text, _ := json.Marshal(cloudEvent)
	for name, test := range map[string]struct {
		request, response string
		says              []string
	}{
		"text":       {string(text), `"{\"errorMessage\":\"ecs:DescribeSecurityGroupAttribute: Forbidden.RAM\",\"errorType\":\"wrapError\",\"stackTrace\":[]}"`, []string{"gave up on AuthorizeSecurityGroup", "sg-1, cn-hangzhou", "Forbidden.RAM."}},
		"JSON":       {cloudEvent, `{"errorMessage":"timed out"}`, []string{"gave up on AuthorizeSecurityGroup", "sg-1, cn-hangzhou", "Timed out.", "alice (RAM user)"}},
		"unreadable": {`"half a CloudEv"`, `null`, []string{"gave up on an event", "UnhandledInvocationError."}},
		"no answer":  {`""`, `""`, []string{"gave up on an event"}},
		"timer":      {`"{\"triggerTime\":\"2026-03-01T03:00:00Z\",\"triggerName\":\"sweep\",\"payload\":\"\"}"`, `"process exited"`, []string{"gave up on sweep", "Process exited."}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.notifier().Handle(t.Context(), w.in, fmt.Appendf(nil, `{"timestamp":1772334131000,"requestContext":{"requestId":"failed-1",
				"functionArn":"acs:fc:cn-hangzhou:1000000000000001:functions/sg-public-ingress/LATEST","condition":"FunctionError","approximateInvokeCount":4},
				"requestPayload":%s,"responseContext":{"statusCode":200,"functionError":"UnhandledInvocationError"},"responsePayload":%s}`, test.request, test.response))
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Messages()) != 1 || len(w.Webhooks()) != 1 {
				t.Fatalf("%d messages, %d deliveries", len(w.Messages()), len(w.Webhooks()))
			}
			got := w.Messages()[0].Text
			for _, s := range append(test.says, "sg-public-ingress", "after 4 tries", "2026-03-01 03:02:11 UTC", "failed-1") {
				if !strings.Contains(got, s) {
					t.Errorf("the message does not say %q:\n%s", s, got)
				}
			}
			if strings.Contains(got, "pl4in") || strings.Contains(w.log.String(), "pl4in") {
				t.Error("the event is dumped")
			}
		})
	}
}

// Forty functions that give up at once are few messages, each is named in one, and none is
// told twice.
func TestManyGiveUpAtOnce(t *testing.T) {
	w := newWorld(t)
	n := w.notifier()
	const many = 40
	var left []int
	deliver := func(i, attempt int) error {
		in := w.in
		in.Attempt = attempt
		_, err := n.Handle(t.Context(), in, fmt.Appendf(nil, `{"timestamp":1772334131000,"requestContext":{"requestId":"failed-%02d","functionName":"practice-%02d","approximateInvokeCount":4},
			"requestPayload":%q,"responseContext":{"functionError":"UnhandledInvocationError"},"responsePayload":"{\"errorMessage\":\"the audit log is out of reach\"}"}`, i, i, cloudEvent))
		return err
	}
	for i := range many {
		if err := deliver(i, 0); err != nil {
			left = append(left, i)
		}
	}
	if told := len(w.Webhooks()); told+len(left) != many || told == 0 || len(left) == 0 {
		t.Fatalf("%d are told, and %d wait", told, len(left))
	}
	for _, i := range left {
		if err := deliver(i, 1); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	var all strings.Builder
	for _, m := range w.Messages() {
		all.WriteString(m.Text)
	}
	for i := range many {
		if got := strings.Count(all.String(), fmt.Sprintf("failed-%02d", i)); got != 1 {
			t.Errorf("request failed-%02d is told %d times", i, got)
		}
	}
	if len(w.Messages()) > 5 || !strings.Contains(all.String(), "37 functions gave up on 37 events") || !strings.Contains(all.String(), "audit log is out of reach (37 times)") {
		t.Errorf("%d messages:\n%s", len(w.Messages()), all.String())
	}
}

// As DingTalk makes them.
var (
	realToken  = strings.Repeat("0123456789abcdef", 4)
	realSecret = "SEC" + strings.Repeat("fedcba9876543210", 4)
	robotURL   = "https://oapi.dingtalk.com/robot/send?access_token=" + realToken
)

// Whatever a robot goes by, it takes the messages, or it is told what is not set right.
func TestRobotsSecurity(t *testing.T) {
	for name, x := range map[string]struct {
		security local.RobotSecurity
		env      map[string]string
		says     string // of the error; empty: the message is taken
	}{
		"signature":          {local.RobotSecurity{Secret: realSecret}, map[string]string{dingtalk.EnvSecret: realSecret}, ""},
		"another secret":     {local.RobotSecurity{Secret: realSecret}, map[string]string{dingtalk.EnvSecret: realSecret + "0"}, "the secret in " + dingtalk.EnvSecret + " is not the robot's"},
		"no secret":          {local.RobotSecurity{Secret: realSecret}, nil, "no secret is set: put it into " + dingtalk.EnvSecret},
		"keyword":            {local.RobotSecurity{Keywords: []string{"other", "守卫"}}, map[string]string{dingtalk.EnvKeyword: "守卫"}, ""},
		"another keyword":    {local.RobotSecurity{Keywords: []string{"守卫"}}, map[string]string{dingtalk.EnvKeyword: "alarm"}, "the keyword in " + dingtalk.EnvKeyword + " is not one of the robot's"},
		"no keyword":         {local.RobotSecurity{Keywords: []string{"守卫"}}, nil, "none is set: put it into " + dingtalk.EnvKeyword},
		"addresses":          {local.RobotSecurity{Addresses: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}, nil, ""},
		"not on the list":    {local.RobotSecurity{Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}, nil, "from the addresses on its list"},
		"keyword and secret": {local.RobotSecurity{Secret: realSecret, Keywords: []string{"ecsguard"}}, map[string]string{dingtalk.EnvSecret: realSecret, dingtalk.EnvKeyword: "ecsguard"}, ""},
	} {
		w := newWorld(t)
		w.AddSecureRobot(realToken, x.security)
		env := map[string]string{dingtalk.EnvToken: realToken}
		maps.Copy(env, x.env)
		channels, err := FromEnv(func(name string) string { return env[name] }, channel.Transport{HTTP: w.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		err = channels[0].Send(t.Context(), message.Failure{Function: "f", Request: "r"}.Message())
		if (err == nil) != (x.says == "") || err != nil && !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFromEnv(t *testing.T) {
	for _, test := range []struct {
		env      map[string]string
		channels []string
		says     []string // of the error; none is no error
	}{
		{map[string]string{}, nil, []string{dingtalk.EnvToken, dingtalk.EnvSecret, webhook.EnvURL}},
		{map[string]string{dingtalk.EnvToken: token, dingtalk.EnvSecret: secret}, []string{"dingtalk"}, nil},
		{map[string]string{webhook.EnvURL: hook}, []string{"webhook"}, nil},
		{map[string]string{dingtalk.EnvToken: token, dingtalk.EnvSecret: secret, dingtalk.EnvAt: "13800000000, +81-9012345678", webhook.EnvURL: hook, webhook.EnvSecret: secret}, []string{"dingtalk", "webhook"}, nil},
		{map[string]string{dingtalk.EnvToken: token}, []string{"dingtalk"}, nil}, // a robot that goes by a keyword or by addresses
		{map[string]string{dingtalk.EnvToken: token, dingtalk.EnvKeyword: "ecsguard"}, []string{"dingtalk"}, nil},
		{map[string]string{dingtalk.EnvKeyword: "ecsguard"}, nil, []string{dingtalk.EnvToken}},
		{map[string]string{dingtalk.EnvToken: realSecret, dingtalk.EnvSecret: realToken}, nil, []string{"swapped", dingtalk.EnvToken, dingtalk.EnvSecret}},
		{map[string]string{dingtalk.EnvToken: realSecret, dingtalk.EnvSecret: robotURL}, nil, []string{"swapped"}},
		{map[string]string{dingtalk.EnvToken: realSecret}, nil, []string{dingtalk.EnvToken + ": holds a secret"}},
		{map[string]string{dingtalk.EnvToken: realSecret, dingtalk.EnvSecret: realSecret}, nil, []string{dingtalk.EnvToken + ": holds a secret"}},
		{map[string]string{dingtalk.EnvToken: realToken, dingtalk.EnvSecret: realToken}, nil, []string{dingtalk.EnvSecret + ": holds what looks like a token"}},
		{map[string]string{dingtalk.EnvToken: realToken, dingtalk.EnvSecret: robotURL}, nil, []string{dingtalk.EnvSecret + ": holds the robot's address"}},
		{map[string]string{dingtalk.EnvToken: robotURL}, nil, []string{dingtalk.EnvToken + ": holds more than the token"}},
		{map[string]string{dingtalk.EnvToken: "access_token=" + realToken}, nil, []string{dingtalk.EnvToken + ": holds more than the token"}},
		{map[string]string{dingtalk.EnvToken: `"` + realToken + `"`}, nil, []string{dingtalk.EnvToken + ": holds a space or a quotation mark"}},
		{map[string]string{dingtalk.EnvToken: realToken, dingtalk.EnvKeyword: realSecret}, nil, []string{dingtalk.EnvKeyword}},
		{map[string]string{dingtalk.EnvToken: realToken, dingtalk.EnvSecret: realSecret}, []string{"dingtalk"}, nil},
		{map[string]string{dingtalk.EnvSecret: secret}, nil, []string{dingtalk.EnvToken}},
		{map[string]string{dingtalk.EnvToken: "https://oapi.dingtalk.com/robot/send?access_token=" + token, dingtalk.EnvSecret: secret}, nil, []string{dingtalk.EnvToken, "access_token="}},
		{map[string]string{dingtalk.EnvToken: token, dingtalk.EnvSecret: secret, dingtalk.EnvAt: "bob"}, nil, []string{dingtalk.EnvAt, "number 1"}},
		{map[string]string{dingtalk.EnvToken: token, dingtalk.EnvSecret: secret, dingtalk.EnvAt: strings.Repeat("13800000000,", 20) + "13800000000"}, nil, []string{dingtalk.EnvAt}},
		{map[string]string{webhook.EnvURL: "http://hooks.example.com/in?key=qu3ry-secret"}, nil, []string{webhook.EnvURL, "https"}},
		{map[string]string{webhook.EnvSecret: secret}, nil, []string{webhook.EnvURL}},
	} {
		channels, err := FromEnv(func(name string) string { return test.env[name] }, channel.Transport{})
		var names []string
		for _, c := range channels {
			names = append(names, c.Name())
		}
		if !slices.Equal(names, test.channels) || (err == nil) != (test.says == nil) {
			t.Errorf("%v: channels %v, error %v", test.env, names, err)
		}
		for _, s := range test.says {
			if err != nil && !strings.Contains(err.Error(), s) {
				t.Errorf("the error does not say %q: %v", s, err)
			}
		}
		for _, s := range []string{token, secret, "qu3ry-secret", "bob", realToken, realSecret} {
			if err != nil && strings.Contains(err.Error(), s) {
				t.Errorf("the error shows %q: %v", s, err)
			}
		}
	}
	channels, _ := FromEnv(func(name string) string {
		return map[string]string{dingtalk.EnvToken: token, dingtalk.EnvSecret: secret, dingtalk.EnvAt: "all"}[name]
	}, channel.Transport{})
	if d := channels[0].(dingtalk.DingTalk); !d.AtAll || d.Token != token || d.Secret != secret {
		t.Error("settings do not reach the robot")
	}
}
