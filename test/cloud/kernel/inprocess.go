package kernel

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// InProcess reaches the cloud without a socket, TLS or the proxy: each request goes to
// the host that it names, and its answer comes back, in this process. A cut connection
// is an error, and the end of the request's context ends the wait for the answer, as
// over the wire. Only what net/http itself does with connections is missing: it makes a
// GET once more where a kept connection was cut.
func (c *Cloud) InProcess() http.RoundTripper { return inProcess{c} }

type inProcess struct{ c *Cloud }

// errCut is what net/http says of a connection that ends before the answer.
var errCut = fmt.Errorf("the connection was cut: %w", io.EOF)

// The body is read in full before, and closed, as net/http promises its callers.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	asked, err := served(r)
	if err != nil {
		return nil, err
	}
	if host := BareHost(asked.Host); t.c.Route(host) == nil {
		t.c.refuseHost(host)
		return nil, fmt.Errorf("the local cloud does not serve %s", host)
	}
	// The service sees the client leave, and goes on with what it has begun.
	came := make(chan *inProcessAnswer, 1)
	go func() { came <- t.c.answer(asked) }()
	select {
	case answer := <-came:
		return answer.response(r)
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}

// served is a client's request as a service gets it.
func served(r *http.Request) (*http.Request, error) {
	body := []byte{}
	if r.Body != nil {
		defer r.Body.Close()
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	if r.Context().Err() != nil {
		return nil, context.Cause(r.Context())
	}
	asked := r.Clone(r.Context())
	asked.Body, asked.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	asked.RequestURI, asked.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	asked.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if asked.Host == "" {
		asked.Host = r.URL.Host
	}
	if r.URL.Scheme == "https" {
		asked.TLS = &tls.ConnectionState{HandshakeComplete: true, ServerName: BareHost(asked.Host)}
	}
	asked.Header = http.Header{} // names in the form that a server gives them
	for name, values := range r.Header {
		for _, value := range values {
			asked.Header.Add(name, value)
		}
	}
	if asked.Header.Get("User-Agent") == "" {
		asked.Header.Set("User-Agent", "Go-http-client/1.1")
	}
	return asked, nil
}

// answer lets the service answer a request. A service that fails is a fault of this
// cloud's, and ends the process.
func (c *Cloud) answer(r *http.Request) (w *inProcessAnswer) {
	w = &inProcessAnswer{header: http.Header{}}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			w.cut = true
		}
	}()
	c.serveHost(w, r)
	return w
}

// inProcessAnswer is an http.ResponseWriter that keeps what is written.
// It has no Hijack: a cut connection panics with http.ErrAbortHandler instead (see cut).
type inProcessAnswer struct {
	header http.Header
	sent   http.Header // header as it was when the answer began
	status int
	body   bytes.Buffer
	cut    bool
}

func (w *inProcessAnswer) Header() http.Header { return w.header }

func (w *inProcessAnswer) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *inProcessAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *inProcessAnswer) response(r *http.Request) (*http.Response, error) {
	if w.cut {
		return nil, errCut
	}
	w.WriteHeader(http.StatusOK)
	if w.sent.Get("Date") == "" {
		w.sent.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Header: w.sent,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}, nil
}
