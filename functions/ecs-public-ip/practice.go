package ecspublicip

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/quarantine"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-public-ip.
var Practice = &practice.Practice{
	ID:       "ecs-public-ip",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeInstance,
	Guide:    []string{"インターネットに公開される攻撃の対象を減らすために、パブリックIPアドレスを適切に割り当てる"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.1", "Cloud Config: ecs-instance-no-public-ip, ecs-instance-no-public-and-anyip"},
	Triggers: practice.Triggers(practice.Launched,
		practice.On(resource.TypeInstance, "Ecs", "AllocatePublicIpAddress", "ModifyInstanceNetworkSpec", "AttachNetworkInterface"),
		practice.On(resource.TypeInstance, "Vpc", "AssociateEipAddress"), // or what else it is on
		practice.Configured(resource.TypeInstance), []practice.Trigger{
			{Service: "Vpc", Name: "AssociateEipAddressBatch", Resource: "params.BindedInstanceId"},
			{Service: "Vpc", Name: "AllocateIpv6InternetBandwidth", Resource: "params.Ipv6AddressId"},
			{Service: "Vpc", Name: "AssociateHaVip", Resource: "params.InstanceId", Maybe: true},
		}),
	Sweep:  practice.Daily(list, "ecs:DescribeInstances", "vpc:DescribeHaVips"),
	Reads:  append([]string{"ecs:DescribeInstances", "vpc:DescribeEipAddresses", "vpc:DescribeHaVips", "vpc:DescribeIpv6Addresses"}, quarantine.IsolateReads...),
	Writes: append([]string{"vpc:UnassociateEipAddress"}, quarantine.IsolateWrites...),
	Params: []practice.Param{
		{Name: "allowed-tags", Default: []string{"internet=allowed"}, Doc: "tags (key=value, or a key for any value) of instances that may have a public address"},
		quarantine.Param(quarantine.Isolate),
	},
	Touches:    true,
	Disruptive: "whoever reaches the instance at its public address no longer does, and it loses its way to the internet; in quarantine nobody reaches it at all",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	kind, _, _ := strings.Cut(pass.Resource.ID, "-")
	switch kind {
	case "ipv6": // an IPv6 address got internet bandwidth: whose is it?
		id, err := holderOf(ctx, pass, pass.Resource.ID)
		if err != nil {
			return err
		}
		return look(ctx, pass, id)
	case "havip": // an EIP was put on a virtual address: who answers for it?
		shared, err := resource.HaVips(ctx, pass, pass.Resource.Region, "HaVipId", pass.Resource.ID)
		for _, h := range shared {
			for _, id := range h.Holders() {
				err = cmp.Or(err, look(ctx, pass, id))
			}
		}
		return err
	}
	return look(ctx, pass, pass.Resource.ID)
}

// look reports the public addresses of an instance, or of the one that an interface is on.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	if strings.HasPrefix(id, "eni-") {
		holder, err := instanceOf(ctx, pass, id)
		if err != nil || holder == "" {
			return err
		}
		id = holder
	}
	if !strings.HasPrefix(id, "i-") {
		return nil // a load balancer or a NAT gateway is where an EIP belongs
	}
	i, err := readInstance(ctx, pass, id)
	if err != nil || i.Tags.Has(pass.Param("allowed-tags")) {
		return err
	}
	r := pass.Named("", id, "")
	var eips []resource.EIP
	var ip6s []string
	var shared []resource.HaVip
	var missed, unshared error
	err = pass.Together(ctx,
		func(ctx context.Context) (err error) {
			eips, ip6s, missed, err = publicpath.Addresses(ctx, pass, i)
			return err
		},
		func(ctx context.Context) error { shared, unshared = publicpath.Shared(ctx, pass, i); return nil })
	if missed = publicpath.Unread(missed, unshared); err == nil && publicpath.IsUnread(missed) == nil {
		err = missed
	}
	if err != nil {
		return err
	}
	if missed != nil {
		publicpath.Doubt(pass, practice.Finding{Resource: r, Tags: i.Tags.Map(), Managed: resource.Owner(i.Tags.Map())}, missed)
	}
	r.Name = i.InstanceName
	var found []practice.Finding
	report := func(key, title, managed, advice string, changes ...practice.Change) {
		managed = cmp.Or(managed, resource.Owner(i.Tags.Map()))
		found = append(found, practice.Finding{Key: key, Resource: r, Title: title, Tags: i.Tags.Map(), Managed: managed, Changes: changes, Advice: advice})
	}
	for _, ip := range i.Static() {
		report(ip, "The instance has the static public address "+ip, "",
			"Where it must not face the internet, convert the address to an EIP (ConvertNatPublicIpToEip), which keeps it, and take that off. Setting the bandwidth to 0 loses it.")
	}
	for _, ip := range ip6s {
		report(ip, "The instance can be reached from the internet at "+ip, "", "Delete the internet bandwidth of the IPv6 address; the address stays.")
	}
	for _, h := range shared { // which others answer for as well
		report(h.HaVipID, "The instance can be reached from the internet by "+h.Path(), "", "Take the EIP off the virtual IP, or the instance: AssociatedInstances of DescribeHaVips names the others.")
	}
	for _, e := range eips {
		title := fmt.Sprintf("The instance has the EIP %s on %s", e.IPAddress, e.InstanceID)
		if on, removable, _ := i.EIP(); e.AllocationID == on && !removable {
			report(e.AllocationID, title, e.Managed(), "The EIP cannot be taken off (it is one of a segment, or of a service): give the instance up, or exempt it.")
			continue
		}
		why := fmt.Sprintf("take the EIP %s off %s; it is not released", e.IPAddress, e.InstanceID)
		report(e.AllocationID, title, e.Managed(), "", publicpath.TakeOff(e, r.Region, why))
	}
	return tell(ctx, pass, i, found)
}

// tell reports the ways in: each with what takes it away, or all as one where the instance is to be isolated.
func tell(ctx context.Context, pass *practice.Pass, i resource.Instance, found []practice.Finding) error {
	why := ""
	if len(found) > 0 && pass.Word(quarantine.Name) == quarantine.Isolate {
		state, err := quarantine.ToIsolate(ctx, pass, i)
		if err != nil || state.Isolated {
			return err
		}
		if why = state.Why; len(state.Changes) > 0 {
			f := found[0]
			f.Key, f.Changes, f.Advice, f.Managed = "quarantine", state.Changes, "", resource.Owner(i.Tags.Map())
			if len(found) > 1 {
				f.Title += fmt.Sprintf(", and %d more ways in", len(found)-1)
			}
			found, why = []practice.Finding{f}, ""
		}
	}
	for _, f := range found {
		f.Advice = strings.TrimSpace(f.Advice + " " + why)
		pass.Report(f)
	}
	return nil
}

// list names the instances that have, or may have, a public address.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	shared, err := resource.HaVips(ctx, pass, pass.Resource.Region, "", "")
	if err != nil {
		return nil, fmt.Errorf("reading the virtual addresses of %s: %w", pass.Resource.Region, err)
	}
	shared = slices.DeleteFunc(shared, func(h resource.HaVip) bool { return h.Path() == "" })
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool {
		answers := func(h resource.HaVip) bool { return publicpath.Answers(i, h) }
		return (publicpath.MayBePublic(i) || slices.ContainsFunc(shared, answers)) && !i.Tags.Has(pass.Param("allowed-tags"))
	})
}
