package vpccriticalisolation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A part is something in a VPC. It has a title where it is a way to the internet
// without an EIP.
type part struct {
	id, vpc, title, advice, fixedEIP string

	made    time.Time
	managed bool     // by the cloud service that made it
	owner   string   // of a machine: the service that runs it
	machine string   // of an interface: what it is on
	servers []string // of a load balancer that names no VPC
}

// kinds are the kinds of parts, each with the parameters that choose it by its own id
// and by its VPC's. A kind without the latter is another name of a part.
var kinds = []struct {
	prefix, byID, byVPC string
	read                func(ctx context.Context, pass *practice.Pass, param, value string) ([]part, error)
}{
	{"i-", "InstanceIds", "VpcId", instances},
	{"eni-", "NetworkInterfaceId.1", "VpcId", interfaces},
	{"havip-", "HaVipId", "VpcId", haVips},
	{"ngw-", "NatGatewayId", "VpcId", natGateways},
	{"stb-", "", "", gatewayOfTable},
	{"ftb-", "", "", gatewayOfTable},
	{"ipv6-", "Ipv6AddressId", "VpcId", ipv6Addresses},
	{"lb-", "LoadBalancerId", "VpcId", classicBalancers},
	{"alb-", "LoadBalancerIds.1", "VpcIds.1", applicationBalancers},
	{"nlb-", "LoadBalancerIds.1", "VpcIds.1", networkBalancers},
}

func instances(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := resource.Instances(ctx, pass, pass.Resource.Region, param, value)
	for _, i := range all {
		made := part{id: i.InstanceID, vpc: i.VpcAttributes.VpcID, made: cloud.Time(i.CreationTime), owner: resource.Owner(i.Tags.Map())}
		if i.Status == "Pending" && param == "InstanceIds" { // the one that the event made
			return nil, fmt.Errorf("instance %s: its addresses are still being made: %w", i.InstanceID, practice.ErrNotYet)
		} else if i.PublicIPAddress == nil {
			return nil, fmt.Errorf("instance %s: the answer does not say which public addresses it has", i.InstanceID)
		} else if ips := i.Static(); len(ips) > 0 {
			made.title = fmt.Sprintf("The instance %s in a VPC with critical data has the static public address %s", i.InstanceID, strings.Join(ips, ", "))
			made.advice = "Convert the address to an EIP (ConvertNatPublicIpToEip), which keeps it, and take that off. Setting the bandwidth to 0 loses it."
		}
		if eip, removable, said := i.EIP(); said && !removable {
			made.fixedEIP = eip
		}
		parts = append(parts, made)
	}
	return parts, err
}

// interfaces are a way by EIPs only.
func interfaces(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	all, err := resource.Interfaces(ctx, pass, pass.Resource.Region, param, value)
	for _, n := range all {
		parts = append(parts, part{id: n.NetworkInterfaceID, vpc: n.VpcID, made: cloud.Time(n.CreationTime), machine: n.InstanceID})
	}
	return parts, err
}
