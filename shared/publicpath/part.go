package publicpath

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A Part is something in a VPC, or a load balancer that leads into it. EIPs are told apart
// from the parts that they are on.
type Part struct {
	ID, Type, VPC string

	Public     bool     // a way to the internet without an EIP
	Addresses  []string // public ones: the static ones of an instance, or the IPv6 address
	IPv4, IPv6 bool     // of a load balancer that may have both: by which it is public

	Made    time.Time // zero where that is not known
	Managed bool      // by the cloud service that made it
	Owner   string    // of an instance: the service that runs it
	Machine string    // of an interface: what it is on
	Fixed   string    // of an instance: the EIP that cannot be taken off it

	servers []string // of a load balancer that names no VPC
}

// partKinds are the kinds of parts, each with the parameters that choose it by its own id
// and by its VPC's. A kind without the latter is another name of a part.
var partKinds = []struct {
	prefix, byID, byVPC string
	read                func(ctx context.Context, pass *practice.Pass, param, value string) ([]Part, error)
}{
	{"i-", "InstanceIds", "VpcId", instanceParts},
	{"eni-", "NetworkInterfaceId.1", "VpcId", interfaceParts},
	{"havip-", "HaVipId", "VpcId", haVipParts},
	{"ngw-", "NatGatewayId", "VpcId", gatewayParts},
	{"stb-", "", "", gatewayOfTable},
	{"ftb-", "", "", gatewayOfTable},
	{"ipv6-", "Ipv6AddressId", "VpcId", ipv6Parts},
	{"lb-", "LoadBalancerId", "VpcId", classicParts},
	{"alb-", "LoadBalancerIds.1", "VpcIds.1", albParts},
	{"nlb-", "LoadBalancerIds.1", "VpcIds.1", nlbParts},
}

// VPCOf is the VPC that something is in, by its id; empty where it is in none.
func VPCOf(ctx context.Context, pass *practice.Pass, id string) (string, error) {
	if strings.HasPrefix(id, "vpc-") {
		return id, nil
	}
	for _, k := range partKinds {
		if !strings.HasPrefix(id, k.prefix) {
			continue
		}
		value := id
		if k.prefix == "i-" {
			value = cloud.IDs(id)
		}
		found, err := k.read(ctx, pass, k.byID, value)
		switch {
		case err != nil:
			return "", fmt.Errorf("reading which VPC %s is in: %w", id, practice.Gone(err))
		case len(found) == 0:
			return "", fmt.Errorf("reading which VPC %s is in: %w", id, practice.ErrGone)
		}
		return found[0].VPC, nil
	}
	return "", nil
}

// Inside reads what is in the VPC or leads into it, and the EIPs on it. Those of a NAT gateway are told
// as the gateway. An EIP says which VPC it is in only where it is on a bare address.
func Inside(ctx context.Context, pass *practice.Pass, vpc string) (parts []Part, within []resource.EIP, err error) {
	var mu sync.Mutex
	var all []resource.EIP
	reads := []func(context.Context) error{func(ctx context.Context) (err error) {
		all, err = resource.EIPs(ctx, pass, pass.Resource.Region)
		return err
	}}
	for _, k := range partKinds {
		if k.byVPC == "" {
			continue
		}
		reads = append(reads, func(ctx context.Context) error {
			found, err := k.read(ctx, pass, k.byVPC, vpc)
			mu.Lock()
			defer mu.Unlock()
			parts = append(parts, found...)
			return err
		})
	}
	if err := pass.Together(ctx, reads...); err != nil {
		return nil, nil, fmt.Errorf("reading what is in VPC %s: %w", vpc, err)
	}
	here := map[string]bool{}
	for _, p := range parts {
		here[p.ID] = p.VPC == vpc
	}
	parts = slices.DeleteFunc(parts, func(p Part) bool {
		return !here[p.ID] && !slices.ContainsFunc(p.servers, func(server string) bool { return here[server] })
	})
	slices.SortStableFunc(parts, func(a, b Part) int { return strings.Compare(a.ID, b.ID) }) // they came in any order
	within, err = eipsOn(pass, vpc, parts, all)
	if err != nil {
		return nil, nil, err
	}
	return parts, within, nil
}

// eipsOn are the EIPs on the parts of a VPC. One that is on its way, onto a part or by the
// event, is to be read again.
func eipsOn(pass *practice.Pass, vpc string, parts []Part, all []resource.EIP) (within []resource.EIP, err error) {
	for _, e := range all {
		named := pass.Event.Is("vpc", "AssociateEipAddress") && pass.Event.Params["AllocationId"] == e.AllocationID
		switch in := e.VpcID == vpc || slices.ContainsFunc(parts, func(p Part) bool { return p.ID == e.InstanceID }); {
		case (in || named) && strings.HasSuffix(e.Status, "ssociating"): // or Unassociating
			return nil, fmt.Errorf("reading EIP %s, which is %s: %w", e.AllocationID, e.Status, practice.ErrNotYet)
		case in && e.InstanceType != "Nat":
			within = append(within, e)
		}
	}
	return within, nil
}
