package cloud

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// hostile is a logstore, a client that gives up at once, and what it has got so far.
func hostile(t *testing.T) (c *Cloud, client sls.ClientInterface, put func(id string) error, pull func() []string) {
	t.Helper()
	c = fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, auditIndex()); err != nil {
		t.Fatal(err)
	}
	client = slsClient(c, c.RootSession())
	client.SetHTTPClient(&http.Client{Transport: once(c.Transport())})
	reader := slsClient(c, c.RootSession())
	cursor, err := reader.GetCursor("p-project", "audit", 0, "end")
	if err != nil {
		t.Fatal(err)
	}
	put = func(id string) error { return client.PutLogs("p-project", "audit", group(time.Now(), "id", id)) }
	pull = func() []string {
		var got []string
		got, cursor = pulled(t, reader, 0, cursor)
		return got
	}
	return c, client, put, pull
}

// once keeps the SDK from trying again: every failure is one that it takes for good.
func once(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		answer, err := next.RoundTrip(r)
		if err == nil && answer.StatusCode < 500 {
			return answer, nil
		}
		body := `{"errorCode":"Once","errorMessage":"failed"}`
		return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
}

func TestAnAcknowledgedWriteIsSeenByLaterPullsOnly(t *testing.T) {
	c, client, put, pull := hostile(t)
	c.Inject(kernel.Fault{Action: "log:PostLogStoreLogs", Times: 1, Unseen: 2})
	if err := put("a"); err != nil {
		t.Fatal(err)
	}
	if err := put("b"); err != nil { // behind it, and so not seen either
		t.Fatal(err)
	}
	end, err := client.GetCursor("p-project", "audit", 0, "end")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range [][]string{nil, nil, {"a", "b"}, nil} {
		if got := pull(); !slices.Equal(got, want) {
			t.Errorf("pull %d: %v, want %v", n+1, got, want)
		}
	}
	if got, _ := pulled(t, client, 0, end); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("from the end as it was: %v", got)
	}
}

func TestACopyOfAWriteArrivesLater(t *testing.T) {
	c, _, put, pull := hostile(t)
	c.Inject(kernel.Fault{Action: "log:PostLogStoreLogs", Times: 1, Twice: true, After: 3})
	if err := put("a"); err != nil {
		t.Fatal(err)
	}
	if got := pull(); !slices.Equal(got, []string{"a"}) { // the first call after it
		t.Error(got)
	}
	if err := put("b"); err != nil { // the second
		t.Fatal(err)
	}
	if got := pull(); !slices.Equal(got, []string{"b"}) { // the third, and the copy comes behind it
		t.Error(got)
	}
	if got := pull(); !slices.Equal(got, []string{"a"}) {
		t.Error(got)
	}
	if n := c.Release(); n != 0 {
		t.Errorf("%d left", n)
	}
}

func TestARefusedWriteIsDoneAllTheSame(t *testing.T) {
	for name, f := range map[string]kernel.Fault{
		"cut off": {Late: true},
		"refused": {Late: true, Status: 500, Code: "InternalServerError"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, put, pull := hostile(t)
			f.Action, f.Times = "log:PostLogStoreLogs", 1
			if _, err := c.InjectFault(f); err != nil {
				t.Fatal(err)
			}
			if err := put("a"); err == nil {
				t.Fatal("answered")
			}
			if got := pull(); got != nil {
				t.Error("done at once:", got)
			}
			if err := put("b"); err != nil {
				t.Fatal(err)
			}
			if n := c.Release(); n != 1 {
				t.Errorf("released %d", n)
			}
			if got := pull(); !slices.Equal(got, []string{"b", "a"}) {
				t.Error(got)
			}
		})
	}
}

func TestAChangeOfAResourceIsMadeLate(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	events := eventsOf(c)
	c.Inject(kernel.Fault{Action: "ecs:Enable*", Times: 1, Late: true, Status: 503, Code: "ServiceUnavailable", After: 1})
	wantCode(t, enable(ecsClient(t, c, k)), "ServiceUnavailable")
	client := ecsClient(t, c, k)
	if encrypted(t, client) {
		t.Error("made at once")
	}
	if !encrypted(t, client) {
		t.Error("not made")
	}
	late := 0
	for _, call := range c.Calls() {
		if call.Late {
			late++
			if call.Code != "" || call.Action != "ecs:EnableDiskEncryptionByDefault" {
				t.Errorf("%+v", call)
			}
		}
	}
	// ActionTrail has both: what was answered, and what was done.
	if late != 1 || len(*events) != 2 {
		t.Errorf("%d late calls, %d events", late, len(*events))
	}
}

func TestPermissionOfALateCallIsJudgedWhenItIsDone(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	c.Inject(kernel.Fault{Action: "ecs:Enable*", Times: 1, Late: true})
	if err := enable(ecsClient(t, c, c.AddUser("nobody"))); err == nil {
		t.Fatal("answered")
	}
	c.Release()
	if encrypted(t, ecsClient(t, c, admin(c))) {
		t.Error("made by nobody")
	}
	if len(*events) != 1 || last(t, events)["errorCode"] != "Forbidden.RAM" {
		t.Error(*events)
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	c := startCloud(t)
	for name, f := range map[string]kernel.Fault{
		"late and lost":      {Late: true, LoseResponse: true},
		"late and twice":     {Late: true, Twice: true},
		"twice and refused":  {Twice: true, Status: 500},
		"after what":         {After: 3, Reset: true},
		"less than no pulls": {Unseen: -1},
		"nothing":            {},
	} {
		f.Action = "*"
		if _, err := c.InjectFault(f); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
