package channel_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/test/receiver"
)

func post(t *testing.T, ctx context.Context, transport channel.Transport) *channel.Error {
	t.Helper()
	err := transport.Post(ctx, "some", func() channel.Request {
		return channel.Request{Address: "https://hooks.example.com/p4th-secret", Header: channel.JSON()}
	}, nil)
	e, ok := errors.AsType[*channel.Error](err)
	if !ok {
		t.Fatalf("%v (%T)", err, err)
	}
	return e
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		header string
		waits  int // that were asked for; one of a minute is beyond what time there is
		least  time.Duration
	}{
		{"7", channel.Tries - 1, 7 * time.Second},
		{receiver.Night.Add(9 * time.Second).UTC().Format(http.TimeFormat), channel.Tries - 1, 9 * time.Second},
		{"3600", 1, time.Hour},
		{"-5", channel.Tries - 1, 0},
		{"soon", channel.Tries - 1, 0},
	} {
		r := receiver.Listen(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", test.header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		r.Wait = func(_ context.Context, d time.Duration) bool { // its own knows no half a minute
			r.Waits = append(r.Waits, d)
			return d < 10*time.Minute
		}
		e := post(t, t.Context(), r.Transport)
		if len(r.Waits) != test.waits || r.Waits[0] < test.least || !e.Retryable {
			t.Errorf("Retry-After %s: waited %v, error %v", test.header, r.Waits, e)
		}
	}
}

// The real wait does not outlast the deadline: nobody waits for what lies beyond it.
func TestDeadline(t *testing.T) {
	asked := 0
	r := receiver.Listen(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusBadGateway)
	})
	r.Wait = nil
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if e := post(t, ctx, r.Transport); e.Code != "HTTP 502" || asked != 1 {
		t.Errorf("%v after %d tries", e, asked)
	}
}

func TestCheckURL(t *testing.T) {
	for _, u := range []string{"http://hooks.example.com/p4th-secret?key=qu3ry-secret", "hooks.example.com/p4th-secret", "https:///p4th-secret", "https://%zz/p4th-secret?key=qu3ry-secret", "ftp://p4th-secret", "", "https://h/\x7f?key=qu3ry-secret"} {
		if err := channel.CheckURL(u); err == nil || strings.Contains(err.Error(), "p4th") || strings.Contains(err.Error(), "qu3ry") {
			t.Errorf("%q: %v", u, err)
		}
	}
	if err := channel.CheckURL("https://hooks.example.com/services/p4th-secret?key=qu3ry-secret"); err != nil {
		t.Error(err)
	}
}

// What a receiver says itself tells more than HTTP's status, which may go with it. What
// somebody on the way says does not.
func TestARefusalInTheReceiversWords(t *testing.T) {
	taken := func(_ channel.Request, answer []byte) *channel.Error {
		switch code, ours := strings.CutPrefix(string(answer), "code "); {
		case !ours:
			return &channel.Error{Code: channel.Foreign, Retryable: true}
		case code == "0":
			return nil
		default:
			return &channel.Error{Code: code, Retryable: code == "slow"}
		}
	}
	for _, x := range []struct {
		status    int
		answer    string
		code      string
		retryable bool
	}{
		{200, "code 0", "", false},
		{200, "code bad", "bad", false},
		{200, "<html>", "Answer", true},
		{400, "code bad", "bad", false},
		{400, "code slow", "slow", true},
		{429, "code bad", "bad", true},
		{500, "code 0", "HTTP 500", true},
		{403, "<html>", "HTTP 403", false},
		{403, "", "HTTP 403", false},
		{302, "code bad", "HTTP 302", false},
	} {
		r := receiver.Listen(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(x.status)
			_, _ = w.Write([]byte(x.answer))
		})
		err := r.Transport.Post(t.Context(), "some", func() channel.Request { return channel.Request{Address: "https://hooks.example.com/"} }, taken)
		e, _ := errors.AsType[*channel.Error](err)
		if e == nil {
			e = &channel.Error{}
		}
		if e.Code != x.code || e.Retryable != x.retryable {
			t.Errorf("%d %q: %+v, want %q", x.status, x.answer, *e, x.code)
		}
	}
}
