package fc

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// fcPath is a call by its method and path. One of do and unlocked is set: that without the
// lock takes it itself.
// The path's groups are the function and the trigger. $1 and $2 in the resource stand for them.
type fcPath struct {
	method, action string
	path           *regexp.Regexp
	on             string // the resource, below the account
	do             func(c *Service, call fcCall) (any, error)
	unlocked       func(c *Service, call fcCall, body []byte) (any, error)
}

// fcPaths are what Function Compute answers beside invocations: what is deployed, and
// taking it away. Names and paths are those of its API of 2023-03-30.
var fcPaths = []fcPath{
	{"GET", "fc:ListFunctions", regexp.MustCompile(`^/2023-03-30/functions$`), "functions/*", listFunctions, nil},
	{"GET", "fc:GetFunction", regexp.MustCompile(`^/2023-03-30/functions/([^/]+)$`), "functions/$1", getFunction, nil},
	{"DELETE", "fc:DeleteFunction", regexp.MustCompile(`^/2023-03-30/functions/([^/]+)$`), "functions/$1", deleteFunction, nil},
	{"GET", "fc:ListTriggers", regexp.MustCompile(`^/2023-03-30/functions/([^/]+)/triggers$`), "functions/$1/triggers/*", listTriggers, nil},
	{"DELETE", "fc:DeleteTrigger", regexp.MustCompile(`^/2023-03-30/functions/([^/]+)/triggers/([^/]+)$`), "functions/$1/triggers/$2", deleteTrigger, nil},
}

// fcCall is a call of these, understood.
type fcCall struct {
	region, function, trigger string
	query                     func(string) string
}

// fcFind finds what a request asks of some paths; ok is false where it is none of them.
// Latest says that they are about the one version that there is.
// The query is noted with the call, as parameters are.
func (c *Service) fcFind(r *http.Request, body []byte, paths []fcPath, latest bool) (call kernel.RestCall, ok bool, err error) {
	for _, p := range paths {
		m := p.path.FindStringSubmatch(r.URL.Path)
		if m == nil || r.Method != p.method {
			continue
		}
		region, err := c.fcRegion(kernel.BareHost(r.Host))
		if err != nil {
			return kernel.RestCall{}, true, err
		}
		in := fcCall{region: region, query: r.URL.Query().Get}
		params := map[string]string{}
		for name := range r.URL.Query() {
			params[name] = r.URL.Query().Get(name)
		}
		if len(m) > 1 {
			in.function, params["functionName"] = m[1], m[1]
		}
		if len(m) > 2 {
			in.trigger, params["triggerName"] = m[2], m[2]
		}
		if q := params["qualifier"]; latest && q != "" && q != "LATEST" {
			return kernel.RestCall{}, true, kernel.Refuse(404, "AliasNotFound", "the local cloud has the qualifier LATEST only, not '%s'", q)
		}
		do := func() (any, error) {
			if p.unlocked != nil {
				return p.unlocked(c, in, body)
			}
			c.Mu.Lock()
			defer c.Mu.Unlock()
			return p.do(c, in)
		}
		return kernel.RestCall{
			Action: p.action, Write: p.method != http.MethodGet, Params: params,
			Resource: "acs:fc:" + region + ":" + c.Account + ":" + strings.NewReplacer("$1", in.function, "$2", in.trigger).Replace(p.on),
			Do: func(kernel.Principal, string) (kernel.RestAnswer, error) {
				v, err := do()
				switch {
				case err != nil:
					return kernel.RestAnswer{}, err
				case v == nil:
					return kernel.RestAnswer{Status: http.StatusNoContent}, nil
				}
				return kernel.JSONAnswer(v)
			},
		}, true, nil
	}
	return kernel.RestCall{}, false, nil
}

// fcPage cuts a page out of names: the token is the name that comes next.
func fcPage(names []string, call fcCall, usual int) (page []string, next string, err error) {
	size := usual
	if text := call.query("limit"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > 100 {
			return nil, "", kernel.Refuse(400, "InvalidArgument", "limit must be between 1 and 100")
		}
	}
	for _, name := range names {
		if !strings.HasPrefix(name, call.query("prefix")) || name < call.query("nextToken") {
			continue
		}
		if len(page) == size {
			return page, name, nil
		}
		page = append(page, name)
	}
	return page, "", nil
}

// By name: the token is the next one.
func listFunctions(c *Service, call fcCall) (any, error) {
	var names []string
	for _, name := range kernel.SortedKeys(c.Functions) {
		if c.Functions[name].Region == call.region {
			names = append(names, name)
		}
	}
	page, next, err := fcPage(names, call, 20)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, name := range page {
		views = append(views, c.functionView(c.Functions[name]))
	}
	return map[string]any{"functions": views, "nextToken": next}, nil
}

func getFunction(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	return c.functionView(f), nil
}

// The runtime is go1 for all: others are refused when they are deployed.
func (f *function) view(account string) map[string]any {
	return map[string]any{
		"functionName": f.Name, "functionArn": FunctionARN(f.Region, account, f.Name), "role": f.Role, "handler": f.Handler, "runtime": "go1",
		"timeout": f.TimeoutSec, "memorySize": f.MemoryMB, "environmentVariables": f.Env, "state": "Active",
		"createdTime": kernel.Stamp(f.created), "lastModifiedTime": kernel.Stamp(f.modified),
	}
}

// deleteFunction takes a function away, its triggers included.
// Instances that work finish first. What it has written to its log goes.
func deleteFunction(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	for _, t := range c.triggersOf(f) {
		c.removeTrigger(f, t["triggerName"].(string))
	}
	for _, i := range f.idle {
		i.reap.Stop()
		go i.end()
	}
	delete(c.Functions, f.Name)
	delete(c.deployments, f.Name)
	c.PendingChanged()
	return nil, nil
}

// By name, over all kinds.
func listTriggers(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	all := map[string]any{}
	for _, t := range c.triggersOf(f) {
		all[t["triggerName"].(string)] = t
	}
	page, next, err := fcPage(kernel.SortedKeys(all), call, 20)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, name := range page {
		views = append(views, all[name])
	}
	return map[string]any{"triggers": views, "nextToken": next}, nil
}

// A batch that a log trigger has handed over goes on.
func deleteTrigger(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	if !c.removeTrigger(f, call.trigger) {
		return nil, kernel.Refuse(404, "TriggerNotFound", "trigger '%s' does not exist in function '%s'", call.trigger, f.Name)
	}
	c.PendingChanged()
	return nil, nil
}

// BusRule is a rule of an event bus that has a target, as Function Compute sees it: a
// trigger.
type BusRule struct {
	Name, Pattern string
	Enabled       bool
}

// triggersOf are the triggers of a function. mu is held.
func (c *Service) triggersOf(f *function) (views []map[string]any) {
	add := func(name, kind string, config map[string]any) {
		text, _ := json.Marshal(config) // maps of plain values always encode
		views = append(views, map[string]any{"triggerName": name, "triggerType": kind, "qualifier": "LATEST", "triggerConfig": string(text)})
	}
	for _, name := range kernel.SortedKeys(f.Timers) {
		t := f.Timers[name]
		add(name, "timer", map[string]any{"cronExpression": t.Expression, "payload": t.Payload, "enable": !t.Disabled})
	}
	for _, t := range c.logTriggers {
		if t.Function == f.Name {
			add(t.Name, "log", map[string]any{
				"enable": true, "sourceConfig": map[string]any{"logstore": t.LogStore}, "functionParameter": map[string]any{},
				"jobConfig": map[string]any{"triggerInterval": int(t.Interval / time.Second), "maxRetryTime": t.MaxRetry},
			})
		}
	}
	for _, r := range c.BusRules() {
		// A trigger's rule is named after its function and itself.
		if name, ok := strings.CutPrefix(r.Name, f.Name+"-"); ok {
			add(name, "eventbridge", map[string]any{
				"triggerEnable": r.Enabled, "asyncInvocationType": true, "eventRuleFilterPattern": r.Pattern,
				"eventSourceConfig": map[string]any{"eventSourceType": "Default"},
			})
		}
	}
	return views
}

// removeTrigger takes a trigger away, and reports whether it was there. mu is held.
func (c *Service) removeTrigger(f *function, name string) bool {
	if f.Timers[name] != nil {
		delete(f.Timers, name)
		return true
	}
	for i, t := range c.logTriggers {
		if t.Function == f.Name && t.Name == name {
			t.removed = true
			c.logTriggers = append(c.logTriggers[:i:i], c.logTriggers[i+1:]...)
			return true
		}
	}
	return c.RemoveBusRule(f.Name+"-"+name) != nil
}
