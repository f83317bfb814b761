package artefacts

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// policy is a RAM policy.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect    string
	Action    []string
	Resource  []string                       `json:",omitempty"`
	Condition map[string]map[string][]string `json:",omitempty"`
	Principal map[string][]string            `json:",omitempty"`
}

const (
	auditStore    = "acs:log:*:*:project/ecsguard-*/logstore/audit"
	trailStore    = "acs:log:*:*:project/ecsguard-*/logstore/actiontrail_ecsguard"
	functionStore = "acs:log:*:*:project/ecsguard-*/logstore/functions"
)

func newPolicy(statements ...statement) policy { return policy{"1", statements} }

func allow(resources []string, actions ...string) statement {
	return statement{Effect: "Allow", Action: actions, Resource: resources}
}

// policies are what the roles of the functions may do, by path. A practice has
// two: one for enforcing, and one for observing that cannot change anything, so
// that the cloud itself refuses what observing must not do. The members of a family
// have equal permissions: each judges for all of them, and may carry out their joined
// edit.
func policies(practices []*practice.Practice) (map[string]any, error) {
	made := map[string]any{"deploy/ram/trust.json": newPolicy(statement{
		Effect:    "Allow",
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string][]string{"Service": {"fc.aliyuncs.com"}},
	})}
	var judging []string
	for _, p := range practices {
		judging = append(judging, p.Sweep.Reads...)
		if !p.Alone {
			judging = append(judging, p.Reads...)
		}
		var reads, writes []string
		for _, member := range append(p.Peers(practices), p) {
			reads, writes = append(reads, member.Reads...), append(writes, member.Writes...)
		}
		made["deploy/ram/"+p.ID+".json"] = forPractice(slices.Concat(reads, writes))
		made["deploy/ram/"+p.ID+".observe.json"] = forPractice(reads)
	}
	made["deploy/ram/"+triage+".json"] = newPolicy(
		// Practices; notify: what practices gave up on, and by Function Compute what the
		// triage did; itself: what it has no time left for.
		allow([]string{functionARN(practice.FunctionName("*"))}, "fc:InvokeFunction"),
		ledger(),
		ownOutput(),
		allow([]string{trailStore}, "log:GetCursorOrData"),     // what the log trigger brings the range of
		allow([]string{functionARN(notify)}, "fc:GetFunction"), // whether it is there
		allow(triggersOf(notify), "fc:ListTriggers"),
	)
	for part, actions := range byProduct(judges(judging)) {
		made["deploy/ram/"+triage+"."+part+".json"] = newPolicy(allow([]string{"*"}, actions...))
	}
	made["deploy/ram/"+notify+".json"] = forNotify()
	made["deploy/ram/"+notify+".canary.json"] = forNotify(allowCanary()...)
	return made, fit(made)
}

// judges are the actions with which triage judges what practices would: all that
// checks and sweeps read. To search logs is for evidence, which it does not gather.
func judges(actions []string) []string {
	actions = slices.DeleteFunc(actions, func(a string) bool { return a == "log:GetLogStoreLogs" })
	slices.Sort(actions)
	return slices.Compact(actions)
}

// apart are the products whose reads have a policy each. A role takes few policies, so that
// the rest share one.
var apart = []string{"ecs", "vpc"}

const others = "other"

// byProduct splits actions among triage's policies. One document has no room for what
// a hundred practices read.
func byProduct(actions []string) map[string][]string {
	parts := map[string][]string{}
	for _, action := range actions {
		part, _, _ := strings.Cut(action, ":")
		if !slices.Contains(apart, part) {
			part = others
		}
		parts[part] = append(parts[part], action)
	}
	return parts
}

// fit refuses what RAM would.
func fit(made map[string]any) error {
	var faults []error
	count := 0
	for _, path := range slices.Sorted(maps.Keys(made)) {
		text, err := json.Marshal(made[path])
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if n := utf8.RuneCount(text); n > ram.MaxDocument {
			faults = append(faults, fmt.Errorf("%s has %d characters, and RAM takes %d: give one more product a policy of its own in deploy/generate/artefacts/ram.go", path, n, ram.MaxDocument))
		}
		if strings.HasPrefix(path, "deploy/ram/"+triage+".") {
			count++
		}
	}
	if count > ram.MaxPolicies {
		faults = append(faults, fmt.Errorf("the role of %s would have %d policies, and RAM takes %d: let more products share one in deploy/generate/artefacts/ram.go", triage, count, ram.MaxPolicies))
	}
	return errors.Join(faults...)
}

// forNotify is to read what is new in the audit log, and to look after the other parts:
// shared/watch says what is read for what.
func forNotify(more ...statement) policy {
	return newPolicy(slices.Concat([]statement{
		allow([]string{auditStore}, "log:GetCursorOrData", "log:GetLogStoreLogs", "log:PostLogStoreLogs"), // GetCursor and PullLogs are both the first
		ownOutput(),
		allow([]string{functionARN(triage)}, "fc:InvokeFunction"), // for what has failed for good
		allow([]string{"acs:eventbridge:*:*:eventbus/default/rule/" + triage + "-events"}, "eventbridge:GetRule"),
		allow([]string{functionARN("*")}, "fc:ListFunctions"),
		allow(triggersOf("*"), "fc:ListTriggers"),
		allow([]string{"*"}, "actiontrail:DescribeTrails", "actiontrail:GetTrailStatus"), // whether the log lane works
		allow([]string{"acs:ram:*:*:role/*"}, "ram:ListRoles"),                           // for those that only look like ours
		allow([]string{"acs:ram:*:*:role/ecsguard-*"}, "ram:GetRole", "ram:ListPoliciesForRole"),
		allow([]string{"acs:ram:*:*:policy/ecsguard-*"}, "ram:GetPolicy"),
		allow([]string{"*"}, "ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces", "ecs:DescribeSecurityGroupAttribute", "ecs:DescribeSecurityGroups"), // of the canary
	}, more)...)
}

// allowCanary is to open a port, and to close it in security groups that an operator has
// tagged for it. That rules are added cannot be granted for single groups: ECS lists the
// action for all resources. So nobody has it who has not set a canary.
func allowCanary() []statement {
	closes := allow([]string{"acs:ecs:*:*:securitygroup/*"}, "ecs:RevokeSecurityGroup")
	closes.Condition = map[string]map[string][]string{"StringLike": {"acs:ResourceTag/ecsguard:canary": {"*"}}}
	return []statement{allow([]string{"*"}, "ecs:AuthorizeSecurityGroup"), closes}
}

func forPractice(actions []string) policy {
	slices.Sort(actions)
	var statements []statement
	if actions = slices.Compact(actions); len(actions) > 0 {
		statements = append(statements, allow([]string{"*"}, actions...))
	}
	return newPolicy(append(statements,
		ledger(),
		ownOutput(),
		allow([]string{functionARN(triage)}, "fc:InvokeFunction"), // for what has failed for good
	)...)
}

// ledger is to write the audit log and to read it in both ways: what is older than some
// minutes by its index, the rest by cursor.
func ledger() statement {
	return allow([]string{auditStore}, "log:GetCursorOrData", "log:GetLogStoreLogs", "log:ListShards", "log:PostLogStoreLogs")
}

// ownOutput is what a function says, which Function Compute writes in the function's role.
// In that role it also hands what has failed for good to the failure destination.
func ownOutput() statement { return allow([]string{functionStore}, "log:PostLogStoreLogs") }

// triggersOf are the triggers of a function. Which of the two forms the API judges is not
// documented where we have looked.
func triggersOf(name string) []string {
	return []string{functionARN(name), functionARN(name) + "/triggers/*"}
}

func functionARN(name string) string { return "acs:fc:*:*:functions/" + name }
