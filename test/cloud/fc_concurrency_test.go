package cloud

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// writers is a cloud with functions that write a log, which a test can hold.
func writers(t *testing.T) (c *Cloud, body string) {
	t.Helper()
	c = fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	c.AddRole("writer", fcTrust, allow("log:*", "*"), allow("fc:InvokeFunction", "acs:fc:*:*:functions/notify"))
	return c, `{"Do":"write","Project":"p-project","Logstore":"audit"}`
}

func (c *Cloud) writerRole() string { return c.RoleARN("writer") }

func TestAboveTheLimitAsynchronousInvocationsQueueAndSynchronousOnesAreRefused(t *testing.T) {
	c, body := writers(t)
	deploy(t, c, fc.Function{Name: "triage", Role: c.writerRole(), ReservedConcurrency: 1})
	deploy(t, c, fc.Function{Name: "other"})
	held := c.Hold(action("log:PostLogStoreLogs"))
	for n := range 3 {
		async(t, c, "triage", strings.Replace(body, "{", fmt.Sprintf(`{"n":%d,`, n), 1))
		if n == 0 {
			<-held.Arrived() // and it keeps the only instance
		}
	}
	if _, _, err := invoke(t, c, c.RootSession(), "triage", `{}`, nil); fcCode(err) != "ResourceExhausted" {
		t.Error(err)
	}
	call(t, c, "other", `{}`) // which has nothing to do with it
	held.Release()
	idle(t, c)
	var order []string
	pids := map[int]bool{}
	for _, i := range attempts(c, "triage") {
		if !i.Async {
			continue
		}
		if i.Status != http.StatusOK || i.Error != "" || i.Attempt != 0 {
			t.Errorf("%+v", i)
			continue
		}
		order = append(order, i.Payload[5:6])
		pids[answerOf(t, i.Result).PID] = true
	}
	if got := strings.Join(order, ""); got != "012" || len(pids) != 1 {
		t.Errorf("ran in the order %s in %d instances", got, len(pids))
	}
}

func TestWhatIsReservedNoOtherFunctionTakes(t *testing.T) {
	c, body := writers(t)
	c.Concurrency = 10
	deploy(t, c, fc.Function{Name: "notify", ReservedConcurrency: 9})
	deploy(t, c, fc.Function{Name: "busy", Role: c.writerRole()})
	deploy(t, c, fc.Function{Name: "other"})
	held := c.Hold(action("log:PostLogStoreLogs"))
	async(t, c, "busy", body)
	<-held.Arrived()
	if _, _, err := invoke(t, c, c.RootSession(), "other", `{}`, nil); fcCode(err) != "ResourceExhausted" {
		t.Error(err)
	}
	call(t, c, "notify", `{}`)
	held.Release()
	idle(t, c)
	call(t, c, "other", `{}`)
	if err := c.DeployFunction(fc.Function{Name: "more", Binary: echo, ReservedConcurrency: 1}); err == nil || !strings.Contains(err.Error(), "may be 9") {
		t.Error("more than 90 % is reserved:", err)
	}
	deploy(t, c, fc.Function{Name: "notify", ReservedConcurrency: 2}) // its own does not count twice
	deploy(t, c, fc.Function{Name: "more", ReservedConcurrency: 7})
}

func TestWhoWaitsInTheQueueForTooLongIsGivenUp(t *testing.T) {
	c, body := writers(t)
	clock := &frozen{}
	clock.forward(time.Duration(time.Now().UnixNano()))
	c.Clock = clock.now
	deploy(t, c, fc.Function{Name: "notify"})
	deploy(t, c, fc.Function{Name: "triage", Role: c.writerRole(), ReservedConcurrency: 1, MaxAsyncEventAge: time.Minute, OnFailure: fc.FunctionARN(c.Region, c.Account, "notify")})
	held := c.Hold(action("log:PostLogStoreLogs"))
	async(t, c, "triage", body)
	<-held.Arrived()
	async(t, c, "triage", body)
	clock.forward(2 * time.Minute)
	held.Release()
	idle(t, c)
	told := attempts(c, "notify")
	if len(attempts(c, "triage")) != 1 || len(told) != 1 || !strings.Contains(told[0].Payload, "AsyncEventExpired") {
		t.Errorf("%+v", c.Invocations())
	}
}

func TestATimerOfAFunctionThatIsNotThereDoesNotFire(t *testing.T) {
	c := fcCloud(t)
	if err := c.FireTimer("nosuch", "minute", ""); kernel.AsError(err).Code != "FunctionNotFound" {
		t.Error(err)
	}
}
