package cloud

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func action(name string) func(kernel.Call) bool {
	return func(c kernel.Call) bool { return c.Action == name }
}

func TestAGateSeesACallBeforeItIsJudgedAndWhenItIsOver(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	role := c.AddRole("Guard", fcTrust, allow("log:*", "*"))
	k := must[kernel.Credentials](t)(c.AssumeRole(role, "twin-1", time.Hour))
	var seen []kernel.Call
	over := 0
	remove := c.Gate(func(call kernel.Call) func() {
		seen = append(seen, call)
		before := len(c.Calls())
		return func() {
			over++
			if len(c.Calls()) != before+1 {
				t.Errorf("%s is over, and not noted", call.Action)
			}
		}
	})
	if err := slsClient(c, k).PutLogs("p-project", "audit", group(time.Now(), "id", "a")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, enable(ecsClient(t, c, k)), "Forbidden.RAM") // refused, and so seen before
	remove()
	if _, err := slsClient(c, k).ListShards("p-project", "audit"); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || over != 2 {
		t.Fatalf("%d over of %+v", over, seen)
	}
	put, change := seen[0], seen[1]
	if put.Product != "sls" || put.Action != "log:PostLogStoreLogs" || !put.Write || put.Params["logstore"] != "audit" || put.Principal.Session() != "twin-1" || put.Principal.Name != "guard:twin-1" {
		t.Errorf("%+v", put)
	}
	if change.Product != "ecs" || change.Action != "ecs:EnableDiskEncryptionByDefault" || change.Params["RegionId"] != c.Region || change.Principal.Type != "assumed-role" {
		t.Errorf("%+v", change)
	}
}

func TestAHeldCallWaitsAndTheOthersDoNot(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	h := c.Hold(action("ecs:EnableDiskEncryptionByDefault"))
	done := make(chan error)
	go func() { done <- enable(ecsClient(t, c, k)) }()
	if got := h.Call().Action; got != "ecs:EnableDiskEncryptionByDefault" {
		t.Error(got)
	}
	if encrypted(t, ecsClient(t, c, k)) {
		t.Error("done, and not released")
	}
	if err := enable(ecsClient(t, c, k)); err != nil { // the second is not held
		t.Error(err)
	}
	h.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The server goes on with what it has received, whoever has given up waiting.
func TestAHeldCallIsDoneThoughItsCallerHasGivenUp(t *testing.T) {
	c := startCloud(t)
	c.AddWebhook("hooks.slack.com")
	h := c.Hold(action("webhook:Send"))
	over := make(chan struct{})
	c.Gate(func(kernel.Call) func() { return func() { close(over) } })
	ctx, giveUp := context.WithCancel(t.Context())
	answered := make(chan error)
	go func() {
		r, err := http.NewRequestWithContext(ctx, "POST", "https://hooks.slack.com/x", strings.NewReader("hello"))
		if err == nil {
			_, err = (&http.Client{Transport: c.Transport()}).Do(r)
		}
		answered <- err
	}()
	<-h.Arrived()
	giveUp()
	if err := <-answered; err == nil {
		t.Fatal("answered")
	}
	if n := len(c.Webhooks()); n != 0 {
		t.Fatal("done, and not released")
	}
	h.Release()
	<-over
	if n := len(c.Webhooks()); n != 1 {
		t.Error("not done")
	}
}

func TestSomebodyActsBeforeTheNthCall(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	client := ecsClient(t, c, k)
	met := c.Before(2, action("ecs:DescribeDiskEncryptionByDefaultStatus"), func() {
		if err := enable(ecsClient(t, c, k)); err != nil {
			t.Error(err)
		}
	})
	got := []bool{encrypted(t, client), encrypted(t, client), encrypted(t, client)}
	if !slices.Equal(got, []bool{false, true, true}) || met() != 3 {
		t.Error(got, met())
	}
}

func TestAMessageToAChatCanBeHeld(t *testing.T) {
	c := startCloud(t)
	c.AddRobot("token", "")
	h := c.Hold(action("dingtalk:Send"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		client := &http.Client{Transport: c.Transport()}
		r, err := client.Post("https://oapi.dingtalk.com/robot/send?access_token=token", "application/json", strings.NewReader(`{"msgtype":"text","text":{"content":"x"}}`))
		if err != nil {
			t.Error(err)
			return
		}
		r.Body.Close()
	}()
	<-h.Arrived()
	if n := len(c.Messages()); n != 0 {
		t.Errorf("%d messages", n)
	}
	h.Release()
	<-done
	if n := len(c.Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestAnswersAreDatedByTheCloudsClock(t *testing.T) {
	clock := &movable{}
	c := must[*Cloud](t)(New(kernel.Options{Clock: clock.now}))
	t.Cleanup(c.Close)
	client := &http.Client{Transport: c.Transport()}
	for _, host := range []string{"p-project.cn-hangzhou.log.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "oapi.dingtalk.com"} {
		for _, skew := range []time.Duration{0, -time.Hour, 7 * 24 * time.Hour} {
			clock.offset.Store(int64(skew))
			r := must[*http.Response](t)(client.Get("https://" + host + "/"))
			r.Body.Close()
			date := must[time.Time](t)(http.ParseTime(r.Header.Get("Date")))
			if off := time.Until(date) - skew; off < -time.Minute || off > time.Minute {
				t.Errorf("%s says %v, %v from the machine's clock, want %v", host, date, time.Until(date), skew)
			}
		}
	}
}

func TestRoundTripsAndConnectionsAreCounted(t *testing.T) {
	c := startCloud(t)
	c.SetLatency(time.Hour)
	k := admin(c)
	client := ecsClient(t, c, k)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := must[*http.Request](t)(http.NewRequestWithContext(ctx, "GET", "https://ecs-cn-hangzhou.aliyuncs.com/", nil))
	if _, err := (&http.Client{Transport: c.Transport()}).Do(r); err == nil {
		t.Fatal("answered without waiting")
	}
	c.SetLatency(100 * time.Millisecond)
	before := c.Connections()["ecs-cn-hangzhou.aliyuncs.com"]
	encrypted(t, client)
	encrypted(t, client)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { encrypted(t, ecsClient(t, c, k)) })
	}
	all.Wait()
	if n := c.CallCounts()["ecs:DescribeDiskEncryptionByDefaultStatus"]; n != 5 || len(c.Calls()) != 5 {
		t.Errorf("%d calls counted: %v", n, c.CallCounts())
	}
	for _, call := range c.Calls() {
		if call.Duration < 100*time.Millisecond {
			t.Errorf("a call took %v", call.Duration)
		}
	}
	if n := c.Connections()["ecs-cn-hangzhou.aliyuncs.com"] - before; n < 1 || n > 5 {
		t.Errorf("%d connections", n)
	}
}

func TestCallsSideBySideAreOneRoundTrip(t *testing.T) {
	start := time.Unix(1e9, 0)
	call := func(from, to int) kernel.Call {
		return kernel.Call{Began: start.Add(time.Duration(from) * time.Second), Duration: time.Duration(to-from) * time.Second}
	}
	for name, test := range map[string]struct {
		calls []kernel.Call
		want  int
	}{
		"none":                {nil, 0},
		"one after the other": {[]kernel.Call{call(0, 1), call(1, 2), call(5, 6)}, 3},
		"side by side":        {[]kernel.Call{call(0, 10), call(1, 11), call(2, 9)}, 1},
		"two beside one":      {[]kernel.Call{call(0, 10), call(0, 4), call(5, 9)}, 2},
		"in any order":        {[]kernel.Call{call(6, 7), call(0, 1), call(0, 2), call(3, 5)}, 3},
	} {
		if got := kernel.RoundTrips(test.calls); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
