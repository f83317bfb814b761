package ram

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// policyVersion is one text that a policy has or had.
type policyVersion struct {
	id        string // "v3"
	Doc       kernel.Policy
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
func (v *policyVersion) document() string { return cmp.Or(v.text, v.Doc.JSON()) }

// policyDocument is the text that a call gives a policy, understood.
func (q *request) policyDocument() (kernel.Policy, error) {
	text := q.Str("PolicyDocument")
	if len(text) > maxDocument {
		return kernel.Policy{}, kernel.Refuse(400, "InvalidParameter.PolicyDocument.Length", `The parameter - "PolicyDocument" beyond the length limit.`)
	}
	doc, err := kernel.ParsePolicy([]byte(text))
	if err != nil {
		return kernel.Policy{}, kernel.Refuse(400, "InvalidParameter.PolicyDocument", "The specified PolicyDocument is not valid: %v.", err)
	}
	return doc, nil
}

func newPolicy(name, kind string, doc kernel.Policy, now time.Time) *ramPolicy {
	p := &ramPolicy{name: name, Kind: kind, created: now}
	p.add(doc, now, true)
	return p
}

// add makes a version and returns it.
func (p *ramPolicy) add(doc kernel.Policy, now time.Time, asDefault bool) *policyVersion {
	if asDefault {
		for i := range p.versions {
			p.versions[i].isDefault = false
		}
	}
	p.made++
	p.versions = append(p.versions, policyVersion{id: fmt.Sprintf("v%d", p.made), Doc: doc, created: now, isDefault: asDefault})
	return &p.versions[len(p.versions)-1]
}

// Current is the version that counts.
func (p *ramPolicy) Current() *policyVersion {
	return &p.versions[slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.isDefault })]
}

func (v *policyVersion) view() map[string]any {
	return map[string]any{
		"VersionId": v.id, "IsDefaultVersion": v.isDefault, "PolicyDocument": v.document(), "CreateDate": kernel.Stamp(v.created),
	}
}

func ramCreatePolicyVersion(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	doc, err := q.policyDocument()
	if err != nil {
		return nil, err
	}
	if len(p.versions) >= maxVersions {
		if !q.Has("RotateStrategy") || q.Str("RotateStrategy") == "None" {
			return nil, kernel.Refuse(409, "LimitExceeded.Policy.Version", "The maximum number of policy versions is exceeded.")
		}
		oldest := slices.IndexFunc(p.versions, func(v policyVersion) bool { return !v.isDefault })
		p.versions = slices.Delete(p.versions, oldest, oldest+1)
	}
	v := p.add(doc, q.c.Clock(), q.Is("SetAsDefault"))
	v.text = q.Str("PolicyDocument")
	return map[string]any{"PolicyVersion": v.view()}, nil
}

func ramListPolicyVersions(q *request) (any, error) {
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
func ramDeletePolicy(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	for _, u := range q.c.users {
		if slices.Contains(u.attached, p.name) {
			return nil, kernel.Refuse(409, "DeleteConflict.Policy.User", "The policy can not been deleted while attached by Users.") // sic
		}
	}
	for _, g := range q.c.groups {
		if slices.Contains(g.attached, p.name) {
			return nil, kernel.Refuse(409, "DeleteConflict.Policy.Group", "The policy can not been deleted while attached by Groups.") // sic
		}
	}
	for _, r := range q.c.Roles {
		if slices.Contains(r.Attached, p.name) {
			return nil, kernel.Refuse(409, "DeleteConflict.Policy.Role", "The policy can not been deleted while attached by Roles.") // sic
		}
	}
	if len(p.versions) > 1 && !q.Is("CascadingDelete") {
		return nil, kernel.Refuse(409, "DeleteConflict.Policy.Version", "The policy can not be deleted, because it has multiple versions.")
	}
	delete(q.c.Policies, p.name)
	return kernel.Done()
}

// ramVersionActions are those of one version; those of all stand with the policies.
var ramVersionActions = []action{
	{Name: "GetPolicyVersion", On: onPolicy, Do: ramGetPolicyVersion, Params: "PolicyName PolicyType=System|Custom VersionId"},
	{Name: "DeletePolicyVersion", Write: true, On: onPolicy, Do: ramDeletePolicyVersion, Params: "PolicyName VersionId"},
	{Name: "SetDefaultPolicyVersion", Write: true, On: onPolicy, Do: ramSetDefaultVersion, Params: "PolicyName VersionId"},
	{Name: "UpdatePolicyDescription", Write: true, On: onPolicy, Do: ramDescribePolicy, Params: "PolicyName NewDescription"},
}

// policyVersion finds the version of a call.
func (q *request) policyVersion(p *ramPolicy) (int, error) {
	if !q.Has("VersionId") {
		return 0, kernel.MissingAtGateway("VersionId")
	}
	i := slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.id == q.Str("VersionId") })
	if i < 0 {
		return 0, kernel.Refuse(404, "EntityNotExist.Policy.Version", "The policy version does not exist: %s.", q.Str("VersionId"))
	}
	return i, nil
}

func ramGetPolicyVersion(q *request) (any, error) {
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

func ramDeletePolicyVersion(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	i, err := q.policyVersion(p)
	switch {
	case err != nil:
		return nil, err
	case p.versions[i].isDefault:
		return nil, kernel.Refuse(409, "DeleteConflict.Policy.Version.Default", "You can not delete the default policy version.")
	}
	p.versions = slices.Delete(p.versions, i, i+1)
	return kernel.Done()
}

func ramSetDefaultVersion(q *request) (any, error) {
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
	return kernel.Done()
}

func ramDescribePolicy(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	p.description = q.Str("NewDescription")
	return map[string]any{"Policy": q.policyView(p)}, nil
}

func ramListPolicies(q *request) (any, error) {
	var kept []string
	for _, name := range kernel.SortedKeys(q.c.Policies) {
		if q.Matches("PolicyType", q.c.Policies[name].Kind) {
			kept = append(kept, name)
		}
	}
	return markedPage(q, kept, "Policies", "Policy", func(name string) any { return q.policyView(q.c.Policies[name]) })
}
