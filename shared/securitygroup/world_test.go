package securitygroup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const region = "cn-hangzhou"

// web is what may be open in these tests.
var web = exposure.Policy{Allowed: []exposure.PortRange{{From: 80, To: 80}, {From: 443, To: 443}}}

// world is a cloud in a state, read as the root account does.
type world struct {
	*testing.T
	cloud  *cloud.Cloud
	client *ours.Client
}

func begin(t *testing.T, state string) *world {
	t.Helper()
	c, err := cloud.New(cloud.Options{Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Load([]byte(state)); err != nil {
		t.Fatal(err)
	}
	return worldOf(t, c)
}

func worldOf(t *testing.T, c *cloud.Cloud) *world {
	root := c.RootSession()
	return &world{t, c, ours.NewClient(ours.Config{Transport: c.Transport(), RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}})}
}

// Read makes w a reader.
func (w *world) Read(ctx context.Context, call ours.Call, out any) error {
	return w.client.Do(ctx, call, out)
}

// pass is about a resource, whose type follows from its id.
func pass(reader ours.Reader, id string) *practice.Pass {
	kind := securitygroup.Type
	if strings.HasPrefix(id, "pl-") {
		kind = securitygroup.TypePrefixList
	} else if strings.HasPrefix(id, "prl-") {
		kind = securitygroup.TypePortList
	}
	p := &practice.Practice{ID: "test", Reads: securitygroup.IngressReads, Resource: securitygroup.Type}
	return practice.NewPass(p, practice.Resource{Type: kind, ID: id, Region: region}, &events.Event{}, time.Now(), reader, nil)
}

// group reads the group sg-1.
func (w *world) group() *securitygroup.Group {
	w.Helper()
	groups, err := securitygroup.Read(w.Context(), pass(w, "sg-1"))
	if err != nil {
		w.Fatal(err)
	}
	return groups[0]
}

func (w *world) exposure() []exposure.Rule {
	w.Helper()
	rules, err := w.group().Exposure()
	if err != nil {
		w.Fatal(err)
	}
	return rules
}

// close makes the changes for everything that the policy does not allow.
func (w *world) close(policy exposure.Policy) []practice.Change {
	w.Helper()
	rules, err := w.group().Exposure()
	if err != nil {
		w.Fatal(err)
	}
	plan, err := exposure.Close(rules, policy)
	if err != nil {
		w.Fatal(err)
	}
	return w.group().Changes(plan.Edits)
}

func (w *world) do(calls ...ours.Call) {
	w.Helper()
	for _, c := range calls {
		if err := w.client.Do(w.Context(), c, nil); err != nil {
			w.Fatalf("%s: %v", c, err)
		}
	}
}

func (w *world) calls(action string) (n int) {
	for _, c := range w.cloud.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// plain is the group's rules without what an undo cannot bring back: their ids and
// their order.
func (w *world) plain() map[string]int {
	w.Helper()
	rules := map[string]int{}
	for _, r := range w.group().Rules {
		r.SecurityGroupRuleID, r.CreateTime = "", ""
		text, err := json.Marshal(r)
		if err != nil {
			w.Fatal(err)
		}
		rules[string(text)]++
	}
	return rules
}

// corrected is the call by which the owner of sg-1 gives a rule another priority.
func corrected(r securitygroup.Rule) ours.Call {
	return ours.New("ecs", "ModifySecurityGroupRule", region, "SecurityGroupId", "sg-1", "SecurityGroupRuleId", r.SecurityGroupRuleID,
		"Policy", strings.ToLower(r.Policy), "IpProtocol", r.IpProtocol, "PortRange", r.PortRange, "Priority", "50")
}

// group1 is a state with the group sg-1.
func group1(rules ...string) string {
	text := "ecs:\n  security-groups:\n    - id: sg-1\n      name: web\n      rules:\n"
	for _, r := range rules {
		text += "        - {" + r + "}\n"
	}
	return text
}

// answers is a reader that gives an answer for each action.
type answers map[string]string

func (a answers) Read(_ context.Context, call ours.Call, out any) error {
	text, ok := a[call.Action]
	if !ok {
		return fmt.Errorf("no answer for %s", call)
	}
	return json.Unmarshal([]byte(text), out)
}

// ruled answers with a group that has one rule.
func ruled(rule string) answers {
	return answers{
		"DescribeSecurityGroups":         `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"sg-1"}]}}`,
		"DescribeSecurityGroupAttribute": `{"Permissions":{"Permission":[` + rule + `]}}`,
	}
}
