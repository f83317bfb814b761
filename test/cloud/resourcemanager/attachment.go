package resourcemanager

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// attachment is a policy that somebody has within a resource group. Those of the whole account are RAM's.
type attachment struct {
	Policy    string `yaml:"policy"`
	Principal string `yaml:"principal"`      // by name
	Type      string `yaml:"type,omitempty"` // User (the default), Group or Role
	Group     string `yaml:"resource-group"`
}

func (a attachment) kind() string {
	if a.Type == "" {
		return "User"
	}
	return a.Type
}

func (a attachment) check(s *Service) error {
	switch {
	case a.Policy == "" || a.Principal == "":
		return fmt.Errorf("an attachment needs a policy and a principal")
	case principalTypes[a.kind()] == "":
		return fmt.Errorf("the type is %q, not User, Group or Role", a.Type)
	case !slices.ContainsFunc(s.groups(), func(g *resourceGroup) bool { return g.ID == a.Group }):
		return fmt.Errorf("no resource group %q", a.Group)
	}
	return nil
}

// principalTypes are what this API calls those that RAM attaches policies to.
var principalTypes = map[string]string{"User": "IMSUser", "Group": "IMSGroup", "Role": "ServiceRole"}

// These change RAM's attachments without RAM being called: whoever watches only AttachPolicyToUser
// does not see them.
var attachmentActions = []action{
	{Name: "AttachPolicy", Write: true, Do: attachPolicy, Params: attachmentParams},
	{Name: "DetachPolicy", Write: true, Do: detachPolicy, Params: attachmentParams},
	{
		Name: "ListPolicyAttachments", Do: listAttachments,
		Params: "PolicyName PolicyType=Custom|System PrincipalName PrincipalType=IMSUser|IMSGroup|ServiceRole ResourceGroupId Language" + numberedPage,
	},
}

const attachmentParams = "PolicyName! PolicyType!=Custom|System PrincipalName! PrincipalType!=IMSUser|IMSGroup|ServiceRole ResourceGroupId!"

// principalName is how this API names a user, a group or a role.
// RAM's own calls name the same by a short name.
func (c *Service) principalName(kind, name string) string {
	switch kind {
	case "Group":
		return name + "@group." + c.Account + ".onaliyun.com"
	case "Role":
		return name + "@role." + c.Account + ".onaliyunservice.com"
	}
	return name + "@" + c.Account + ".onaliyun.com"
}

// attach does what both actions do: it finds who and what, and whether it is within a group. In the place of a
// group stands the account where it is meant as a whole.
func (q *request) attach(on bool) (any, error) {
	p := q.c.ram.Policy(q.Str("PolicyName"))
	if p == nil || p.Kind != q.Str("PolicyType") {
		return nil, kernel.Refuse(404, "EntityNotExist.Policy", "The policy does not exist: %s.", q.Str("PolicyName"))
	}
	q.Touch("ACS::RAM::Policy", p.Name)
	for _, h := range q.c.ram.Holders() {
		if principalTypes[h.Kind()] != q.Str("PrincipalType") || !strings.EqualFold(q.c.principalName(h.Kind(), h.Name()), q.Str("PrincipalName")) {
			continue
		}
		q.Touch("ACS::RAM::"+h.Kind(), h.Name())
		if q.Str("ResourceGroupId") == q.c.Account {
			if on {
				return map[string]any{}, q.c.ram.Attach(h, p)
			}
			return map[string]any{}, q.c.ram.Detach(h, p)
		}
		return q.attachWithin(attachment{Policy: p.Name, Principal: h.Name(), Type: h.Kind(), Group: q.Str("ResourceGroupId")}, on)
	}
	kind := map[string]string{"IMSUser": "User", "IMSGroup": "Group", "ServiceRole": "Role"}[q.Str("PrincipalType")]
	return nil, kernel.Refuse(404, "EntityNotExist."+kind, "The %s does not exist: %s.", strings.ToLower(kind), q.Str("PrincipalName"))
}

// It has no quota, and is not judged by the kernel.
func (q *request) attachWithin(a attachment, on bool) (any, error) {
	if _, err := q.group(); err != nil {
		return nil, err
	}
	if a.Type == "User" {
		a.Type = "" // as a document leaves it out
	}
	i := slices.Index(q.c.Attachments, a)
	switch {
	case on && i >= 0:
		return nil, kernel.Refuse(409, "EntityAlreadyExists."+a.kind()+".Policy", "The policy has already been attached: %s.", a.Policy)
	case on:
		q.c.Attachments = append(q.c.Attachments, a)
	case i < 0:
		return nil, kernel.Refuse(404, "EntityNotExist."+a.kind()+".Policy", "The policy is not attached: %s.", a.Policy)
	default:
		q.c.Attachments = slices.Delete(slices.Clone(q.c.Attachments), i, i+1)
	}
	return kernel.Done()
}

// ResourceGroupId is the account's number where the whole account is meant.
func attachPolicy(q *request) (any, error) { return q.attach(true) }
func detachPolicy(q *request) (any, error) { return q.attach(false) }

// listAttachments has those of the account and those within resource groups.
func listAttachments(q *request) (any, error) {
	var views []map[string]any
	add := func(kind, principal, policy, group, since string) {
		p := q.c.ram.Policy(policy)
		if p == nil {
			return
		}
		view := map[string]any{
			"PolicyName": p.Name, "PolicyType": p.Kind, "Description": p.Description, "PrincipalType": principalTypes[kind],
			"PrincipalName": q.c.principalName(kind, principal), "ResourceGroupId": group, "AttachDate": since,
		}
		for _, filter := range []string{"PolicyName", "PolicyType", "PrincipalType", "PrincipalName", "ResourceGroupId"} {
			if q.Has(filter) && !strings.EqualFold(q.Str(filter), view[filter].(string)) {
				return
			}
		}
		views = append(views, view)
	}
	for _, h := range q.c.ram.Holders() {
		for _, policy := range h.Policies() {
			add(h.Kind(), h.Name(), policy, q.c.Account, kernel.Stamp(h.Since()))
		}
	}
	for _, a := range q.c.Attachments {
		add(a.kind(), a.Principal, a.Policy, a.Group, kernel.Stamp(q.c.LongAgo()))
	}
	return kernel.Numbered(q.Request, views, 10, "PolicyAttachments", "PolicyAttachment", func(view map[string]any) map[string]any { return view })
}
