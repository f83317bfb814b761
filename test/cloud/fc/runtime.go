package fc

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// delivery is an invocation on its way through an instance.
// done has room for one, so that whoever answers never waits.
type delivery struct {
	id     string
	header map[string]string
	body   []byte
	limit  time.Duration
	done   chan outcome // holds one
}

// runtimeAPI is the server that a function's process talks to: it polls for
// invocations and posts their results. Each instance has its own, so that a
// request can only be about that instance.
//
// The client polls again the moment it has an invocation, and polls without a
// pause when the server fails; so the server says nothing until there is
// something to do, and outlives the process.
func (i *fcInstance) runtimeAPI() (*http.Server, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2020-11-11/runtime/invocation/next", i.serveNext)
	mux.HandleFunc("POST /2020-11-11/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		i.serveResult(w, r, "")
	})
	mux.HandleFunc("POST /2020-11-11/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		i.serveResult(w, r, "UnhandledInvocationError")
	})
	s := &http.Server{Handler: mux, ErrorLog: i.c.QuietLog()}
	go s.Serve(l)
	return s, l.Addr().String(), nil
}

// It answers nothing where the instance has ended: the client sees a connection that closes.
func (i *fcInstance) serveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case d := <-i.next:
		i.setCurrent(d)
		for k, v := range d.header {
			w.Header().Set(k, v)
		}
		w.Header().Set("x-fc-function-deadline", strconv.FormatInt(time.Now().Add(d.limit).UnixMilli(), 10))
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.Itoa(len(d.body)))
		w.Write(d.body)
	case <-i.exited:
	case <-r.Context().Done():
	}
}

// serveResult takes a result, and freezes the process once it has its answer:
// what a function leaves running after its response does not go on here either.
func (i *fcInstance) serveResult(w http.ResponseWriter, r *http.Request, errorType string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSyncBody))
	d := i.takeCurrent(r.PathValue("id"))
	if err != nil || d == nil {
		http.Error(w, "no such invocation is under way", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	http.NewResponseController(w).Flush()
	// After the answer has gone out, so the client is not frozen while it waits for it.
	i.freeze()
	d.done <- outcome{status: http.StatusOK, errorType: errorType, body: body, instance: i.id}
}

// setCurrent and takeCurrent keep the invocation that the process works on, so
// that a late or doubled result of another one is refused.
func (i *fcInstance) setCurrent(d *delivery) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current = d
}

func (i *fcInstance) takeCurrent(id string) *delivery {
	i.mu.Lock()
	defer i.mu.Unlock()
	d := i.current
	if d == nil || !strings.EqualFold(d.id, id) {
		return nil
	}
	i.current = nil
	return d
}

// outcome is how an attempt ended. A status other than 200 is the platform's:
// then errorType is its code and body its message.
type outcome struct {
	status    int
	errorType string
	body      []byte
	log       []byte
	instance  string
	cold      bool
}

func (o outcome) functionError() string {
	if o.status == http.StatusOK {
		return o.errorType
	}
	return ""
}

// crashed is the outcome of a process that ended or was killed. There is no
// trace of what it had done.
func crashed(format string, args ...any) outcome {
	return outcome{status: http.StatusOK, errorType: "UnhandledInvocationError",
		body: fmt.Appendf(nil, `{"errorMessage":%q}`, fmt.Sprintf(format, args...))}
}

// deliver hands d to the instance and waits for the end, whichever comes first:
// a result, the exit of the process, the deadline.
// A process that was frozen goes on from where it was. One that is past its deadline is killed, as
// the real one does: the next invocation gets a new one.
func (i *fcInstance) deliver(d *delivery) outcome {
	began := time.Now()
	i.thaw()
	starting := time.NewTimer(startLimit)
	defer starting.Stop()
	select {
	case i.next <- d:
	case <-i.exited:
		return i.ended(began)
	case <-starting.C:
		i.kill()
		return crashed("Function instance did not start within %v", startLimit)
	}
	deadline := time.NewTimer(d.limit)
	defer deadline.Stop()
	select {
	case out := <-d.done:
		return out
	case <-i.exited:
		select {
		case out := <-d.done: // it answered, then went
			return out
		default:
			return i.ended(began)
		}
	case <-deadline.C:
		i.kill()
		return crashed("Function timed out after %d seconds (maxMemoryUsage: 0.00MB)", int(d.limit.Seconds()))
	}
}

func (i *fcInstance) ended(began time.Time) outcome {
	return crashed("Process exited unexpectedly before completing request (duration: %dms, maxMemoryUsage: 0.00MB)", time.Since(began).Milliseconds())
}
