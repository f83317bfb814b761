package alb

import (
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const policyKind = "ACS::ALB::SecurityPolicy"

// policy says which versions of TLS a listener takes.
// Listeners name it by its id, or one of the system's by its name. Which ciphers fit which version
// is not asked.
type policy struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Versions        []string `yaml:"tls-versions"`
	Ciphers         []string `yaml:"ciphers,omitempty"`
}

func (p *policy) Defaults(*Service)    { p.Versions = kernel.ListOf(p.Versions) }
func (p *policy) Check(*Service) error { return nil }

// A practice about old TLS reads these to know what a listener's policy means.
var policyActions = []action{
	{
		Name: "CreateSecurityPolicy", Write: true, On: onALB("securitypolicy", ""), Do: createTLSPolicy,
		Params: "SecurityPolicyName! TLSVersions:Array! Ciphers:Array! ResourceGroupId " + kernel.AppOnce + kernel.AppTag,
	},
	{
		Name: "UpdateSecurityPolicyAttribute", Write: true, On: onALB("securitypolicy", "SecurityPolicyId"), Do: updateTLSPolicy,
		Params: "SecurityPolicyId! SecurityPolicyName TLSVersions:Array Ciphers:Array " + kernel.AppOnce,
	},
	{Name: "DeleteSecurityPolicy", Write: true, On: onALB("securitypolicy", "SecurityPolicyId"), Do: deleteTLSPolicy, Params: "SecurityPolicyId! " + kernel.AppOnce},
	{
		Name: "ListSecurityPolicies", On: onALB("securitypolicy", ""), Do: listTLSPolicies,
		Params: "MaxResults:Integer=1..100 NextToken ResourceGroupId SecurityPolicyIds:Array SecurityPolicyNames:Array " + kernel.AppTag,
	},
	{Name: "ListSystemSecurityPolicies", Open: true, Do: listSystemTLSPolicies, Params: ""}, // documented to need no permission
}

// systemTLSPolicies are the versions of TLS that the product's own policies
// take. Their ciphers are left out.
var systemTLSPolicies = map[string][]string{
	"tls_cipher_policy_1_0":                 {"TLSv1.0", "TLSv1.1", "TLSv1.2"},
	"tls_cipher_policy_1_1":                 {"TLSv1.1", "TLSv1.2"},
	"tls_cipher_policy_1_2":                 {"TLSv1.2"},
	"tls_cipher_policy_1_2_strict":          {"TLSv1.2"},
	"tls_cipher_policy_1_2_strict_with_1_3": {"TLSv1.2", "TLSv1.3"},
}

// listSystemTLSPolicies has no pages: the policies are few, and the same in every region.
func listSystemTLSPolicies(*request) (any, error) {
	views := []any{}
	for _, id := range kernel.SortedKeys(systemTLSPolicies) {
		views = append(views, map[string]any{"SecurityPolicyId": id, "TLSVersions": systemTLSPolicies[id], "Ciphers": []string{}})
	}
	return map[string]any{"SecurityPolicies": views}, nil
}

// fill takes what a call says and leaves the rest.
func (p *policy) fill(q *request) error {
	for _, v := range q.List("TLSVersions") {
		if !slices.Contains([]string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}, v) {
			return kernel.Refuse(400, "InvalidParam.TLSVersions", "The param of TLSVersions is invalid: %s.", v)
		}
	}
	if v := q.List("TLSVersions"); len(v) > 0 {
		p.Versions = v
	}
	if v := q.List("Ciphers"); len(v) > 0 {
		p.Ciphers = v
	}
	p.Name = q.OrElse("SecurityPolicyName", p.Name)
	return nil
}

// createTLSPolicy answers with no job, unlike the update.
func createTLSPolicy(q *request) (any, error) {
	p := &policy{Resource: q.NewResource("spy", "")}
	if err := p.fill(q); err != nil {
		return nil, err
	}
	q.c.kept.Policies = append(q.c.kept.Policies, p)
	q.Touch(policyKind, p.ID)
	return map[string]any{"SecurityPolicyId": p.ID}, nil
}

// It changes every listener that uses it at once.
func updateTLSPolicy(q *request) (any, error) {
	p, err := kernel.FindNamed(q.Request, q.c.kept.Policies, "SecurityPolicyId", policyKind)
	if err == nil {
		err = p.fill(q)
	}
	if err != nil {
		return nil, err
	}
	return q.done("securitypolicy", p.ID, map[string]any{})
}

// deleteTLSPolicy refuses while a listener uses it: a listener with TLS is never without one.
func deleteTLSPolicy(q *request) (any, error) {
	p, err := kernel.FindNamed(q.Request, q.c.kept.Policies, "SecurityPolicyId", policyKind)
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(q.c.listeners(), func(l *listener) bool { return l.Policy == p.ID }):
		return nil, kernel.Refuse(400, "ResourceInUse.SecurityPolicy", "The specified resource of security policy is in use.")
	}
	q.c.kept.Policies = kernel.Without(q.c.kept.Policies, p.ID)
	return kernel.Done()
}

func listTLSPolicies(q *request) (any, error) {
	views := []any{}
	for _, p := range kernel.Within(q.Request, q.c.kept.Policies, func(p *policy) bool {
		return p.HasTags(q.Request) && q.ChosenBy("SecurityPolicyIds", p.ID) && q.ChosenBy("SecurityPolicyNames", p.Name)
	}) {
		views = append(views, map[string]any{
			"SecurityPolicyId": p.ID, "SecurityPolicyName": p.Name, "SecurityPolicyStatus": "Available", "TLSVersions": p.Versions, "Ciphers": p.Ciphers,
			"CreateTime": kernel.Stamp(p.Created), "ResourceGroupId": "", "Tags": kernel.TagViews(p.Tags, "Key", "Value"),
		})
	}
	return kernel.NamedPage(q.Request, "SecurityPolicies", views)
}
