package fc

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/alb"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// What Serverless Devs and other clients call to deploy: making and changing functions
// and triggers, and the settings beside them.

// deployment is what was said of a function and means nothing on this machine, as it is
// answered again, and the settings that were made.
// It is beside the function and not in it, since DeployFunction puts a new one in the old one's
// place.
type deployment struct {
	settings map[string]any
	async    bool // there is a configuration of asynchronous invocations
	triggers map[string]map[string]any
}

// deploymentOf is the deployment of a function. mu is held.
func (c *Service) deploymentOf(name string) *deployment {
	if c.deployments == nil {
		c.deployments = map[string]*deployment{}
	}
	if c.deployments[name] == nil {
		c.deployments[name] = &deployment{settings: map[string]any{}, triggers: map[string]map[string]any{}}
	}
	return c.deployments[name]
}

// The version of the API is part of the path.
const ofFunction = `^/2023-03-30/functions/([^/]+)`

// fcDeployPaths are the calls. Those without the lock take it themselves.
// RAM's resources are written as the reference has them, functions/name and below. GET on a
// configuration that nobody made is 404, with a code of its own for each.
var fcDeployPaths = []fcPath{
	{"GET", "fc:GetTempBucketToken", regexp.MustCompile(`^/2016-08-15/tempBucketToken$`), "functions/*", (*Service).tempToken, nil},
	{"POST", "fc:CreateFunction", regexp.MustCompile(`^/2023-03-30/functions$`), "functions/*", nil, (*Service).createFunction},
	{"PUT", "fc:UpdateFunction", regexp.MustCompile(ofFunction + `$`), "functions/$1", nil, (*Service).updateFunction},
	{"POST", "fc:CreateTrigger", regexp.MustCompile(ofFunction + `/triggers$`), "functions/$1/triggers/*", nil, (*Service).createTrigger},
	{"GET", "fc:GetTrigger", regexp.MustCompile(ofFunction + `/triggers/([^/]+)$`), "functions/$1/triggers/$2", getTrigger, nil},
	{"PUT", "fc:UpdateTrigger", regexp.MustCompile(ofFunction + `/triggers/([^/]+)$`), "functions/$1/triggers/$2", nil, (*Service).updateTrigger},
	{"GET", "fc:GetAsyncInvokeConfig", regexp.MustCompile(ofFunction + `/async-invoke-config$`), "functions/$1", getAsyncConfig, nil},
	{"PUT", "fc:PutAsyncInvokeConfig", regexp.MustCompile(ofFunction + `/async-invoke-config$`), "functions/$1", nil, (*Service).putAsyncConfig},
	{"DELETE", "fc:DeleteAsyncInvokeConfig", regexp.MustCompile(ofFunction + `/async-invoke-config$`), "functions/$1", deleteAsyncConfig, nil},
	{"GET", "fc:GetConcurrencyConfig", regexp.MustCompile(ofFunction + `/concurrency$`), "functions/$1", getConcurrency, nil},
	{"PUT", "fc:PutConcurrencyConfig", regexp.MustCompile(ofFunction + `/concurrency$`), "functions/$1", nil, (*Service).putConcurrency},
	{"DELETE", "fc:DeleteConcurrencyConfig", regexp.MustCompile(ofFunction + `/concurrency$`), "functions/$1", deleteConcurrency, nil},
	{"GET", "fc:GetScalingConfig", regexp.MustCompile(ofFunction + `/scaling-config$`), "functions/$1", getScaling, nil},
	{"GET", "fc:GetProvisionConfig", regexp.MustCompile(ofFunction + `/provision-config$`), "functions/$1", getProvision, nil},
	{"GET", "fc:ListVpcBindings", regexp.MustCompile(ofFunction + `/vpc-bindings$`), "functions/$1", listVPCBindings, nil},
}

// functionInput is what a call says of a function. The pointers tell what was left out.
// Only what it has a meaning for here: the rest is in answeredSettings.
type functionInput struct {
	FunctionName         string            `json:"functionName"`
	Runtime              *string           `json:"runtime"`
	Handler              *string           `json:"handler"`
	Role                 *string           `json:"role"`
	Timeout              *int              `json:"timeout"`
	MemorySize           *int              `json:"memorySize"`
	EnvironmentVariables map[string]string `json:"environmentVariables"`
	Code                 *struct {
		OSSBucketName string `json:"ossBucketName"`
		OSSObjectName string `json:"ossObjectName"`
		ZipFile       string `json:"zipFile"`
	} `json:"code"`
	LogConfig *struct {
		Project  string `json:"project"`
		Logstore string `json:"logstore"`
	} `json:"logConfig"`
}

// answeredSettings are kept and answered, and mean nothing here.
var answeredSettings = []string{
	"description", "cpu", "diskSize", "internetAccess", "instanceConcurrency", "instanceIsolationMode", "sessionAffinity", "layers", "logConfig",
	"nasConfig", "ossMountConfig", "tracingConfig", "vpcConfig", "customDNS", "instanceLifecycleConfig", "tags", "disableOndemand", "resourceGroupId",
}

// readFunction reads a call about a function: what it means here, and what is only
// answered again.
func readFunction(body []byte) (in functionInput, settings map[string]any, err error) {
	all := map[string]any{}
	if err := errors.Join(json.Unmarshal(body, &in), json.Unmarshal(body, &all)); err != nil {
		return in, nil, kernel.Refuse(400, "InvalidArgument", "the body is not a JSON object as documented: %v", err)
	}
	settings = map[string]any{}
	for _, name := range answeredSettings {
		if v, given := all[name]; given && v != nil {
			settings[name] = v
		}
	}
	return in, settings, nil
}

// apply puts what a call says over a function.
// It may read and unpack code, so mu is not held.
func (in *functionInput) apply(c *Service, f *Function) error {
	if in.Runtime != nil && *in.Runtime != "go1" {
		return kernel.Refuse(400, "InvalidArgument", "runtime '%s': the local cloud runs go1 only", *in.Runtime)
	}
	for from, into := range map[**string]*string{&in.Handler: &f.Handler, &in.Role: &f.Role} {
		if *from != nil {
			*into = **from
		}
	}
	for from, into := range map[**int]*int{&in.Timeout: &f.TimeoutSec, &in.MemorySize: &f.MemoryMB} {
		if *from != nil {
			*into = **from
		}
	}
	if in.EnvironmentVariables != nil {
		f.Env = in.EnvironmentVariables
	}
	if l := in.LogConfig; l != nil && l.Project != "" {
		c.Mu.Lock()
		p := c.logs.Project(l.Project)
		_, err := c.logs.Logstore(l.Project, l.Logstore)
		c.Mu.Unlock()
		switch {
		case p == nil:
			return kernel.Refuse(400, "InvalidArgument", "project '%s' does not exist", l.Project)
		case err != nil:
			return kernel.Refuse(400, "InvalidArgument", "logstore '%s' does not exist", l.Logstore)
		}
	}
	// An update without code keeps the program.
	if in.Code == nil {
		return nil
	}
	code, err := in.readCode(c)
	if err != nil {
		return err
	}
	f.Binary, err = c.unpack(f.Name, f.Handler, code)
	return err
}

// readCode is the code package of a call: in it, or in the bucket.
func (in *functionInput) readCode(c *Service) ([]byte, error) {
	if in.Code.ZipFile != "" {
		code, err := base64.StdEncoding.DecodeString(in.Code.ZipFile)
		if err != nil {
			return nil, kernel.Refuse(400, "InvalidArgument", "code.zipFile is not valid Base64")
		}
		return code, nil
	}
	c.Mu.Lock()
	file := c.temp.files[in.Code.OSSObjectName]
	c.Mu.Unlock()
	if in.Code.OSSBucketName != tempBucket || file == "" {
		return nil, kernel.Refuse(404, "OSSObjectNotFound", "object '%s' does not exist in bucket '%s'", in.Code.OSSObjectName, in.Code.OSSBucketName)
	}
	return os.ReadFile(file)
}

// unpack unpacks a code package into a folder of its own and returns its program.
// A path that leads out of the folder is refused, and so is more than the documented size once
// unpacked: a small archive may hold much. The handler has to be a file in it.
func (c *Service) unpack(function, handler string, code []byte) (binary string, err error) {
	archive, err := zip.NewReader(bytes.NewReader(code), int64(len(code)))
	if err != nil {
		return "", kernel.Refuse(400, "InvalidArgument", "the code package is not a zip file: %v", err)
	}
	c.Mu.Lock()
	folder, err := c.codeFolder()
	c.Mu.Unlock()
	if err != nil {
		return "", err
	}
	if folder, err = os.MkdirTemp(folder, "code-"); err != nil {
		return "", err
	}
	// Over all files of the package together.
	left := int64(maxCode)
	for _, f := range archive.File {
		if !filepath.IsLocal(f.Name) {
			return "", kernel.Refuse(400, "InvalidArgument", "the code package of '%s' has the path %q, which leads out of it", function, f.Name)
		}
		n, err := unpackFile(f, filepath.Join(folder, f.Name), left)
		if err != nil {
			return "", err
		}
		left -= n
	}
	if !filepath.IsLocal(handler) {
		return "", kernel.Refuse(400, "InvalidArgument", "handler '%s' is not a path in the code package", handler)
	}
	binary = filepath.Join(folder, handler)
	if info, err := os.Stat(binary); err != nil || info.IsDir() {
		return "", kernel.Refuse(400, "InvalidArgument", "the code package of '%s' has no file '%s', which is its handler", function, handler)
	}
	return binary, nil
}

func unpackFile(f *zip.File, path string, most int64) (int64, error) {
	if f.FileInfo().IsDir() {
		return 0, os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, err
	}
	packed, err := f.Open()
	if err != nil {
		return 0, kernel.Refuse(400, "InvalidArgument", "the code package cannot be read: %v", err)
	}
	defer packed.Close()
	plain, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755) // what may be run is not kept by every packer
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(plain, io.LimitReader(packed, most+1))
	if err = errors.Join(err, plain.Close()); err != nil {
		return 0, kernel.Refuse(400, "InvalidArgument", "the code package cannot be read: %v", err)
	}
	if n > most {
		return 0, kernel.Refuse(400, "InvalidArgument", "the code package is larger than %d bytes", int64(maxCode))
	}
	return n, nil
}

// fcError makes an Error of what DeployFunction says.
func fcError(err error) error {
	if e, ok := errors.AsType[*kernel.Error](err); ok {
		return e
	}
	return kernel.Refuse(400, "InvalidArgument", "%v", err)
}

// runtime, handler and code are required. Three asynchronous retries are the default of Function
// Compute.
func (c *Service) createFunction(call fcCall, body []byte) (any, error) {
	in, settings, err := readFunction(body)
	if err != nil {
		return nil, err
	}
	c.Mu.Lock()
	there := c.Functions[in.FunctionName] != nil
	c.Mu.Unlock()
	switch {
	case there:
		return nil, kernel.Refuse(409, "FunctionAlreadyExists", "function '%s' already exists", in.FunctionName)
	case !functionName.MatchString(in.FunctionName):
		return nil, kernel.Refuse(400, "InvalidArgument", "functionName is invalid (allowed: letters, digits, _ and -, 64 at most, not beginning with a digit)")
	case in.Runtime == nil || in.Handler == nil || in.Code == nil:
		return nil, kernel.Refuse(400, "MissingRequiredParams", "runtime, handler and code are required")
	}
	f := Function{Name: in.FunctionName, Region: call.region, MaxAsyncRetryAttempts: 3}
	if err := in.apply(c, &f); err != nil {
		return nil, err
	}
	if err := c.DeployFunction(f); err != nil {
		return nil, fcError(err)
	}
	return c.noteSettings(f.Name, settings)
}

// noteSettings notes what was said of a function and answers with it.
func (c *Service) noteSettings(name string, settings map[string]any) (any, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	d := c.deploymentOf(name)
	for k, v := range settings {
		d.settings[k] = v
	}
	return c.functionView(c.Functions[name]), nil
}

// It is deployed anew: running instances finish with the old code.
func (c *Service) updateFunction(call fcCall, body []byte) (any, error) {
	in, settings, err := readFunction(body)
	if err != nil {
		return nil, err
	}
	c.Mu.Lock()
	old, err := c.deployed(call.function, call.region)
	var f Function
	if err == nil {
		f = old.Function
	}
	c.Mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := in.apply(c, &f); err != nil {
		return nil, err
	}
	if err := c.DeployFunction(f); err != nil {
		return nil, fcError(err)
	}
	return c.noteSettings(f.Name, settings)
}

// functionView is a function as it is answered. mu is held.
func (c *Service) functionView(f *function) map[string]any {
	view := f.view(c.Account)
	if d := c.deployments[f.Name]; d != nil {
		for k, v := range d.settings {
			view[k] = v
		}
	}
	view["lastUpdateStatus"], view["functionId"] = "Successful", f.Name+"-id"
	return view
}

// asyncConfig are the settings of asynchronous invocations as they are answered.
func (c *Service) asyncConfig(f *function) map[string]any {
	destination := map[string]any{}
	if f.OnFailure != "" {
		destination["onFailure"] = map[string]any{"destination": f.OnFailure}
	}
	if f.OnSuccess != "" {
		destination["onSuccess"] = map[string]any{"destination": f.OnSuccess}
	}
	return map[string]any{
		"functionArn": FunctionARN(f.Region, c.Account, f.Name), "qualifier": "LATEST", "destinationConfig": destination, "asyncTask": f.AsyncTask,
		"maxAsyncEventAgeInSeconds": int(f.MaxAsyncEventAge / time.Second), "maxAsyncRetryAttempts": f.MaxAsyncRetryAttempts,
		"createdTime": kernel.Stamp(f.created), "lastModifiedTime": kernel.Stamp(f.modified),
	}
}

// A function deployed from a file with destinations has one, too.
func getAsyncConfig(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	if d := c.deployments[f.Name]; (d == nil || !d.async) && f.OnFailure == "" && f.OnSuccess == "" && !f.AsyncTask {
		return nil, kernel.Refuse(404, "AsyncConfigNotExists", "async config of function '%s' and qualifier 'LATEST' does not exist", f.Name)
	}
	return c.asyncConfig(f), nil
}

// It replaces the whole configuration, but for age and retries that it does not name. The
// destinations have to exist.
func (c *Service) putAsyncConfig(call fcCall, body []byte) (any, error) {
	var in struct {
		DestinationConfig struct {
			OnSuccess, OnFailure struct {
				Destination string `json:"destination"`
			}
		} `json:"destinationConfig"`
		MaxAsyncEventAgeInSeconds *int `json:"maxAsyncEventAgeInSeconds"`
		MaxAsyncRetryAttempts     *int `json:"maxAsyncRetryAttempts"`
		AsyncTask                 bool `json:"asyncTask"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, kernel.Refuse(400, "InvalidArgument", "the body is not a JSON object as documented: %v", err)
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	age, attempts := f.MaxAsyncEventAge, f.MaxAsyncRetryAttempts
	if n := in.MaxAsyncEventAgeInSeconds; n != nil {
		if *n < 1 || *n > 604800 {
			return nil, kernel.Refuse(400, "InvalidArgument", "maxAsyncEventAgeInSeconds must be between 1 and 604800")
		}
		age = time.Duration(*n) * time.Second
	}
	if n := in.MaxAsyncRetryAttempts; n != nil {
		if *n < 0 || *n > 8 {
			return nil, kernel.Refuse(400, "InvalidArgument", "maxAsyncRetryAttempts must be between 0 and 8")
		}
		attempts = *n
	}
	for _, arn := range []string{in.DestinationConfig.OnFailure.Destination, in.DestinationConfig.OnSuccess.Destination} {
		if arn == "" {
			continue
		}
		target, err := destinationFunction(arn)
		if err == nil {
			_, err = c.deployed(target, "")
		}
		if err != nil {
			return nil, kernel.Refuse(400, "InvalidArgument", "destination %s: %v", arn, err)
		}
	}
	f.MaxAsyncEventAge, f.MaxAsyncRetryAttempts, f.AsyncTask = age, attempts, in.AsyncTask
	f.OnFailure, f.OnSuccess = in.DestinationConfig.OnFailure.Destination, in.DestinationConfig.OnSuccess.Destination
	c.deploymentOf(f.Name).async = true
	return c.asyncConfig(f), nil
}

// Back to what a new function has.
func deleteAsyncConfig(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	f.OnFailure, f.OnSuccess, f.AsyncTask, f.MaxAsyncRetryAttempts, f.MaxAsyncEventAge = "", "", false, 3, 5*time.Hour
	c.deploymentOf(f.Name).async = false
	return nil, nil
}

func (c *Service) concurrencyView(f *function) map[string]any {
	return map[string]any{"functionArn": FunctionARN(f.Region, c.Account, f.Name), "reservedConcurrency": f.ReservedConcurrency}
}

// 0 is none, and none is 404.
func getConcurrency(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	switch {
	case err != nil:
		return nil, err
	case f.ReservedConcurrency == 0:
		return nil, kernel.Refuse(404, "OnDemandConfigNotFound", "on-demand config of function '%s' does not exist", f.Name)
	}
	return c.concurrencyView(f), nil
}

// What all functions reserve together is checked without the lock, so the function is looked up
// again before it is changed.
func (c *Service) putConcurrency(call fcCall, body []byte) (any, error) {
	var in struct {
		ReservedConcurrency int `json:"reservedConcurrency"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.ReservedConcurrency < 0 {
		return nil, kernel.Refuse(400, "InvalidArgument", "reservedConcurrency must be a number from 0 on")
	}
	c.Mu.Lock()
	f, err := c.deployed(call.function, call.region)
	var changed Function
	if err == nil {
		changed = f.Function
		changed.ReservedConcurrency = in.ReservedConcurrency
	}
	c.Mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := c.checkReserved(changed); err != nil {
		return nil, fcError(err)
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if f, err = c.deployed(call.function, call.region); err != nil {
		return nil, err
	}
	f.ReservedConcurrency = in.ReservedConcurrency
	return c.concurrencyView(f), nil
}

func deleteConcurrency(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	f.ReservedConcurrency = 0
	return nil, nil
}

// getScaling: no function has instances that stay, and the answer has nothing then.
func getScaling(c *Service, call fcCall) (any, error) {
	if _, err := c.deployed(call.function, call.region); err != nil {
		return nil, err
	}
	return map[string]any{}, nil
}

// Nothing is provisioned here.
func getProvision(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"functionArn": FunctionARN(f.Region, c.Account, f.Name), "current": 0, "currentError": "", "target": 0, "alwaysAllocateCPU": false,
		"scheduledActions": []any{}, "targetTrackingPolicies": []any{},
	}, nil
}

// Access from a VPC is not restricted here.
func listVPCBindings(c *Service, call fcCall) (any, error) {
	if _, err := c.deployed(call.function, call.region); err != nil {
		return nil, err
	}
	return map[string]any{"vpcIds": []string{}}, nil
}

// triggerInput is what a call says of a trigger. Its configuration is JSON in a string.
type triggerInput struct {
	TriggerName    string `json:"triggerName"`
	TriggerType    string `json:"triggerType"`
	Description    string `json:"description"`
	Qualifier      string `json:"qualifier"`
	InvocationRole string `json:"invocationRole"`
	SourceArn      string `json:"sourceArn"`
	TriggerConfig  string `json:"triggerConfig"`
}

// Names are unique within a function, over all kinds.
func (c *Service) createTrigger(call fcCall, body []byte) (any, error) {
	var in triggerInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, kernel.Refuse(400, "InvalidArgument", "the body is not a JSON object as documented: %v", err)
	}
	c.Mu.Lock()
	f, err := c.deployed(call.function, call.region)
	there := err == nil && c.triggerOf(f, in.TriggerName) != nil
	c.Mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case there:
		return nil, kernel.Refuse(409, "TriggerAlreadyExists", "trigger '%s' already exists in function '%s'", in.TriggerName, call.function)
	}
	return c.putTrigger(call.function, in)
}

// putTrigger deploys a trigger as a file's would be.
func (c *Service) putTrigger(function string, in triggerInput) (any, error) {
	t := Fc3Trigger{TriggerName: in.TriggerName, TriggerType: in.TriggerType, Qualifier: in.Qualifier, SourceArn: in.SourceArn, TriggerConfig: json.RawMessage(in.TriggerConfig)}
	if err := c.DeployTrigger(function, t); err != nil {
		return nil, fcError(fmt.Errorf("trigger '%s': %w", in.TriggerName, err))
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f, err := c.deployed(function, "")
	if err != nil {
		return nil, err
	}
	c.deploymentOf(function).triggers[in.TriggerName] = map[string]any{
		"description": in.Description, "invocationRole": in.InvocationRole, "sourceArn": in.SourceArn, "triggerConfig": in.TriggerConfig,
		"createdTime": kernel.Stamp(c.Clock()), "lastModifiedTime": kernel.Stamp(c.Clock()), "status": "", "targetArn": FunctionARN(f.Region, c.Account, f.Name),
	}
	return c.triggerOf(f, in.TriggerName), nil
}

// triggerOf is a trigger as it is answered, nil if there is none. mu is held.
func (c *Service) triggerOf(f *function, name string) map[string]any {
	for _, t := range c.triggersOf(f) {
		if t["triggerName"] != name {
			continue
		}
		if d := c.deployments[f.Name]; d != nil {
			for k, v := range d.triggers[name] {
				t[k] = v
			}
		}
		return t
	}
	return nil
}

// What a client said of it is answered again as it was written.
func getTrigger(c *Service, call fcCall) (any, error) {
	f, err := c.deployed(call.function, call.region)
	if err != nil {
		return nil, err
	}
	t := c.triggerOf(f, call.trigger)
	if t == nil {
		return nil, kernel.Refuse(404, "TriggerNotFound", "trigger '%s' does not exist in function '%s'", call.trigger, f.Name)
	}
	return t, nil
}

// updateTrigger puts another in the place of a trigger; if that fails the old one stays.
func (c *Service) updateTrigger(call fcCall, body []byte) (any, error) {
	var in triggerInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, kernel.Refuse(400, "InvalidArgument", "the body is not a JSON object as documented: %v", err)
	}
	c.Mu.Lock()
	f, err := c.deployed(call.function, call.region)
	var old map[string]any
	if err == nil {
		if old = c.triggerOf(f, call.trigger); old == nil {
			err = kernel.Refuse(404, "TriggerNotFound", "trigger '%s' does not exist in function '%s'", call.trigger, call.function)
		}
	}
	if err != nil {
		c.Mu.Unlock()
		return nil, err
	}
	in.TriggerName, in.TriggerType = call.trigger, alb.FirstOf(old["triggerType"], "")
	if in.TriggerConfig == "" {
		in.TriggerConfig = alb.FirstOf(old["triggerConfig"], "")
	}
	if in.SourceArn == "" {
		in.SourceArn = alb.FirstOf(old["sourceArn"], "")
	}
	var putBack func()
	if in.TriggerType == "eventbridge" {
		putBack = c.RemoveBusRule(call.function + "-" + call.trigger) // two rules cannot have one name
	}
	c.Mu.Unlock()
	made, err := c.putTrigger(call.function, in)
	c.Mu.Lock()
	defer c.Mu.Unlock()
	switch {
	case err != nil && putBack != nil:
		putBack()
	case err == nil && in.TriggerType == "log":
		c.removeTrigger(f, call.trigger) // the older of the two
	}
	return made, err
}
