package scenario

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Answers are what the APIs answer, by action, for what no state of the local cloud shows: an answer that does not say
// something, or a read that is refused. An action without an answer is refused, each time under another request's id.
type Answers map[string]string

// Read answers a call.
func (a Answers) Read(_ context.Context, call ours.Call, out any) error {
	if a[call.Action] == "" {
		return &ours.Error{Action: call.RAM(), Code: "Forbidden.RAM", Status: 403, Message: "not allowed", RequestID: rand.Text()}
	}
	return json.Unmarshal([]byte(a[call.Action]), out)
}

// Look is what a practice finds about a resource, and why it could not judge it. It looks twice: a finding that is not
// the same would be told again at each look.
func (a Answers) Look(t *testing.T, p *practice.Practice, id string, e *events.Event, params map[string][]string) ([]practice.Finding, error) {
	t.Helper()
	if e == nil {
		e = &events.Event{}
	}
	now := time.Now()
	look := func() ([]practice.Finding, error) {
		pass := practice.NewPass(p, practice.Resource{Type: p.Resource, ID: id, Region: "cn-hangzhou", Account: "1098765432101234"}, e, now, a, params)
		err := p.Check(t.Context(), pass)
		return pass.Findings(), err
	}
	findings, err := look()
	if again, _ := look(); !reflect.DeepEqual(again, findings) {
		t.Errorf("looking again at %s finds\n%+v\nand not\n%+v", id, again, findings)
	}
	return findings, err
}
