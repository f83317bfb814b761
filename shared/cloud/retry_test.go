package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var (
	errBusy  = &Error{Action: "ecs:X", Code: "Throttling", Status: 400}
	errNever = &Error{Action: "ecs:X", Code: "InvalidParameter", Status: 400}
)

// failing is tried until what it says is used up, then it succeeds.
func failing(errs ...error) (try func() error, tries *int) {
	tries = new(int)
	return func() error {
		*tries++
		if *tries > len(errs) {
			return nil
		}
		return errs[*tries-1]
	}, tries
}

func TestRetryEnds(t *testing.T) {
	stale := Network("ecs:X", staleError{errors.New("EOF")})
	odd := errors.New("odd")
	for name, c := range map[string]struct {
		retry Retry
		errs  []error
		tries int
		err   error
		waits int
	}{
		"it works":                     {tries: 1},
		"it passes":                    {errs: []error{errBusy, errBusy}, tries: 3, waits: 2},
		"it does not pass":             {errs: []error{errBusy, errNever}, tries: 2, err: errNever, waits: 1},
		"no more tries":                {retry: Retry{Tries: 2}, errs: []error{errBusy, errBusy}, tries: 2, err: errBusy, waits: 1},
		"what passes is the caller's":  {retry: Retry{Again: func(err error) bool { return err == odd }}, errs: []error{odd, errBusy}, tries: 2, err: errBusy, waits: 1},
		"at once, one time":            {errs: []error{errBusy, stale, stale}, tries: 4, waits: 2},
		"at once only what may pass":   {retry: Retry{AtOnce: func(error) bool { return true }}, errs: []error{errNever}, tries: 1, err: errNever},
		"what goes at once is counted": {retry: Retry{Tries: 2}, errs: []error{stale, errBusy}, tries: 2, err: errBusy},
	} {
		t.Run(name, func(t *testing.T) {
			waits := 0
			c.retry.Wait = func(context.Context, time.Duration) bool { waits++; return true }
			try, tries := failing(c.errs...)
			if err := c.retry.Do(t.Context(), try); err != c.err || *tries != c.tries || waits != c.waits {
				t.Errorf("%v after %d tries and %d waits, want %v after %d and %d", err, *tries, waits, c.err, c.tries, c.waits)
			}
		})
	}
}

// Each wait lies within half of what it should be, more or less.
func TestRetryWaitsGrow(t *testing.T) {
	for _, c := range []struct {
		retry Retry
		wants []time.Duration
	}{
		{Retry{}, []time.Duration{500 * time.Millisecond, 750 * time.Millisecond, 1125 * time.Millisecond}},
		{Retry{First: 2 * time.Second, Grow: 2}, []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}},
	} {
		var waits []time.Duration
		c.retry.Wait = func(_ context.Context, d time.Duration) bool { waits = append(waits, d); return true }
		try, _ := failing(errBusy, errBusy, errBusy)
		if err := c.retry.Do(t.Context(), try); err != nil {
			t.Fatal(err)
		}
		for i, want := range c.wants {
			if waits[i] < want/2 || waits[i] > want*3/2+1 {
				t.Errorf("wait %d is %s, want %s and at most half of it more or less", i, waits[i], want)
			}
		}
	}
}

// A wait that ends after the deadline is not begun, and one that is under way ends with the
// context. The error is that of the last try, which says what is the matter.
func TestRetryUnderItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			err  error
			most time.Duration
		}{
			"until there is no time":  {errBusy, 30 * time.Second},
			"asked for more than all": {&Error{Action: "ecs:X", Code: "Throttling", After: time.Minute}, 0},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			began := time.Now()
			err := Retry{}.Do(ctx, func() error { return c.err })
			if took := time.Since(began); err != c.err || took > c.most {
				t.Errorf("%s: %v after %s", name, err, took)
			}
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		if err := (Retry{First: time.Hour}).Do(ctx, func() error { return errBusy }); err != errBusy || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	var waits []time.Duration
	retry := Retry{Wait: func(_ context.Context, d time.Duration) bool { waits = append(waits, d); return true }}
	try, _ := failing(fmt.Errorf("reading: %w", &Error{Action: "ecs:X", Code: "Throttling", After: 7 * time.Second}), errBusy)
	if err := retry.Do(t.Context(), try); err != nil || waits[0] != 7*time.Second || waits[1] > 2*time.Second {
		t.Errorf("%v, waits %v", err, waits)
	}
}

func TestRetryAfterOfAnAnswer(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0": 0, "-5": 0, "": 0, "soon": 0, "1.5": 0,
		"9223372036854775807":              24 * time.Hour,
		"99999999999999999999":             0, // is no number here, and no date
		"Sun, 01 Mar 2026 12:00:09 GMT":    9 * time.Second,
		"Sun, 01 Mar 2026 11:59:00 GMT":    0,
		"Fri, 31 Dec 9999 23:59:59 GMT":    24 * time.Hour,
		"Sunday, 01-Mar-26 12:00:09 GMT":   9 * time.Second,
		"Sun, 01 Mar 2026 12:00:09 GMT, 7": 0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := RetryAfter(nil, now); got != 0 {
		t.Errorf("no header: %s", got)
	}
}

// What a gateway in front of an API says in its header reaches the wait.
func TestAClientLeavesAloneWhoAsksForIt(t *testing.T) {
	var tries atomic.Int32
	transport := server(t, func(w http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(`{"Code":"ServiceUnavailable","Message":"later"}`))
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := client(transport).Do(ctx, New("ecs", "DescribeInstances", "cn-hangzhou"), nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.After != time.Hour || tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}
