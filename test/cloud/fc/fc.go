package fc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Function Compute: functions run as their real binaries, on the
// real runtime API, with credentials of their own role.
// Functions are found by name in all regions: a test has one cloud with one region.
type state struct {
	// Set these before functions run.
	RetryBase          time.Duration // wait before the first asynchronous retry, doubled for each further one; default 1 s
	InstanceIdle       time.Duration // an idle instance lives this long; default 1 min
	Concurrency        int           // instances of the whole account; default 100, as for a new account
	LogTriggerInterval time.Duration // if set, takes the place of every log trigger's interval
	unawaited          string        // whose log triggers Idle does not wait for
	Timers             bool          // timer triggers fire by the clock, and not by FireTimer only
	OnFunctionLog      func(function, requestID, text string)

	// Instance, if set, makes each instance of a function in this process: it reaches the
	// cloud by the transport, which is cut when the instance is killed, and writes its log.
	Instance func(f Function, transport http.RoundTripper, log io.Writer) Program

	// The triggers that are rules of EventBridge. mu is held at a call.
	BusRules      func() []BusRule
	RemoveBusRule func(name string) (putBack func())                                     // nil: there was none
	AddBusRule    func(name string, pattern []byte, function string, enabled bool) error // mu is not held

	temp        fcTemp
	deployments map[string]*deployment // what clients have said of functions, by name

	Functions   map[string]*function
	invocations []Invocation
	logTriggers []*logTrigger
	TimersRun   bool
	Running     int                  // invocations under way
	queues      map[string][]*ticket // of functions, by name
	fcDir       string
	spawn       chan func()
}

// Function is what is deployed. The zero value of everything but Name, Binary
// and Handler is usable.
type Function struct {
	Name    string
	Binary  string // path of the executable
	Handler string // its name in the code package; default: the binary's
	Role    string // ARN; empty: no credentials
	Env     map[string]string
	Region  string // default: the cloud's

	TimeoutSec          int // default 3, as on the real one
	MemoryMB            int // default 128; not enforced
	ReservedConcurrency int // instances at most, which no other function takes from it; 0: what the account has left

	MaxAsyncRetryAttempts int           // 0 is no retry; Serverless Devs' default is 3
	MaxAsyncEventAge      time.Duration // default 5 h
	AsyncTask             bool          // task ids are told apart only with this on
	OnFailure, OnSuccess  string        // ARN of a function
}

// All has instances of replaced code as well, idle only those of this one. tasks grows for as long
// as the cloud lives.
type function struct {
	Function
	Running int
	idle    []*fcInstance
	All     map[*fcInstance]bool
	tasks   map[string]bool // ids used
	Timers  map[string]*timerTrigger
	http    *httpTrigger
	log     []byte

	created, modified time.Time
}

// Invocation is one attempt to run a function.
type Invocation struct {
	Function  string    `json:"function"`
	RequestID string    `json:"requestId"`
	TaskID    string    `json:"taskId,omitempty"`
	Trigger   string    `json:"trigger"` // api, eventbridge, log, timer, http, destination
	Async     bool      `json:"async"`
	Attempt   int       `json:"attempt"` // 0 is the first
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Cold      bool      `json:"cold"`
	Status    int       `json:"status"`          // 200 also for a function error
	Error     string    `json:"error,omitempty"` // UnhandledInvocationError, or the platform's code
	Payload   string    `json:"payload,omitempty"`
	Result    string    `json:"result,omitempty"`
}

// Limits of a request body, as documented.
// The larger one is refused before permission is judged.
const (
	maxSyncBody  = 32 << 20
	MaxAsyncBody = 128 << 10
)

// The spawner starts at once: see startSpawner.
func (c *Service) register() {
	c.RetryBase, c.InstanceIdle, c.Concurrency = time.Second, time.Minute, 100
	c.Functions, c.queues = map[string]*function{}, map[string][]*ticket{}
	c.StillToDo = append(c.StillToDo, c.functionsBusy)
	c.spawn = startSpawner(c.Closing)
	api := c.ServeREST(kernel.RestAPI{
		Product: "fc", IDHeader: "X-Fc-Request-Id", MaxBody: maxSyncBody,
		Route: c.fcRoute, Refusal: fcRefusal,
	})
	c.AddEndpoint(kernel.Regional("fcv3"), "fc", "fc-open", "fcv3")
	for _, host := range []string{"*.fc.aliyuncs.com", "fcv3.*.aliyuncs.com", "fcv3-vpc.*.aliyuncs.com"} {
		c.Handle(host, api)
	}
	c.Handle("*.fcapp.run", http.HandlerFunc(c.serveHTTPTrigger))
	c.startTempBucket()
	c.Closers = append(c.Closers, c.closeFC)
}

// closeFC kills every function and waits for all that ran on their behalf.
func (c *Service) closeFC() {
	c.Mu.Lock()
	var all []*fcInstance
	for _, f := range c.Functions {
		for i := range f.All {
			all = append(all, i)
		}
	}
	c.Mu.Unlock()
	for _, i := range all {
		i.kill()
	}
	c.Work.Wait()
	if c.fcDir != "" {
		os.RemoveAll(c.fcDir)
	}
}

var functionName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$`)

// DeployFunction makes a function, or replaces one; instances of the old code
// finish what they do and get nothing new.
func (c *Service) DeployFunction(f Function) error {
	if err := c.completeFunction(&f); err != nil {
		return fmt.Errorf("deploying function %s: %w", f.Name, err)
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if c.Closed {
		return errors.New("the local cloud is closed")
	}
	fn := &function{Function: f, All: map[*fcInstance]bool{}, tasks: map[string]bool{}, Timers: map[string]*timerTrigger{}}
	fn.created, fn.modified = c.Clock(), c.Clock()
	if old := c.Functions[f.Name]; old != nil {
		fn.created = old.created
		// Triggers and used ids belong to the name, not to the code.
		fn.tasks, fn.Timers, fn.http, fn.log = old.tasks, old.Timers, old.http, old.log
		for _, i := range old.idle {
			i.reap.Stop()
			go i.end()
		}
		old.idle = nil
		fn.All = old.All // so that Close and Kill still find them
	}
	c.Functions[f.Name] = fn
	return nil
}

// Limits of timeout, memory and retries are those of the reference. The role is assumed once, to
// find out now that it does not trust fc.aliyuncs.com.
func (c *Service) completeFunction(f *Function) error {
	if !functionName.MatchString(f.Name) {
		return kernel.Refuse(400, "InvalidArgument", "functionName is invalid (allowed: letters, digits, _ and -, 64 at most, not beginning with a digit)")
	}
	if c.Instance == nil {
		if err := f.executable(); err != nil {
			return err
		}
	}
	if f.Handler == "" {
		f.Handler = filepath.Base(f.Binary)
	}
	if f.Region == "" {
		f.Region = c.Region
	}
	if f.TimeoutSec == 0 {
		f.TimeoutSec = 3
	}
	if f.MemoryMB == 0 {
		f.MemoryMB = 128
	}
	if f.MaxAsyncEventAge == 0 {
		f.MaxAsyncEventAge = 5 * time.Hour
	}
	switch {
	case f.TimeoutSec < 1 || f.TimeoutSec > 86400:
		return kernel.Refuse(400, "InvalidArgument", "timeout must be between 1 and 86400")
	case f.MemoryMB < 128 || f.MemoryMB > 32768 || f.MemoryMB%64 != 0:
		return kernel.Refuse(400, "InvalidArgument", "memorySize must be a multiple of 64 between 128 and 32768")
	case f.MaxAsyncRetryAttempts < 0 || f.MaxAsyncRetryAttempts > 8:
		return kernel.Refuse(400, "InvalidArgument", "maxAsyncRetryAttempts must be between 0 and 8")
	}
	if err := c.checkReserved(*f); err != nil {
		return err
	}
	for _, arn := range []string{f.OnFailure, f.OnSuccess} {
		if _, err := destinationFunction(arn); arn != "" && err != nil {
			return err
		}
	}
	// Without a role it has no credentials, and can call nothing.
	if f.Role == "" {
		return nil
	}
	if _, err := c.ram.AssumeServiceRole(f.Role, "fc.aliyuncs.com", f.Name, time.Hour); err != nil {
		return fmt.Errorf("role %s: %w", f.Role, err)
	}
	return nil
}

// executable completes the path of what a function runs.
func (f *Function) executable() error {
	info, err := os.Stat(f.Binary)
	if err != nil {
		return err
	}
	if info.IsDir() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is not an executable file", f.Binary)
	}
	f.Binary, err = filepath.Abs(f.Binary)
	return err
}

// Invocations returns every attempt that has ended, in order of ending.
func (c *Service) Invocations() []Invocation {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return append([]Invocation(nil), c.invocations...)
}

// FunctionLogs returns what a function wrote to stdout and stderr.
func (c *Service) FunctionLogs(name string) string {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if f := c.Functions[name]; f != nil {
		return string(f.log)
	}
	return ""
}

// Kill kills the instances of a function, in the middle of what they do.
// It is what a crash of the machine looks like: no result, no goodbye, and a retry for
// asynchronous invocations.
func (c *Service) Kill(name string) {
	c.Mu.Lock()
	var all []*fcInstance
	if f := c.Functions[name]; f != nil {
		for i := range f.All {
			all = append(all, i)
		}
	}
	c.Mu.Unlock()
	for _, i := range all {
		i.kill()
	}
}

// FireTimer fires a timer trigger: an asynchronous invocation, as from the
// real one. An empty payload is the one that the trigger was deployed with.
func (c *Service) FireTimer(function, triggerName, payload string) error {
	c.Mu.Lock()
	f, err := c.deployed(function, "")
	if err == nil && payload == "" && f.Timers[triggerName] != nil {
		payload = f.Timers[triggerName].Payload
	}
	c.Mu.Unlock()
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{
		"triggerTime": c.Clock().UTC().Format("2006-01-02T15:04:05Z"), "triggerName": triggerName, "payload": payload,
	})
	if err != nil {
		return err
	}
	return c.Enqueue(AsyncItem{Function: function, ID: c.Random.Uuid(), Body: body, Trigger: "timer"})
}

// fcRefusal gives the errors of the gateway Function Compute's names.
// Function Compute's gateway is not the common one, and neither are its codes.
func fcRefusal(e *kernel.Error, _ kernel.RestCall, requestID string) kernel.RestAnswer {
	status, code := e.Status, e.Code
	switch {
	case strings.HasPrefix(code, "SignatureDoesNotMatch"):
		status, code = 403, "SignatureNotMatch"
	case strings.HasPrefix(code, "InvalidAccessKeyId"):
		status, code = 403, "InvalidAccessKeyID"
	case strings.HasPrefix(code, "InvalidSecurityToken"):
		status = 403
	// A fault that throttles is one of RPC by its code.
	case strings.HasPrefix(code, "Throttling"):
		status, code = 429, "ResourceExhausted"
	case code == "InternalError":
		code = "InternalServerError"
	}
	b, _ := json.Marshal(map[string]string{"Code": code, "Message": e.Message, "RequestId": requestID})
	return kernel.RestAnswer{Status: status, Header: map[string]string{"Content-Type": "application/json"}, Body: b}
}

var invokePath = regexp.MustCompile(`^/2023-03-30/functions/([^/]+)/invocations$`)

// What is none of the paths is refused with 400, so that a client does not take it for a function
// that does not exist.
func (c *Service) fcRoute(r *http.Request, body []byte) (kernel.RestCall, error) {
	if call, ok, err := c.fcFind(r, body, fcPaths, false); ok {
		return call, err
	}
	if call, ok, err := c.fcFind(r, body, fcDeployPaths, true); ok {
		return call, err
	}
	m := invokePath.FindStringSubmatch(r.URL.Path)
	if m == nil || r.Method != http.MethodPost {
		return kernel.RestCall{}, kernel.Refuse(400, "PathNotSupported", "'%s' against '%s' is not supported by the local cloud", r.Method, r.URL.Path)
	}
	region, err := c.fcRegion(kernel.BareHost(r.Host))
	if err != nil {
		return kernel.RestCall{}, err
	}
	name := m[1]
	return kernel.RestCall{
		Action: "fc:InvokeFunction", Write: true,
		Resource: FunctionARN(region, c.Account, name),
		Params: map[string]string{"functionName": name, "x-fc-invocation-type": r.Header.Get("X-Fc-Invocation-Type"),
			"x-fc-async-task-id": r.Header.Get("X-Fc-Async-Task-Id")},
		Do: func(_ kernel.Principal, id string) (kernel.RestAnswer, error) {
			switch kind := r.Header.Get("X-Fc-Invocation-Type"); kind {
			case "Async":
				return c.invokeAsync(r, name, region, id, body)
			case "", "Sync":
				return c.invokeSync(r, name, region, id, body)
			default:
				return kernel.RestAnswer{}, kernel.Refuse(400, "InvalidArgument", "invocation type %q is not supported", kind)
			}
		},
	}, nil
}

func FunctionARN(region, account, name string) string {
	return fmt.Sprintf("acs:fc:%s:%s:functions/%s", region, account, name)
}

// fcRegion reads the region out of fcv3.{region}.aliyuncs.com or
// {account}.{region}[-internal].fc.aliyuncs.com.
func (c *Service) fcRegion(host string) (string, error) {
	labels := strings.Split(host, ".")
	if strings.HasPrefix(host, "fcv3") {
		return labels[1], nil
	}
	if len(labels) != 5 || labels[0] != c.Account {
		return "", kernel.Refuse(403, "AccessDenied", "the endpoint %s is not of account %s", host, c.Account)
	}
	return strings.TrimSuffix(labels[1], "-internal"), nil
}

// deployed finds a function. The caller holds mu.
func (c *Service) deployed(name, region string) (*function, error) {
	f := c.Functions[name]
	if f == nil || region != "" && f.Region != region {
		return nil, kernel.Refuse(404, "FunctionNotFound", "function '%s' does not exist", name)
	}
	return f, nil
}

// A function that fails is a call that succeeds: HTTP 200, with the kind of error in a header.
func (c *Service) invokeSync(r *http.Request, name, region, id string, body []byte) (kernel.RestAnswer, error) {
	out := c.attempt(work{function: name, region: region, id: id, body: body, trigger: "api"})
	if out.status != http.StatusOK {
		return kernel.RestAnswer{}, kernel.Refuse(out.status, out.errorType, "%s", out.body)
	}
	header := map[string]string{"Content-Type": "application/octet-stream", "X-Fc-Instance-Id": out.instance}
	if out.errorType != "" {
		header["X-Fc-Error-Type"] = out.errorType
	}
	if r.Header.Get("X-Fc-Log-Type") == "Tail" {
		header["X-Fc-Log-Result"] = base64.StdEncoding.EncodeToString(out.log[max(0, len(out.log)-4096):])
	}
	return kernel.RestAnswer{Header: header, Body: out.body}, nil
}

// 202 promises nothing but the attempt.
func (c *Service) invokeAsync(r *http.Request, name, region, id string, body []byte) (kernel.RestAnswer, error) {
	task := r.Header.Get("X-Fc-Async-Task-Id")
	err := c.Enqueue(AsyncItem{Function: name, Region: region, ID: id, task: task, Body: body, Trigger: "api"})
	if err != nil {
		return kernel.RestAnswer{}, err
	}
	if task == "" {
		task = id
	}
	return kernel.RestAnswer{Status: http.StatusAccepted, Header: map[string]string{"X-Fc-Async-Task-Id": task}}, nil
}

// functionsBusy says what functions have still to do, empty for nothing. mu is held.
func (c *Service) functionsBusy() string {
	if backlog := c.logBacklog(); c.Running > 0 || backlog {
		return fmt.Sprintf("%d invocations running, logs waiting for a trigger: %t", c.Running, backlog)
	}
	return ""
}
