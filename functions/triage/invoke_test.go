package triage_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alibabacloud-go/tea/tea"

	"github.com/ecsguard/ecsguard/functions/triage"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// local is one cloud for all tests: the SDK takes its proxy and the certificates from
// the environment, and the process reads the certificates once.
var local *cloud.Cloud

func TestMain(m *testing.M) {
	os.Exit(func() int {
		c, err := cloud.New(cloud.Options{})
		if err != nil {
			panic(err)
		}
		defer c.Close()
		dir, err := os.MkdirTemp("", "ecsguard-triage-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		ca := filepath.Join(dir, "ca.pem")
		if err := c.WriteCA(ca); err != nil {
			panic(err)
		}
		for _, line := range c.Env(ca) {
			name, value, _ := strings.Cut(line, "=")
			os.Setenv(name, value)
		}
		local = c
		return m.Run()
	}())
}

// deploy makes a function with a name of its own, since all tests share the cloud. What
// it does is of no interest here.
func deploy(t *testing.T) (function string) {
	t.Helper()
	number++
	function = practice.FunctionName(fmt.Sprintf("function-%d", number))
	if err := local.DeployFunction(cloud.Function{Name: function, Binary: "/bin/true", AsyncTask: true}); err != nil {
		t.Fatal(err)
	}
	return function
}

var number int

// caller deploys a function and makes an Invoke whose role may invoke that one.
func caller(t *testing.T) (function string, invoke triage.Invoke, c cloud.Credentials) {
	t.Helper()
	function = deploy(t)
	parse := func(text string) cloud.Policy {
		p, err := cloud.ParsePolicy([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	role := local.AddRole("ecsguard-triage",
		parse(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`),
		parse(fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"fc:InvokeFunction","Resource":"acs:fc:*:*:functions/%s*"}]}`, function)))
	c, err := local.AssumeRole(role, "request", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	invoke, err = triage.FunctionCompute(local.Region, local.Account, ours.Credentials{
		AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken})
	if err != nil {
		t.Fatal(err)
	}
	return function, invoke, c
}

// calls are those for a function.
func calls(function string) (made []cloud.Call) {
	for _, c := range local.Calls() {
		if c.Action == "fc:InvokeFunction" && c.Params["functionName"] == function {
			made = append(made, c)
		}
	}
	return made
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestATaskIsAcceptedOnce(t *testing.T) {
	function, invoke, _ := caller(t)
	for _, want := range []error{nil, triage.ErrGiven} {
		if err := invoke(soon(t), function, "task-1", []byte(`{"a":1}`)); !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	made := calls(function)
	if len(made) != 2 || made[0].Status != http.StatusAccepted || made[1].Status != http.StatusConflict {
		t.Fatalf("%+v", made)
	}
	if p := made[0].Params; p["x-fc-async-task-id"] != "task-1" || p["x-fc-invocation-type"] != "Async" {
		t.Errorf("%v", p)
	}
	if err := invoke(soon(t), function, "task-2", []byte(`{"a":1}`)); err != nil {
		t.Error(err)
	}
}

func TestWhatEndsAnInvocationForGood(t *testing.T) {
	function, invoke, _ := caller(t)
	forbidden := deploy(t)
	for _, c := range []struct{ function, code string }{{forbidden, "AccessDenied"}, {forbidden + "-missing", "AccessDenied"}, {function + "-missing", "FunctionNotFound"}} {
		err := invoke(soon(t), c.function, "task-1", []byte(`{}`))
		if err == nil || ours.Retryable(err) || !strings.Contains(ours.Code(err), c.code) {
			t.Errorf("%s: %v", c.function, err)
		}
		if n := len(calls(c.function)); n != 1 {
			t.Errorf("%s: %d calls: it asked again", c.function, n)
		}
	}
	if err := invoke(soon(t), function, "task-1", make([]byte, triage.MaxBody+1)); err == nil || ours.Retryable(err) {
		t.Errorf("a body that is too large: %v", err)
	}
}

func TestWhatPasses(t *testing.T) {
	function, invoke, _ := caller(t)
	for name, c := range map[string]struct {
		fault cloud.Fault
		end   int // status of the last try
	}{
		"throttling":    {cloud.Throttle("fc:InvokeFunction"), http.StatusAccepted},
		"a cut":         {cloud.Fault{Reset: true, Times: 1}, http.StatusAccepted},
		"a failure":     {cloud.Fault{Status: 503, Times: 1}, http.StatusAccepted},
		"a lost answer": {cloud.Fault{LoseResponse: true, Times: 1}, http.StatusConflict}, // it meets its own task
	} {
		t.Run(name, func(t *testing.T) {
			c.fault.Action = "fc:InvokeFunction"
			t.Cleanup(local.Inject(c.fault))
			if err := invoke(soon(t), function, "task-"+strings.ReplaceAll(name, " ", "-"), []byte(`{}`)); err != nil {
				t.Error(err)
			}
			made := calls(function)
			if last := made[len(made)-1]; last.Status != c.end {
				t.Errorf("it ends with %d, want %d", last.Status, c.end)
			}
		})
	}
}

func TestACloudThatHangs(t *testing.T) {
	function, invoke, _ := caller(t)
	t.Cleanup(local.Inject(cloud.Fault{Action: "fc:InvokeFunction", Delay: time.Hour})) // whoever does not bound the call hangs, and the test with it
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := invoke(ctx, function, "task-1", []byte(`{}`)); err == nil || !ours.Retryable(err) {
		t.Error(err)
	}
	if err := invoke(ctx, function, "task-1", []byte(`{}`)); err == nil || !ours.Retryable(err) {
		t.Errorf("without time: %v", err)
	}
}

func TestNoSecretIsSaid(t *testing.T) {
	function, invoke, c := caller(t)
	signed := "signature does not match. server string is [POST /2023-03-30/functions x-acs-security-token:" + c.SecurityToken + "]"
	for name, f := range map[string]cloud.Fault{
		"a cut":           {Reset: true},
		"a failure":       {Status: 503},
		"a bad signature": {Status: 403, Code: "SignatureDoesNotMatch", Message: signed},
		"a refusal":       cloud.Deny("fc:InvokeFunction"),
		"hanging":         {Delay: time.Minute},
	} {
		f.Action = "fc:InvokeFunction"
		mend := local.Inject(f)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := invoke(ctx, function, "task-1", []byte(`{"secret":"body"}`))
		cancel()
		mend()
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, bad := range []string{c.AccessKeySecret, c.SecurityToken, "://", "Authorization", `"body"`} {
			if strings.Contains(err.Error(), bad) {
				t.Errorf("%s: %q is in the error: %v", name, bad, err)
			}
		}
	}
}

func TestKnownErrors(t *testing.T) {
	sdk := func(status int, code string) error {
		return &tea.SDKError{StatusCode: tea.Int(status), Code: tea.String(code), Message: tea.String("message")}
	}
	for _, c := range []struct {
		name  string
		err   error
		done  bool
		retry bool
		code  string
	}{
		{"the task is there", sdk(409, "StatefulAsyncInvocationAlreadyExists"), true, false, ""},
		{"another conflict", sdk(409, "ConcurrentUpdateError"), false, true, "ConcurrentUpdateError"},
		{"too many", sdk(429, "ResourceExhausted"), false, true, "ResourceExhausted"},
		{"throttled", sdk(429, "Throttling.User"), false, true, "Throttling.User"},
		{"failing", sdk(500, "InternalServerError"), false, true, "InternalServerError"},
		{"refused", sdk(403, "AccessDenied"), false, false, "AccessDenied"},
		{"missing", sdk(404, "FunctionNotFound"), false, false, "FunctionNotFound"},
		{"the network", &url.Error{Op: "Post", URL: "https://1.cn-hangzhou.fc.aliyuncs.com/?SecurityToken=TOKEN", Err: errors.New("EOF")}, false, true, "Network"},
		{"a gateway that speaks HTML", errors.New("invalid character '<' looking for beginning of value"), false, true, "Network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := triage.Known(c.err)
			if errors.Is(err, triage.ErrGiven) != c.done || ours.Retryable(err) != c.retry || !strings.Contains(ours.Code(err), c.code) {
				t.Errorf("%v (retried: %t)", err, ours.Retryable(err))
			}
			if err != nil && strings.Contains(err.Error(), "TOKEN") {
				t.Errorf("%v", err)
			}
		})
	}
}

// A bound that rounds down to nothing is no bound to the SDK.
func TestTheLastMomentIsNotSpentHanging(t *testing.T) {
	function, invoke, _ := caller(t)
	t.Cleanup(local.Inject(cloud.Fault{Action: "fc:InvokeFunction", Delay: time.Hour}))
	for _, left := range []time.Duration{0, 200 * time.Microsecond, 900 * time.Microsecond} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		err := invoke(ctx, function, "task-1", []byte(`{}`))
		cancel()
		if err == nil || !ours.Retryable(err) {
			t.Errorf("with %s left: %v", left, err)
		}
	}
}
