package console

import (
	"strings"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A record is an audit record as the API has it: what a table shows under names,
// and everything as the log keeps it.
type record struct {
	ID       string            `json:"id"`
	Kind     ledger.Kind       `json:"kind"` // unreadable: a line of the log that is no record
	Time     time.Time         `json:"time"`
	Practice string            `json:"practice"`
	Severity practice.Severity `json:"severity"`
	Outcome  practice.Outcome  `json:"outcome"`
	Reason   string            `json:"reason,omitempty"`
	Resource string            `json:"resource"`
	Name     string            `json:"name,omitempty"`
	Finding  string            `json:"finding"`
	Actor    string            `json:"actor"`
	Event    string            `json:"event,omitempty"`
	Error    string            `json:"error,omitempty"`
	Why      []string          `json:"why,omitempty"`
	Calls    []string          `json:"calls,omitempty"` // as command lines
	Undo     []string          `json:"undo,omitempty"`
	Work     bool              `json:"work,omitempty"` // it is about ecsguard's own work, not about what was found
	Fields   map[string]string `json:"fields"`

	task, request, nonce, key string
	closes                    []string
	facts                     map[string]string
}

// records is the audit log in the order of arrival.
func (c *Console) records() []record {
	lines := c.cloud.Logs(c.project, "audit")
	all := make([]record, 0, len(lines))
	for _, line := range lines {
		r, err := ledger.Parse(line)
		if err != nil {
			all = append(all, record{Kind: "unreadable", Error: err.Error(), Fields: line})
			continue
		}
		all = append(all, record{
			ID: r.ID, Kind: r.Kind, Time: r.Time, Practice: r.Practice, Severity: r.Severity, Outcome: r.Outcome, Reason: r.Reason,
			Resource: r.Resource, Name: r.ResourceName, Finding: r.Finding, Actor: r.Actor, Event: r.Event, Error: r.Error,
			Why: r.Why, Calls: commands(r.Calls), Undo: commands(r.Undo), Fields: ownFields(line), task: r.Task, request: r.Request, nonce: r.Nonce,
			key: r.Key, closes: r.Closes, facts: r.Facts, Work: engine.OfTheWork(r) || r.Kind == ledger.Sweep,
		})
	}
	return all
}

// ownFields is a line without what the log adds.
func ownFields(line map[string]string) map[string]string {
	own := map[string]string{}
	for name, value := range line {
		if !strings.HasPrefix(name, "__") {
			own[name] = value
		}
	}
	return own
}

func commands(calls []ours.Call) (lines []string) {
	for _, call := range calls {
		lines = append(lines, call.String())
	}
	return lines
}
