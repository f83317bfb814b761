package receiver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
)

// A Standing is a channel, and what its test knows of it.
type Standing struct {
	Declaration *channel.Declaration
	Values      channel.Values // that a person might set, secrets such as nobody would write by chance
	Taken       string         // what the receiver answers to a message that it takes
	Largest     int            // bytes of a whole request that the receiver takes; 0: any
}

// Test shows what holds for every channel: it gives no secret away, tries again what may
// pass and only that, follows nobody elsewhere, keeps its receiver's limits whatever is in
// the records, says what it leaves out, and lets nothing of what others have written act.
func Test(t *testing.T, s Standing) {
	t.Run("printed", s.printed)
	t.Run("refused", s.refused)
	t.Run("redirected", s.redirected)
	t.Run("unanswered", s.unanswered)
	t.Run("limits", s.limits)
	t.Run("commands", s.commands)
	t.Run("inert", s.inert)
}

func (s Standing) open(t *testing.T, transport channel.Transport) channel.Channel {
	t.Helper()
	open, err := channel.Open([]*channel.Declaration{s.Declaration}, func(name string) string { return s.Values[name] }, transport)
	if err != nil {
		t.Fatal(err)
	}
	if open[0].Name() != s.Declaration.Name {
		t.Errorf("it calls itself %q", open[0].Name())
	}
	return open[0]
}

// Leaks finds a secret, or a telling part of it, in text that people or logs get.
func (s Standing) leaks(text string) string {
	for _, x := range s.Declaration.Settings {
		value := s.Values[x.Name]
		if !x.Secret || value == "" {
			continue
		}
		parts := []string{value, url.QueryEscape(value)}
		if u, err := url.Parse(value); err == nil && u.Host != "" {
			parts = append(parts, strings.Trim(u.Path, "/"), u.RawQuery)
		}
		for _, part := range parts {
			if part != "" && strings.Contains(text, part) {
				return part
			}
		}
	}
	return ""
}

// fault is err as what every channel promises to return.
func (s Standing) fault(t *testing.T, err error) *channel.Error {
	t.Helper()
	e, ok := errors.AsType[*channel.Error](err)
	if !ok {
		t.Fatalf("%v (%T) is not a *channel.Error", err, err)
	}
	if found := s.leaks(fmt.Sprintf("%s %v %+v %#v", err, err, err, err)); found != "" {
		t.Errorf("the error shows %q: %s", found, err)
	}
	if e.Channel != s.Declaration.Name {
		t.Errorf("the error is of channel %q", e.Channel)
	}
	return e
}

func (s Standing) printed(t *testing.T) {
	c := s.open(t, channel.Transport{})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if found := s.leaks(fmt.Sprintf(verb, c)); found != "" {
			t.Errorf("%s shows %q", verb, found)
		}
	}
	if raw, err := json.Marshal(c); err != nil || string(raw) != strconv.Quote(c.Name()) { // slog's JSON handler
		t.Errorf("in JSON it is %s (%v)", raw, err)
	}
}

func (s Standing) refused(t *testing.T) {
	for status, passes := range map[int]bool{500: true, 502: true, 503: true, 429: true, 408: true, 400: false, 401: false, 403: false, 404: false} {
		r := Listen(t, func(w http.ResponseWriter, q *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintln(w, q.URL, q.Header, s.Values)
		})
		e := s.fault(t, s.open(t, r.Transport).Send(t.Context(), Urgent()))
		if e.Code != "HTTP "+strconv.Itoa(status) || e.Retryable != passes {
			t.Errorf("%d: %+v", status, *e)
		}
		if want := map[bool]int{false: 1, true: channel.Tries}[passes]; r.Calls != want {
			t.Errorf("%d: tried %d times, want %d", status, r.Calls, want)
		}
	}
	calls := 0
	r := Listen(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls < 4 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, s.Taken)
	})
	if err := s.open(t, r.Transport).Send(t.Context(), Urgent()); err != nil || len(r.Waits) != 3 || r.Waits[2] <= 0 {
		t.Errorf("it waited %v and said %v", r.Waits, err)
	}
}

// A redirect would hand a message, and where it goes, to somebody else.
func (s Standing) redirected(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := Listen(t, func(w http.ResponseWriter, q *http.Request) {
			if q.Host == "evil.example" {
				return // followed: end it here
			}
			w.Header().Set("Location", "https://evil.example/?"+q.URL.RawQuery)
			w.WriteHeader(status)
		})
		e := s.fault(t, s.open(t, r.Transport).Send(t.Context(), Urgent()))
		if r.Calls != 1 || e.Retryable || !strings.Contains(e.Error(), "redirects are not followed") {
			t.Errorf("%d: %d calls, %v", status, r.Calls, e)
		}
	}
}

func (s Standing) unanswered(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	wait := func(context.Context, time.Duration) bool { return false }
	refused := channel.Transport{Wait: wait, HTTP: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", closed.Addr().String())
	}}}
	release := make(chan struct{})
	hung := Listen(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	cut := Listen(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	untrusted := Listen(t, func(http.ResponseWriter, *http.Request) {}).Transport
	untrusted.HTTP.(*http.Transport).TLSClientConfig.RootCAs = nil
	hung.Wait, cut.Wait, untrusted.Wait = wait, wait, wait
	for name, test := range map[string]struct {
		channel.Transport
		code string
	}{
		"connection refused": {refused, "Network"},
		"hung":               {hung.Transport, "Deadline"},
		"cut":                {cut.Transport, "Network"},
		"untrusted":          {untrusted, "Network"},
	} {
		within := map[string]time.Duration{"Deadline": 100 * time.Millisecond, "Network": time.Minute}[test.code]
		ctx, cancel := context.WithTimeout(t.Context(), within)
		if e := s.fault(t, s.open(t, test.Transport).Send(ctx, Urgent())); e.Code != test.code || !e.Retryable {
			t.Errorf("%s: %+v, want code %s and retryable", name, *e, test.code)
		}
		cancel()
	}
}

// sent is the text of what a channel sends: all strings in the JSON of its bodies. Bodies
// that are no JSON are text.
func (s Standing) sent(t *testing.T, messages ...message.Message) (texts []string, largest int) {
	t.Helper()
	r := Listen(t, func(w http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		largest = max(largest, len(raw))
		var body any
		if json.Unmarshal(raw, &body) != nil {
			body = string(raw)
		}
		texts = append(texts, strings.Join(strs(body), "\n"))
		io.WriteString(w, s.Taken)
	})
	c := s.open(t, r.Transport)
	for _, m := range messages {
		if err := c.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	return texts, largest
}

// strs are the strings of what people read: not those of the records that a webhook's
// receiver gets, which hold the cloud's words as they came.
func strs(body any) (all []string) {
	switch x := body.(type) {
	case string:
		return []string{x}
	case []any:
		for _, y := range x {
			all = append(all, strs(y)...)
		}
	case map[string]any:
		for name, y := range x {
			if name != "records" {
				all = append(all, strs(y)...)
			}
		}
	}
	return all
}

func (s Standing) limits(t *testing.T) {
	l := s.Declaration.Limits
	for _, word := range []string{"設定が開いています", `"`, "<🔥_ "} {
		long := func(r *ledger.Record) {
			w := strings.Repeat(word, 4000/len(word))
			r.ResourceName, r.Resource, r.Finding, r.Advice, r.Reason, r.Error, r.Actor, r.ActorAgent = w, w, w, w, w, w, w, w
			r.Why, r.Note, r.UsedBy = []string{w, w}, w, w
			failed(r)
		}
		calls := func(r *ledger.Record) {
			for range 200 {
				r.Calls = append(r.Calls, cloud.New("ecs", "A", "cn-hangzhou", "Description", strings.Repeat(word, 30)))
			}
		}
		var one, many []ledger.Record
		for i := range 30 {
			id := func(r *ledger.Record) { r.ID = fmt.Sprint(i) }
			if i < 4 {
				one = append(one, Record(long, id, calls))
			}
			many = append(many, Record(long, id, func(r *ledger.Record) { r.Event = fmt.Sprint(i) }))
		}
		for name, records := range map[string][]ledger.Record{"a finding": one[:1], "an event": one, "a burst": many} {
			m := message.Compose(records)[0]
			for form, write := range map[string]channel.Form{"plain": channel.Plain, "Markdown": channel.Markdown} {
				text := l.Render(m, write)
				if n := channel.Size(text); n > l.Bytes {
					t.Errorf("%s of %q takes %d bytes in %s", name, word, n, form)
				}
				if l.Lines > 0 && strings.Count(text, "\n") >= l.Lines {
					t.Errorf("%s of %q takes %d lines in %s", name, word, strings.Count(text, "\n")+1, form)
				}
			}
			if _, largest := s.sent(t, m); s.Largest > 0 && largest > s.Largest {
				t.Errorf("%s of %q is a request of %d bytes", name, word, largest)
			}
		}
	}
}

// Commands are whole or not shown, and that some are not is said.
func (s Standing) commands(t *testing.T) {
	m := message.Compose([]ledger.Record{Record(failed, func(r *ledger.Record) {
		r.Calls = nil
		for i := range 400 {
			r.Calls = append(r.Calls, cloud.New("ecs", "RevokeSecurityGroup", "cn-hangzhou", "SecurityGroupRuleId.1", fmt.Sprintf("sgr-%04d-end", i)))
		}
	})})[0]
	texts, _ := s.sent(t, m)
	shown := strings.Count(texts[0], "--SecurityGroupRuleId.1 sgr-")
	if ends := strings.Count(texts[0], "-end"); ends != shown {
		t.Errorf("%d commands begin, and %d end", shown, ends)
	}
	if shown < 400 && (!strings.Contains(texts[0], "too long to show") || !strings.Contains(texts[0], "audit record 0a1b2c has all")) {
		t.Errorf("it does not say that some of 400 commands are missing, and where they are:\n%s", texts[0])
	}
}

// inert is a check of what no receiver may get: it may make a link, a mention or another
// paragraph of it, or not show it.
func (s Standing) inert(t *testing.T) {
	var hostile []message.Message
	for _, a := range []string{"https://evil.example/x", "evil.example", "[click](https://evil.example)", "<a href=evil>", "@all", "x @all", "a\n# forged\n", "a\u2028# forged", "\u202egnp.exe", "z\u200bw", "`x`", "```\nx", "**Fixed.** _now_ ~gone~ |x|"} {
		r := Record(failed, func(r *ledger.Record) {
			r.ResourceName, r.Resource, r.ResourceType, r.Region, r.Account, r.Finding, r.Reason, r.Error, r.Advice = a, a, a, a, a, a, a, a, a
			r.Actor, r.ActorType, r.ActorIP, r.ActorAgent, r.EventName, r.Practice, r.ID = a, a, a, a, a, a, a
			r.Calls = []cloud.Call{cloud.New("ecs", "A", "", "Description", a)}
		})
		hostile = append(hostile, message.Compose([]ledger.Record{r})[0], message.Failure{Function: a, Request: a, Error: a, Event: a, Resource: a}.Message())
	}
	texts, _ := s.sent(t, hostile...)
	for _, text := range texts {
		for _, bad := range []string{"evil.example", "://", "<a", "](", "\n# forged", "\u2028", "\u202e", "\u200b", " @all", "\n@all", "`x", "~gone"} {
			if strings.Contains(text, bad) {
				t.Errorf("it sends %q:\n%s", bad, text)
			}
		}
	}
}
