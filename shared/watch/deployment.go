package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The functions that are no practices, and the triggers that they live by.
const (
	Triage = "ecsguard-triage"
	Notify = "ecsguard-notify"

	Events = "events" // triage's EventBridge trigger
	Minute = "cases"  // triage's timer
	Audit  = "audit"  // notify's log trigger
	Watch  = "watch"  // notify's timer

	Bus  = "default"
	Rule = Triage + "-" + Events // Function Compute names a trigger's rule after both
)

// A Deployment is what there should be in an account and region.
type Deployment struct {
	Region, Account string
	Mode            string // ECSGUARD_MODE, for the commands that mend
	Functions       []Function
	Intervals       []time.Duration     // of the sweeps that there are
	Known           []string            // names of all roles that ecsguard may have, those of practices that are off included
	Documents       map[string][]string // by policy: what may stand in it, by what its function may do
	Trust           string              // who may take a role
	Pattern         string              // of the rule
}

// A Function is one that is deployed.
type Function struct {
	Name, Role string
	Policies   []string          // of its role
	Triggers   map[string]string // by name: timer, log or eventbridge
	Acts       bool              // its mode lets it change things, for which it needs Documents' first
}

// function is the one of a name.
func (d Deployment) function(name string) (Function, bool) {
	i := slices.IndexFunc(d.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return d.Functions[i], true
}

// Deploy is the command that deploys a function again.
func (d Deployment) Deploy(name string) string {
	return fmt.Sprintf("ACCOUNT_ID=%s REGION=%s ECSGUARD_MODE=%s s %s deploy", d.Account, d.Region, cmp.Or(d.Mode, "observe"), resource(name))
}

// resource is what a function is called in s.yaml: a practice's by its ID.
func resource(name string) string {
	if name == Triage || name == Notify {
		return name
	}
	return practice.OfFunction(name)
}

// asBefore goes with Deploy.
const asBefore = " Run it in the project's folder, with the variables of the channels set as you had them"

// Prepare is the command that makes the roles as they should be.
func (d Deployment) Prepare() string {
	mode := "observe"
	if slices.ContainsFunc(d.Functions, func(f Function) bool { return f.Acts }) {
		mode = "enforce"
	}
	return fmt.Sprintf("go run ./deploy/ecsguard prepare --region %s --mode %s", d.Region, mode)
}

// command is a call as the official command line makes it.
func (d Deployment) command(product, action string, params ...string) string {
	region := d.Region
	if product == "ram" {
		region = "" // it has one endpoint for all
	}
	return cloud.New(product, action, region, params...).String()
}

// roleOf is the ARN of a role, in lower case, as it is deployed.
func (d Deployment) roleOf(f Function) string {
	return strings.ToLower("acs:ram::" + d.Account + ":role/" + f.Role)
}

// unseen says what is not looked at while a function does not work.
func unseen(name string) string {
	switch name {
	case Triage:
		return "No event is handed on: nothing that happens in the account is looked at, nothing is swept, and what was left wrong is not looked at again"
	case Notify:
		return "Nobody is told of anything that ecsguard finds or does, except by this message. The audit log has it all"
	}
	return fmt.Sprintf("What %s would put right or tell is left as it is, unless another practice of its family can stand in for it", practice.OfFunction(name))
}
