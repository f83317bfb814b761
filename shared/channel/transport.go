package channel

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

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/message"
)

// Transport is what channels need of their surroundings. The zero value works.
type Transport struct {
	HTTP http.RoundTripper                         // nil: the default, with the environment's proxy
	Now  func() time.Time                          // nil: time.Now
	Wait func(context.Context, time.Duration) bool // nil: cloud.Sleep. Reports whether there is time afterwards
}

// Time is the present.
func (t Transport) Time() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

const (
	perTry   = 10 * time.Second // so that a receiver that hangs leaves time for another try
	Tries    = 8                // a minute at least, where ctx has no deadline
	maxRead  = 64 << 10         // of an answer, in bytes
	maxWords = 300              // of an error, in characters
)

// A Request is what is posted at one try: signatures have the time in them.
type Request struct {
	Address string // a secret
	Header  http.Header
	Body    []byte
}

// JSON is the header of a body in JSON.
func JSON() http.Header { return http.Header{"Content-Type": {"application/json; charset=utf-8"}} }

// Post posts what request makes until it is taken, is refused for good, or time is up.
// Taken reads the answer to what was sent, whatever HTTP calls it; nil: there is nothing in it
// to read.
func (t Transport) Post(ctx context.Context, channel string, request func() Request, taken func(sent Request, answer []byte) *Error) error {
	passes := func(err error) bool {
		e, ok := errors.AsType[*Error](err)
		return ok && e.Retryable
	}
	return cloud.Retry{Grow: 2, Tries: Tries, Again: passes, Wait: t.Wait}.Do(ctx, func() error {
		bounded, cancel := context.WithTimeout(ctx, perTry)
		defer cancel()
		sent := request()
		answer, err := t.once(bounded, channel, sent)
		if taken != nil && (err == nil || answer != nil) {
			err = prefer(err, taken(sent, answer))
		}
		if err == nil {
			return nil // and not an *Error that is nil
		}
		err.Channel = channel
		return err
	})
}

// Foreign is the code of an answer that is not one of the receiver's.
const Foreign = "Answer"

// prefer is the receiver's own words rather than HTTP's, which may go with them.
func prefer(status, said *Error) *Error {
	switch {
	case status == nil:
		return said
	case said == nil || said.Code == Foreign: // somebody on the way has answered
		return status
	}
	said.Retryable, said.after = said.Retryable || status.Retryable, status.after
	return said
}

// once posts once and returns the answer's body, of a refusal as well.
func (t Transport) once(ctx context.Context, channel string, r Request) ([]byte, *Error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Address, bytes.NewReader(r.Body))
	if err != nil {
		return nil, &Error{Channel: channel, Code: "Address", Message: "the address cannot be parsed"} // err quotes it
	}
	request.Header = r.Header
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
		e.after = cloud.RetryAfter(response.Header, t.Time())
		if status >= 300 && status <= 399 {
			e.Message = "redirects are not followed"
			return nil, e
		}
		return answer, e // which does not quote the answer: that may repeat what it was asked
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
	return &Error{Channel: channel, Code: "Network", Message: message.Clean(err.Error(), maxWords), Retryable: true}
}

// CheckURL tells whether an address is fit for alerts. Its error does not repeat it.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("the URL cannot be parsed")
	case u.Scheme != "https":
		return fmt.Errorf("the URL begins with %q: only https is taken, because alerts name what is open to attack", message.Clean(u.Scheme, 10)+":")
	case u.Hostname() == "":
		return errors.New("the URL has no host")
	}
	return nil
}

// Refusal is what a receiver said, for an Error: without secrets, which it may repeat, and
// inert.
func Refusal(said string, secrets ...string) string {
	return message.Clean(redact(said, secrets...), maxWords/2)
}

func redact(s string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(strings.ReplaceAll(s, secret, "…"), url.QueryEscape(secret), "…")
		}
	}
	return s
}
