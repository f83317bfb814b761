package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// policyVersion is one text that a policy has or had.
type policyVersion struct {
	id        string // "v3"
	doc       Policy
	text      string // as it was given, byte for byte; empty where no text was
	created   time.Time
	isDefault bool
}

// What RAM takes of a custom policy.
const (
	maxVersions = 5
	maxDocument = 6144 // bytes
)

// document is what a reader gets: what the writer has written.
func (v *policyVersion) document() string { return cmp.Or(v.text, v.doc.JSON()) }

// policyDocument is the text that a call gives a policy, understood.
func (q *rpcRequest) policyDocument() (Policy, error) {
	text := q.str("PolicyDocument")
	if len(text) > maxDocument {
		return Policy{}, refuse(400, "InvalidParameter.PolicyDocument.Length", `The parameter - "PolicyDocument" beyond the length limit.`)
	}
	doc, err := ParsePolicy([]byte(text))
	if err != nil {
		return Policy{}, refuse(400, "InvalidParameter.PolicyDocument", "The specified PolicyDocument is not valid: %v.", err)
	}
	return doc, nil
}

func newPolicy(name, kind string, doc Policy, now time.Time) *ramPolicy {
	p := &ramPolicy{name: name, kind: kind, created: now}
	p.add(doc, now, true)
	return p
}

// add makes a version and returns it.
func (p *ramPolicy) add(doc Policy, now time.Time, asDefault bool) *policyVersion {
	if asDefault {
		for i := range p.versions {
			p.versions[i].isDefault = false
		}
	}
	p.made++
	p.versions = append(p.versions, policyVersion{id: fmt.Sprintf("v%d", p.made), doc: doc, created: now, isDefault: asDefault})
	return &p.versions[len(p.versions)-1]
}

// current is the version that counts.
func (p *ramPolicy) current() *policyVersion {
	return &p.versions[slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.isDefault })]
}

func (v *policyVersion) view() map[string]any {
	return map[string]any{
		"VersionId": v.id, "IsDefaultVersion": v.isDefault, "PolicyDocument": v.document(), "CreateDate": stamp(v.created),
	}
}

func ramCreatePolicyVersion(q *rpcRequest) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	doc, err := q.policyDocument()
	if err != nil {
		return nil, err
	}
	if len(p.versions) >= maxVersions {
		if !q.has("RotateStrategy") || q.str("RotateStrategy") == "None" {
			return nil, refuse(409, "LimitExceeded.Policy.Version", "The maximum number of policy versions is exceeded.")
		}
		oldest := slices.IndexFunc(p.versions, func(v policyVersion) bool { return !v.isDefault })
		p.versions = slices.Delete(p.versions, oldest, oldest+1)
	}
	v := p.add(doc, q.c.clock(), q.is("SetAsDefault"))
	v.text = q.str("PolicyDocument")
	return map[string]any{"PolicyVersion": v.view()}, nil
}

func ramListPolicyVersions(q *rpcRequest) (any, error) {
	p, err := q.ramPolicy()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for i := range p.versions {
		views = append(views, p.versions[i].view())
	}
	return map[string]any{"PolicyVersions": map[string]any{"PolicyVersion": views}}, nil
}

// ramDeletePolicy refuses while anybody has the policy or it has earlier
// versions, unless it may take those along.
func ramDeletePolicy(q *rpcRequest) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	for _, u := range q.c.ram.users {
		if slices.Contains(u.attached, p.name) {
			return nil, refuse(409, "DeleteConflict.Policy.User", "The policy can not been deleted while attached by Users.") // sic
		}
	}
	for _, g := range q.c.ram.groups {
		if slices.Contains(g.attached, p.name) {
			return nil, refuse(409, "DeleteConflict.Policy.Group", "The policy can not been deleted while attached by Groups.") // sic
		}
	}
	for _, r := range q.c.ram.roles {
		if slices.Contains(r.attached, p.name) {
			return nil, refuse(409, "DeleteConflict.Policy.Role", "The policy can not been deleted while attached by Roles.") // sic
		}
	}
	if len(p.versions) > 1 && !q.is("CascadingDelete") {
		return nil, refuse(409, "DeleteConflict.Policy.Version", "The policy can not be deleted, because it has multiple versions.")
	}
	delete(q.c.ram.policies, p.name)
	return done()
}

// ramVersionActions are those of one version; those of all stand with the policies.
var ramVersionActions = []rpcAction{
	{name: "GetPolicyVersion", on: onPolicy, do: ramGetPolicyVersion, params: "PolicyName PolicyType=System|Custom VersionId"},
	{name: "DeletePolicyVersion", write: true, on: onPolicy, do: ramDeletePolicyVersion, params: "PolicyName VersionId"},
	{name: "SetDefaultPolicyVersion", write: true, on: onPolicy, do: ramSetDefaultVersion, params: "PolicyName VersionId"},
	{name: "UpdatePolicyDescription", write: true, on: onPolicy, do: ramDescribePolicy, params: "PolicyName NewDescription"},
}

// policyVersion finds the version of a call.
func (q *rpcRequest) policyVersion(p *ramPolicy) (int, error) {
	if !q.has("VersionId") {
		return 0, missingAtGateway("VersionId")
	}
	i := slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.id == q.str("VersionId") })
	if i < 0 {
		return 0, refuse(404, "EntityNotExist.Policy.Version", "The policy version does not exist: %s.", q.str("VersionId"))
	}
	return i, nil
}

func ramGetPolicyVersion(q *rpcRequest) (any, error) {
	p, err := q.ramPolicy()
	if err != nil {
		return nil, err
	}
	i, err := q.policyVersion(p)
	if err != nil {
		return nil, err
	}
	return map[string]any{"PolicyVersion": p.versions[i].view()}, nil
}

func ramDeletePolicyVersion(q *rpcRequest) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	i, err := q.policyVersion(p)
	switch {
	case err != nil:
		return nil, err
	case p.versions[i].isDefault:
		return nil, refuse(409, "DeleteConflict.Policy.Version.Default", "You can not delete the default policy version.")
	}
	p.versions = slices.Delete(p.versions, i, i+1)
	return done()
}

func ramSetDefaultVersion(q *rpcRequest) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	chosen, err := q.policyVersion(p)
	if err != nil {
		return nil, err
	}
	for i := range p.versions {
		p.versions[i].isDefault = i == chosen
	}
	return done()
}

func ramDescribePolicy(q *rpcRequest) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	p.description = q.str("NewDescription")
	return map[string]any{"Policy": q.policyView(p)}, nil
}

func ramListPolicies(q *rpcRequest) (any, error) {
	var kept []string
	for _, name := range sortedKeys(q.c.ram.policies) {
		if q.matches("PolicyType", q.c.ram.policies[name].kind) {
			kept = append(kept, name)
		}
	}
	return markedPage(q, kept, "Policies", "Policy", func(name string) any { return q.policyView(q.c.ram.policies[name]) })
}
