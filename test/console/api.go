package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud"
)

func (c *Console) routes() http.Handler {
	m := http.NewServeMux()
	m.Handle("/", files())
	m.HandleFunc("GET /api/state", c.getState)
	m.HandleFunc("PUT /api/state", c.putState)
	m.HandleFunc("GET /api/events", list(c.cloud.Events))
	m.HandleFunc("GET /api/calls", list(c.cloud.Calls))
	m.HandleFunc("GET /api/invocations", list(c.cloud.Invocations))
	m.HandleFunc("GET /api/messages", list(c.cloud.Messages))
	m.HandleFunc("GET /api/records", list(c.records))
	m.HandleFunc("GET /api/incidents", list(c.incidents))
	m.HandleFunc("GET /api/resources", c.getResources)
	m.HandleFunc("GET /api/faults", c.getFaults)
	m.HandleFunc("POST /api/faults", c.postFault)
	m.HandleFunc("DELETE /api/faults", c.deleteFaults)
	m.HandleFunc("DELETE /api/faults/{id}", c.deleteFault)
	m.HandleFunc("GET /api/mistakes", c.getMistakes)
	m.HandleFunc("POST /api/mistakes/{name}", c.postMistake)
	m.HandleFunc("POST /api/redeliver/{id}", c.postRedeliver)
	m.HandleFunc("GET /api/timers", c.getTimers)
	m.HandleFunc("POST /api/timers/{name}", c.postTimer)
	m.HandleFunc("GET /api/stream", c.getStream)
	m.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "NotFound", "there is no %s %s; test/console/README.md lists what there is", r.Method, r.URL.Path)
	})
	return m
}

// problem is every refusal's body.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"` // of the document that was sent
}

func fail(w http.ResponseWriter, status int, code, format string, args ...any) {
	refuse(w, status, problem{Code: code, Message: fmt.Sprintf(format, args...)})
}

func refuse(w http.ResponseWriter, status int, p problem) {
	answer(w, status, map[string]problem{"error": p})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // whoever asked has gone
}

// failed passes on an error of the cloud with its own code and status.
func failed(w http.ResponseWriter, err error) {
	if e, ok := errors.AsType[*cloud.Error](err); ok {
		fail(w, e.Status, e.Code, "%s", e.Message)
		return
	}
	fail(w, http.StatusBadRequest, "Refused", "%v", err)
}

// onlyQuery refuses parameters that nobody would read.
func onlyQuery(w http.ResponseWriter, q url.Values, known ...string) bool {
	for name := range q {
		if !slices.Contains(known, name) {
			fail(w, http.StatusBadRequest, "UnknownParameter", "there is no parameter %q here; there is: %s", name, strings.Join(known, ", "))
			return false
		}
	}
	return true
}

const maxBody = 4 << 20

// read decodes a JSON body strictly. An empty body leaves v as it is.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	body, ok := bodyOf(w, r)
	if !ok {
		return false
	}
	if len(strings.TrimSpace(string(body))) == 0 {
		return true
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		fail(w, http.StatusUnsupportedMediaType, "NotJSON", "the body is %q, want Content-Type: application/json", kind)
		return false
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil && d.More() {
		err = errors.New("something follows the JSON object")
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "InvalidBody", "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return err == nil
}

func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, http.StatusRequestEntityTooLarge, "BodyTooLarge", "reading the body: %v", err)
	}
	return body, err == nil
}

// list serves what has happened, all of it or what came after some.
func list[T any](all func() []T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if !onlyQuery(w, q, "after") {
			return
		}
		items, after := all(), 0
		if text := q.Get("after"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				fail(w, http.StatusBadRequest, "InvalidParameter", "after is %q, not a number of items to leave out", text)
				return
			}
			after = min(n, len(items))
		}
		answer(w, http.StatusOK, map[string]any{"items": append([]T{}, items[after:]...), "next": len(items)})
	}
}

func (c *Console) getState(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) {
		return
	}
	dump, err := c.cloud.Dump()
	if err != nil {
		failed(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="cloud.yaml"`)
	_, _ = w.Write(dump) // whoever asked has gone
}

func (c *Console) putState(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) {
		return
	}
	document, ok := bodyOf(w, r)
	if !ok {
		return
	}
	if err := c.cloud.Load(document); err != nil {
		refuse(w, http.StatusUnprocessableEntity, problem{"InvalidState", err.Error(), lineOf(err)})
		return
	}
	c.story.disturbed.Store(true)
	c.stir()
	answer(w, http.StatusOK, map[string]any{"loaded": true, "note": "loading makes no events: what is wrong in it is found by the next sweep or the next change"})
}

var placed = regexp.MustCompile(`(?:\bline (\d+)\b|\[(\d+):\d+\])`)

// lineOf finds the line that an error of Load names, as the loader or the parser
// writes it.
func lineOf(err error) int {
	m := placed.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1] + m[2])
	return n
}

func (c *Console) getResources(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) {
		return
	}
	answer(w, http.StatusOK, c.resources(r.Context()))
}

func (c *Console) postRedeliver(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) || !read(w, r, &struct{}{}) {
		return
	}
	if err := c.cloud.Redeliver(r.PathValue("id")); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusAccepted, map[string]string{"redelivered": r.PathValue("id")})
}

// timers are those of triage: the sweeps, and the one that has what was left wrong
// looked at again.
func (c *Console) timers() []string {
	names := []string{}
	for _, t := range c.cloud.TimersOf(triage) {
		names = append(names, t.Name)
	}
	return names
}

func (c *Console) getTimers(w http.ResponseWriter, r *http.Request) {
	if onlyQuery(w, r.URL.Query()) {
		answer(w, http.StatusOK, map[string]any{"items": c.timers()})
	}
}

func (c *Console) postTimer(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Payload string `json:"payload"` // empty: the timer's own
	}
	if !onlyQuery(w, r.URL.Query()) || !read(w, r, &in) {
		return
	}
	name := r.PathValue("name")
	if !slices.Contains(c.timers(), name) {
		fail(w, http.StatusNotFound, "NoTimer", "there is no timer %q; there is: %s", name, strings.Join(c.timers(), ", "))
		return
	}
	if err := c.cloud.FireTimer(triage, name, in.Payload); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusAccepted, map[string]string{"fired": name})
}
