package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

func TestAReadThatIsNotDeclared(t *testing.T) {
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		return pass.Read(ctx, ours.New("ecs", "DescribeInstances", region), nil)
	})
	err := w.fails(t.Context(), event(t, 1), firstAttempt)
	if !strings.Contains(err.Error(), "ecs:DescribeInstances") || !strings.Contains(err.Error(), "Reads") {
		t.Errorf("%v", err)
	}
	for _, c := range w.cloud.Calls() {
		if c.Action == "ecs:DescribeInstances" {
			t.Error("the call was made")
		}
	}
	w.tells()
}

func TestAWriteThatIsNotDeclared(t *testing.T) {
	w := begin(t, each, 22)
	w.practice.Writes = []string{authorize}
	w.deliver(event(t, 1), practice.Failed)
	if r := w.result("22"); r.ErrorCode != "Undeclared" || !strings.Contains(r.Error, revoke) || r.CallsMade != 0 {
		t.Errorf("%+v", r)
	}
	if got := w.changes(); len(got) > 0 {
		t.Errorf("changes %v", got)
	}
}

// A region becomes a part of a host name, and an event names it: nothing but a region
// goes there.
func TestARegionThatIsAHost(t *testing.T) {
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		return pass.Read(ctx, ours.New("ecs", "DescribeSecurityGroupAttribute", pass.Resource.Region, "SecurityGroupId", group), nil)
	})
	for _, evil := range []string{"evil.example/x?", "evil.example:443/", "cn-hangzhou@evil.example", "a\nb", "cn-hangzhou.evil"} {
		err := w.fails(t.Context(), event(t, 1, with("acsRegion", evil)), firstAttempt)
		if !strings.Contains(err.Error(), "not a region") {
			t.Errorf("%q: %v", evil, err)
		}
	}
	if refused := w.cloud.Refused(); len(refused) > 0 {
		t.Errorf("it tried to reach %v", refused)
	}
}

// The cloud does not answer: the invocation ends in time to say so, and may be run
// again.
func TestACloudThatHangs(t *testing.T) {
	for _, c := range []struct{ name, action string }{
		{"while it is read", readRules},
		{"while the history is read", readLog},
		{"while it is changed", revoke},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := begin(t, each, 22)
			w.cloud.Inject(cloud.Fault{Action: c.action, Delay: time.Minute})
			before := runtime.NumGoroutine()
			ctx := w.short()
			err := w.fails(ctx, event(t, 1), firstAttempt)
			if ctx.Err() != nil {
				t.Error("the time that was kept for the last records is used up")
			}
			if !ours.Retryable(err) {
				t.Errorf("it would not be run again: %v", err)
			}
			if !strings.Contains(w.log.String(), "look failed") {
				t.Errorf("nothing in the log: %s", &w.log)
			}
			// The connections that hang are given up, not left behind.
			for runtime.NumGoroutine() > before+30 { // until the test's own time is up
				runtime.Gosched()
			}
		})
	}
}

// Whatever goes wrong, neither a secret nor a signed request is in a record, in the
// log or in an error.
func TestNoSecretIsSaid(t *testing.T) {
	w := begin(t, each)
	signed := "Specified signature is not matched with our calculation. server string to sign is:POST&%2F&AccessKeyId%3DSTS.x%26SecurityToken%3DTOKEN"
	var said strings.Builder
	n := 0
	for _, action := range []string{readRules, revoke, readLog, writeLog} {
		for name, f := range map[string]cloud.Fault{
			"refused":        cloud.Deny(action),
			"bad signature":  {Status: 400, Code: "SignatureDoesNotMatch", Message: signed},
			"no signature":   {Status: 400, Code: "IncompleteSignature", Message: signed},
			"SLS signature":  {Status: 401, Code: "SignatureNotMatch", Message: signed},
			"cut":            {Reset: true},
			"answer lost":    {LoseResponse: true, Times: 1},
			"failing":        {Status: 503},
			"hanging":        {Delay: time.Minute},
			"throttled once": cloud.Throttle(action),
		} {
			f.Action = action
			n++
			w.load(group, 22)
			mend := w.cloud.Inject(f)
			_, err := w.driver(firstAttempt).Handle(w.short(), event(t, n))
			mend()
			fmt.Fprintf(&said, "%s %s: %v\n", action, name, err)
		}
	}
	for _, r := range w.records() {
		fmt.Fprintln(&said, r.Fields())
	}
	said.WriteString(w.log.String())
	text := said.String()
	if len(w.secrets) != 2*n || !strings.Contains(text, "signature was refused") {
		t.Fatalf("the test does not see what it should: %d secrets, %d runs", len(w.secrets), n)
	}
	for _, bad := range append(w.secrets, "Signature=", "SecurityToken", "AccessKeyId", "to sign is", "?Action", "?RegionId", "?type=") {
		if at := strings.Index(text, bad); at >= 0 {
			t.Errorf("%.40q is said: …%s…", bad, text[max(0, at-200):min(len(text), at+200)])
		}
	}
}
