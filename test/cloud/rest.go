package cloud

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// restAPI is what tells one REST product from another; serveREST does what
// they have in common, in the order in which the real gateways do it.
type restAPI struct {
	product  string
	idHeader string // the response header that carries the request id
	maxBody  int64
	// route says what a request asks for. Its errors come before permission is
	// judged: a path nobody serves, a project that does not exist.
	route func(r *http.Request, body []byte) (restCall, error)
	// refusal gives an error the product's own code, status and body.
	refusal func(e *Error, call restCall, requestID string) restAnswer
}

// restCall is one request, understood.
type restCall struct {
	action   string // RAM action: "log:PostLogStoreLogs"
	resource string // ARN the permission is about
	write    bool
	open     bool              // asks for no permission: do does, if anything
	params   map[string]string // for the record; never bodies
	do       func(p Principal, requestID string) (restAnswer, error)
	struck   func(*Fault) // if set, is told of the fault that strikes
}

type restAnswer struct {
	status int
	header map[string]string
	body   []byte
}

// jsonAnswer answers 200 with v as JSON.
func jsonAnswer(v any) (restAnswer, error) {
	b, err := json.Marshal(v)
	return restAnswer{header: map[string]string{"Content-Type": "application/json"}, body: b}, err
}

func (c *Cloud) serveREST(api restAPI) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := arrived(r), c.random.uuid()
		note := Call{Time: c.clock(), began: began, Product: api.product, RequestID: id, SourceIP: c.callerIP(r)}
		var call restCall
		over := func() {}
		defer func() { over() }() // also where the connection is cut
		var again *Fault
		later := func() {
			if again != nil {
				c.putOff(*again, func() { c.answerLateREST(r, note, call) })
			}
		}
		answer, err := func() (restAnswer, error) {
			body, err := io.ReadAll(io.LimitReader(r.Body, api.maxBody+1))
			if err != nil {
				return restAnswer{}, refuse(400, "InvalidArgument", "the body broke off: %v", err)
			}
			if int64(len(body)) > api.maxBody {
				return restAnswer{}, refuse(400, "EntityTooLarge", "payload size exceeds maximum allowed size (%d bytes)", api.maxBody)
			}
			p, err := c.verify(r, body)
			if err != nil {
				return restAnswer{}, err
			}
			note.Principal = p
			if call, err = api.route(r, body); err != nil {
				return restAnswer{}, err
			}
			if err := c.knows(w, r, call.action, id); err != nil {
				return restAnswer{}, err
			}
			note.Action, note.Write, note.Params = call.action, call.write, call.params
			over = c.passGates(note)
			fault := c.fault(call.action)
			if fault != nil && call.struck != nil {
				call.struck(fault)
			}
			err = fault.before(r.Context())
			if err != nil && fault.Late {
				again = fault
			}
			if err == errReset {
				later()
				panic(http.ErrAbortHandler)
			} else if err != nil {
				return restAnswer{}, err
			}
			answer, err := c.doREST(r, p, call, id)
			if err == nil && fault != nil && fault.Twice {
				again = fault
			}
			if fault != nil && fault.LoseResponse {
				later()
				panic(http.ErrAbortHandler) // done, and the client never learns
			}
			return answer, err
		}()
		if err != nil {
			e := asError(err)
			answer = api.refusal(e, call, id)
			note.Code = e.Code
		}
		if answer.status == 0 {
			answer.status = http.StatusOK
		}
		for k, v := range answer.header {
			w.Header().Set(k, v)
		}
		// Measured before the answer leaves, and noted before the client can act on it:
		// who counts round trips must see one call end before the next begins.
		note.Action, note.Write, note.Params = call.action, call.write, call.params
		note.Status, note.Duration = answer.status, time.Since(began)
		c.noteCall(note)
		if managesLogs(call) && note.Principal.Account != "" {
			c.recordWrite(logEvent(c, r, note, call, err))
		}
		later()
		over()
		w.Header().Set(api.idHeader, id)
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
		w.WriteHeader(answer.status)
		w.Write(answer.body)
	})
}

// doREST judges a call and does it.
func (c *Cloud) doREST(r *http.Request, p Principal, call restCall, id string) (restAnswer, error) {
	if !call.open {
		if err := c.authorize(p, call.action, call.resource, r); err != nil {
			return restAnswer{}, err
		}
	}
	return call.do(p, id)
}

// answerLateREST does a call whose answer nobody waits for.
func (c *Cloud) answerLateREST(r *http.Request, note Call, call restCall) {
	note.Time, note.began, note.Late = c.clock(), time.Now(), true
	answer, err := c.doREST(r, note.Principal, call, note.RequestID)
	note.Status, note.Code = max(answer.status, http.StatusOK), ""
	if err != nil {
		note.Status, note.Code = asError(err).Status, asError(err).Code
	}
	note.Duration = time.Since(note.began)
	c.noteCall(note)
	if managesLogs(call) {
		c.recordWrite(logEvent(c, r, note, call, err))
	}
}

// managesLogs tells a change of a project or a logstore from the writing of logs,
// which ActionTrail does not record.
func managesLogs(call restCall) bool {
	return call.write && strings.HasPrefix(call.action, "log:") && call.action != "log:PostLogStoreLogs"
}

// logEvent is what ActionTrail records of such a change. No sample was found: service
// and names are those of the API.
func logEvent(c *Cloud, r *http.Request, note Call, call restCall, err error) writeEvent {
	e := writeEvent{
		service: "Sls", action: strings.TrimPrefix(call.action, "log:"), version: "2020-12-30",
		region: c.Region, host: bareHost(r.Host), who: note.Principal,
		sourceIP: note.SourceIP, userAgent: r.UserAgent(), requestID: note.RequestID, params: map[string]any{},
	}
	for k, v := range call.params {
		e.params[k] = v
	}
	if err != nil {
		e.err = asError(err)
	}
	return e
}
