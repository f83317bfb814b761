package ecs

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Further addresses of interfaces, of both families.
var nicAddressActions = []action{
	{
		Name: "AssignPrivateIpAddresses", Write: true, On: onNIC, Do: assignIPs,
		Params: `RegionId! NetworkInterfaceId! PrivateIpAddress:RepeatList SecondaryPrivateIpAddressCount:Integer=1..49 Ipv4Prefix:RepeatList
			Ipv4PrefixCount:Integer ClientToken`,
	},
	{
		Name: "UnassignPrivateIpAddresses", Write: true, On: onNIC, Do: unassignIPs,
		Params: "RegionId! NetworkInterfaceId! PrivateIpAddress:RepeatList Ipv4Prefix:RepeatList",
	},
	{
		Name: "AssignIpv6Addresses", Write: true, On: onNIC, Do: assignIP6s,
		Params: `RegionId! NetworkInterfaceId! Ipv6Address:RepeatList Ipv6AddressCount:Integer=1..10 Ipv6Prefix:RepeatList Ipv6PrefixCount:Integer
			ClientToken`,
	},
	{
		Name: "UnassignIpv6Addresses", Write: true, On: onNIC, Do: unassignIP6s,
		Params: "RegionId! NetworkInterfaceId! Ipv6Address:RepeatList Ipv6Prefix:RepeatList",
	},
}

// addAddresses gives an interface the further addresses that a call asks for.
// Empty text in the list stands for one that the cloud chooses: a count is that many of them. On
// an error the interface has what it had before. The real service limits the number by the type of
// instance; here the vSwitch does.
func (q *request) addAddresses(n *networkInterface) error {
	v := q.c.vpc.SwitchOf(q.Region, n.VSwitch)
	before, before6 := slices.Clone(n.More), slices.Clone(n.IPv6)
	wanted := append(q.List("PrivateIpAddress"), make([]string, q.Num("SecondaryPrivateIpAddressCount", 0))...)
	wanted6 := append(q.List("Ipv6Address"), make([]string, q.Num("Ipv6AddressCount", 0))...)
	if v == nil && len(wanted)+len(wanted6) > 0 {
		return kernel.Refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId %q is not found.", n.VSwitch)
	}
	for _, ip := range wanted {
		ip, err := v.Address(q.c.vpc, ip)
		if err != nil {
			n.More = before
			return err
		}
		n.More = append(n.More, ip)
	}
	for _, ip := range wanted6 {
		if v.CIDR6 == "" {
			n.More, n.IPv6 = before, before6
			return kernel.Refuse(403, "InvalidOperation.Ipv6NotEnabled", "The vSwitch has no IPv6 block.")
		}
		id := q.c.ResourceID("ipv6", q.Region)
		if ip == "" {
			ip = addressIn6(v, id)
		}
		n.IPv6 = append(n.IPv6, &vpc.Address6{ID: id, Address: ip})
	}
	return nil
}

// address6 is an address in the vSwitch's IPv6 block, by the id of what gets it.
func addressIn6(v *vpc.Vswitch, id string) string {
	h := fnv.New64a()
	h.Write([]byte(id))
	n := h.Sum64()
	return fmt.Sprintf("%s:%x:%x:%x:%x", v.CIDR6[:len(v.CIDR6)-len("::/64")], n>>48, n>>32&0xffff, n>>16&0xffff, n&0xffff|1)
}

// It answers only what was added.
func assignIPs(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	had := len(n.More)
	if err := q.addAddresses(n); err != nil {
		return nil, err
	}
	return map[string]any{"AssignedPrivateIpAddressesSet": map[string]any{
		"NetworkInterfaceId": n.ID, "PrivateIpSet": map[string]any{"PrivateIpAddress": kernel.ListOf(n.More[had:])},
	}}, nil
}

// One wrong address refuses them all. The primary address cannot be taken away.
func unassignIPs(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	ips := q.List("PrivateIpAddress")
	for _, ip := range ips {
		if !slices.Contains(n.More, ip) {
			return nil, kernel.Refuse(403, "InvalidIp.IpUnassigned", "The specified IP %s is not assigned.", ip)
		}
	}
	n.More = slices.DeleteFunc(n.More, func(ip string) bool { return slices.Contains(ips, ip) })
	return kernel.Done()
}

// There is no list with an inner name for the id here, as there is for IPv4.
func assignIP6s(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	had := len(n.IPv6)
	if err := q.addAddresses(n); err != nil {
		return nil, err
	}
	added := []string{}
	for _, a := range n.IPv6[had:] {
		added = append(added, a.Address)
	}
	return map[string]any{"NetworkInterfaceId": n.ID, "Ipv6Sets": map[string]any{"Ipv6Address": added}}, nil
}

func unassignIP6s(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	ips := q.List("Ipv6Address")
	for _, ip := range ips {
		if !slices.ContainsFunc(n.IPv6, func(a *vpc.Address6) bool { return a.Address == ip }) {
			return nil, kernel.Refuse(403, "InvalidIp.IpUnassigned", "The specified IP %s is not assigned.", ip)
		}
	}
	n.IPv6 = slices.DeleteFunc(n.IPv6, func(a *vpc.Address6) bool { return slices.Contains(ips, a.Address) })
	return kernel.Done()
}
