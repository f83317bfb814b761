package ecspublicip

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed doc.go
var doc string

// Practice is ecs-public-ip.
var Practice = &practice.Practice{
	ID:       "ecs-public-ip",
	Doc:      doc,
	Severity: practice.High,
	Resource: "ACS::ECS::Instance",
	Guide:    []string{"インターネットに公開される攻撃の対象を減らすために、パブリックIPアドレスを適切に割り当てる"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.1", "Cloud Config: ecs-instance-no-public-ip, ecs-instance-no-public-and-anyip"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", New: true},
		{Service: "Ecs", Name: "AllocatePublicIpAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Ecs", Name: "ModifyInstanceNetworkSpec", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Ecs", Name: "AttachNetworkInterface", Resource: "params.InstanceId|resources.ACS::ECS::Instance"},
		{Service: "Vpc", Name: "AssociateEipAddress", Resource: "params.InstanceId|resources.ACS::ECS::Instance"}, // or what else it is on
		{Service: "Vpc", Name: "AssociateEipAddressBatch", Resource: "params.BindedInstanceId"},
		{Service: "Vpc", Name: "AllocateIpv6InternetBandwidth", Resource: "params.Ipv6AddressId"},
		{Service: "Config", Name: "ACS::ECS::Instance", Resource: "resource"},
	},
	Sweep:  practice.Sweep{Every: 24 * time.Hour, List: list},
	Reads:  []string{"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces", "vpc:DescribeEipAddresses", "vpc:DescribeIpv6Addresses"},
	Writes: []string{"vpc:UnassociateEipAddress"},
	Params: []practice.Param{
		{Name: "allowed-tags", Default: []string{"internet=allowed"}, Doc: "tags (key=value, or a key for any value) of instances that may have a public address"},
	},
	Touches:    true,
	Disruptive: "whoever reaches the instance at its public address no longer does, and it loses its way to the internet",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if strings.HasPrefix(r.ID, "ipv6-") { // an IPv6 address got internet bandwidth: whose is it?
		id, err := holderOf(ctx, pass, r.ID)
		if err != nil {
			return err
		}
		r.Type, r.ID = pass.Practice.Resource, id
	}
	if strings.HasPrefix(r.ID, "eni-") { // an EIP was put on an interface: of which instance?
		id, err := instanceOf(ctx, pass, r.ID)
		if err != nil || id == "" {
			return err
		}
		r.Type, r.ID = pass.Practice.Resource, id
	}
	if !strings.HasPrefix(r.ID, "i-") {
		return nil // a load balancer or a NAT gateway is where an EIP belongs
	}
	i, err := readInstance(ctx, pass, r.ID)
	if err != nil || i.Tags.Has(pass.Param("allowed-tags")) {
		return err
	}
	eips, ip6s, err := addresses(ctx, pass, i)
	if err != nil {
		return err
	}
	r.Name = i.InstanceName
	report := func(key, title, managed, advice string, changes ...practice.Change) {
		managed = cmp.Or(managed, practice.Owner(i.Tags.Map()))
		pass.Report(practice.Finding{Key: key, Resource: r, Title: title, Tags: i.Tags.Map(), Managed: managed, Changes: changes, Advice: advice})
	}
	for _, ip := range i.PublicIPAddress.IPAddress {
		report(ip, "The instance has the static public address "+ip, "",
			"Where it must not face the internet, convert the address to an EIP (ConvertNatPublicIpToEip), which keeps it, and take that off. Setting the bandwidth to 0 loses it.")
	}
	for _, ip := range ip6s {
		report(ip, "The instance can be reached from the internet at "+ip, "", "Delete the internet bandwidth of the IPv6 address; the address stays.")
	}
	for _, e := range eips {
		title := fmt.Sprintf("The instance has the EIP %s on %s", e.IPAddress, e.InstanceID)
		if e.AllocationID == i.EIPAddress.AllocationID && !i.EIPAddress.IsSupportUnassociate {
			report(e.AllocationID, title, e.Managed(), "The EIP cannot be taken off (it is one of a segment, or of a service): give the instance up, or exempt it.")
			continue
		}
		why := fmt.Sprintf("take the EIP %s off %s; it is not released", e.IPAddress, e.InstanceID)
		report(e.AllocationID, title, e.Managed(), "", e.TakeOff(r.Region, why))
	}
	return nil
}

// list names the instances that have, or may have, a public address.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	var found []practice.Resource
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "MaxResults", "100")
	err := cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, i := range p.Instances.Instance {
			if i.mayBePublic() && !i.Tags.Has(pass.Param("allowed-tags")) {
				r := pass.Resource
				r.ID, r.Name = i.InstanceID, i.InstanceName
				found = append(found, r)
			}
		}
	})
	return found, err
}
