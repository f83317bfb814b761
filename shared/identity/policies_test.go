package identity

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// answers are those of a cloud, by the call.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	for _, param := range []string{"Marker", "PolicyName", "UserName", "GroupName"} {
		if text, ok := a[call.Action+" "+call.Params[param]]; ok && call.Params[param] != "" {
			return cloud.Decode(call, []byte(text), out)
		}
	}
	text, ok := a[call.Action]
	if !ok {
		return fmt.Errorf("%s is not answered", call)
	}
	return cloud.Decode(call, []byte(text), out)
}

// All pages are listed, and what nobody has is left out.
func TestPoliciesOfAllPages(t *testing.T) {
	reader := answers{
		"ListPolicies":        `{"IsTruncated":true,"Marker":"second","Policies":{"Policy":[{"PolicyName":"a","AttachmentCount":1},{"PolicyName":"b","AttachmentCount":0}]}}`,
		"ListPolicies second": `{"IsTruncated":false,"Policies":{"Policy":[{"PolicyName":"c","AttachmentCount":2},{"PolicyName":"d"}]}}`,
	}
	p := &practice.Practice{ID: "x", Resource: resource.TypePolicy, Reads: []string{"ram:ListPolicies"}}
	pass := practice.NewPass(p, practice.Resource{Type: resource.TypeAccount, ID: "1", Account: "1"}, nil, time.Now(), reader, nil)
	all, err := ListPolicies(t.Context(), pass)
	var names []string
	for _, r := range all {
		names = append(names, r.ID)
	}
	if err != nil || !slices.Equal(names, []string{"a", "c", "d"}) {
		t.Errorf("%v, %v", names, err)
	}
}

func TestWhomAnEventGivesAPolicy(t *testing.T) {
	for name, test := range map[string]struct {
		call   string
		params map[string]string
		want   Holder
	}{
		"user":            {"AttachPolicyToUser", map[string]string{"UserName": "Alice@1.onaliyun.com"}, Holder{"User", "alice"}},
		"group":           {"AttachPolicyToGroup", map[string]string{"GroupName": "Admins"}, Holder{"Group", "admins"}},
		"role":            {"AttachPolicyToRole", map[string]string{"RoleName": "Deploy"}, Holder{"Role", "deploy"}},
		"on the console":  {"AttachPolicy", map[string]string{"PrincipalType": "IMSUser", "PrincipalName": "Alice@1.onaliyun.com", "ResourceGroupId": "1"}, Holder{"User", "alice"}},
		"group there":     {"AttachPolicy", map[string]string{"PrincipalType": "IMSGroup", "PrincipalName": "Admins@group.1.onaliyun.com"}, Holder{"Group", "admins"}},
		"role there":      {"AttachPolicy", map[string]string{"PrincipalType": "ServiceRole", "PrincipalName": "Deploy@role.1.onaliyunservice.com"}, Holder{"Role", "deploy"}},
		"resource group":  {"AttachPolicy", map[string]string{"PrincipalType": "IMSUser", "PrincipalName": "alice@1", "ResourceGroupId": "rg-1"}, Holder{}},
		"something else":  {"CreatePolicy", map[string]string{"PolicyName": "x"}, Holder{}},
		"unknown type":    {"AttachPolicy", map[string]string{"PrincipalType": "Robot", "PrincipalName": "r2"}, Holder{}},
		"taken away here": {"DetachPolicyFromUser", map[string]string{"UserName": "alice"}, Holder{}},
	} {
		if got := GivenTo(&events.Event{Name: test.call, Params: test.params, Account: "1"}); got != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A policy that a user has is limited by another that a group of his has, and what one of the
// policies that are read is not, is an error.
func TestWhoIsUnlimited(t *testing.T) {
	const allow = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}`
	const deny = `{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"acs:SecureTransport":"false"}}}]}`
	text := func(document string) string {
		return fmt.Sprintf(`{"DefaultPolicyVersion":{"VersionId":"v1","PolicyDocument":%q}}`, document)
	}
	const none = `{"Groups":{"Group":[]}}`
	reader := answers{
		"ListEntitiesForPolicy":     `{"Users":{"User":[{"UserName":"alice"},{"UserName":"bob"}]},"Groups":{"Group":[{"GroupName":"g"}]},"Roles":{"Role":[]}}`,
		"ListUsersForGroup":         `{"Users":{"User":[{"UserName":"Alice"},{"UserName":"carol"}]}}`,
		"ListPoliciesForUser":       `{"Policies":{"Policy":[{"PolicyName":"p","PolicyType":"Custom"}]}}`,
		"ListPoliciesForUser carol": `{"Policies":{"Policy":[]}}`,
		"ListGroupsForUser":         none,
		"ListGroupsForUser bob":     `{"Groups":{"Group":[{"GroupName":"https"}]}}`,
		"ListGroupsForUser carol":   `{"Groups":{"Group":[{"GroupName":"g"}]}}`,
		"ListPoliciesForGroup":      `{"Policies":{"Policy":[{"PolicyName":"https","PolicyType":"Custom"}]}}`,
		"ListPoliciesForGroup g":    `{"Policies":{"Policy":[{"PolicyName":"p","PolicyType":"Custom"}]}}`,
		"GetPolicy p":               text(allow), // of either kind, as if both had the name
		"GetPolicy https":           text(deny),
	}
	pass := practice.NewPass(&practice.Practice{ID: "x", Reads: AccessReads}, practice.Resource{}, nil, time.Now(), reader, nil)
	limit := func(a policy.Access) policy.Restriction { return a.Limited(policy.SecureTransport, policy.Scope{}) }
	found, err := PolicyOf(t.Context(), pass, "p")
	if err != nil || len(found) != 2 || found[0].Kind != resource.CustomPolicy {
		t.Fatalf("%+v, %v", found, err)
	}
	open, err := Unlimited(t.Context(), pass, found[0], limit, nil)
	if names := OpenUsers(open); err != nil || !slices.Equal(names, []string{"alice", "carol"}) {
		t.Errorf("%v, %v", names, err)
	}
	reader["GetPolicy https"] = text(`{"Version":"2"}`)
	if _, err := Unlimited(t.Context(), pass, found[0], limit, nil); err == nil {
		t.Error("a policy that cannot be read decides something")
	}
}

func TestWhomALockNames(t *testing.T) {
	reader := answers{"ListUsersForGroup": `{"Users":{"User":[{"UserName":"carol"}]}}`}
	lock, can, err := LockOf(t.Context(), reader, []Holder{{"User", "alice"}, {"Group", "g"}, {"Role", "r"}})
	if err != nil || !can || !slices.Equal(lock.Users(), []string{"alice", "carol"}) || lock.Role != "r" || !lock.Rights {
		t.Errorf("%+v, %v, %v", lock, can, err)
	}
	if _, can, err := LockOf(t.Context(), reader, []Holder{{"Role", "r"}, {"Role", "s"}}); can || err != nil {
		t.Errorf("two roles: %v, %v", can, err)
	}
	if _, can, err := LockOf(t.Context(), reader, nil); can || err != nil {
		t.Errorf("nobody: %v, %v", can, err)
	}
}
