package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// event is the call that opened a port, n the number of the event. Edits set fields of
// the record, or of the envelope.
func event(t testing.TB, n int, edits ...func(envelope, data map[string]any)) []byte {
	t.Helper()
	text, err := os.ReadFile("../../events/samples/actiontrail/authorize-security-group-permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	var envelope map[string]any
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatal(err)
	}
	data := envelope["data"].(map[string]any)
	data["eventId"] = fmt.Sprintf("event-%d", n)
	data["eventTime"] = time.Now().UTC().Format(time.RFC3339)
	data["requestParameters"].(map[string]any)["SecurityGroupId"] = group
	for _, edit := range edits {
		edit(envelope, data)
	}
	text, err = json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// with sets a field of the record.
func with(name string, value any) func(map[string]any, map[string]any) {
	return func(_, data map[string]any) { data[name] = value }
}

// rule is one that a check sees.
type rule struct {
	ID   string `json:"SecurityGroupRuleId"`
	Port string `json:"PortRange"`
}

func (r rule) key() string { port, _, _ := strings.Cut(r.Port, "/"); return port }

func (r rule) close() practice.Change {
	undo := opening(r.Port)
	return practice.Change{Why: "close " + r.Port, Undo: &undo,
		Call: ours.New("ecs", "RevokeSecurityGroup", region, "SecurityGroupId", group, "SecurityGroupRuleId.1", r.ID)}
}

// opening is the call that opens ports to everyone.
func opening(ports string) ours.Call {
	return ours.New("ecs", "AuthorizeSecurityGroup", region, "SecurityGroupId", group,
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", ports, "Permissions.1.SourceCidrIp", "0.0.0.0/0")
}

func rules(ctx context.Context, pass *practice.Pass) ([]rule, error) {
	var answer struct {
		Permissions struct{ Permission []rule }
	}
	err := pass.Read(ctx, ours.New("ecs", "DescribeSecurityGroupAttribute", region, "SecurityGroupId", pass.Resource.ID), &answer)
	found := answer.Permissions.Permission
	slices.SortFunc(found, func(a, b rule) int { return strings.Compare(a.Port, b.Port) })
	return found, practice.Gone(err)
}

// each reports every rule by itself.
func each(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	for _, r := range found {
		c := r.close()
		c.Call = c.Call.With("SecurityGroupId", pass.Resource.ID)
		pass.Report(practice.Finding{Key: r.key(), Title: "open: " + r.Port, Changes: []practice.Change{c}})
	}
	return err
}

// lowest reports the rule with the lowest port only: behind each is the next.
func lowest(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	if len(found) > 0 {
		r := found[0]
		pass.Report(practice.Finding{Key: r.key(), Title: "open: " + r.Port, Changes: []practice.Change{r.close()}})
	}
	return err
}

// whole reports the group, with a change for each rule.
func whole(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	f := practice.Finding{Key: "all", Title: "open"}
	for _, r := range found {
		f.Changes = append(f.Changes, r.close())
	}
	if len(found) > 0 {
		pass.Report(f)
	}
	return err
}

// step is lowest with one key: each round has another change for the same finding.
func step(ctx context.Context, pass *practice.Pass) error {
	found, err := rules(ctx, pass)
	if len(found) > 0 {
		pass.Report(practice.Finding{Key: "step", Title: "open", Changes: []practice.Change{found[0].close()}})
	}
	return err
}
