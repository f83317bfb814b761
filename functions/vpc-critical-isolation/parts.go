package vpccriticalisolation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
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
	type page struct {
		cloud.Page
		Instances struct {
			Instance []struct {
				InstanceID, Status, CreationTime string

				Tags            cloud.Tags
				VpcAttributes   struct{ VpcID string }
				PublicIPAddress *struct{ IPAddress []string }
				EIPAddress      struct {
					AllocationID         string
					IsSupportUnassociate *bool
				}
			}
		}
	}
	var unsaid error
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, param, value, "MaxResults", "100")
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		if p.Instances.Instance == nil {
			unsaid = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		for _, i := range p.Instances.Instance {
			made := part{id: i.InstanceID, vpc: i.VpcAttributes.VpcID, made: cloud.Time(i.CreationTime), owner: practice.Owner(i.Tags.Map())}
			if i.Status == "Pending" && param == "InstanceIds" { // the one that the event made
				unsaid = fmt.Errorf("instance %s: its addresses are still being made: %w", i.InstanceID, practice.ErrNotYet)
			} else if i.PublicIPAddress == nil {
				unsaid = fmt.Errorf("instance %s: the answer does not say which public addresses it has", i.InstanceID)
			} else if ips := i.PublicIPAddress.IPAddress; len(ips) > 0 {
				made.title = fmt.Sprintf("The instance %s in a VPC with critical data has the static public address %s", i.InstanceID, strings.Join(ips, ", "))
				made.advice = "Convert the address to an EIP (ConvertNatPublicIpToEip), which keeps it, and take that off. Setting the bandwidth to 0 loses it."
			}
			if can := i.EIPAddress.IsSupportUnassociate; can != nil && !*can {
				made.fixedEIP = i.EIPAddress.AllocationID
			}
			parts = append(parts, made)
		}
	})
	if err == nil {
		err = unsaid
	}
	return parts, err
}

// interfaces are a way by EIPs only.
func interfaces(ctx context.Context, pass *practice.Pass, param, value string) (parts []part, err error) {
	type page struct {
		cloud.Page
		NetworkInterfaceSets struct {
			NetworkInterfaceSet []struct{ NetworkInterfaceID, VpcID, InstanceID, CreationTime string }
		}
	}
	var unsaid error
	call := cloud.New("ecs", "DescribeNetworkInterfaces", pass.Resource.Region, param, value, "MaxResults", "500")
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		if p.NetworkInterfaceSets.NetworkInterfaceSet == nil {
			unsaid = fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		for _, n := range p.NetworkInterfaceSets.NetworkInterfaceSet {
			parts = append(parts, part{id: n.NetworkInterfaceID, vpc: n.VpcID, made: cloud.Time(n.CreationTime), machine: n.InstanceID})
		}
	})
	if err == nil {
		err = unsaid
	}
	return parts, err
}
