package cloud

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/fc"
)

// notifyCloud has a function with a log trigger on a logstore of two shards,
// and a gate: while the file exists, the function fails.
func notifyCloud(t *testing.T, retry int) (c *Cloud, put func(...string), gate string) {
	t.Helper()
	c = fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 2, nil); err != nil {
		t.Fatal(err)
	}
	gate = filepath.Join(t.TempDir(), "gate")
	role := c.AddRole("notify", fcTrust, allow("log:GetCursorOrData", "acs:log:*:*:project/p-project/logstore/audit"))
	deploy(t, c, fc.Function{Name: "notify", Role: role, Env: map[string]string{"GATE": gate}})
	client := slsClient(c, c.RootSession())
	put = func(values ...string) {
		t.Helper()
		for _, v := range values {
			if err := client.PutLogs("p-project", "audit", group(time.Now(), "id", v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put("before") // a trigger begins with what comes after it
	if err := c.AddLogTrigger(fc.LogTrigger{Function: "notify", Project: "p-project", LogStore: "audit", MaxRetry: retry}); err != nil {
		t.Fatal(err)
	}
	return c, put, gate
}

// read is what the function read, in batches that succeeded.
func read(t *testing.T, c *Cloud) []string {
	t.Helper()
	var all []string
	for _, i := range attempts(c, "notify") {
		if i.Error == "" {
			all = append(all, answerOf(t, i.Result).Logs...)
		}
	}
	slices.Sort(all)
	return all
}

func TestLogTriggerHandsOverEveryLogOnce(t *testing.T) {
	c, put, _ := notifyCloud(t, 0)
	put("a", "b", "c")
	idle(t, c)
	put("d")
	idle(t, c)
	if got := strings.Join(read(t, c), ""); got != "abcd" {
		t.Errorf("read %q", got)
	}
	if inv := attempts(c, "notify"); inv[0].Trigger != "log" || inv[0].Async {
		t.Errorf("%+v", inv[0])
	}
}

func TestLogTriggerRedeliversUntilTheFunctionSucceeds(t *testing.T) {
	c, put, gate := notifyCloud(t, 1)
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tries := make(chan struct{}, 1000)
	c.OnFunctionLog = func(string, string, string) {
		select {
		case tries <- struct{}{}:
		default:
		}
	}
	put("a")
	for range 5 { // more than one batch has
		<-tries // or the test's time is up
	}
	put("b") // arrives behind a batch that fails
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	idle(t, c)
	if got := strings.Join(read(t, c), ""); got != "ab" {
		t.Errorf("read %q", got)
	}
	if n := len(attempts(c, "notify")); n < 6 {
		t.Errorf("%d attempts", n)
	}
	idle(t, c) // the checkpoint has moved: nothing comes again
	if got := strings.Join(read(t, c), ""); got != "ab" {
		t.Errorf("read %q", got)
	}
}

func TestLogTriggerNeedsALogstoreAndAFunction(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "notify"})
	if err := c.AddLogTrigger(fc.LogTrigger{Function: "notify", Project: "p-project", LogStore: "audit"}); err == nil {
		t.Error("watches nothing")
	}
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.AddLogTrigger(fc.LogTrigger{Function: "nosuch", Project: "p-project", LogStore: "audit"}); err == nil {
		t.Error("tells nobody")
	}
}
