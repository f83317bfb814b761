package cloud

import (
	"fmt"
	"slices"
	"time"
)

// policyVersion is one text that a policy has or had.
type policyVersion struct {
	id        string // "v3"
	doc       Policy
	created   time.Time
	isDefault bool
}

// What RAM takes of a custom policy.
const (
	maxVersions = 5
	maxDocument = 6144 // bytes
)

// policyDocument is the text that a call gives a policy.
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
	p.versions = append(p.versions, policyVersion{fmt.Sprintf("v%d", p.made), doc, now, asDefault})
	return &p.versions[len(p.versions)-1]
}

// current is the version that counts.
func (p *ramPolicy) current() *policyVersion {
	return &p.versions[slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.isDefault })]
}

func (v *policyVersion) view() map[string]any {
	return map[string]any{
		"VersionId": v.id, "IsDefaultVersion": v.isDefault, "PolicyDocument": v.doc.JSON(), "CreateDate": stamp(v.created),
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
	return map[string]any{"PolicyVersion": p.add(doc, q.c.clock(), q.is("SetAsDefault")).view()}, nil
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

func ramListPolicies(q *rpcRequest) (any, error) {
	var kept []*ramPolicy
	for _, name := range sortedKeys(q.c.ram.policies) {
		if p := q.c.ram.policies[name]; q.matches("PolicyType", p.kind) {
			kept = append(kept, p)
		}
	}
	from := 0
	if q.has("Marker") {
		var err error
		if from, err = readToken(q.str("Marker"), "ListPolicies"); err != nil {
			return nil, err
		}
	}
	to := min(from+q.num("MaxItems", 100), len(kept))
	answer := map[string]any{"IsTruncated": to < len(kept)}
	if to < len(kept) {
		answer["Marker"] = makeToken(to, "ListPolicies")
	}
	views := []any{}
	for _, p := range kept[min(from, to):to] {
		views = append(views, q.policyView(p))
	}
	answer["Policies"] = map[string]any{"Policy": views}
	return answer, nil
}
