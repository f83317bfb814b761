package watch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/message"
)

// A BusRule is the EventBridge rule as it was read.
type BusRule struct {
	Missing         bool
	Status, Pattern string
	Targets         []Target
}

// A Target is where a rule sends its events.
type Target struct{ Type, Endpoint string }

const noEvents = "No event reaches ecsguard: nothing that happens in the account is looked at before the next sweep"

// Rule judges the rule that feeds triage.
func (d Deployment) Rule(r BusRule) []Fault {
	named := []string{"EventBusName", Bus, "RuleName", Rule}
	fault := func(key, what, means, mend string, commands ...string) []Fault {
		return []Fault{{Key: "rule " + key, Trouble: message.Trouble{What: what, Means: means, Mend: mend, Commands: commands}}}
	}
	switch {
	case r.Missing:
		return fault("missing", "the EventBridge rule "+Rule+" is gone", noEvents,
			"Deploy triage again: its trigger makes the rule."+asBefore, d.Deploy(Triage))
	case r.Status != "ENABLE":
		return fault("disabled", fmt.Sprintf("the EventBridge rule %s is switched off (%s)", Rule, r.Status), noEvents,
			"Switch it on, and look in ActionTrail for who switched it off (event DisableRule)", d.command("eventbridge", "EnableRule", named...))
	case !cloud.SameDocument(r.Pattern, d.Pattern):
		return fault("pattern", "the EventBridge rule "+Rule+" has another pattern than was deployed",
			"Events that the pattern leaves out are not looked at before the next sweep",
			"Deploy triage again, or write the pattern back. If you are upgrading, go on with the deployment"+asBefore,
			d.command("eventbridge", "UpdateRule", append(named, "FilterPattern", compact(d.Pattern))...))
	}
	ours := slices.ContainsFunc(r.Targets, func(t Target) bool {
		return strings.HasPrefix(t.Endpoint, "acs:fc:"+d.Region+":"+d.Account+":") && functionOf(t.Endpoint) == Triage
	})
	if !ours {
		return fault("target", "the EventBridge rule "+Rule+" does not send its events to triage", noEvents,
			"Deploy triage again: its trigger sets the target."+asBefore, d.Deploy(Triage))
	}
	return nil
}

// functionOf is the function of an ARN, in the form of Function Compute 3.0 or with a
// service and a version as before.
func functionOf(arn string) string {
	_, rest, _ := strings.Cut(arn, "functions/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// compact is a document in one line.
func compact(document string) string {
	var v json.RawMessage
	if json.Unmarshal([]byte(document), &v) != nil {
		return document
	}
	text, err := json.Marshal(v)
	if err != nil {
		return document
	}
	return string(text)
}
