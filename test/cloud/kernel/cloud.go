// Package kernel is what the products of the local cloud have in common: the gateway and
// its proxy, signatures, RAM's judgement, parameters, errors, events, faults, and the
// document that a state is read from. It knows no product.
package kernel

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options says which account the cloud is. Every field has a usable zero value.
// The clock is asked for everything that the cloud dates, and for nothing that a real client
// checks: signatures and certificates go by the machine's.
type Options struct {
	Account string           // 16 digits; default "1000000000000001"
	Region  string           // default "cn-hangzhou"
	Clock   func() time.Time // default time.Now
	Log     *slog.Logger     // default: discard
	NoPort  bool             // only this process reaches it, by InProcess: no proxy and no certificates
	Seed    uint64           // for ids, jitter and faults: the same seed gives the same cloud
}

// Cloud is the running account. Its methods are safe for concurrent use.
// Products embed it, so most of its fields are theirs as well. What is below Mu is guarded by it,
// unless it says otherwise; keys, faults and calls are.
type Cloud struct {
	Account string
	Region  string
	Clock   func() time.Time
	Log     *slog.Logger

	// What follows may be changed before the first call.
	Strict    bool          // refuse parameters that the tables do not have, and not only warn of them. Default: in tests
	Lag       time.Duration // how long a new instance or disk stays invisible, as it can in the real cloud
	SourceIP  string        // the address that calls seem to come from, unless they carry the header SourceIPHeader
	RuleQuota int           // how many rules a security group may have; the real default is 200

	BusyUntil time.Time // set by Busy

	Mu      sync.Mutex // guards the state of every product: one lock, because one cloud is small and races are not
	calls   []Call     // every API call answered, in order
	onEvent []func(ce []byte)
	onCall  []func(Call)
	gates   []*gate
	hosts   []hostRoute
	Closers []func()

	proxy        proxyState
	Random       randomness
	refusedHosts []string

	// What products ask to be told of. mu is held when these are called.
	products                map[reflect.Type]any                  // by the type of their services; nil while one is being made
	endpoints               map[string]func(region string) string // by what clients call a product
	sections                []section                             // in the order in which they are loaded
	BeforeLoad              []func()
	BeforeWrite, AfterWrite []func()
	rooms                   map[string]room                                         // by product and action
	Taggables               []func(add func(product, kind string, all []*Resource)) // what the product Tag finds
	Inventory               []func(NoteItem)                                        // what Cloud Config sees
	OnRecord                []func(record map[string]any)                           // of ActionTrail
	records                 uint64                                                  // that were made of writes, to vary their form
	PoliciesOf              func(Principal) (policies []Policy, session *Policy)
	TagsOf                  map[string]func(region, kind, id string) map[string]string // by product, as ARNs name it

	LogState func(project, store, region string) string

	workState
	Keys     keyState
	faults   faultState
	RPC      []*Product
	answered onceState
	traffic  trafficState
}

// Call is one API call that the cloud answered.
// It is made for refused calls as well. Params are without secrets, and each is cut at MaxNoted.
type Call struct {
	Time      time.Time         `json:"time"`
	Duration  time.Duration     `json:"duration"`
	Product   string            `json:"product"` // "ecs", "sls", "fc" …
	Action    string            `json:"action"`  // RAM action: "ecs:RevokeSecurityGroup", "log:PostLogStoreLogs"
	Write     bool              `json:"write"`
	Principal Principal         `json:"principal"`
	SourceIP  string            `json:"sourceIp"`
	Params    map[string]string `json:"params,omitempty"`
	RequestID string            `json:"requestId"`
	Status    int               `json:"status"`
	Code      string            `json:"code,omitempty"` // error code; empty on success
	Late      bool              `json:"late,omitempty"` // done after its answer, as a Fault has it

	Began time.Time // by the machine's clock, as Duration is
}

// Principal is who signed a call.
// It is who ActionTrail writes down. system is a service of Alibaba Cloud's, which no policy
// restricts.
type Principal struct {
	Type        string `json:"type"` // root-account, ram-user, assumed-role, system
	Account     string `json:"account"`
	ID          string `json:"id"`   // principalId as ActionTrail records it
	Name        string `json:"name"` // user name, "role:session" or "root"
	AccessKeyID string `json:"accessKeyId"`
	MFA         bool   `json:"mfa"`
}

// Session is the name of a role's session, and otherwise that of the user.
func (p Principal) Session() string {
	if _, session, ok := strings.Cut(p.Name, ":"); ok && p.Type == "assumed-role" {
		return session
	}
	return p.Name
}

// Credentials sign calls. SecurityToken is set for STS sessions only.
type Credentials struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
	Expires                                     time.Time
}

// Error is what an API answers instead of a result.
// Status 200 is possible: EventBridge's own errors come so.
type Error struct {
	Status  int
	Code    string
	Message string
	Detail  map[string]string // AccessDeniedDetail of a refusal by RAM
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s (HTTP %d)", e.Code, e.Message, e.Status) }

// Refuse makes an Error as an error.
func Refuse(status int, code, format string, args ...any) error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// AsError finds the Error in err; anything else is this cloud's own fault.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Status: http.StatusInternalServerError, Code: "InternalError", Message: err.Error()}
}

type hostRoute struct {
	pattern string // "ecs.*.aliyuncs.com", "*.log.aliyuncs.com"; * is any run of characters
	handler http.Handler
}

// Handle serves the hosts that match pattern. The first that matches wins.
func (c *Cloud) Handle(pattern string, h http.Handler) {
	c.hosts = append(c.hosts, hostRoute{pattern, c.answering(h)})
}

// Busy makes everything that has a state on the way, such as Associating or Starting,
// be in it for a while, as if it had been changed just now.
func (c *Cloud) Busy(d time.Duration) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if d > 0 {
		c.BusyUntil = c.Clock().Add(d)
	}
}

// OnEvent calls f with every CloudEvent that the account emits, in order.
// f is called without mu, one event after another only where the writes were.
func (c *Cloud) OnEvent(f func(cloudEvent []byte)) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.onEvent = append(c.onEvent, f)
}

// OnCall calls f after every API call.
// f is called without mu, before the client has its answer.
func (c *Cloud) OnCall(f func(Call)) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.onCall = append(c.onCall, f)
}

// Calls returns every API call answered so far.
func (c *Cloud) Calls() []Call {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return append([]Call(nil), c.calls...)
}

// NoteCall records a call that was answered. The caller must not hold mu.
func (c *Cloud) NoteCall(call Call) {
	c.Mu.Lock()
	if len(c.calls) >= MaxCalls { // the older half goes
		c.calls = slices.Clone(c.calls[MaxCalls/2:])
	}
	c.calls = append(c.calls, call)
	watchers := append(([]func(Call))(nil), c.onCall...)
	var due []*lateCall
	if !call.Late {
		due = c.faults.count()
	}
	c.Mu.Unlock()
	for _, f := range watchers {
		f(call)
	}
	// What faults have put off is done now that so many further calls have been made; those are
	// calls themselves, and count nothing.
	for _, late := range due {
		late.do()
	}
}

// Publish publishes a CloudEvent. The caller must not hold mu.
func (c *Cloud) Publish(ce []byte) {
	c.Mu.Lock()
	watchers := append(([]func([]byte))(nil), c.onEvent...)
	c.Mu.Unlock()
	for _, f := range watchers {
		f(ce)
	}
}
