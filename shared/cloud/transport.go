package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Transport is the process's, for every API: a connection outlives the invocation that
// made it.
var Transport = sync.OnceValue(func() http.RoundTripper { return newTransport() })

const (
	// idleTime is how long a connection is kept unused. The APIs' gateways close theirs
	// after 25 seconds and say so (Keep-Alive: timeout=25); who is later than that sends
	// into a connection that is about to be closed. A thawed instance's clock has moved
	// on, so what is older is not used after a thaw either.
	idleTime = 20 * time.Second
	// idlePerHost is as many as one invocation uses at once; net/http keeps two.
	idlePerHost = 64
	idleInAll   = 256
)

// newTransport speaks HTTP/1.1 only: there each call has a connection to itself, so that
// one that has died costs one call, and of each it is known whether an answer had begun.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		TLSClientConfig:     &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(idleInAll)},
		IdleConnTimeout:     idleTime,
		MaxIdleConns:        idleInAll,
		MaxIdleConnsPerHost: idlePerHost,
	}
}

// RoundTrip sends a request once. Where it fails because a kept connection had died, and
// nothing of an answer came, the error says so (Stale).
func RoundTrip(base http.RoundTripper, r *http.Request) (*http.Response, error) {
	var reused, began atomic.Bool
	response, err := base.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn:              func(c httptrace.GotConnInfo) { reused.Store(c.Reused) },
		GotFirstResponseByte: func() { began.Store(true) },
	})))
	if err == nil || !reused.Load() || began.Load() || r.Context().Err() != nil {
		return response, err
	}
	// The others have been idle as long: the next try takes a new one.
	if t, ok := base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil, staleError{err}
}

// staleError is what became of a request on a kept connection that had died.
type staleError struct{ error }

func (e staleError) Unwrap() error { return e.error }

// Stale tells whether a call met a kept connection that had died. It may be made again at
// once, if it may be made again at all: it can have been done.
func Stale(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.stale
	}
	_, ok := errors.AsType[staleError](err)
	return ok
}

// inContext is a transport that adds a context to every request.
type inContext struct {
	ctx  context.Context
	base http.RoundTripper
}

func (t inContext) RoundTrip(r *http.Request) (*http.Response, error) {
	// The request has a context of its own when a client timeout is set; both must hold.
	ctx, cancel := context.WithCancelCause(r.Context())
	stop := context.AfterFunc(t.ctx, func() { cancel(t.ctx.Err()) })
	response, err := RoundTrip(t.base, r.WithContext(ctx))
	if err != nil {
		stop()
		if t.ctx.Err() != nil {
			return nil, t.ctx.Err()
		}
		return nil, err
	}
	response.Body = &body{response.Body, stop}
	return response, nil
}

// Bounded returns an HTTP client whose every request ends with ctx, for SDKs that
// take no context.
func Bounded(ctx context.Context, base http.RoundTripper) *http.Client {
	if base == nil {
		base = Transport()
	}
	return &http.Client{Transport: inContext{ctx, base}}
}
