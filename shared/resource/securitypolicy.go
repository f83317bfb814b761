package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeSecurityPolicy is the type of a TLS policy of Application Load Balancers.
const TypeSecurityPolicy = "ACS::ALB::SecurityPolicy"

var _ = add(Kind{Type: TypeSecurityPolicy, Words: "TLS policy", Param: "SecurityPolicyId", ARN: "acs:alb:%s:%s:securitypolicy/%s"})

// TLSVersions reads which versions of TLS a policy of the account's own takes.
func TLSVersions(ctx context.Context, r cloud.Reader, region, policy string) ([]string, error) {
	var answer struct {
		SecurityPolicies []struct{ TLSVersions []string }
	}
	if err := r.Read(ctx, cloud.New("alb", "ListSecurityPolicies", region, "SecurityPolicyIds.1", policy), &answer); err != nil {
		return nil, fmt.Errorf("policy %s: %w", policy, err)
	}
	if len(answer.SecurityPolicies) != 1 || len(answer.SecurityPolicies[0].TLSVersions) == 0 {
		return nil, fmt.Errorf("policy %s: the answer does not say which versions it takes", policy)
	}
	return answer.SecurityPolicies[0].TLSVersions, nil
}
