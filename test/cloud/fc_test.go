package cloud

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alibabacloud-go/tea/tea"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestFunctionKnowsWhoItIs(t *testing.T) {
	c := fcCloud(t)
	arn := c.AddRole("Guard-Echo", fcTrust)
	deploy(t, c, fc.Function{Name: "echo", Role: arn, TimeoutSec: 7, Env: map[string]string{"MODE": "observe"}})
	a := call(t, c, "echo", `{"x":1}`)
	if a.Function != "echo" || a.Region != c.Region || a.Account != c.Account || a.Request == "" || a.Env["MODE"] != "observe" || string(a.Event) != `{"x":1}` {
		t.Errorf("%+v", a)
	}
	if a.Left <= 0 || a.Left > 7*time.Second {
		t.Errorf("%v left, want under 7s", a.Left)
	}
	if !strings.HasPrefix(a.KeyID, "STS.") {
		t.Errorf("credentials %q are not of a session", a.KeyID)
	}
	if os.Getenv("GOPATH")+os.Getenv("USER")+os.Getenv("PWD") != "" && a.Env["GOPATH"]+a.Env["USER"] != "" {
		t.Errorf("this machine's environment reached the function: %v", a.Env)
	}
	inv := c.Invocations()
	if len(inv) != 1 || inv[0].RequestID != a.Request || !inv[0].Cold || inv[0].Async || inv[0].Status != 200 || inv[0].Error != "" {
		t.Errorf("%+v", inv)
	}
}

func TestFunctionErrorsAreAnsweredAsTheRealOnesAre(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo"})
	deploy(t, c, fc.Function{Name: "short", TimeoutSec: 1})
	for _, x := range []struct{ function, body, want string }{
		{"echo", `{"Do":"fail","Failures":9}`, `"errorMessage":"not yet"`},
		{"echo", `{"Do":"panic"}`, `"errorMessage":"as told"`},
		{"echo", `{"Do":"exit"}`, "Process exited unexpectedly before completing request"},
		{"short", `{"Do":"hang"}`, "Function timed out after 1 seconds"},
		{"echo", `[]`, `"errorType":"UnmarshalTypeError"`},
	} {
		resp, text, err := invoke(t, c, c.RootSession(), x.function, x.body, map[string]string{"x-fc-log-type": "Tail"})
		if err != nil {
			t.Fatal(err)
		}
		kind := tea.StringValue(resp.Headers["x-fc-error-type"])
		if kind != "UnhandledInvocationError" || !strings.Contains(text, x.want) || tea.Int32Value(resp.StatusCode) != 200 {
			t.Errorf("%s: HTTP %d, %s, %s", x.body, tea.Int32Value(resp.StatusCode), kind, text)
		}
		if tail, err := base64.StdEncoding.DecodeString(tea.StringValue(resp.Headers["x-fc-log-result"])); err != nil || !bytes.Contains(tail, []byte("FC Invoke Start")) {
			t.Errorf("%s: log tail %q %v", x.body, tail, err)
		}
	}
	if log := c.FunctionLogs("echo"); !strings.Contains(log, "last words") {
		t.Errorf("what a process wrote before its end is lost: %q", log)
	}
	if log := c.FunctionLogs("short"); !strings.Contains(log, "hanging") {
		t.Errorf("what a killed process wrote is lost: %q", log)
	}
	// After all this the function works: a new process where the old one died.
	call(t, c, "echo", `{}`)
}

func TestOneInstanceIsReusedFrozenAndThawed(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo"})
	first := call(t, c, "echo", `{}`)
	waitForState(t, first.PID, 'T')
	second := call(t, c, "echo", `{}`)
	if second.PID != first.PID {
		t.Errorf("process %d, then %d", first.PID, second.PID)
	}
	waitForState(t, first.PID, 'T')
	if inv := c.Invocations(); !inv[0].Cold || inv[1].Cold {
		t.Errorf("cold: %t, %t", inv[0].Cold, inv[1].Cold)
	}
	c.Kill("echo")
	if third := call(t, c, "echo", `{}`); third.PID == first.PID {
		t.Error("a killed process answered")
	}
	c.Close()
	for _, pid := range []int{first.PID} {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d outlives the cloud", pid)
		}
	}
}

// waitForState waits until a process is in a state; a signal takes its time.
func waitForState(t *testing.T, pid int, want byte) {
	t.Helper()
	for { // until the test's own time is up
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			t.Skip("no /proc here: ", err)
		}
		_, after, _ := bytes.Cut(stat, []byte(") "))
		if after[0] == want {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestIdleInstancesAreReaped(t *testing.T) {
	c := fcCloud(t)
	c.InstanceIdle = time.Millisecond
	deploy(t, c, fc.Function{Name: "echo"})
	a := call(t, c, "echo", `{}`)
	eventually(t, "the end of the process", func() bool { return syscall.Kill(a.PID, 0) != nil })
	call(t, c, "echo", `{}`)
}

func TestCloseEndsWhatRuns(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo", MaxAsyncRetryAttempts: 8})
	waiting := filepath.Join(t.TempDir(), "never")
	call(t, c, "echo", fmt.Sprintf(`{"File":%q}`, waiting))
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.AddLogTrigger(fc.LogTrigger{Function: "echo", Project: "p-project", LogStore: "audit"}); err != nil {
		t.Fatal(err)
	}
	async(t, c, "echo", `{"Do":"hang"}`)
	var pids []int
	eventually(t, "a process", func() bool {
		c.Mu.Lock()
		defer c.Mu.Unlock()
		for i := range c.Functions["echo"].All {
			if pid := int(i.Pid.Load()); pid != 0 && c.Running > 0 {
				pids = append(pids, pid)
			}
		}
		return len(pids) > 0
	})
	c.Close()
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d outlives the cloud", pid)
		}
	}
	if len(pids) == 0 {
		t.Error("nothing ran")
	}
	if err := c.DeployFunction(fc.Function{Name: "late", Binary: echo}); err == nil {
		t.Error("deployed to a closed cloud")
	}
}

func TestInvokingFailsAsTold(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo"})
	c.Inject(kernel.Throttle("fc:InvokeFunction"))
	if _, _, err := invoke(t, c, c.RootSession(), "echo", `{}`, nil); fcCode(err) != "ResourceExhausted" {
		t.Error(err)
	}
	c.Inject(kernel.Fault{Action: "fc:InvokeFunction", Times: 1, Status: 500})
	if _, _, err := invoke(t, c, c.RootSession(), "echo", `{}`, nil); fcCode(err) != "InternalServerError" {
		t.Error(err)
	}
	// An answer that is lost is the work done all the same.
	c.Inject(kernel.Fault{Action: "fc:InvokeFunction", Times: 1, LoseResponse: true})
	if _, _, err := invoke(t, c, c.RootSession(), "echo", `{}`, map[string]string{"x-fc-invocation-type": "Async"}); err == nil {
		t.Error("the answer arrived")
	}
	idle(t, c)
	if n := len(attempts(c, "echo")); n != 1 {
		t.Errorf("ran %d times, want 1", n)
	}
}

func TestInvokingNeedsPermissionAndAFunction(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo"})
	deploy(t, c, fc.Function{Name: "other"})
	router := c.AddUser("router", allow("fc:InvokeFunction", fc.FunctionARN(c.Region, c.Account, "echo")))
	wrong := router
	wrong.AccessKeySecret += "x"
	for _, x := range []struct {
		k          kernel.Credentials
		name, want string
	}{
		{router, "echo", ""},
		{router, "other", "AccessDenied"},
		{c.AddUser("nobody"), "echo", "AccessDenied"},
		{wrong, "echo", "SignatureNotMatch"},
		{c.RootSession(), "nosuch", "FunctionNotFound"},
	} {
		if _, _, err := invoke(t, c, x.k, x.name, `{}`, nil); fcCode(err) != x.want {
			t.Errorf("%s: %v, want %s", x.name, err, x.want)
		}
	}
}

func TestBodyLimits(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo"})
	body := `{"pad":"` + strings.Repeat("x", fc.MaxAsyncBody) + `"}`
	if _, _, err := invoke(t, c, c.RootSession(), "echo", body, nil); err != nil {
		t.Error("synchronously:", err)
	}
	_, _, err := invoke(t, c, c.RootSession(), "echo", body, map[string]string{"x-fc-invocation-type": "Async"})
	if fcCode(err) != "EntityTooLarge" {
		t.Error("asynchronously:", err)
	}
	async(t, c, "echo", `{"pad":"`+strings.Repeat("x", fc.MaxAsyncBody-10)+`"}`)
	idle(t, c)
}

func TestAsynchronousErrorsAreRetriedAndCounted(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo", MaxAsyncRetryAttempts: 3})
	async(t, c, "echo", `{"Do":"fail","Failures":2}`)
	idle(t, c)
	inv := attempts(c, "echo")
	if len(inv) != 3 || inv[0].Error == "" || inv[1].Error == "" || inv[2].Error != "" {
		t.Fatalf("%+v", inv)
	}
	for n, i := range inv {
		if i.Attempt != n || i.RequestID != inv[0].RequestID || !i.Async {
			t.Errorf("attempt %d: %+v", n, i)
		}
	}
	if a := answerOf(t, inv[2].Result); a.Attempt != 2 {
		t.Errorf("the function was told it is attempt %d", a.Attempt)
	}
}

func TestWhatFailsForGoodGoesToTheDestination(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "notify"})
	arn := fc.FunctionARN(c.Region, c.Account, "notify")
	deploy(t, c, fc.Function{Name: "echo", MaxAsyncRetryAttempts: 1, OnFailure: arn})
	deploy(t, c, fc.Function{Name: "happy", OnSuccess: arn})
	for _, body := range []string{`{"Do":"fail","Failures":9}`, `{"Do":"exit"}`} {
		async(t, c, "echo", body)
		idle(t, c)
		if n := len(attempts(c, "echo")); n%2 != 0 {
			t.Fatalf("%s: %d attempts", body, n)
		}
		told := attempts(c, "notify")
		var d struct {
			Timestamp      int64
			RequestContext struct {
				RequestID, FunctionArn, Condition string
				ApproximateInvokeCount            int
			}
			RequestPayload  string
			ResponseContext struct {
				StatusCode    int
				FunctionError string
			}
			ResponsePayload string
		}
		if err := json.Unmarshal([]byte(told[len(told)-1].Payload), &d); err != nil {
			t.Fatal(err)
		}
		if d.RequestPayload != body || d.RequestContext.ApproximateInvokeCount != 2 || d.RequestContext.FunctionArn != fc.FunctionARN(c.Region, c.Account, "echo") ||
			d.ResponseContext.StatusCode != 200 || d.ResponseContext.FunctionError != "UnhandledInvocationError" || !strings.Contains(d.ResponsePayload, "errorMessage") {
			t.Errorf("%+v", d)
		}
	}
	async(t, c, "happy", `{}`)
	idle(t, c)
	if told := attempts(c, "notify"); len(told) != 3 {
		t.Errorf("notified %d times, want 3", len(told))
	}
}

func TestADestinationNeedsThePermissionOfTheFunctionsRole(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "notify"})
	arn := fc.FunctionARN(c.Region, c.Account, "notify")
	deploy(t, c, fc.Function{Name: "may", OnFailure: arn, Role: c.AddRole("may", fcTrust, allow("fc:InvokeFunction", arn))})
	deploy(t, c, fc.Function{Name: "maynot", OnFailure: arn, Role: c.AddRole("maynot", fcTrust, allow("fc:InvokeFunction", arn+"2"))})
	for _, name := range []string{"maynot", "may"} {
		async(t, c, name, `{"Do":"exit"}`)
		idle(t, c)
	}
	told := attempts(c, "notify")
	if len(told) != 2 || told[0].Status != http.StatusForbidden || told[0].Error != "AccessDenied" || told[1].Status != http.StatusOK {
		t.Errorf("%+v", told)
	}
}

func TestTaskIDRunsOnce(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "task", AsyncTask: true})
	deploy(t, c, fc.Function{Name: "plain"})
	again := func(name, id string) string {
		_, _, err := invoke(t, c, c.RootSession(), name, `{}`, map[string]string{"x-fc-invocation-type": "Async", "x-fc-async-task-id": id})
		return fcCode(err)
	}
	for _, x := range []struct{ name, id, want string }{
		{"task", "a1", ""},
		{"task", "a1", "StatefulAsyncInvocationAlreadyExists"},
		{"task", "a2", ""},
		{"plain", "a1", ""},
		{"plain", "a1", ""}, // without asyncTask ids are not told apart
		{"task", "1a", "InvalidArgument"},
		{"task", "a" + strings.Repeat("x", 128), "InvalidArgument"},
	} {
		if got := again(x.name, x.id); got != x.want {
			t.Errorf("%s %.10s: %q, want %q", x.name, x.id, got, x.want)
		}
	}
	idle(t, c)
	if got := again("task", "a1"); got != "StatefulAsyncInvocationAlreadyExists" {
		t.Error("an id is free again after its task:", got)
	}
	idle(t, c)
	if n := len(attempts(c, "task")); n != 2 {
		t.Errorf("ran %d tasks, want 2", n)
	}
}

func TestConcurrencyLimitThrottlesAndNothingIsLost(t *testing.T) {
	c := fcCloud(t)
	gate := filepath.Join(t.TempDir(), "gate")
	deploy(t, c, fc.Function{Name: "echo", ReservedConcurrency: 2})
	for i := range 8 {
		async(t, c, "echo", fmt.Sprintf(`{"n":%d,"File":%q}`, i, gate))
	}
	idle(t, c)
	done, throttled, pids := 0, 0, map[int]bool{}
	for _, i := range attempts(c, "echo") {
		switch {
		case i.Status == http.StatusTooManyRequests:
			throttled++
		case i.Error == "":
			done++
			pids[answerOf(t, i.Result).PID] = true
		}
	}
	if done != 8 || len(pids) > 2 {
		t.Errorf("%d done (%d throttled) by %d processes, want 8 by at most 2", done, throttled, len(pids))
	}
	// Held at the limit, a synchronous caller is told so.
	c.Mu.Lock()
	c.Functions["echo"].Running += 2
	c.Mu.Unlock()
	if _, _, err := invoke(t, c, c.RootSession(), "echo", `{}`, nil); fcCode(err) != "ResourceExhausted" {
		t.Error(err)
	}
}

func TestAnEventTooOldIsGivenUp(t *testing.T) {
	now := time.Now()
	c, err := New(kernel.Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.RetryBase = time.Millisecond
	deploy(t, c, fc.Function{Name: "notify"})
	deploy(t, c, fc.Function{Name: "echo", MaxAsyncRetryAttempts: 8, MaxAsyncEventAge: time.Nanosecond, OnFailure: fc.FunctionARN(c.Region, c.Account, "notify")})
	async(t, c, "echo", `{}`)
	idle(t, c)
	if len(attempts(c, "echo")) != 0 || len(attempts(c, "notify")) != 1 {
		t.Errorf("%+v", c.Invocations())
	}
}

func TestKilledInTheMiddleIsRetriedInANewProcess(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo", MaxAsyncRetryAttempts: 1})
	// The first call of the process kills it, at a definite point.
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	killed := false
	c.OnCall(func(call kernel.Call) {
		if call.Action == "log:PostLogStoreLogs" && !killed {
			killed = true
			c.Kill("echo")
		}
	})
	arn := c.AddRole("writer", fcTrust, allow("log:PostLogStoreLogs", "*"))
	deploy(t, c, fc.Function{Name: "echo", Role: arn, MaxAsyncRetryAttempts: 1})
	async(t, c, "echo", `{"Do":"write","Project":"p-project","Logstore":"audit"}`)
	idle(t, c)
	inv := attempts(c, "echo")
	if len(inv) != 2 || !strings.Contains(inv[0].Result, "Process exited unexpectedly") || inv[1].Error != "" || !inv[1].Cold {
		t.Errorf("%+v", inv)
	}
	if n := len(c.Logs("p-project", "audit")); n != 2 {
		t.Errorf("%d logs, want 2: the killed process had written its own", n)
	}
}

func TestRoleOfAFunctionIsEnforced(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	body := `{"Do":"write","Project":"p-project","Logstore":"audit"}`
	may := c.AddRole("may", fcTrust, allow("log:PostLogStoreLogs", "acs:log:*:*:project/p-project/logstore/audit"))
	deploy(t, c, fc.Function{Name: "may", Role: may})
	call(t, c, "may", body)
	deploy(t, c, fc.Function{Name: "maynot", Role: c.AddRole("maynot", fcTrust, allow("log:PostLogStoreLogs", "acs:log:*:*:project/p-project/logstore/other"))})
	if _, text, err := invoke(t, c, c.RootSession(), "maynot", body, nil); err != nil || !strings.Contains(text, "denied by sts or ram, action: log:PostLogStoreLogs") {
		t.Error(text, err)
	}
	if n := len(c.Logs("p-project", "audit")); n != 1 {
		t.Errorf("%d logs, want 1", n)
	}
	untrusted := kernel.Policy{Version: "1", Statement: []kernel.Statement{{Effect: "Allow", Action: kernel.TextList{"sts:AssumeRole"}, Principal: map[string]kernel.TextList{"Service": {"ecs.aliyuncs.com"}}}}}
	for _, role := range []string{c.AddRole("untrusting", untrusted), "acs:ram::" + c.Account + ":role/nosuch"} {
		if err := c.DeployFunction(fc.Function{Name: "bad", Binary: echo, Role: role}); err == nil {
			t.Errorf("deployed with role %s", role)
		}
	}
}

func TestFunctionReachesNothingOutside(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "echo"})
	for _, scheme := range []string{"http", "https"} {
		resp, text, err := invoke(t, c, c.RootSession(), "echo", `{"Do":"get","URL":"`+scheme+`://example.com/"}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		if scheme == "https" && tea.StringValue(resp.Headers["x-fc-error-type"]) == "" {
			t.Errorf("%s: %s", scheme, text)
		}
	}
	if hosts := c.Refused(); len(hosts) == 0 || hosts[0] != "example.com" {
		t.Errorf("refused %v", hosts)
	}
}

func TestHTTPTriggerAnswersAsTheFunctionSays(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "respond"})
	url, err := c.AddHTTPTrigger("respond", "POST")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: c.Transport()}
	resp, err := client.Post(url+"/undo?id=1", "application/json", strings.NewReader(`{"Do":"http"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	inv := attempts(c, "respond")
	var event struct {
		RawPath, Body   string
		QueryParameters map[string]string
		RequestContext  struct {
			HTTP struct{ Method, SourceIP string }
		}
	}
	if err := json.Unmarshal([]byte(inv[0].Payload), &event); err != nil {
		t.Fatal(err)
	}
	if event.RawPath != "/undo" || event.QueryParameters["id"] != "1" || event.Body != `{"Do":"http"}` || event.RequestContext.HTTP.Method != "POST" {
		t.Errorf("%+v", event)
	}
	if resp.StatusCode != http.StatusCreated || resp.Header.Get("X-Echo") != "yes" || string(body) != inv[0].RequestID {
		t.Errorf("HTTP %d, %v, %s", resp.StatusCode, resp.Header, body)
	}
	if resp, err := client.Get(url); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Error(resp, err)
	}
	if resp, err := client.Get("https://nosuch." + c.Region + ".fcapp.run"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Error(resp, err)
	}
}

func TestTimerInvokesAsynchronously(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "sweep"})
	if err := c.FireTimer("sweep", "daily", "everything"); err != nil {
		t.Fatal(err)
	}
	idle(t, c)
	inv := attempts(c, "sweep")
	var e struct{ TriggerTime, TriggerName, Payload string }
	if err := json.Unmarshal([]byte(inv[0].Payload), &e); err != nil || e.TriggerName != "daily" || e.Payload != "everything" {
		t.Errorf("%+v %v", e, err)
	}
	if _, err := time.Parse(time.RFC3339, e.TriggerTime); err != nil {
		t.Error(err)
	}
	if err := c.FireTimer("nosuch", "daily", ""); err == nil {
		t.Error("fired at nothing")
	}
}
