package cloud

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func enable(client *ecs.Client) error {
	_, err := client.EnableDiskEncryptionByDefault(ecs.CreateEnableDiskEncryptionByDefaultRequest())
	return err
}

func encrypted(t *testing.T, client *ecs.Client) bool {
	t.Helper()
	return must[*ecs.DescribeDiskEncryptionByDefaultStatusResponse](t)(client.DescribeDiskEncryptionByDefaultStatus(ecs.CreateDescribeDiskEncryptionByDefaultStatusRequest())).Encrypted
}

func TestThrottledOnceThenServed(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	c.Inject(kernel.Throttle("ecs:Enable*"))
	wantCode(t, enable(client), "Throttling.User")
	if encrypted(t, client) {
		t.Error("a throttled call did its work")
	}
	if err := enable(client); err != nil {
		t.Error(err)
	}
}

func TestDeniedUntilRemoved(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	remove := c.Inject(kernel.Deny("ecs:EnableDiskEncryptionByDefault"))
	for range 2 {
		wantCode(t, enable(client), "Forbidden.RAM")
	}
	remove()
	if err := enable(client); err != nil {
		t.Error(err)
	}
}

func TestAnIgnoredCallAnswersWithSuccessAndDoesNothing(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	c.Inject(kernel.Fault{Action: "ecs:*", Ignore: true})
	if err := enable(client); err != nil {
		t.Fatal(err)
	}
	if encrypted(t, client) { // a read is answered as ever
		t.Error("the change was made")
	}
}

func TestLostResponseHasDoneTheChange(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	events := eventsOf(c)
	c.Inject(kernel.Fault{Action: "ecs:EnableDiskEncryptionByDefault", Times: 1, LoseResponse: true})
	if err := enable(client); err == nil {
		t.Fatal("the response arrived")
	}
	if !encrypted(t, client) {
		t.Error("the change was not made")
	}
	if len(*events) != 1 {
		t.Errorf("%d events", len(*events))
	}
}

func TestResetHasDoneNothing(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	events := eventsOf(c)
	c.Inject(kernel.Fault{Action: "ecs:EnableDiskEncryptionByDefault", Times: 1, Reset: true})
	if err := enable(client); err == nil {
		t.Fatal("the response arrived")
	}
	if encrypted(t, client) || len(*events) > 0 {
		t.Errorf("the change was made, or at least recorded: %v", *events)
	}
}

func TestDelayAndServerError(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	c.Inject(kernel.Fault{Action: "ecs:*", Times: 1, Delay: time.Millisecond, Status: 503})
	if e := wantCode(t, enable(client), "InternalError"); e.HttpStatus() != 503 {
		t.Errorf("HTTP %d", e.HttpStatus())
	}
	synctest.Test(t, func(t *testing.T) { // the clock moves when all wait
		began := time.Now()
		if err := (&kernel.Fault{Delay: time.Hour, Reset: true}).Before(t.Context()); err != kernel.ErrReset || time.Since(began) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		if err := (&kernel.Fault{Delay: time.Hour}).Before(left); err != nil || time.Since(began) != time.Hour {
			t.Errorf("%v after %v: nobody waits for the answer any more", err, time.Since(began))
		}
	})
}

func TestLikelyFaultsComeNowAndThen(t *testing.T) {
	c := startCloud(t)
	c.Inject(kernel.Fault{Action: "*", Percent: 30, Code: "X"})
	n := 0
	for range 1000 {
		if c.Fault("ecs:A") != nil {
			n++
		}
	}
	if n < 200 || n > 400 {
		t.Errorf("%d of 1000", n)
	}
}
