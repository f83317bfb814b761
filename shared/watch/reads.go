package watch

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

func (l *look) rule(ctx context.Context) {
	var answer struct {
		Code, Message string // errors of the product's own come with HTTP 200
		Data          struct {
			Status, FilterPattern string
			Targets               []Target
		}
	}
	call := cloud.New("eventbridge", "GetRule", l.d.Region, "EventBusName", Bus, "RuleName", Rule)
	ok, absent := l.read(ctx, "reading the EventBridge rule", call, &answer)
	switch {
	case absent, ok && answer.Code == "EventRuleNotExisted":
		l.add("rule ", l.d.Rule(BusRule{Missing: true})...)
	case ok && answer.Code != "" && answer.Code != "Success":
		l.unread("reading the EventBridge rule", call.RAM(), &cloud.Error{Action: call.RAM(), Code: answer.Code, Message: answer.Message})
	case ok:
		l.add("rule ", l.d.Rule(BusRule{Status: answer.Data.Status, Pattern: answer.Data.FilterPattern, Targets: answer.Data.Targets})...)
	}
}

func (l *look) functions(ctx context.Context, ledger Ledger, pulses []ledger.Record, at, now time.Time) {
	there := map[string]There{}
	call := cloud.New("fc", "ListFunctions", l.d.Region, "limit", "100", "fcVersion", "v3")
	for more := true; more; {
		var page struct {
			Functions []struct {
				FunctionName, Role, LastModifiedTime string
			}
			NextToken string
		}
		if ok, _ := l.read(ctx, "reading which functions there are", call, &page); !ok {
			return
		}
		for _, f := range page.Functions {
			there[f.FunctionName] = There{f.Role, when(f.LastModifiedTime)}
		}
		more = page.NextToken != ""
		call = call.With("nextToken", page.NextToken)
	}
	l.add("function ", l.d.FunctionsThere(there)...)
	if triage, ok := there[Triage]; ok { // one that is missing is silent, of course
		_, last := l.d.Last(Triage, pulses)
		if silent := l.d.Silent(Triage, last, triage.Modified, now); !now.IsZero() {
			l.add("silent "+Triage, silent...)
		}
		l.sweeps(ctx, ledger, triage.Modified, at, now)
		l.trail(ctx, pulses, triage.Modified, now)
	}
}

// when reads a time; what is none is not known.
func when(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

func (l *look) triggers(ctx context.Context, function string) {
	var page struct {
		Triggers []struct{ TriggerName, TriggerType, TriggerConfig string }
	}
	// No function has more triggers than one page holds.
	ok, _ := l.read(ctx, "the triggers of "+function, cloud.New("fc", "ListTriggers", l.d.Region, "functionName", function, "limit", "100"), &page)
	if !ok {
		return // that the function is missing is told by who lists them
	}
	var there []Trigger
	for _, t := range page.Triggers {
		var config struct{ Enable, TriggerEnable *bool }
		_ = json.Unmarshal([]byte(t.TriggerConfig), &config) // what does not say that it is off is on
		off := config.Enable != nil && !*config.Enable || config.TriggerEnable != nil && !*config.TriggerEnable
		there = append(there, Trigger{t.TriggerName, t.TriggerType, off})
	}
	l.add("trigger "+function+"/", l.d.TriggersThere(function, there)...)
}

func (l *look) role(ctx context.Context, f Function) {
	var r Role
	var role struct {
		Role struct{ AssumeRolePolicyDocument string }
	}
	ok, absent := l.read(ctx, "reading ecsguard's roles", cloud.New("ram", "GetRole", "", "RoleName", f.Role), &role)
	if absent {
		l.add("role "+f.Role+" ", l.d.RoleThere(f, Role{Missing: true})...)
	}
	if !ok {
		return
	}
	var attached struct{ Policies struct{ Policy []Policy } }
	if ok, _ := l.read(ctx, "reading the policies of ecsguard's roles", cloud.New("ram", "ListPoliciesForRole", "", "RoleName", f.Role), &attached); !ok {
		return
	}
	r.Trust, r.Attached, r.Documents = role.Role.AssumeRolePolicyDocument, attached.Policies.Policy, map[string]string{}
	names := slices.Clone(f.Policies)
	for _, p := range attached.Policies.Policy { // others cannot be read
		if p.PolicyType == "Custom" && strings.HasPrefix(p.PolicyName, ours) && !slices.Contains(names, p.PolicyName) {
			names = append(names, p.PolicyName)
		}
	}
	for _, name := range names {
		var policy struct {
			DefaultPolicyVersion struct{ PolicyDocument string }
		}
		if ok, absent := l.read(ctx, "reading ecsguard's policies", cloud.New("ram", "GetPolicy", "", "PolicyName", name, "PolicyType", "Custom"), &policy); !ok && !absent {
			return
		}
		r.Documents[name] = policy.DefaultPolicyVersion.PolicyDocument
	}
	l.add("role "+f.Role+" ", l.d.RoleThere(f, r)...)
}

func (l *look) strangers(ctx context.Context) {
	var names []string
	call := cloud.New("ram", "ListRoles", "", "MaxItems", "1000")
	for more := true; more; {
		var page struct {
			Roles       struct{ Role []struct{ RoleName string } }
			IsTruncated bool
			Marker      string
		}
		if ok, _ := l.read(ctx, "reading which roles there are", call, &page); !ok {
			return
		}
		for _, r := range page.Roles.Role {
			names = append(names, r.RoleName)
		}
		more = page.IsTruncated && page.Marker != ""
		call = call.With("Marker", page.Marker)
	}
	l.add(strangerKey, l.d.Strangers(names)...)
}
