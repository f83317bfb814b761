package cloud

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// switchOn makes a call that changes something, in process.
func switchOn(t *testing.T, ctx context.Context, c *Cloud, k kernel.Credentials) error {
	t.Helper()
	r := getRPC(t, signRPC(k, "GET", map[string]string{"Action": "EnableDiskEncryptionByDefault", "RegionId": c.Region})).WithContext(ctx)
	response, err := (&http.Client{Transport: c.InProcess()}).Do(r)
	if err == nil && response.StatusCode != http.StatusOK {
		t.Errorf("it was answered with %s", response.Status)
	}
	return err
}

func switchedOn(c *Cloud) bool {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return c.DiskEncryption(c.Region).ByDefault
}

func TestInProcessNeedsNoPort(t *testing.T) {
	c := must[*Cloud](t)(New(kernel.Options{NoPort: true}))
	defer c.Close()
	if err := switchOn(t, t.Context(), c, admin(c)); err != nil || !switchedOn(c) || c.ProxyURL() != "http://" {
		t.Errorf("%v, %s", err, c.ProxyURL())
	}
}

func TestInProcessOtherHostsAreRefusedByName(t *testing.T) {
	c := must[*Cloud](t)(New(kernel.Options{NoPort: true}))
	defer c.Close()
	_, err := (&http.Client{Transport: c.InProcess()}).Get("https://example.com/")
	if err == nil || !strings.Contains(err.Error(), "does not serve example.com") || len(c.Refused()) != 1 {
		t.Errorf("%v, %v", err, c.Refused())
	}
}

// Whoever has no time left has asked for nothing.
func TestInProcessWithoutTime(t *testing.T) {
	c := must[*Cloud](t)(New(kernel.Options{NoPort: true}))
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := switchOn(t, ctx, c, admin(c)); !errors.Is(err, context.Canceled) || len(c.Calls()) > 0 {
		t.Errorf("%v after %v", err, c.Calls())
	}
}

// Whoever leaves while an answer takes its time is told at once; the call is made.
func TestInProcessTheContextEndsTheWait(t *testing.T) {
	ctx, leave := context.WithCancelCause(t.Context())
	gone, asking := errors.New("gone home"), false
	c := must[*Cloud](t)(New(kernel.Options{NoPort: true, Clock: func() time.Time {
		if asking { // the service has begun
			leave(gone)
		}
		return time.Now()
	}}))
	defer c.Close()
	c.Inject(kernel.Fault{Action: "ecs:*", Delay: time.Hour})
	left, made := make(chan struct{}), make(chan struct{})
	c.OnCall(func(kernel.Call) { <-left; close(made) })
	k := admin(c)
	asking = true
	if err := switchOn(t, ctx, c, k); !errors.Is(err, gone) {
		t.Error(err)
	}
	close(left)
	<-made
	if !switchedOn(c) {
		t.Error("the call was not made")
	}
}
