package fc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/goccy/go-yaml"
)

// DeployServerless deploys a Serverless Devs file (edition 3.0.0, component
// fc3) as `s deploy` would: its functions, then their triggers. It is stricter
// than `s verify`, which lets unknown props and any triggerConfig pass: what it
// does not know it refuses by name.
//
// The binary of a function is the handler in its code directory, taken relative
// to dir, where the file is. env answers ${env('X')}.
func (c *Service) DeployServerless(sYAML []byte, dir string, env map[string]string) error {
	resources, err := c.readServerless(sYAML, env)
	if err != nil {
		return fmt.Errorf("s.yaml: %w", err)
	}
	names := slices.Sorted(maps.Keys(resources))
	for _, name := range names {
		if err := c.deployProps(resources[name], dir); err != nil {
			return fmt.Errorf("s.yaml: resources.%s: %w", name, err)
		}
	}
	// A destination may be a function further down, so it is looked for last.
	for _, name := range names {
		p := resources[name]
		for i, t := range p.Triggers {
			if err := c.DeployTrigger(p.FunctionName, t); err != nil {
				return fmt.Errorf("s.yaml: resources.%s.triggers[%d] %s: %w", name, i, t.TriggerName, err)
			}
		}
		if err := c.destinationsExist(p); err != nil {
			return fmt.Errorf("s.yaml: resources.%s: %w", name, err)
		}
	}
	return nil
}

// fc3Props are the props of component fc3. Those of type ignored have no
// meaning on one machine.
type fc3Props struct {
	Region               string            `json:"region"`
	FunctionName         string            `json:"functionName"`
	Description          ignored           `json:"description"`
	Runtime              string            `json:"runtime"`
	Code                 any               `json:"code"`
	Handler              string            `json:"handler"`
	Timeout              int               `json:"timeout"`
	MemorySize           int               `json:"memorySize"`
	CPU                  ignored           `json:"cpu"`
	DiskSize             ignored           `json:"diskSize"`
	InstanceConcurrency  int               `json:"instanceConcurrency"`
	Role                 string            `json:"role"`
	EnvironmentVariables map[string]string `json:"environmentVariables"`
	InternetAccess       ignored           `json:"internetAccess"`
	VPCConfig            ignored           `json:"vpcConfig"`
	LogConfig            ignored           `json:"logConfig"`
	Tags                 ignored           `json:"tags"`
	TracingConfig        ignored           `json:"tracingConfig"`
	ResourceGroupID      ignored           `json:"resourceGroupId"`
	ConcurrencyConfig    *struct {
		ReservedConcurrency int `json:"reservedConcurrency"`
	} `json:"concurrencyConfig"`
	AsyncInvokeConfig *fc3Async    `json:"asyncInvokeConfig"`
	Triggers          []Fc3Trigger `json:"triggers"`
}

type ignored = json.RawMessage

// Pointers tell what the file leaves out from a zero.
type fc3Async struct {
	MaxAsyncEventAgeInSeconds *int    `json:"maxAsyncEventAgeInSeconds"`
	MaxAsyncRetryAttempts     *int    `json:"maxAsyncRetryAttempts"`
	AsyncTask                 bool    `json:"asyncTask"`
	Qualifier                 ignored `json:"qualifier"`
	DestinationConfig         struct {
		OnSuccess, OnFailure struct {
			Destination string `json:"destination"`
		}
	} `json:"destinationConfig"`
}

type Fc3Trigger struct {
	TriggerName    string          `json:"triggerName"`
	TriggerType    string          `json:"triggerType"`
	Description    ignored         `json:"description"`
	Qualifier      string          `json:"qualifier"`
	InvocationRole ignored         `json:"invocationRole"`
	SourceArn      string          `json:"sourceArn"`
	TriggerConfig  json.RawMessage `json:"triggerConfig"`
}

// Vars first, then templates under props, then expressions, then the strict reading: an expression
// may be anywhere.
func (c *Service) readServerless(text []byte, env map[string]string) (map[string]fc3Props, error) {
	var file struct {
		Edition   string
		Name      string
		Access    string
		Vars      map[string]any
		Actions   any // hooks of all resources, as below
		Template  map[string]map[string]any
		Resources map[string]struct {
			Component string
			Actions   any // hooks of `s`: they build, which is done by now
			Extend    *fc3Extend
			Props     map[string]any
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		return nil, err
	}
	if file.Edition != "3.0.0" {
		return nil, fmt.Errorf("edition %q, want 3.0.0", file.Edition)
	}
	r := resolver{vars: file.Vars, env: env, account: c.Account}
	// vars may use env, so they are resolved first; against nothing of their own.
	vars, err := resolver{env: env, account: c.Account}.resolve(anyMap(file.Vars), "vars")
	if err != nil {
		return nil, err
	}
	r.vars, _ = vars.(map[string]any)
	all := map[string]fc3Props{}
	for name, res := range file.Resources {
		component, err := r.text(res.Component, "component")
		if err != nil {
			return nil, err
		}
		if component != "fc3" {
			return nil, fmt.Errorf("resources.%s: component %v, want fc3", name, component)
		}
		extended, err := res.Extend.apply(file.Template, res.Props)
		if err != nil {
			return nil, fmt.Errorf("resources.%s.extend: %w", name, err)
		}
		props, err := r.resolve(anyMap(extended), "resources."+name+".props")
		if err != nil {
			return nil, err
		}
		var p fc3Props
		if err := strict(props, &p); err != nil {
			return nil, fmt.Errorf("resources.%s.props: %w", name, err)
		}
		all[name] = p
	}
	if len(all) == 0 {
		return nil, errors.New("no resources")
	}
	return all, nil
}

func anyMap(m map[string]any) any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// strict decodes v into a struct that must know every field of it.
func strict(v, into any) error {
	raw, ok := v.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(v); err != nil {
			return err
		}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// resolver replaces ${vars.x}, ${env('X')}, ${env('X', 'default')} and
// ${config('AccountID')}.
type resolver struct {
	vars    map[string]any
	env     map[string]string
	account string
}

var (
	fc3Expression = regexp.MustCompile(`\$\{([^}]*)\}`)
	envCall       = regexp.MustCompile(`^env\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]*)['"]\s*)?\)$`)
	configCall    = regexp.MustCompile(`^config\(\s*['"]AccountID['"]\s*\)$`)
)

func (r resolver) resolve(v any, path string) (any, error) {
	switch v := v.(type) {
	case string:
		return r.text(v, path)
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			var err error
			if out[k], err = r.resolve(e, path+"."+k); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = r.resolve(e, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// text resolves a string. One expression and nothing else keeps the type of
// its value.
func (r resolver) text(s, path string) (any, error) {
	var failed error
	value := func(match string) any {
		v, err := r.value(strings.TrimSpace(match[2 : len(match)-1]))
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", path, err)
		}
		return v
	}
	if m := fc3Expression.FindString(s); m != "" && m == s {
		v := value(m)
		return v, failed
	}
	out := fc3Expression.ReplaceAllStringFunc(s, func(m string) string { return fmt.Sprint(value(m)) })
	return out, failed
}

// What it does not know is an error: an empty text in its place would be deployed.
func (r resolver) value(e string) (any, error) {
	if name, ok := strings.CutPrefix(e, "vars."); ok {
		var v any = r.vars
		for _, step := range strings.Split(name, ".") {
			m, _ := v.(map[string]any)
			if v, ok = m[step]; !ok {
				return nil, fmt.Errorf("${%s} is not defined", e)
			}
		}
		return v, nil
	}
	if m := envCall.FindStringSubmatch(e); m != nil {
		if v, ok := r.env[m[1]]; ok {
			return v, nil
		}
		if strings.Contains(e, ",") {
			return m[2], nil
		}
		return nil, fmt.Errorf("${%s}: %s is not set and has no default", e, m[1])
	}
	if configCall.MatchString(e) {
		return r.account, nil
	}
	return nil, fmt.Errorf("the local cloud does not resolve ${%s}", e)
}

// fc3 takes more than this cloud runs; everything else is refused here, by name.
func (c *Service) deployProps(p fc3Props, dir string) error {
	switch {
	case p.Runtime != "go1":
		return fmt.Errorf("runtime %q: the local cloud runs go1 only", p.Runtime)
	case p.FunctionName == "" || p.Region == "" || p.Handler == "" || p.Code == nil:
		return errors.New("functionName, region, handler and code are required")
	case p.InstanceConcurrency > 1:
		return errors.New("instanceConcurrency is for custom runtimes only")
	case p.Region != c.Region:
		return fmt.Errorf("region %s: this cloud is %s", p.Region, c.Region)
	}
	code, ok := p.Code.(string)
	if !ok {
		return errors.New("code: the local cloud takes a directory only")
	}
	if !filepath.IsAbs(code) {
		code = filepath.Join(dir, code)
	}
	binary := filepath.Join(code, p.Handler)
	f := Function{
		Name: p.FunctionName, Binary: binary, Handler: p.Handler, Role: c.completeRole(p.Role), Env: p.EnvironmentVariables,
		Region: p.Region, TimeoutSec: p.Timeout, MemoryMB: p.MemorySize, MaxAsyncRetryAttempts: 3,
	}
	if p.ConcurrencyConfig != nil {
		f.ReservedConcurrency = p.ConcurrencyConfig.ReservedConcurrency
	}
	if a := p.AsyncInvokeConfig; a != nil {
		if a.MaxAsyncRetryAttempts != nil {
			f.MaxAsyncRetryAttempts = *a.MaxAsyncRetryAttempts
		}
		if a.MaxAsyncEventAgeInSeconds != nil {
			if s := *a.MaxAsyncEventAgeInSeconds; s < 1 || s > 2592000 {
				return errors.New("asyncInvokeConfig.maxAsyncEventAgeInSeconds must be between 1 and 2592000")
			}
			f.MaxAsyncEventAge = time.Duration(*a.MaxAsyncEventAgeInSeconds) * time.Second
		}
		f.AsyncTask = a.AsyncTask
		f.OnSuccess, f.OnFailure = a.DestinationConfig.OnSuccess.Destination, a.DestinationConfig.OnFailure.Destination
	}
	return c.DeployFunction(f)
}

// completeRole makes an ARN of a name and puts it in lower case, as component
// fc3 does before it deploys.
func (c *Service) completeRole(role string) string {
	if role != "" && !strings.HasPrefix(role, "acs:") {
		role = "acs:ram::" + c.Account + ":role/" + role
	}
	return strings.ToLower(role)
}

// All functions of the file are there by now. A destination in another region or account is an
// error.
func (c *Service) destinationsExist(p fc3Props) error {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f := c.Functions[p.FunctionName]
	for _, arn := range []string{f.OnSuccess, f.OnFailure} {
		if arn == "" {
			continue
		}
		target, err := destinationFunction(arn)
		if err == nil {
			_, err = c.deployed(target, "")
		}
		if err == nil && arn != FunctionARN(f.Region, c.Account, target) && !strings.HasPrefix(arn, FunctionARN(f.Region, c.Account, target)+"/") {
			err = fmt.Errorf("it is not of this region and account")
		}
		if err != nil {
			return fmt.Errorf("destination %s: %w", arn, err)
		}
	}
	return nil
}

// By type; one that is not here is refused by name.
func (c *Service) DeployTrigger(function string, t Fc3Trigger) error {
	if t.TriggerName == "" {
		return errors.New("triggerName is required")
	}
	if t.Qualifier != "" && t.Qualifier != "LATEST" {
		return fmt.Errorf("qualifier %s: the local cloud has LATEST only", t.Qualifier)
	}
	switch t.TriggerType {
	case "eventbridge":
		return c.deployEventBridge(function, t)
	case "timer":
		return c.deployTimer(function, t)
	case "log":
		return c.deployLogTrigger(function, t)
	case "http":
		return c.deployHTTP(function, t)
	}
	return fmt.Errorf("the local cloud has no triggerType %q", t.TriggerType)
}

// The rule is called after the function and the trigger. Its name has to be free.
func (c *Service) deployEventBridge(function string, t Fc3Trigger) error {
	var in struct {
		TriggerEnable          bool    `json:"triggerEnable"`
		AsyncInvocationType    bool    `json:"asyncInvocationType"`
		EventRuleFilterPattern string  `json:"eventRuleFilterPattern"`
		EventSinkConfig        ignored `json:"eventSinkConfig"`
		RunOptions             ignored `json:"runOptions"` // for custom sources only
		EventSourceConfig      struct {
			EventSourceType       string  `json:"eventSourceType"`
			EventSourceParameters ignored `json:"eventSourceParameters"`
		} `json:"eventSourceConfig"`
	}
	if err := strict(t.TriggerConfig, &in); err != nil {
		return err
	}
	switch {
	case in.EventSourceConfig.EventSourceType != "Default":
		return fmt.Errorf("eventSourceType %q: the local cloud has Default only", in.EventSourceConfig.EventSourceType)
	case !in.AsyncInvocationType:
		return errors.New("asyncInvocationType must be true: the local cloud delivers asynchronously")
	}
	name := function + "-" + t.TriggerName
	return c.AddBusRule(name, []byte(in.EventRuleFilterPattern), function, in.TriggerEnable)
}

// A timer that is not enabled is kept, and FireTimer fires it all the same.
func (c *Service) deployTimer(function string, t Fc3Trigger) error {
	var in struct {
		CronExpression string `json:"cronExpression"`
		Enable         bool   `json:"enable"`
		Payload        string `json:"payload"`
	}
	if err := strict(t.TriggerConfig, &in); err != nil {
		return err
	}
	return c.AddTimer(Timer{Name: t.TriggerName, Function: function, Expression: in.CronExpression, Payload: in.Payload, Disabled: !in.Enable})
}

// One that is not enabled is checked, and not made.
func (c *Service) deployLogTrigger(function string, t Fc3Trigger) error {
	var in struct {
		Enable            bool           `json:"enable"`
		FunctionParameter map[string]any `json:"functionParameter"`
		JobConfig         struct {
			MaxRetryTime    any `json:"maxRetryTime"`
			TriggerInterval any `json:"triggerInterval"`
		} `json:"jobConfig"`
		// Where the trigger logs its own runs, not what it watches.
		LogConfig struct {
			Project  string `json:"project"`
			Logstore string `json:"logstore"`
		} `json:"logConfig"`
		SourceConfig struct {
			Logstore  string `json:"logstore"`
			StartTime int64  `json:"startTime"`
		} `json:"sourceConfig"`
	}
	if err := strict(t.TriggerConfig, &in); err != nil {
		return err
	}
	m := kernel.SlsProjectARN.FindStringSubmatch(t.SourceArn)
	if m == nil || m[1] != c.Region || m[2] != c.Account {
		return fmt.Errorf("sourceArn %q: want acs:log:%s:%s:project/{the project to watch}", t.SourceArn, c.Region, c.Account)
	}
	if in.LogConfig.Project == "" || in.LogConfig.Logstore == "" || in.SourceConfig.Logstore == "" {
		return errors.New("sourceConfig.logstore, logConfig.project and logConfig.logstore are required")
	}
	retry, err := wholeNumber(in.JobConfig.MaxRetryTime, 0, 100, "jobConfig.maxRetryTime")
	if err != nil {
		return err
	}
	interval, err := wholeNumber(in.JobConfig.TriggerInterval, 3, 600, "jobConfig.triggerInterval")
	if err != nil || !in.Enable {
		return err
	}
	lt := LogTrigger{Name: t.TriggerName, Function: function, Project: m[3], LogStore: in.SourceConfig.Logstore,
		Interval: time.Duration(interval) * time.Second, MaxRetry: retry, Parameter: in.FunctionParameter}
	if in.SourceConfig.StartTime > 0 {
		lt.Start = time.Unix(in.SourceConfig.StartTime, 0)
	}
	return c.AddLogTrigger(lt)
}

// wholeNumber reads a number that some write as a string.
func wholeNumber(v any, low, high int, name string) (int, error) {
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s %v: want a number from %d to %d", name, v, low, high)
	}
	return n, nil
}

// Only anonymous access: signatures of callers are not checked here.
func (c *Service) deployHTTP(function string, t Fc3Trigger) error {
	var in struct {
		AuthType           string   `json:"authType"`
		Methods            []string `json:"methods"`
		DisableURLInternet bool     `json:"disableURLInternet"`
	}
	if err := strict(t.TriggerConfig, &in); err != nil {
		return err
	}
	if in.AuthType != "anonymous" {
		return fmt.Errorf("authType %q: the local cloud has anonymous only", in.AuthType)
	}
	if in.DisableURLInternet {
		return nil
	}
	_, err := c.AddHTTPTrigger(function, in.Methods...)
	return err
}
