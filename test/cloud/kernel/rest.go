package kernel

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RestAPI is what tells one REST product from another; serveREST does what
// they have in common, in the order in which the real gateways do it.
type RestAPI struct {
	Product  string
	IDHeader string // the response header that carries the request id
	MaxBody  int64
	// Route says what a request asks for. Its errors come before permission is
	// judged: a path nobody serves, a project that does not exist.
	Route func(r *http.Request, body []byte) (RestCall, error)
	// Refusal gives an error the product's own code, status and body.
	Refusal func(e *Error, call RestCall, requestID string) RestAnswer
}

// RestCall is one request, understood.
// Do is called without mu, and takes it where it needs it; so a function that runs can call the
// cloud itself.
type RestCall struct {
	Action   string // RAM action: "log:PostLogStoreLogs"
	Resource string // ARN the permission is about
	Write    bool
	Open     bool              // asks for no permission: do does, if anything
	Params   map[string]string // for the record; never bodies
	Do       func(p Principal, requestID string) (RestAnswer, error)
	Struck   func(*Fault) // if set, is told of the fault that strikes
}

type RestAnswer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// JSONAnswer answers 200 with v as JSON.
func JSONAnswer(v any) (RestAnswer, error) {
	b, err := json.Marshal(v)
	return RestAnswer{Header: map[string]string{"Content-Type": "application/json"}, Body: b}, err
}

// Signature, path, parameters, gates, fault, permission and the call itself come in this order.
// Errors of all of them take one way out, through api.Refusal.
func (c *Cloud) ServeREST(api RestAPI) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := Arrived(r), c.Random.Uuid()
		note := Call{Time: c.Clock(), Began: began, Product: api.Product, RequestID: id, SourceIP: c.CallerIP(r)}
		var call RestCall
		over := func() {}
		defer func() { over() }() // also where the connection is cut
		var again *Fault
		later := func() {
			if again != nil {
				c.PutOff(*again, func() { c.answerLateREST(r, note, call) })
			}
		}
		answer, err := func() (RestAnswer, error) {
			// One byte more than allowed is enough to know that it is too much.
			body, err := io.ReadAll(io.LimitReader(r.Body, api.MaxBody+1))
			if err != nil {
				return RestAnswer{}, Refuse(400, "InvalidArgument", "the body broke off: %v", err)
			}
			if int64(len(body)) > api.MaxBody {
				return RestAnswer{}, Refuse(400, "EntityTooLarge", "payload size exceeds maximum allowed size (%d bytes)", api.MaxBody)
			}
			p, err := c.Verify(r, body)
			if err != nil {
				return RestAnswer{}, err
			}
			note.Principal = p
			if call, err = api.Route(r, body); err != nil {
				return RestAnswer{}, err
			}
			if err := c.knows(w, r, call.Action, id); err != nil {
				return RestAnswer{}, err
			}
			note.Action, note.Write, note.Params = call.Action, call.Write, call.Params
			over = c.PassGates(note)
			fault := c.Fault(call.Action)
			if fault != nil && call.Struck != nil {
				call.Struck(fault)
			}
			err = fault.Before(r.Context())
			if err != nil && fault.Late {
				again = fault
			}
			if err == ErrReset {
				later()
				panic(http.ErrAbortHandler)
			} else if err != nil {
				return RestAnswer{}, err
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
			e := AsError(err)
			answer = api.Refusal(e, call, id)
			note.Code = e.Code
		}
		if answer.Status == 0 {
			answer.Status = http.StatusOK
		}
		for k, v := range answer.Header {
			w.Header().Set(k, v)
		}
		// Measured before the answer leaves, and noted before the client can act on it:
		// who counts round trips must see one call end before the next begins.
		note.Action, note.Write, note.Params = call.Action, call.Write, call.Params
		note.Status, note.Duration = answer.Status, time.Since(began)
		c.NoteCall(note)
		// Whoever could not be told apart from a stranger leaves no event.
		if manages(call) && note.Principal.Account != "" {
			c.recordWrite(logEvent(c, r, note, call, err))
		}
		later()
		over()
		w.Header().Set(api.IDHeader, id)
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
		w.WriteHeader(answer.Status)
		w.Write(answer.Body)
	})
}

// doREST judges a call and does it.
func (c *Cloud) doREST(r *http.Request, p Principal, call RestCall, id string) (RestAnswer, error) {
	if !call.Open {
		if err := c.Authorize(p, call.Action, call.Resource, r); err != nil {
			return RestAnswer{}, err
		}
	}
	return call.Do(p, id)
}

// answerLateREST does a call whose answer nobody waits for.
// Permission is judged anew, as it is then.
func (c *Cloud) answerLateREST(r *http.Request, note Call, call RestCall) {
	note.Time, note.Began, note.Late = c.Clock(), time.Now(), true
	answer, err := c.doREST(r, note.Principal, call, note.RequestID)
	note.Status, note.Code = max(answer.Status, http.StatusOK), ""
	if err != nil {
		note.Status, note.Code = AsError(err).Status, AsError(err).Code
	}
	note.Duration = time.Since(note.Began)
	c.NoteCall(note)
	if manages(call) {
		c.recordWrite(logEvent(c, r, note, call, err))
	}
}

// manages tells a change of a project, a logstore or a function from the writing of logs and
// the running of functions, which ActionTrail does not record.
func manages(call RestCall) bool {
	return call.Write && (strings.HasPrefix(call.Action, "log:") && call.Action != "log:PostLogStoreLogs" || strings.HasPrefix(call.Action, "fc:") && call.Action != "fc:InvokeFunction")
}

// logEvent is what ActionTrail records of such a change. No sample was found: services and
// names are those of the APIs.
func logEvent(c *Cloud, r *http.Request, note Call, call RestCall, err error) writeEvent {
	e := writeEvent{
		service: "Sls", version: "2020-12-30",
		region: c.Region, host: BareHost(r.Host), who: note.Principal,
		sourceIP: note.SourceIP, userAgent: r.UserAgent(), requestID: note.RequestID, params: map[string]any{},
	}
	product, name, _ := strings.Cut(call.Action, ":")
	if e.action = name; product == "fc" {
		e.service, e.version = "Fc", "2023-03-30"
	}
	for k, v := range call.Params {
		e.params[k] = v
	}
	if err != nil {
		e.err = AsError(err)
	}
	return e
}
