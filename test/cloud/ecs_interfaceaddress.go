package cloud

import (
	"fmt"
	"hash/fnv"
	"slices"
)

// Further addresses of interfaces, of both families.
var nicAddressActions = []rpcAction{
	{
		name: "AssignPrivateIpAddresses", write: true, on: onNIC, do: assignIPs,
		params: `RegionId! NetworkInterfaceId! PrivateIpAddress:RepeatList SecondaryPrivateIpAddressCount:Integer=1..49 Ipv4Prefix:RepeatList
			Ipv4PrefixCount:Integer ClientToken`,
	},
	{
		name: "UnassignPrivateIpAddresses", write: true, on: onNIC, do: unassignIPs,
		params: "RegionId! NetworkInterfaceId! PrivateIpAddress:RepeatList Ipv4Prefix:RepeatList",
	},
	{
		name: "AssignIpv6Addresses", write: true, on: onNIC, do: assignIP6s,
		params: `RegionId! NetworkInterfaceId! Ipv6Address:RepeatList Ipv6AddressCount:Integer=1..10 Ipv6Prefix:RepeatList Ipv6PrefixCount:Integer
			ClientToken`,
	},
	{
		name: "UnassignIpv6Addresses", write: true, on: onNIC, do: unassignIP6s,
		params: "RegionId! NetworkInterfaceId! Ipv6Address:RepeatList Ipv6Prefix:RepeatList",
	},
}

// addAddresses gives an interface the further addresses that a call asks for.
func (q *rpcRequest) addAddresses(n *networkInterface) error {
	v := q.c.vpc.switchOf(q.region, n.vswitch)
	before, before6 := slices.Clone(n.more), slices.Clone(n.ip6)
	wanted := append(q.list("PrivateIpAddress"), make([]string, q.num("SecondaryPrivateIpAddressCount", 0))...)
	wanted6 := append(q.list("Ipv6Address"), make([]string, q.num("Ipv6AddressCount", 0))...)
	if v == nil && len(wanted)+len(wanted6) > 0 {
		return refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId %q is not found.", n.vswitch)
	}
	for _, ip := range wanted {
		ip, err := v.address(q.c, ip)
		if err != nil {
			n.more = before
			return err
		}
		n.more = append(n.more, ip)
	}
	for _, ip := range wanted6 {
		if v.cidr6 == "" {
			n.more, n.ip6 = before, before6
			return refuse(403, "InvalidOperation.Ipv6NotEnabled", "The vSwitch has no IPv6 block.")
		}
		id := q.c.resourceID("ipv6", q.region)
		if ip == "" {
			ip = addressIn6(v, id)
		}
		n.ip6 = append(n.ip6, &address6{id: id, address: ip})
	}
	return nil
}

// address6 is an address in the vSwitch's IPv6 block, by the id of what gets it.
func addressIn6(v *vswitch, id string) string {
	h := fnv.New64a()
	h.Write([]byte(id))
	n := h.Sum64()
	return fmt.Sprintf("%s:%x:%x:%x:%x", v.cidr6[:len(v.cidr6)-len("::/64")], n>>48, n>>32&0xffff, n>>16&0xffff, n&0xffff|1)
}

func assignIPs(q *rpcRequest) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	had := len(n.more)
	if err := q.addAddresses(n); err != nil {
		return nil, err
	}
	return map[string]any{"AssignedPrivateIpAddressesSet": map[string]any{
		"NetworkInterfaceId": n.id, "PrivateIpSet": map[string]any{"PrivateIpAddress": listOf(n.more[had:])},
	}}, nil
}

func unassignIPs(q *rpcRequest) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	ips := q.list("PrivateIpAddress")
	for _, ip := range ips {
		if !slices.Contains(n.more, ip) {
			return nil, refuse(403, "InvalidIp.IpUnassigned", "The specified IP %s is not assigned.", ip)
		}
	}
	n.more = slices.DeleteFunc(n.more, func(ip string) bool { return slices.Contains(ips, ip) })
	return done()
}

func assignIP6s(q *rpcRequest) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	had := len(n.ip6)
	if err := q.addAddresses(n); err != nil {
		return nil, err
	}
	added := []string{}
	for _, a := range n.ip6[had:] {
		added = append(added, a.address)
	}
	return map[string]any{"NetworkInterfaceId": n.id, "Ipv6Sets": map[string]any{"Ipv6Address": added}}, nil
}

func unassignIP6s(q *rpcRequest) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	ips := q.list("Ipv6Address")
	for _, ip := range ips {
		if !slices.ContainsFunc(n.ip6, func(a *address6) bool { return a.address == ip }) {
			return nil, refuse(403, "InvalidIp.IpUnassigned", "The specified IP %s is not assigned.", ip)
		}
	}
	n.ip6 = slices.DeleteFunc(n.ip6, func(a *address6) bool { return slices.Contains(ips, a.address) })
	return done()
}
