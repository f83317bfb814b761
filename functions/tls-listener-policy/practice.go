package tlslistenerpolicy

import (
	"context"
	_ "embed"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is tls-listener-policy.
var Practice = &practice.Practice{
	ID:       "tls-listener-policy",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeALBListener,
	Guide:    []string{"転送中のデータの暗号化"},
	Cites:    []string{"CIS Alibaba Cloud 6.1", "MLPS 8.1.2.2, 8.1.4.7, 8.1.4.8", "Cloud Config: slb-all-listenter-tls-policy-check"}, // sic
	Triggers: practice.Triggers(
		practice.On(resource.TypeLoadBalancer, "Slb", "CreateLoadBalancerHTTPSListener"),
		practice.Witnessed("params.TLSCipherPolicy", practice.On(resource.TypeLoadBalancer, "Slb", "SetLoadBalancerHTTPSListenerAttribute")),
		practice.Making(resource.TypeALBListener, "Alb", "CreateListener"),
		practice.On(resource.TypeALBListener, "Alb", "UpdateListenerAttribute"),
		practice.On(resource.TypeSecurityPolicy, "Alb", "UpdateSecurityPolicyAttribute"),
		practice.Configured(resource.TypeLoadBalancer)),
	Sweep:  practice.Daily(list, "slb:DescribeLoadBalancerListeners", "alb:ListListeners"),
	Reads:  []string{"slb:DescribeLoadBalancerAttribute", "slb:DescribeLoadBalancerListeners", "alb:ListListeners", "alb:ListSecurityPolicies"},
	Writes: []string{"slb:SetLoadBalancerHTTPSListenerAttribute", "alb:UpdateListenerAttribute"},
	Params: []practice.Param{
		{Name: "policy", Kind: practice.Choice, Choices: []string{"tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2_strict_with_1_3"}, Default: []string{"tls_cipher_policy_1_2"}, Doc: "policy of the system that a listener gets: tls_cipher_policy_1_2, tls_cipher_policy_1_2_strict or tls_cipher_policy_1_2_strict_with_1_3"},
	},
	Disruptive: "clients that know no TLS 1.2 cannot connect any more",
	Check:      check,
}

// system are the policies of the cloud's own, with the worst version that they take;
// empty where that is good enough.
var system = map[string]string{
	"tls_cipher_policy_1_0": "TLS 1.0", "tls_cipher_policy_1_1": "TLS 1.1",
	"tls_cipher_policy_1_2": "", "tls_cipher_policy_1_2_strict": "", "tls_cipher_policy_1_2_strict_with_1_3": "",
}

// A listener of either kind of load balancer. Its changes are empty where a person
// has to act.
type listener struct {
	practice.Resource
	key, takes, policy string
	managed            string
	tags               map[string]string
	changes            []practice.Change
	advice             string
}

func check(ctx context.Context, pass *practice.Pass) error {
	policy := pass.Word("policy")
	look := applicationListeners
	if pass.Resource.Type == resource.TypeLoadBalancer {
		look = classicListeners
	}
	listeners, err := look(ctx, pass, policy)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		pass.Report(practice.Finding{
			Key: l.key, Resource: l.Resource, Tags: l.tags, Managed: l.managed, Changes: l.changes, Advice: l.advice,
			Title: "The HTTPS listener takes " + l.takes,
			Facts: map[string]string{"policy": l.policy},
		})
	}
	return nil
}

// list names the listeners of Application Load Balancers and the Classic Load Balancers
// that have HTTPS listeners.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	classics, err := readClassic(ctx, pass, "")
	if err != nil {
		return nil, err
	}
	found, _ := practice.Listed(pass, classics, nil, nil)
	applications, err := readApplication(ctx, pass, "")
	weak, err := practice.Listed(pass, applications, err, func(l resource.ALBListener) bool {
		return l.SecurityPolicyID == "" || system[l.SecurityPolicyID] != "" || !strings.HasPrefix(l.SecurityPolicyID, "tls_")
	})
	return append(found, weak...), err
}
