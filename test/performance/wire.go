package main

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/performance/script"
)

// exchange is a request and its answer, as they went over the wire.
type exchange struct {
	id          string // the answer's request id, which the cloud's own note has too
	fresh       bool   // the first on its connection
	request     *http.Request
	body        []byte
	status      int
	header      http.Header
	answer      []byte
	begin, done time.Time
}

// wire sees every exchange of a cloud.
type wire struct {
	mu    sync.Mutex
	conns map[string]bool
	seen  []exchange
	full  bool // keep the bodies
}

func watch(c *cloud.Cloud) *wire {
	w := &wire{conns: map[string]bool{}}
	c.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.serve(next, rw, r) })
	})
	return w
}

func (w *wire) serve(next http.Handler, rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	x := exchange{fresh: !w.conns[r.RemoteAddr], request: r, begin: time.Now()}
	w.conns[r.RemoteAddr] = true
	full := w.full
	w.mu.Unlock()
	if full {
		x.body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	rec := &recorder{ResponseWriter: rw, full: full, status: http.StatusOK}
	next.ServeHTTP(rec, r)
	h := rw.Header()
	x.id = cmp.Or(h.Get("x-acs-request-id"), h.Get("x-log-requestid"), h.Get("X-Fc-Request-Id"))
	x.status, x.answer, x.header, x.done = rec.status, rec.body.Bytes(), h.Clone(), time.Now()
	w.mu.Lock()
	w.seen = append(w.seen, x)
	w.mu.Unlock()
}

// keep says whether bodies are kept from now on.
func (w *wire) keep(full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = full
}

// take returns what was seen since the last time.
func (w *wire) take() []exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

// recorder keeps what a handler answers.
type recorder struct {
	http.ResponseWriter
	full   bool
	status int
	body   bytes.Buffer
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.full {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// canned answers requests as another cloud has answered the same ones, in their order,
// after the same wait.
type canned struct {
	mu      sync.Mutex
	answers map[string][]exchange
	wait    time.Duration
	missing string // the first request that nothing was left for
}

// kind is what tells requests apart for this.
func kind(r *http.Request, body []byte) string {
	s, err := script.Of(r, body)
	if err != nil {
		return err.Error()
	}
	return s.Host + s.Action + s.Project + s.Log
}

func (c *canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	k := kind(r, body)
	c.mu.Lock()
	if len(c.answers[k]) == 0 {
		c.missing = cmp.Or(c.missing, k)
		c.mu.Unlock()
		http.Error(w, "no answer is left to "+k, http.StatusBadRequest)
		return
	}
	x := c.answers[k][0]
	c.answers[k] = c.answers[k][1:]
	c.mu.Unlock()
	time.Sleep(c.wait)
	for name, values := range x.header {
		if !strings.EqualFold(name, "Date") {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(x.status)
	w.Write(x.answer)
}

// load takes over the answers of a run.
func (c *canned) load(all []exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers, c.missing = map[string][]exchange{}, ""
	for _, x := range all {
		k := kind(x.request, x.body)
		c.answers[k] = append(c.answers[k], x)
	}
}
