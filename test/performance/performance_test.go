package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/performance/script"
)

// spans reads "0-30 30-60", in milliseconds.
func spans(text string) (all []span) {
	zero := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for word := range strings.FieldsSeq(text) {
		var begin, end int
		if _, err := fmt.Sscanf(word, "%d-%d", &begin, &end); err != nil {
			panic(err)
		}
		all = append(all, span{zero.Add(time.Duration(begin) * time.Millisecond), zero.Add(time.Duration(end) * time.Millisecond)})
	}
	return all
}

func TestRoundTrips(t *testing.T) {
	for _, c := range []struct {
		name, spans string
		chain       int
		stages      []int
	}{
		{"nothing", "", 0, []int{}},
		{"one", "0-30", 1, []int{0}},
		{"one after the other, and at once", "0-30 30-60 60-90", 3, []int{0, 1, 2}},
		{"side by side", "0-30 1-31 2-29", 1, []int{0, 0, 0}},
		{"two, then one", "0-30 1-31 31-61", 2, []int{0, 0, 1}},
		{"what takes long does not hide what is short", "0-100 0-30 30-60 60-90", 3, []int{0, 0, 1, 2}},
		{"a touch too early", "0-30 29-59", 1, []int{0, 0}},
		{"in no order", "60-90 0-30 30-60", 3, []int{2, 0, 1}},
		{"waits for one of two", "0-30 0-60 30-90 90-120", 3, []int{0, 0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chain(spans(c.spans)); got != c.chain {
				t.Errorf("a chain of %d, want %d", got, c.chain)
			}
			if got := stages(spans(c.spans)); !slices.Equal(got, c.stages) {
				t.Errorf("stages %v, want %v", got, c.stages)
			}
		})
	}
}

func TestFigure(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Figure
	}{
		{nil, Figure{}},
		{[]float64{3}, Figure{3, 3, 3}},
		{[]float64{9, 1, 5}, Figure{1, 5, 9}},
		{[]float64{4, 1, 2, 10}, Figure{1, 3, 10}},
	} {
		if got := figure(c.values); got != c.want {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
	}
}

// call is a call as the cloud notes it.
func call(request, role, invocation, action string, at span, params ...string) cloud.Call {
	product, _, _ := strings.Cut(action, ":")
	c := cloud.Call{Time: at.begin, Duration: at.end.Sub(at.begin), Product: product, Action: action, RequestID: request, Params: map[string]string{}}
	if role != "" {
		c.Principal = cloud.Principal{Type: "assumed-role", Name: role + ":session", AccessKeyID: invocation}
	}
	for i := 0; i < len(params); i += 2 {
		c.Params[params[i]] = params[i+1]
	}
	_, name, _ := strings.Cut(action, ":")
	c.Write = !strings.HasPrefix(name, "Describe") && name != "GetLogStoreLogs"
	return c
}

func TestWhatIsCounted(t *testing.T) {
	at := spans("0-30 0-30 0-30 30-60 60-90 90-120 5-35 100-130")
	at[0].end = at[0].begin
	p := period{
		cpu:    5 * time.Millisecond,
		events: []cloud.Delivered{{Time: at[0].begin, Event: []byte(`{"group":"sg-0001"}`)}},
		calls: []cloud.Call{
			call("1", "", "", "ecs:AuthorizeSecurityGroup", at[1], "SecurityGroupId", "sg-0001"), // the user's
			call("2", "ecsguard-a", "k1", "ecs:DescribeSecurityGroupAttribute", at[1], "SecurityGroupId", "sg-0001"),
			call("3", "ecsguard-a", "k1", "sls:GetLogStoreLogs", at[2]),
			call("4", "ecsguard-a", "k1", "sls:PostLogStoreLogs", at[3]),
			call("5", "ecsguard-a", "k1", "ecs:RevokeSecurityGroup", at[4], "SecurityGroupId", "sg-0001"),
			call("6", "ecsguard-a", "k1", "ecs:DescribeSecurityGroupAttribute", at[5], "SecurityGroupId", "sg-0001"),
			call("7", "ecsguard-b", "k2", "ecs:DescribeSecurityGroupAttribute", at[6], "SecurityGroupId", "sg-0001"),
			call("8", "ecsguard-triage", "k3", "fc:InvokeFunction", at[1]),
			call("10", "ecsguard-triage", "k3", "ecs:DescribeSecurityGroupAttribute", at[0], "SecurityGroupId", "sg-0001"),
			call("11", "ecsguard-triage", "k3", "ecs:DescribeSecurityGroupAttribute", at[0], "SecurityGroupId", "sg-0001"),
			call("12", "ecsguard-triage", "k3", "sls:PostLogStoreLogs", at[1]),
			call("9", "ecsguard-notify", "k4", "sls:GetLogStoreLogs", at[7]),
		},
		invocations: []cloud.Invocation{{Function: "a", Status: 200}, {Function: "b", Status: 200}, {Function: "b", Status: 429}, {Function: "ecsguard-triage", Status: 200}},
		exchanges:   []exchange{{id: "1", fresh: true}, {id: "2", fresh: true}, {id: "3"}, {id: "7", fresh: true}, {id: "8", fresh: true}, {id: "9", fresh: true}},
	}
	want := sample{
		"cpu": 5, "woken": 2, "invocations": 2, "reads": 3, "different": 1, "judgements": 1, "judging": 2, "judged": 1, "log": 3, "changes": 1, "refused": 1,
		"connections": 3, "connections-acting": 1, "trips": 3, "trips-most": 3, "time": 90, "slowest": 90,
	}
	got := p.measures()
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s is %v, want %v", name, got[name], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
}

// What a function sends can be read back and sent again: what the harness captures is
// played here, and captured a second time.
func TestCallsAreMadeAgain(t *testing.T) {
	group := &sls.LogGroup{Topic: proto.String(""), Source: proto.String("ecsguard"), Logs: []*sls.Log{{Time: proto.Uint32(1),
		Contents: []*sls.LogContent{{Key: proto.String("kind"), Value: proto.String("intent")}}}}}
	text, err := proto.Marshal(group)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cloud.New(cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := watch(c)
	w.keep(true)
	s := script.Script{Stages: [][]script.Step{
		{{Product: "ecs", Version: "2014-05-26", Action: "DescribeRegions", Host: "ecs.cn-hangzhou.aliyuncs.com", Params: map[string]string{"AcceptLanguage": "en-US"}}},
		{{Project: "ecsguard", Store: "audit", Log: script.Search, Search: &sls.GetLogRequest{From: 1, To: 2, Lines: 100, Query: "a: b"}},
			{Project: "ecsguard", Store: "audit", Log: script.Put, Group: text},
			{Project: "ecsguard", Store: "audit", Log: script.Put, Group: text, HashKey: "00ff"}},
		{{Project: "ecsguard", Store: "audit", Log: script.Cursor, Shard: 1, From: "end"}, {Project: "ecsguard", Store: "audit", Log: script.Pull, Shard: 1, Cursor: "MQ==", Count: 10},
			{Project: "ecsguard", Store: "audit", Log: script.Shards}},
	}}
	user := c.AddUser("kenji")
	for n, stage := range s.Stages {
		for _, step := range stage {
			one, err := script.Prepare(script.Script{Stages: [][]script.Step{{step}}})
			if err != nil {
				t.Fatal(err)
			}
			player := script.Player{Region: "cn-hangzhou", AccessKeyID: user.AccessKeyID, Secret: user.AccessKeySecret, Transport: c.Transport()}
			failed := player.Play(one) // most are refused: it matters what is sent
			seen := w.take()
			if len(seen) == 0 {
				t.Fatalf("stage %d: %+v was not sent: %v", n, step, failed)
			}
			got, err := script.Of(seen[0].request, seen[0].body)
			if err != nil {
				t.Fatal(err)
			}
			delete(got.Params, "RegionId") // the SDK's
			if fmt.Sprintf("%+v", flat(got)) != fmt.Sprintf("%+v", flat(step)) {
				t.Errorf("sent\n%+v, read back\n%+v", flat(step), flat(got))
			}
		}
	}
}

// flat has no pointers, so that two steps can be compared as text.
func flat(s script.Step) any {
	search := ""
	if s.Search != nil {
		search, s.Search = fmt.Sprintf("%+v", *s.Search), nil
	}
	return []any{s, search}
}

func TestWhatCannotBeMadeAgainIsNamed(t *testing.T) {
	for _, r := range []*http.Request{
		httptest.NewRequest("DELETE", "https://ecsguard.cn-hangzhou.log.aliyuncs.com/logstores/audit", nil),
		httptest.NewRequest("POST", "https://1.cn-hangzhou.fc.aliyuncs.com/2023-03-30/functions/a/invocations", nil),
	} {
		if s, err := script.Of(r, nil); err == nil {
			t.Errorf("%s %s is read as %+v", r.Method, r.URL, s)
		}
	}
}

func TestAProfileIsDivided(t *testing.T) {
	const traces = `File: main
Type: cpu
Duration: 55s, Total samples = 20ms ( 1.74%)
-----------+-------------------------------------------------------
       4ms   runtime.mallocgc
             encoding/json.Unmarshal
             github.com/ecsguard/ecsguard/shared/cloud.Decode
             github.com/ecsguard/ecsguard/shared/engine.(*look).check
-----------+-------------------------------------------------------
       8ms   crypto/tls.(*Conn).Write
             net/http.(*persistConn).writeLoop
-----------+-------------------------------------------------------
       4ms   strings.Index
             github.com/aliyun/alibaba-cloud-sdk-go/sdk.(*Client).DoAction
             github.com/ecsguard/ecsguard/shared/cloud.(*Client).once
-----------+-------------------------------------------------------
       4ms   runtime.scanObject
             runtime.gcBgMarkWorker
-----------+-------------------------------------------------------
`
	got, err := attribute(traces)
	if err != nil {
		t.Fatal(err)
	}
	if got["own"] != 0.2 || got["sdk"] != 0.6 || got["runtime"] != 0.2 {
		t.Errorf("%v", got)
	}
	for _, text := range []string{"", "-----------+---\n  one   runtime.futex\n"} {
		if got, err := attribute(text); err == nil {
			t.Errorf("%q is divided into %v", text, got)
		}
	}
}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"a/main": 100_000, "b/main": 300_000, "b/readme": 50} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o755)
		if strings.HasSuffix(name, "readme") {
			mode = 0o644
		}
		if err := os.WriteFile(file, make([]byte, size), mode); err != nil {
			t.Fatal(err)
		}
	}
	s := sample{}
	if err := sizes(dir, s); err != nil {
		t.Fatal(err)
	}
	if s["binaries"] != 2 || s["binary"] != 0.3 || s["target"] != 0.40005 || s["zip"] <= 0 || s["zip"] > 0.01 {
		t.Errorf("%v", s)
	}
}

// The figures that are kept in the project fill the document.
func TestTheDocument(t *testing.T) {
	var before Run
	var noted []Noted
	for file, into := range map[string]any{"before.json": &before, "recorded.json": &noted} {
		if err := readJSON(file, into); err != nil {
			t.Fatal(err)
		}
	}
	now := filepath.Join(t.TempDir(), "now.json")
	if err := before.print(now); err != nil {
		t.Fatal(err)
	}
	var again Run
	if err := readJSON(now, &again); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "performance.md")
	if err := write(file, before, again, noted); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 6 && cells[2] != cells[3] && !strings.Contains(line, "before | now") && !isNoted(noted, line) {
			t.Errorf("the same figures are written differently: %s", line)
		}
	}
	for id := range goals {
		if _, ok := before.Figures[id]; !ok {
			t.Errorf("a goal for %s, which is not measured", id)
		}
	}
}

func isNoted(noted []Noted, line string) bool {
	return slices.ContainsFunc(noted, func(n Noted) bool { return strings.Contains(line, n.What) })
}
