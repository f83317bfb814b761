package message

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A Channel takes messages to people. Send tries again what may work a little
// later, as long as ctx has time. Its error is an *Error.
type Channel interface {
	Name() string
	Send(ctx context.Context, m Message) error
}

// An Error is why a channel did not take a message. It holds no secret, and no
// address: that of a robot or a hook is one.
type Error struct {
	Channel   string
	Code      string // DingTalk's errcode, "HTTP 500", "Network" or "Deadline"
	Message   string
	Retryable bool // the same message may be taken later

	after time.Duration // the receiver asked to be left alone for so long
}

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Channel + ": " + e.Code
	}
	return e.Channel + ": " + e.Code + ": " + e.Message
}

// Transport is what channels need of their surroundings. The zero value works.
type Transport struct {
	HTTP http.RoundTripper                         // nil: the default, with the environment's proxy
	Now  func() time.Time                          // nil: time.Now
	Wait func(context.Context, time.Duration) bool // nil: cloud.Sleep. Reports whether there is time afterwards
}

func (t Transport) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

const (
	perTry  = 10 * time.Second // so that a receiver that hangs leaves time for another try
	tries   = 8                // a minute at least, where ctx has no deadline
	maxRead = 64 << 10         // of an answer
)

// again calls once until it succeeds, fails for good, or time is up.
func (t Transport) again(ctx context.Context, once func(context.Context) *Error) error {
	wait := t.Wait
	if wait == nil {
		wait = cloud.Sleep
	}
	interval := backoff.NewExponentialBackOff()
	interval.Multiplier = 2
	for try := 1; ; try++ {
		bounded, cancel := context.WithTimeout(ctx, perTry)
		err := once(bounded)
		cancel()
		if err == nil {
			return nil
		}
		if !err.Retryable || try == tries || !wait(ctx, max(interval.NextBackOff(), err.after)) {
			return err
		}
	}
}

// post sends a body once and returns the answer's.
func (t Transport) post(ctx context.Context, channel, address string, header http.Header, body []byte) ([]byte, *Error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, &Error{Channel: channel, Code: "Address", Message: "the address cannot be parsed"} // err quotes it
	}
	request.Header = header
	client := &http.Client{
		Transport: t.HTTP,
		// A redirect would take a signed message to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, unanswered(channel, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxRead))
	if status := response.StatusCode; status < 200 || status > 299 {
		e := &Error{Channel: channel, Code: "HTTP " + strconv.Itoa(status), Retryable: status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout}
		e.after = retryAfter(response.Header.Get("Retry-After"), t.now())
		if status >= 300 && status <= 399 {
			e.Message = "redirects are not followed"
		}
		return nil, e // without the answer, which may repeat what it was asked
	}
	if err != nil {
		return nil, unanswered(channel, err)
	}
	return answer, nil
}

// unanswered unwraps a url.Error, whose text has the whole address.
func unanswered(channel string, err error) *Error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Error{Channel: channel, Code: "Deadline", Message: "there was no answer in time", Retryable: true}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return &Error{Channel: channel, Code: "Network", Message: clean(err.Error(), maxSentence), Retryable: true}
}

// retryAfter reads seconds or a date.
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(s); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return at.Sub(now)
	}
	return 0
}

// CheckURL tells whether an address is fit for a webhook. Its error does not
// repeat the address.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("the URL cannot be parsed")
	case u.Scheme != "https":
		return fmt.Errorf("the URL begins with %q: only https is taken, because alerts name what is open to attack", clean(u.Scheme, 10)+":")
	case u.Hostname() == "":
		return errors.New("the URL has no host")
	}
	return nil
}

// redact takes secrets out of text that a receiver made.
func redact(s string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(strings.ReplaceAll(s, secret, "…"), url.QueryEscape(secret), "…")
		}
	}
	return s
}
