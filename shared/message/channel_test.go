package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

const (
	token  = "t0ken-0123456789abcdef"
	secret = "SECs3cret+/=&?"
	hook   = "https://hooks.example.com/services/p4th-secret?key=qu3ry-secret"
)

// leaks finds a secret, in any form, in text that people or logs get.
func leaks(s string) string {
	for _, secret := range []string{token, secret, "SECs3cret", "s3cret", "p4th-secret", "qu3ry-secret"} {
		if strings.Contains(s, secret) {
			return secret
		}
	}
	return ""
}

// receiver is https for every host, and the surroundings of a channel that talks
// to it. waits are the pauses that were asked for; none is made.
type receiver struct {
	Transport
	waits []time.Duration
	calls int
}

func listen(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.calls++
		answer(w, q)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	r.HTTP = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}
	r.Now = func() time.Time { return night }
	r.Wait = func(ctx context.Context, d time.Duration) bool {
		r.waits = append(r.waits, d)
		return ctx.Err() == nil && d < time.Minute
	}
	return r
}

func message(t *testing.T) Message {
	return only(t, record(func(r *ledger.Record) { r.Outcome = practice.Failed }))
}

// asError is err as what every channel promises to return.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v (%T) is not an *Error", err, err)
	}
	for _, s := range []string{err.Error(), fmt.Sprintf("%v %+v %#v", err, err, err)} {
		if found := leaks(s); found != "" {
			t.Errorf("the error shows %q: %s", found, s)
		}
	}
	return e
}

func TestDingTalk(t *testing.T) {
	var body dingtalkBody
	r := listen(t, func(w http.ResponseWriter, q *http.Request) {
		query := q.URL.Query()
		// Verified as DingTalk documents it, not as the sender is written.
		ms, err := strconv.ParseInt(query.Get("timestamp"), 10, 64)
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%d\n%s", ms, secret)
		switch {
		case q.Method != http.MethodPost || q.Host != "oapi.dingtalk.com" || q.URL.Path != "/robot/send":
			t.Errorf("%s https://%s%s", q.Method, q.Host, q.URL.Path)
		case err != nil || !time.UnixMilli(ms).Equal(night):
			t.Errorf("timestamp %q", query.Get("timestamp"))
		case query.Get("sign") != base64.StdEncoding.EncodeToString(mac.Sum(nil)):
			t.Errorf("sign %q", query.Get("sign"))
		case query.Get("access_token") != token || !strings.HasPrefix(q.Header.Get("Content-Type"), "application/json"):
			t.Errorf("token %q, content type %q", query.Get("access_token"), q.Header.Get("Content-Type"))
		}
		raw, _ := io.ReadAll(q.Body)
		if len(raw) > 20_000 {
			t.Errorf("%d bytes", len(raw))
		}
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Error(err)
		}
		io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	})
	d := DingTalk{Token: token, Secret: secret, AtMobiles: []string{"13800000000", "+81-9012345678"}, Transport: r.Transport}
	m := message(t)
	if err := d.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if body.MsgType != "markdown" || body.Markdown.Title != m.Title || !strings.HasPrefix(body.Markdown.Text, m.Chat) {
		t.Errorf("body %+v", body)
	}
	if len(body.At.Mobiles) != 2 || body.At.All || !strings.HasSuffix(body.Markdown.Text, "@13800000000\n\n@+81-9012345678") {
		t.Errorf("an urgent message mentions %+v: …%s", body.At, body.Markdown.Text[len(m.Chat):])
	}
	body = dingtalkBody{}
	if err := d.Send(t.Context(), only(t, record())); err != nil {
		t.Fatal(err)
	}
	if len(body.At.Mobiles) != 0 || strings.Contains(body.Markdown.Text, "@138") {
		t.Errorf("what is fixed mentions %+v", body.At)
	}
	d.AtMobiles, d.AtAll = nil, true
	if err := d.Send(t.Context(), m); err != nil || !body.At.All {
		t.Errorf("error %v, mentions %+v", err, body.At)
	}
}

// The largest message with the most mentions is still one that a robot takes.
func TestDingTalkSize(t *testing.T) {
	largest := 0
	r := listen(t, func(w http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		largest = max(largest, len(raw))
		io.WriteString(w, `{"errcode":0}`)
	})
	d := DingTalk{Token: token, Secret: secret, Transport: r.Transport}
	for range 20 {
		d.AtMobiles = append(d.AtMobiles, "+123-4567890123456")
	}
	m := message(t)
	m.Chat, m.Title = strings.Repeat("<設>", maxMarkdown/5), strings.Repeat("🔥", maxTitle)
	if err := d.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if largest > 20_000 {
		t.Errorf("%d bytes", largest)
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		status    int
		answer    string
		code      string // expected of DingTalk
		retryable bool
	}{
		{200, `{"errcode":310000,"errmsg":"sign not match: ` + secret + ` for access_token=` + token + `"}`, "310000", false},
		{200, `{"errcode":300005,"errmsg":"token is not exist"}`, "300005", false},
		{200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, "130101", true},
		{200, `{"errcode":90030,"errmsg":"quota"}`, "90030", true},
		{200, `{"errcode":-1,"errmsg":"busy"}`, "-1", true},
		{200, `<html>`, "Answer", true},
		{200, `{}`, "Answer", true},
		{200, ``, "Answer", true},
		{500, hook + token + secret, "HTTP 500", true},
		{503, "", "HTTP 503", true},
		{429, "", "HTTP 429", true},
		{403, hook + token + secret, "HTTP 403", false},
		{404, "", "HTTP 404", false},
	} {
		r := listen(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			io.WriteString(w, test.answer)
		})
		channels := []Channel{DingTalk{Token: token, Secret: secret, Transport: r.Transport}}
		if test.status != 200 {
			channels = append(channels, Webhook{URL: hook, Secret: secret, Transport: r.Transport})
		}
		for _, c := range channels {
			r.calls = 0
			e := asError(t, c.Send(t.Context(), message(t)))
			if e.Code != test.code || e.Retryable != test.retryable || e.Channel != c.Name() {
				t.Errorf("%d %s: %+v, want code %s, retryable %v", test.status, test.answer, *e, test.code, test.retryable)
			}
			if want := map[bool]int{false: 1, true: tries}[test.retryable]; r.calls != want {
				t.Errorf("%s: %s was tried %d times, want %d", c.Name(), e.Code, r.calls, want)
			}
		}
	}
}

func TestTriesAgain(t *testing.T) {
	calls := 0
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls < 4 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, `{"errcode":0}`)
	})
	if err := (DingTalk{Token: token, Secret: secret, Transport: r.Transport}).Send(t.Context(), message(t)); err != nil {
		t.Fatal(err)
	}
	if len(r.waits) != 3 || r.waits[2] <= 0 {
		t.Errorf("waited %v", r.waits)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		header string
		waits  int // that were asked for; one of a minute is beyond what time there is
		least  time.Duration
	}{
		{"7", tries - 1, 7 * time.Second},
		{night.Add(9 * time.Second).UTC().Format(http.TimeFormat), tries - 1, 9 * time.Second},
		{"3600", 1, time.Hour},
		{"-5", tries - 1, 0},
		{"soon", tries - 1, 0},
	} {
		r := listen(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", test.header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		w := Webhook{URL: hook, Transport: r.Transport}
		w.Transport.Wait = func(_ context.Context, d time.Duration) bool { // r's own knows no half a minute
			r.waits = append(r.waits, d)
			return d < 10*time.Minute
		}
		e := asError(t, w.Send(t.Context(), message(t)))
		if len(r.waits) != test.waits || r.waits[0] < test.least || !e.Retryable {
			t.Errorf("Retry-After %s: waited %v, error %v", test.header, r.waits, e)
		}
	}
}

// The real wait does not outlast the deadline: nobody waits for what lies beyond it.
func TestDeadline(t *testing.T) {
	asked := 0
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusBadGateway)
	})
	r.Wait = nil
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if e := asError(t, Webhook{URL: hook, Transport: r.Transport}.Send(ctx, message(t))); e.Code != "HTTP 502" || asked != 1 {
		t.Errorf("%v after %d tries", e, asked)
	}
}

func TestUnanswered(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	wait := func(context.Context, time.Duration) bool { return false }
	refused := Transport{Wait: wait, HTTP: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", closed.Addr().String())
	}}}
	release := make(chan struct{})
	hung := listen(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	cut := listen(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	untrusted := listen(t, func(http.ResponseWriter, *http.Request) {}).Transport
	untrusted.HTTP.(*http.Transport).TLSClientConfig.RootCAs = nil
	hung.Wait, cut.Wait, untrusted.Wait = wait, wait, wait
	for name, test := range map[string]struct {
		Transport
		code string
	}{
		"connection refused": {refused, "Network"},
		"hung":               {hung.Transport, "Deadline"},
		"cut":                {cut.Transport, "Network"},
		"untrusted":          {untrusted, "Network"},
	} {
		time := map[string]time.Duration{"Deadline": 100 * time.Millisecond, "Network": time.Minute}[test.code]
		ctx, cancel := context.WithTimeout(t.Context(), time)
		for _, c := range []Channel{DingTalk{Token: token, Secret: secret, Transport: test.Transport}, Webhook{URL: hook, Secret: secret, Transport: test.Transport}} {
			if e := asError(t, c.Send(ctx, message(t))); e.Code != test.code || !e.Retryable {
				t.Errorf("%s: %s: %+v, want code %s and retryable", name, c.Name(), *e, test.code)
			}
		}
		cancel()
	}
}

// A redirect would hand a signed message, and where it goes, to somebody else.
func TestRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := listen(t, func(w http.ResponseWriter, q *http.Request) {
			if q.Host == "evil.example" {
				return // followed: end it here
			}
			w.Header().Set("Location", "https://evil.example/?"+q.URL.RawQuery)
			w.WriteHeader(status)
		})
		for _, c := range []Channel{DingTalk{Token: token, Secret: secret, Transport: r.Transport}, Webhook{URL: hook, Secret: secret, Transport: r.Transport}} {
			r.calls = 0
			e := asError(t, c.Send(t.Context(), message(t)))
			if r.calls != 1 || e.Retryable || !strings.Contains(e.Error(), "redirects are not followed") {
				t.Errorf("%d: %d calls, %v", status, r.calls, e)
			}
		}
	}
}

func TestWebhook(t *testing.T) {
	var got Delivery
	var header http.Header
	r := listen(t, func(w http.ResponseWriter, q *http.Request) {
		header = q.Header
		raw, _ := io.ReadAll(q.Body)
		var at int64
		var sum string
		if _, err := fmt.Sscanf(q.Header.Get("X-Ecsguard-Signature"), "t=%d,v1=%s", &at, &sum); err != nil || at != night.Unix() {
			t.Errorf("signature %q: %v", q.Header.Get("X-Ecsguard-Signature"), err)
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(strconv.FormatInt(at, 10) + "." + string(raw)))
		if sum != hex.EncodeToString(mac.Sum(nil)) {
			t.Error("the signature does not fit the body")
		}
		if q.Host != "hooks.example.com" || q.URL.RequestURI() != "/services/p4th-secret?key=qu3ry-secret" {
			t.Errorf("%s %s", q.Host, q.URL.RequestURI())
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	w := Webhook{URL: hook, Secret: secret, Transport: r.Transport}
	m := message(t)
	if err := w.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.ID != m.ID || header.Get("X-Ecsguard-Delivery") != m.ID || got.Title != m.Title || got.Text != m.Plain ||
		got.Severity != practice.Critical || got.Outcome != practice.Failed || !got.Urgent {
		t.Errorf("delivery %+v", got)
	}
	if len(got.Records) != 1 {
		t.Fatalf("%d records", len(got.Records))
	}
	back, err := ledger.Parse(got.Records[0])
	if err != nil || back.Undo[0].String() != m.Records[0].Undo[0].String() || back.ActorIP != "203.0.113.7" {
		t.Errorf("the record comes back as %+v (%v)", back, err)
	}
	failure := Failure{Function: "f", Request: "r"}.Message()
	if err := w.Send(t.Context(), failure); err != nil || got.Records == nil || len(got.Records) != 0 || got.ID != failure.ID {
		t.Errorf("error %v, delivery %+v", err, got)
	}
}

func TestWebhookWithoutSecret(t *testing.T) {
	r := listen(t, func(_ http.ResponseWriter, q *http.Request) {
		if q.Header.Get(HeaderSignature) != "" {
			t.Error("signed with nothing")
		}
	})
	if err := (Webhook{URL: hook, Transport: r.Transport}).Send(t.Context(), message(t)); err != nil {
		t.Error(err)
	}
}

func TestWebhookURL(t *testing.T) {
	for _, u := range []string{"http://hooks.example.com/p4th-secret?key=qu3ry-secret", "hooks.example.com/p4th-secret", "https:///p4th-secret", "https://%zz/p4th-secret?key=qu3ry-secret", "ftp://p4th-secret", "", "https://h/\x7f?key=qu3ry-secret"} {
		err := CheckURL(u)
		if err == nil {
			t.Errorf("%q is taken", u)
			continue
		}
		if found := leaks(err.Error()); found != "" {
			t.Errorf("the error shows %q: %v", found, err)
		}
		r := listen(t, func(http.ResponseWriter, *http.Request) {})
		if e := asError(t, Webhook{URL: u, Transport: r.Transport}.Send(t.Context(), message(t))); e.Retryable || r.calls != 0 {
			t.Errorf("%q: %d calls, %v", u, r.calls, e)
		}
	}
	if err := CheckURL(hook); err != nil {
		t.Error(err)
	}
}

func TestChannelsDoNotPrintSecrets(t *testing.T) {
	for _, c := range []Channel{DingTalk{Token: token, Secret: secret}, Webhook{URL: hook, Secret: secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if found := leaks(fmt.Sprintf(verb, c)); found != "" {
				t.Errorf("%s of %s shows %q", verb, c.Name(), found)
			}
		}
		if raw, err := json.Marshal(c); err != nil || string(raw) != strconv.Quote(c.Name()) { // slog's JSON handler
			t.Errorf("JSON of %s is %s (%v)", c.Name(), raw, err)
		}
	}
}
