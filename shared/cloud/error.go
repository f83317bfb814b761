package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
)

// Error is a refused or failed call. It holds no URL and no credential, so it can
// be logged and shown.
type Error struct {
	Action    string // "ecs:RevokeSecurityGroup"
	Code      string // the API's code, or "Network", "Deadline"
	Message   string
	Status    int // HTTP status; 0 when there was no answer
	RequestID string

	// Repeated: a try of the same call went unanswered, so what was refused in the end,
	// or is not tried again, may have been done by then. A look has to say.
	Repeated bool

	// After: the far side asked to be left alone for so long.
	After time.Duration

	stale bool // the connection had died before; see Stale
}

// RetryAfter is for Retry.
func (e *Error) RetryAfter() time.Duration { return e.After }

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s: %s", e.Action, e.Code, e.Message)
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// codes that no answer from the API carries
const (
	codeNetwork  = "Network"
	codeDeadline = "Deadline"
)

// wrap turns what the SDK returned into an Error.
func wrap(action string, err error) *Error {
	if server, ok := errors.AsType[*sdkerrors.ServerError](err); ok {
		e := &Error{Action: action, Code: server.ErrorCode(), Message: server.Message(), Status: server.HttpStatus(), RequestID: server.RequestId()}
		// The API answers a wrong signature with the string it signed, which holds
		// the access key and the security token.
		if strings.Contains(e.Code, "Signature") {
			e.Message = "the signature was refused"
		}
		if later, ok := errors.AsType[laterError](err); ok {
			e.After = later.after
		}
		return e
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded) && !isTimeout(err), errors.Is(err, context.Canceled):
		return TimeUp(action)
	case isNetwork(err):
		return Network(action, err)
	}
	return &Error{Action: action, Code: "Client", Message: bare(err)}
}

// laterError is a refusal by somebody who asked to be left alone for a while.
type laterError struct {
	error
	after time.Duration
}

func (e laterError) Unwrap() error { return e.error }

// TimeUp is the error of a call that the deadline ended.
func TimeUp(action string) *Error {
	return &Error{Action: action, Code: codeDeadline, Message: "the invocation's time was up before the call was answered"}
}

// Network is the error of a call that was not answered.
func Network(action string, err error) *Error {
	return &Error{Action: action, Code: codeNetwork, Message: bare(err), stale: Stale(err)}
}

// bare is err's text without any URL's query. Of a url.Error only the inner error
// may be shown: its URL holds the access key, the security token and the signature.
func bare(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return scrub(err.Error())
}

func isTimeout(err error) bool {
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}

func isNetwork(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, errNoAnswer) {
		return true
	}
	// net/http says these in words only.
	return slices.ContainsFunc([]string{"EOF", "connection reset", "broken pipe", "Client.Timeout", "server closed", "connection refused", "tls:"},
		func(s string) bool { return strings.Contains(err.Error(), s) })
}

// scrub cuts the query off anything that looks like a URL.
func scrub(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if at := strings.IndexByte(w, '?'); at >= 0 && strings.Contains(w, "://") {
			words[i] = w[:at] + "?…"
		}
	}
	return strings.Join(words, " ")
}

// Retryable tells whether the same call may succeed a little later: throttling,
// the cloud's own failures, the network, a resource that is busy, credentials that the
// next invocation has anew.
func Retryable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return errors.Is(err, context.DeadlineExceeded)
	}
	return !e.Repeated && (e.Code == codeNetwork || e.Code == codeDeadline || passes(e.Action, e.Code, e.Status))
}

// OutOfTime tells whether what failed had no time left, whatever kept it.
func OutOfTime(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || Code(err) == codeDeadline
}

// Repeated tells whether the call may have been made although its last try was
// refused: the answer to an earlier one was lost.
func Repeated(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Repeated
}

// unanswered tells whether nobody knows what became of a call.
func unanswered(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Code == codeNetwork || e.Status >= 500)
}

// NotFound tells whether the resource is gone, or not there yet.
func NotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (strings.HasSuffix(e.Code, ".NotFound") && !strings.HasPrefix(e.Code, "InvalidAccessKeyId") && !strings.HasPrefix(e.Code, "InvalidAction") ||
		strings.HasPrefix(e.Code, "EntityNotExist") || e.Code == "TrailNotFoundException" || strings.HasSuffix(e.Code, ".NotExist") || forbiddenIsGone(e.Code))
}

// forbiddenIsGone tells whether a code begins as a refusal and says that there is nothing: KMS
// answers Forbidden.KeyNotFound, Forbidden.ResourceNotFound.
func forbiddenIsGone(code string) bool {
	return strings.HasPrefix(code, "Forbidden.") && strings.HasSuffix(code, "NotFound")
}

// Forbidden tells whether a policy refused the call.
func Forbidden(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !forbiddenIsGone(e.Code) && (strings.HasPrefix(e.Code, "Forbidden") || strings.HasPrefix(e.Code, "NoPermission"))
}

// Code is the API's error code, or "".
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
