package fc

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// AsyncItem is an invocation that Function Compute has accepted (HTTP 202):
// from here it owes an end, good or bad.
// accepted is what its age counts from; retries do not renew it.
type AsyncItem struct {
	Function, Region string
	ID, task         string
	Trigger          string
	Body             []byte
	accepted         time.Time
}

var taskID = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_-]{0,127}$`)

// Enqueue accepts an asynchronous invocation or refuses it for good.
// 409 for a task that was there is a success to whoever sends something again. Pending is counted
// here, so that Idle waits for it from now on.
func (c *Service) Enqueue(it AsyncItem) error {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f, err := c.deployed(it.Function, it.Region)
	if err != nil {
		return err
	}
	if len(it.Body) > MaxAsyncBody {
		return kernel.Refuse(400, "EntityTooLarge", "payload size exceeds maximum allowed size (%d bytes)", MaxAsyncBody)
	}
	if it.task != "" && !taskID.MatchString(it.task) {
		return kernel.Refuse(400, "InvalidArgument", "async task id '%s' is invalid (allowed: letters, digits, _ and -, 128 at most, beginning with a letter or _)", it.task)
	}
	// Ids are told apart only for functions with asyncTask on, as the real one
	// documents: a function deployed without it runs duplicates here too.
	if f.AsyncTask {
		id := it.task
		if id == "" {
			id = it.ID
		}
		if f.tasks[id] {
			return kernel.Refuse(409, "StatefulAsyncInvocationAlreadyExists", "the invocation '%s' already exists in function '%s'", id, f.Name)
		}
		// From now on, also if the invocation fails: an id is used once.
		f.tasks[id] = true
		it.task = id
	}
	if c.Closed {
		return kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
	}
	// The age counts from here.
	it.accepted = c.Clock()
	c.Pending++
	c.Work.Go(func() {
		defer c.Pend(-1)
		c.runAsync(it, f.Function)
	})
	return nil
}

// runAsync runs an item to its end: function errors up to the function's
// number of retries, refusals of the platform until the item is too old.
func (c *Service) runAsync(it AsyncItem, f Function) {
	var out outcome
	for attempt, waits := 0, 0; ; waits++ {
		if c.Clock().Sub(it.accepted) > f.MaxAsyncEventAge {
			c.finishAsync(it, f, f.OnFailure, out, "AsyncEventExpired", attempt)
			return
		}
		w := work{function: it.Function, region: it.Region, id: it.ID, task: it.task, body: it.Body,
			trigger: it.Trigger, async: true, retry: attempt}
		fn, i, err := c.reserveInTurn(w, func() bool { return c.Clock().Sub(it.accepted) > f.MaxAsyncEventAge })
		if err == errExpired {
			continue
		}
		out = c.attemptIn(fn, i, err, w)
		switch {
		case out.status == http.StatusOK && out.errorType == "":
			c.finishAsync(it, f, f.OnSuccess, out, "", attempt+1)
			return
		case out.status == http.StatusOK:
			// Only errors of the function count as attempts; refusals of the platform are tried
			// until the event is too old.
			if attempt++; attempt > f.MaxAsyncRetryAttempts {
				c.finishAsync(it, f, f.OnFailure, out, out.errorType, attempt)
				return
			}
		// The platform refused it for good: trying again would change nothing.
		case out.status != http.StatusTooManyRequests && out.status < 500:
			c.finishAsync(it, f, f.OnFailure, out, out.errorType, attempt)
			return
		}
		// The pause doubles up to 64 times the base.
		if !c.Sleep(c.RetryBase << min(waits, 6)) {
			return
		}
	}
}

// finishAsync tells the destination. The destination is itself an asynchronous
// invocation, and a body that is too large for one is lost, with a note among
// the invocations.
// Without a destination nobody is told, and an event that expired is gone.
func (c *Service) finishAsync(it AsyncItem, f Function, arn string, out outcome, condition string, count int) {
	if arn == "" {
		return
	}
	target, err := destinationFunction(arn)
	if err == nil {
		err = c.mayInvoke(f, target)
	}
	if err == nil {
		var body []byte
		body, err = json.Marshal(map[string]any{
			"timestamp": c.Clock().UnixMilli(),
			"requestContext": map[string]any{
				"requestId": it.ID, "functionArn": FunctionARN(f.Region, c.Account, f.Name),
				"condition": condition, "approximateInvokeCount": count,
			},
			"requestPayload":  string(it.Body),
			"responseContext": map[string]any{"statusCode": out.status, "functionError": out.functionError()},
			"responsePayload": string(out.body),
		})
		if err == nil {
			err = c.Enqueue(AsyncItem{Function: target, ID: c.Random.Uuid(), Body: body, Trigger: "destination"})
		}
	}
	if err != nil {
		e := kernel.AsError(err)
		c.Log.Error("destination not reached", "function", f.Name, "destination", arn, "error", err)
		c.noteInvocation(Invocation{Function: target, RequestID: it.ID, Trigger: "destination", Async: true,
			Start: c.Clock(), End: c.Clock(), Status: e.Status, Error: e.Code})
	}
}

// mayInvoke says that the role of a function allows its destination, which Function Compute
// invokes in the role's name.
func (c *Service) mayInvoke(f Function, target string) error {
	if f.Role == "" {
		return nil
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	role, err := c.ram.RoleByARN(f.Role)
	if err != nil {
		return err
	}
	var policies []kernel.Policy
	for _, name := range role.Policies {
		if p := c.ram.Policy(name); p != nil {
			policies = append(policies, p.Current().Doc)
		}
	}
	resource := FunctionARN(f.Region, c.Account, target)
	if verdict := kernel.Judge(policies, "fc:InvokeFunction", resource, nil); verdict != kernel.Allowed {
		return kernel.Denial(kernel.Principal{Type: "assumed-role", Account: c.Account, ID: role.Number()}, "fc:InvokeFunction", resource, verdict)
	}
	return nil
}

// destinationFunction is the function that an ARN names:
// acs:fc:{region}:{account}:functions/{name}[/{qualifier}].
func destinationFunction(arn string) (string, error) {
	parts := strings.Split(arn, ":")
	if len(parts) == 5 && parts[0] == "acs" && parts[1] == "fc" {
		if path := strings.Split(parts[4], "/"); (len(path) == 2 || len(path) == 3) && path[0] == "functions" {
			return path[1], nil
		}
	}
	return "", kernel.Refuse(400, "InvalidArgument", "the local cloud has no destination %q: functions only", arn)
}
