package fc

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// httpTrigger gives a function an address on the internet.
// Anonymous only: whoever knows the address may call it.
type httpTrigger struct {
	host    string
	methods []string
}

// AddHTTPTrigger gives a function an https address that anyone may call, and
// returns it. Methods limits what is let through; none means all.
func (c *Service) AddHTTPTrigger(function string, methods ...string) (url string, err error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f, err := c.deployed(function, "")
	if err != nil {
		return "", err
	}
	if f.http != nil {
		return "", kernel.Refuse(409, "TriggerAlreadyExists", "function '%s' has an http trigger", function)
	}
	// A host name has no underscore; random letters keep two functions of similar names apart.
	label := strings.ReplaceAll(strings.ToLower(function), "_", "-") + "-" + c.Random.Text(10, "abcdefghijklmnopqrstuvwxyz")
	f.http = &httpTrigger{host: label + "." + f.Region + ".fcapp.run", methods: methods}
	return "https://" + f.http.host, nil
}

// HTTPTrigger returns the address of a function's http trigger, or "".
func (c *Service) HTTPTrigger(function string) string {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if f := c.Functions[function]; f != nil && f.http != nil {
		return "https://" + f.http.host
	}
	return ""
}

// It runs the function at once and waits for it. Nothing is noted among the calls of the API.
func (c *Service) serveHTTPTrigger(w http.ResponseWriter, r *http.Request) {
	id := c.Random.Uuid()
	w.Header().Set("X-Fc-Request-Id", id)
	name, t := c.httpFunction(kernel.BareHost(r.Host))
	if t == nil {
		http.Error(w, `{"Code":"DomainNameNotFound","Message":"no function has the address `+r.Host+`"}`, http.StatusNotFound)
		return
	}
	if len(t.methods) > 0 && !slices.Contains(t.methods, r.Method) {
		http.Error(w, `{"Code":"MethodNotAllowed","Message":"the trigger does not take `+r.Method+`"}`, http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSyncBody))
	if err != nil {
		return
	}
	event, err := json.Marshal(c.httpEvent(r, t.host, id, body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	out := c.attempt(work{function: name, id: id, body: event, trigger: "http"})
	if out.status != http.StatusOK {
		http.Error(w, string(out.body), out.status)
		return
	}
	if out.errorType != "" {
		w.Header().Set("X-Fc-Error-Type", out.errorType)
		w.WriteHeader(http.StatusBadGateway)
		w.Write(out.body)
		return
	}
	writeHTTPResult(w, out.body)
}

func (c *Service) httpFunction(host string) (string, *httpTrigger) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	for name, f := range c.Functions {
		if f.http != nil && f.http.host == host {
			return name, f.http
		}
	}
	return "", nil
}

// httpEvent is a request as an event function gets it (HTTPTriggerEvent of the
// runtime SDK): one value a header and a parameter.
func (c *Service) httpEvent(r *http.Request, host, id string, body []byte) map[string]any {
	header, query := map[string]string{}, map[string]string{}
	for k, v := range r.Header {
		header[k] = v[0]
	}
	for k, v := range r.URL.Query() {
		query[k] = v[0]
	}
	text, encoded := string(body), false
	if !utf8.Valid(body) {
		text, encoded = base64.StdEncoding.EncodeToString(body), true
	}
	now := c.Clock().UTC()
	return map[string]any{
		"version": "v1", "rawPath": r.URL.EscapedPath(), "body": text, "isBase64Encoded": encoded,
		"headers": header, "queryParameters": query,
		"requestContext": map[string]any{
			"accountId": c.Account, "domainName": host, "domainPrefix": strings.SplitN(host, ".", 2)[0],
			"http": map[string]any{"method": r.Method, "path": r.URL.Path, "protocol": r.Proto,
				"sourceIp": c.CallerIP(r), "userAgent": r.UserAgent()},
			"requestId": id, "time": now.Format(time.RFC3339), "timeEpoch": strconv.FormatInt(now.UnixMilli(), 10),
		},
	}
}

// writeHTTPResult sends what the function returned. A result that is not of
// the documented form is the body of a 200, as on the real one.
func writeHTTPResult(w http.ResponseWriter, result []byte) {
	var out struct {
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		IsBase64Encoded bool              `json:"isBase64Encoded"`
		Body            string            `json:"body"`
	}
	if err := json.Unmarshal(result, &out); err != nil || out.StatusCode == 0 {
		w.Write(result)
		return
	}
	body := []byte(out.Body)
	if out.IsBase64Encoded {
		if b, err := base64.StdEncoding.DecodeString(out.Body); err == nil {
			body = b
		}
	}
	for k, v := range out.Headers {
		w.Header().Set(k, v)
	}
	w.WriteHeader(out.StatusCode)
	w.Write(body)
}
