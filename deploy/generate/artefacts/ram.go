package artefacts

import (
	"slices"

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
	Resource  []string            `json:",omitempty"`
	Principal map[string][]string `json:",omitempty"`
}

const (
	auditStore    = "acs:log:*:*:project/ecsguard-*/logstore/audit"
	functionStore = "acs:log:*:*:project/ecsguard-*/logstore/functions"
)

func newPolicy(statements ...statement) policy { return policy{"1", statements} }

func allow(resources []string, actions ...string) statement {
	return statement{Effect: "Allow", Action: actions, Resource: resources}
}

// policies are what the roles of the functions may do, by path. A practice has
// two: one for enforcing, and one for observing that cannot change anything, so
// that the cloud itself refuses what observing must not do.
func policies(practices []*practice.Practice) map[string]any {
	made := map[string]any{"deploy/ram/trust.json": newPolicy(statement{
		Effect:    "Allow",
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string][]string{"Service": {"fc.aliyuncs.com"}},
	})}
	var functions []string
	for _, p := range practices {
		functions = append(functions, functionARN(p.ID))
		made["deploy/ram/"+p.ID+".json"] = forPractice(slices.Concat(p.Reads, p.Writes))
		made["deploy/ram/"+p.ID+".observe.json"] = forPractice(p.Reads)
	}
	made["deploy/ram/"+router+".json"] = newPolicy(slices.Concat(invoke(functions), common())...)
	made["deploy/ram/"+notify+".json"] = newPolicy(
		allow([]string{auditStore}, "log:GetCursorOrData"), // GetCursor and PullLogs are both this action
		allow([]string{functionStore}, "log:PostLogStoreLogs"),
	)
	return made
}

func forPractice(actions []string) policy {
	slices.Sort(actions)
	var statements []statement
	if actions = slices.Compact(actions); len(actions) > 0 {
		statements = append(statements, allow([]string{"*"}, actions...))
	}
	statements = append(statements, allow([]string{auditStore}, "log:GetLogStoreLogs", "log:PostLogStoreLogs"))
	return newPolicy(append(statements, common()...)...)
}

func invoke(functions []string) []statement {
	if len(functions) == 0 {
		return nil
	}
	return []statement{allow(functions, "fc:InvokeFunction")}
}

// common is what Function Compute does in a function's role, not in its own: it
// writes the function's output, and hands what has failed for good to notify.
func common() []statement {
	return []statement{
		allow([]string{functionStore}, "log:PostLogStoreLogs"),
		allow([]string{functionARN(notify)}, "fc:InvokeFunction"),
	}
}

func functionARN(name string) string { return "acs:fc:*:*:functions/" + name }
