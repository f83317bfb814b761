package publicpath

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// BalancerReads are the RAM actions that Balancer may call.
var BalancerReads = []string{"vpc:DescribeEipAddresses"}

// Balancer names the EIP by which the internet reaches a Classic Load Balancer that is not
// in the internet by itself; empty: there is none.
func Balancer(ctx context.Context, pass *practice.Pass, id string) (address string, err error) {
	var p EIPs
	call := cloud.New("vpc", "DescribeEipAddresses", pass.Resource.Region, "AssociatedInstanceId", id, "AssociatedInstanceType", "SlbInstance")
	if err := pass.Read(ctx, call, &p); err != nil {
		return "", fmt.Errorf("reading the EIP of load balancer %s: %w", id, err)
	}
	on := p.Items()
	if len(on) == 0 {
		return "", nil
	}
	if e := on[0]; e.Status != "InUse" {
		return "", fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
	}
	return on[0].IPAddress, nil
}
