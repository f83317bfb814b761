package kernel

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Product is one product of the RPC style: its table of actions.
// One is a version of an API: two versions of a product are two of them, and somebody above
// chooses.
type Product struct {
	Code    string // "Ecs", as ActionTrail and the endpoint service write it
	Ram     string // prefix of its RAM actions: "ecs"; Ims says "ram"
	Version string
	Global  bool // one service for all regions: ActionTrail keeps its events apart
	ByHost  bool // the endpoint says which region a call is about, not RegionId
	// Endpoint is its host in a region, under which it is served, too; nil where it has no
	// place of its own. Names are what clients call it, besides its code.
	Endpoint func(region string) string
	Names    []string
	// Missing words the absence of a parameter: the gateway and the ECS
	// backend do it differently. Default: as the gateway does.
	Missing func(name string) error
	// Refused adds to the body of an error what only this product's have.
	Refused func(answer map[string]any)
	Actions map[string]*operation
}

// Action is one row of the table. R is the product's request.
type Action[R any] struct {
	Name   string
	Params string // see parseParams
	Write  bool
	Open   bool   // needs no permission
	Ram    string // the prefix of its permission, where that is not the product's; or all of it
	// On gives the ARNs that the caller needs permission for, without "acs:…"
	// where it is "*". nil means "*": the product grants the operation only.
	On func(*Request) []string
	Do func(R) (any, error) // called with Cloud.mu held

	Spec []Param
}

// operation is an action as the gateway does it.
// The request is the kernel's; Serve wraps what a product wrote for its own.
type operation = Action[*Request]

// Serve puts a product under its hosts. request makes the product's own of each call.
func Serve[R any](c *Cloud, request func(*Request) R, p *Product, actions []Action[R], hosts ...string) {
	operations := make([]operation, len(actions))
	for i, a := range actions {
		operations[i] = operation{Name: a.Name, Params: a.Params, Write: a.Write, Open: a.Open, Ram: a.Ram, On: a.On, Do: func(q *Request) (any, error) { return a.Do(request(q)) }}
	}
	c.ServeRPC(p, operations, hosts...)
}

// Request is one call, parsed.
// Params are flat, by the names of the API, in whichever style they came. A handler must not
// change them, but where it puts them back: the event has what was sent.
type Request struct {
	C       *Cloud
	HTTP    *http.Request
	Product *Product
	Action  *operation
	Params  map[string]string // without signature and credentials
	Who     Principal
	Region  string
	id      string

	unknown   []string  // parameters that the tables do not have
	resources []touched // what the call was about, for ActionTrail
	over      func()    // tells the gates that the call is done
}

// touched is a resource that a call made, changed or read.
type touched struct{ kind, id string }

// Touch notes a resource of the call, the ids in the order of the answer.
// What a call read counts as well: only events of writes are made of it. Two names of one resource
// make two entries.
func (q *Request) Touch(kind string, ids ...string) {
	for _, id := range ids {
		if id != "" {
			q.resources = append(q.resources, touched{kind, id})
		}
	}
}

// ARN is a resource of this account and the call's region.
func (q *Request) ARN(product, resource string) string {
	return "acs:" + product + ":" + q.Region + ":" + q.C.Account + ":" + resource
}

// ServeRPC makes the handler of a product and puts it under its hosts.
// The hosts are patterns, besides the product's endpoint. Whoever is added first answers for a
// host, so a pattern that covers another's must come later.
func (c *Cloud) ServeRPC(p *Product, actions []operation, hosts ...string) {
	p.Actions = make(map[string]*operation, len(actions))
	for _, a := range actions {
		a.Spec = specOf(a.Params)
		p.Actions[a.Name] = &a
	}
	if p.Missing == nil {
		p.Missing = MissingAtGateway
	}
	c.RPC = append(c.RPC, p)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.AnswerRPC(p, w, r) })
	if p.Endpoint != nil {
		c.AddEndpoint(p.Endpoint, append(p.Names, p.Code)...)
		c.Handle(p.Endpoint("*"), h)
	}
	for _, host := range hosts {
		c.Handle(host, h)
	}
}

// Writes are the operations that change something, as ActionTrail names them: "Ecs
// CreateDisk". Those of APIs that are no RPC are not among them.
func (c *Cloud) Writes() (names []string) {
	for _, p := range c.RPC {
		for _, a := range p.Actions {
			if a.Write {
				names = append(names, p.Code+" "+a.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// AnswerRPC is the life of one call: the same order as the real gateway, and
// an event for every write, made or refused.
func (c *Cloud) AnswerRPC(p *Product, w http.ResponseWriter, r *http.Request) {
	began, at := Arrived(r), c.Clock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10<<20))
	form := FormOf(r, body)
	q := &Request{C: c, HTTP: r, Product: p, Params: plainParams(form), id: c.Random.Uuid(), over: func() {}}
	defer func() { q.over() }()
	// Before the caller is known: an error names the region's host as well.
	q.Region = c.regionOf(q)
	var result any
	var fault *Fault
	if err == nil {
		result, fault, err = c.callRPC(q, form, body)
	}
	status, answer := http.StatusOK, q.success(result)
	var failure *Error
	if err != nil {
		failure = AsError(err)
		status, answer = failure.Status, q.failure(failure)
	}
	if q.Action != nil {
		c.warn(w, q.Product.Code+":"+q.Action.Name, q.id, q.unknown)
	}
	c.NoteCall(q.note(began, at, status, failure))
	reset := fault.cuts()
	// A call without a known action or a known caller leaves no event, and one that was cut before
	// anything was done leaves none either. A refused write does leave one.
	if q.Action != nil && q.Action.Write && q.Who.Account != "" && !reset {
		c.recordWrite(q.writeEvent(answer, failure))
	}
	if fault.Later() && (err == nil || fault.Late) {
		c.PutOff(*fault, func() { c.answerLate(q) })
	}
	q.over()
	if reset || fault != nil && fault.LoseResponse {
		cut(w)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("x-acs-request-id", q.id)
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		c.Log.Debug("the client did not take its answer", "error", err)
	}
}

// callRPC does everything between reading the request and answering it.
func (c *Cloud) callRPC(q *Request, form url.Values, body []byte) (any, *Fault, error) {
	name, version := ActionOf(q.HTTP, form)
	// The older default is XML, which no client here asks for.
	if f := form.Get("Format"); f != "" && !strings.EqualFold(f, "JSON") {
		return nil, nil, Refuse(400, "InvalidParameter.Format", "The local cloud answers in JSON only, not %s.", f)
	}
	if q.Action = q.Product.Actions[name]; q.Action == nil {
		return nil, nil, Refuse(404, "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method. (The local cloud has no %s:%s.)", q.Product.Code, name)
	}
	// An action of another version is not this one, whatever its name.
	if version != q.Product.Version {
		return nil, nil, Refuse(400, "InvalidVersion", "Specified parameter Version is not valid.")
	}
	var err error
	if q.Who, err = c.Verify(q.HTTP, body); err != nil {
		return nil, nil, err
	}
	q.over = c.PassGates(q.note(time.Now(), c.Clock(), 0, nil))
	fault := c.Fault(q.ramAction())
	if err := fault.Before(q.HTTP.Context()); err != nil {
		return nil, fault, err
	}
	result, err := c.doRPC(q, fault != nil && fault.Ignore)
	return result, fault, err
}

// doRPC judges a call and does it.
// DryRun is answered here for all actions that have it: with an error, which is how the real
// service says that the call would succeed. mu is held from here to the end of the action, so an
// action is never half seen.
func (c *Cloud) doRPC(q *Request, ignored bool) (any, error) {
	if err := q.validate(); err != nil {
		return nil, err
	}
	if err := q.authorize(); err != nil {
		return nil, err
	}
	if q.Has("DryRun") && q.Is("DryRun") {
		return nil, Refuse(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.")
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	// Reads may page through a state that changes between them, as in the real service, and not
	// within one.
	if !q.Action.Write {
		return c.once(q, q.Action.Do)
	}
	if ignored {
		return Done()
	}
	if err := c.full(q); err != nil {
		return nil, err
	}
	for _, f := range c.BeforeWrite {
		f()
	}
	result, err := c.once(q, q.Action.Do)
	if err == nil {
		for _, f := range c.AfterWrite {
			f()
		}
	}
	return result, err
}

// answerLate does a call whose answer nobody waits for.
func (c *Cloud) answerLate(q *Request) {
	// The first attempt has noted some.
	q.resources = nil
	at := c.Clock()
	result, err := c.doRPC(q, false)
	answer, status := q.success(result), http.StatusOK
	var failure *Error
	if err != nil {
		failure = AsError(err)
		answer, status = q.failure(failure), failure.Status
	}
	note := q.note(time.Now(), at, status, failure)
	note.Late = true
	c.NoteCall(note)
	if q.Action.Write {
		c.recordWrite(q.writeEvent(answer, failure))
	}
}

func (q *Request) ramAction() string {
	if strings.Contains(q.Action.Ram, ":") {
		return q.Action.Ram
	}
	return cmp.Or(q.Action.Ram, q.Product.Ram) + ":" + q.Action.Name
}

// authorize asks for every resource that a call names: one that is refused refuses the call.
func (q *Request) authorize() error {
	if q.Action.Open {
		return nil
	}
	resources := []string{"*"}
	if q.Action.On != nil {
		resources = q.Action.On(q)
	}
	for _, resource := range resources {
		if err := q.C.authorizeTagged(q.Who, q.ramAction(), resource, q.HTTP, q.conditionTags(resource)); err != nil {
			return err
		}
	}
	return nil
}

// ActionOf reads what is called, from the form of the older style or the headers of the newer one.
func ActionOf(r *http.Request, form url.Values) (name, version string) {
	if name = form.Get("Action"); name != "" {
		return name, form.Get("Version")
	}
	return r.Header.Get("x-acs-action"), r.Header.Get("x-acs-version")
}

// systemParams are sent to every action by some client and belong to none.
var systemParams = map[string]bool{
	"Action": true, "Version": true, "Format": true, "AccessKeyId": true, "Signature": true,
	"SignatureMethod": true, "SignatureVersion": true, "SignatureNonce": true, "SignatureType": true,
	"Timestamp": true, "SecurityToken": true, "BearerToken": true,
}

// OwnerParams are accepted everywhere and mean nothing to one account.
var OwnerParams = map[string]bool{
	"RegionId": true, "OwnerId": true, "OwnerAccount": true, "ResourceOwnerId": true, "ResourceOwnerAccount": true,
	"AkProxySuffix": true, "AcceptLanguage": true, "SourceRegionId": true,
}

// plainParams are the parameters without the signature and the credentials.
func plainParams(form url.Values) map[string]string {
	params := map[string]string{}
	for k := range form {
		if !systemParams[k] {
			params[k] = form.Get(k)
		}
	}
	return params
}

// regionOf is the region a call is about: its RegionId, else its endpoint's,
// or the other way round.
// A region that is none goes through here: validate refuses it.
func (c *Cloud) regionOf(q *Request) string {
	named, host := cmp.Or(q.Params["regionId"], q.Params["RegionId"]), "" // some old actions have lower case
	for _, r := range Regions {
		if strings.Contains(q.HTTP.Host, r) {
			host = r
		}
	}
	if q.Product.ByHost {
		named, host = host, named
	}
	return cmp.Or(named, host, c.Region)
}

// success is the answer of a call that was done. Every answer has the id of its request.
func (q *Request) success(result any) map[string]any {
	answer := map[string]any{}
	if fields, ok := result.(map[string]any); ok {
		for k, v := range fields {
			answer[k] = v
		}
	}
	answer["RequestId"] = q.id
	return answer
}

// Recommend is a link that real errors have, too.
func (q *Request) failure(e *Error) map[string]any {
	answer := map[string]any{
		"RequestId": q.id,
		"HostId":    BareHost(q.HTTP.Host),
		"Code":      e.Code,
		"Message":   e.Message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + url.QueryEscape(e.Code) + "&product=" + q.Product.Code + "&requestId=" + q.id,
	}
	if e.Detail != nil {
		answer["AccessDeniedDetail"] = e.Detail
	}
	if q.Product.Refused != nil {
		q.Product.Refused(answer)
	}
	return answer
}

// note is a call as tests and the console see it afterwards, without secrets.
func (q *Request) note(began, at time.Time, status int, e *Error) Call {
	call := Call{
		Time: at, Began: began, Duration: time.Since(began), Product: strings.ToLower(q.Product.Code),
		Principal: q.Who, SourceIP: q.C.CallerIP(q.HTTP), Params: map[string]string{}, RequestID: q.id, Status: status,
	}
	if q.Action != nil {
		call.Action, call.Write = q.ramAction(), q.Action.Write
	}
	for k, v := range q.Params {
		call.Params[k] = noted(masked(k, v))
	}
	if e != nil {
		call.Code = e.Code
	}
	return call
}

// masked hides what no record may hold. A name that only begins like a secret's is none:
// MinimumPasswordLength is a number that a reader of the event needs.
func masked(name, value string) string {
	secret := (strings.HasSuffix(name, "Password") || strings.HasSuffix(name, "Secret")) && !strings.HasPrefix(name, "Allow") // whether users may is none
	for _, part := range []string{"SecretData", "SecurityToken", "PrivateKey", "StringSeed", "AuthenticationCode"} {
		secret = secret || strings.Contains(name, part)
	}
	if secret && value != "" {
		return "****"
	}
	return value
}

// cut ends the connection without an answer.
// Within the process there is no connection to take over: the handler ends as an aborted one.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	conn.Close()
}
