package cloud

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

// rpcProduct is one product of the RPC style: its table of actions.
type rpcProduct struct {
	code    string // "Ecs", as ActionTrail and the endpoint service write it
	ram     string // prefix of its RAM actions: "ecs"; Ims says "ram"
	version string
	global  bool // one service for all regions: ActionTrail keeps its events apart
	byHost  bool // the endpoint says which region a call is about, not RegionId
	// missing words the absence of a parameter: the gateway and the ECS
	// backend do it differently.
	missing func(name string) error
	// refused adds to the body of an error what only this product's have.
	refused func(answer map[string]any)
	actions map[string]*rpcAction
}

// rpcAction is one row of the table.
type rpcAction struct {
	name   string
	params string // see parseParams
	write  bool
	open   bool // needs no permission
	// on gives the ARNs that the caller needs permission for, without "acs:…"
	// where it is "*". nil means "*": the product grants the operation only.
	on func(*rpcRequest) []string
	do func(*rpcRequest) (any, error) // called with Cloud.mu held

	spec []param
}

// rpcRequest is one call, parsed.
type rpcRequest struct {
	c       *Cloud
	http    *http.Request
	product *rpcProduct
	action  *rpcAction
	params  map[string]string // without signature and credentials
	who     Principal
	region  string
	id      string

	unknown   []string  // parameters that the tables do not have
	resources []touched // what the call was about, for ActionTrail
	over      func()    // tells the gates that the call is done
}

// touched is a resource that a call made, changed or read.
type touched struct{ kind, id string }

// touch notes a resource of the call, the ids in the order of the answer.
func (q *rpcRequest) touch(kind string, ids ...string) {
	for _, id := range ids {
		if id != "" {
			q.resources = append(q.resources, touched{kind, id})
		}
	}
}

// arn is a resource of this account and the call's region.
func (q *rpcRequest) arn(product, resource string) string {
	return "acs:" + product + ":" + q.region + ":" + q.c.Account + ":" + resource
}

// serveRPC makes the handler of a product and puts it under its hosts.
func (c *Cloud) serveRPC(p *rpcProduct, actions []rpcAction, hosts ...string) {
	p.actions = make(map[string]*rpcAction, len(actions))
	for _, a := range actions {
		a.spec = specOf(a.params)
		p.actions[a.name] = &a
	}
	c.rpc = append(c.rpc, p)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.answerRPC(p, w, r) })
	for _, host := range hosts {
		c.handle(host, h)
	}
}

// Writes are the operations that change something, as ActionTrail names them: "Ecs
// CreateDisk". Those of APIs that are no RPC are not among them.
func (c *Cloud) Writes() (names []string) {
	for _, p := range c.rpc {
		for _, a := range p.actions {
			if a.write {
				names = append(names, p.code+" "+a.name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// answerRPC is the life of one call: the same order as the real gateway, and
// an event for every write, made or refused.
func (c *Cloud) answerRPC(p *rpcProduct, w http.ResponseWriter, r *http.Request) {
	began, at := arrived(r), c.clock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10<<20))
	form := formOf(r, body)
	q := &rpcRequest{c: c, http: r, product: p, params: plainParams(form), id: c.random.uuid(), over: func() {}}
	defer func() { q.over() }()
	q.region = c.regionOf(q)
	var result any
	var fault *Fault
	if err == nil {
		result, fault, err = c.callRPC(q, form, body)
	}
	status, answer := http.StatusOK, q.success(result)
	var failure *Error
	if err != nil {
		failure = asError(err)
		status, answer = failure.Status, q.failure(failure)
	}
	if q.action != nil {
		c.warn(w, q.product.code+":"+q.action.name, q.id, q.unknown)
	}
	c.noteCall(q.note(began, at, status, failure))
	reset := fault.cuts()
	if q.action != nil && q.action.write && q.who.Account != "" && !reset {
		c.recordWrite(q.writeEvent(answer, failure))
	}
	if fault.later() && (err == nil || fault.Late) {
		c.putOff(*fault, func() { c.answerLate(q) })
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
		c.log.Debug("the client did not take its answer", "error", err)
	}
}

// callRPC does everything between reading the request and answering it.
func (c *Cloud) callRPC(q *rpcRequest, form url.Values, body []byte) (any, *Fault, error) {
	name, version := actionOf(q.http, form)
	if f := form.Get("Format"); f != "" && !strings.EqualFold(f, "JSON") {
		return nil, nil, refuse(400, "InvalidParameter.Format", "The local cloud answers in JSON only, not %s.", f)
	}
	if q.action = q.product.actions[name]; q.action == nil {
		return nil, nil, refuse(404, "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method. (The local cloud has no %s:%s.)", q.product.code, name)
	}
	if version != q.product.version {
		return nil, nil, refuse(400, "InvalidVersion", "Specified parameter Version is not valid.")
	}
	var err error
	if q.who, err = c.verify(q.http, body); err != nil {
		return nil, nil, err
	}
	q.over = c.passGates(q.note(time.Now(), c.clock(), 0, nil))
	fault := c.fault(q.ramAction())
	if err := fault.before(q.http.Context()); err != nil {
		return nil, fault, err
	}
	result, err := c.doRPC(q, fault != nil && fault.Ignore)
	return result, fault, err
}

// doRPC judges a call and does it.
func (c *Cloud) doRPC(q *rpcRequest, ignored bool) (any, error) {
	if err := q.validate(); err != nil {
		return nil, err
	}
	if err := q.authorize(); err != nil {
		return nil, err
	}
	if q.has("DryRun") && q.is("DryRun") {
		return nil, refuse(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !q.action.write {
		return c.once(q, q.action.do)
	}
	if ignored {
		return done()
	}
	if err := c.full(q); err != nil {
		return nil, err
	}
	for _, f := range c.beforeWrite {
		f()
	}
	result, err := c.once(q, q.action.do)
	if err == nil {
		for _, f := range c.afterWrite {
			f()
		}
	}
	return result, err
}

// answerLate does a call whose answer nobody waits for.
func (c *Cloud) answerLate(q *rpcRequest) {
	q.resources = nil
	at := c.clock()
	result, err := c.doRPC(q, false)
	answer, status := q.success(result), http.StatusOK
	var failure *Error
	if err != nil {
		failure = asError(err)
		answer, status = q.failure(failure), failure.Status
	}
	note := q.note(time.Now(), at, status, failure)
	note.Late = true
	c.noteCall(note)
	if q.action.write {
		c.recordWrite(q.writeEvent(answer, failure))
	}
}

func (q *rpcRequest) ramAction() string { return q.product.ram + ":" + q.action.name }

func (q *rpcRequest) authorize() error {
	if q.action.open {
		return nil
	}
	resources := []string{"*"}
	if q.action.on != nil {
		resources = q.action.on(q)
	}
	for _, resource := range resources {
		if err := q.c.authorizeTagged(q.who, q.ramAction(), resource, q.http, q.conditionTags(resource)); err != nil {
			return err
		}
	}
	return nil
}

func actionOf(r *http.Request, form url.Values) (name, version string) {
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

// ownerParams are accepted everywhere and mean nothing to one account.
var ownerParams = map[string]bool{
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
func (c *Cloud) regionOf(q *rpcRequest) string {
	named, host := cmp.Or(q.params["regionId"], q.params["RegionId"]), "" // some old actions have lower case
	for _, r := range regions {
		if strings.Contains(q.http.Host, r) {
			host = r
		}
	}
	if q.product.byHost {
		named, host = host, named
	}
	return cmp.Or(named, host, c.Region)
}

func (q *rpcRequest) success(result any) map[string]any {
	answer := map[string]any{}
	if fields, ok := result.(map[string]any); ok {
		for k, v := range fields {
			answer[k] = v
		}
	}
	answer["RequestId"] = q.id
	return answer
}

func (q *rpcRequest) failure(e *Error) map[string]any {
	answer := map[string]any{
		"RequestId": q.id,
		"HostId":    bareHost(q.http.Host),
		"Code":      e.Code,
		"Message":   e.Message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + url.QueryEscape(e.Code) + "&product=" + q.product.code + "&requestId=" + q.id,
	}
	if e.Detail != nil {
		answer["AccessDeniedDetail"] = e.Detail
	}
	if q.product.refused != nil {
		q.product.refused(answer)
	}
	return answer
}

func (q *rpcRequest) note(began, at time.Time, status int, e *Error) Call {
	call := Call{
		Time: at, began: began, Duration: time.Since(began), Product: strings.ToLower(q.product.code),
		Principal: q.who, SourceIP: q.c.callerIP(q.http), Params: map[string]string{}, RequestID: q.id, Status: status,
	}
	if q.action != nil {
		call.Action, call.Write = q.ramAction(), q.action.write
	}
	for k, v := range q.params {
		call.Params[k] = noted(masked(k, v))
	}
	if e != nil {
		call.Code = e.Code
	}
	return call
}

// masked hides what no record may hold.
func masked(name, value string) string {
	for _, secret := range []string{"Password", "Secret", "SecurityToken", "PrivateKey"} {
		if strings.Contains(name, secret) && value != "" {
			return "****"
		}
	}
	return value
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	conn.Close()
}
