// Package vpccriticalisolation: the internet has no way into a VPC with critical data.
//
// # What is wrong
//
// The VPC has the tag critical=true, or another of the setting critical-tags, and there
// is a way between it and the internet: an internet NAT gateway, an EIP on something in
// it, a static public address of an instance, an IPv6 address with internet bandwidth,
// or a load balancer in the internet that is in it or leads to a server in it. Strangers
// can try what it leads to, and critical data can leave.
//
// # What is done
//
// An EIP that this very event has put on an instance or a network interface, less than ten
// minutes ago, is taken off; it stays in the account, and the undo puts it back. One that has
// been there longer may be approved and in use, so a person is told, as of every other path. An
// event alone is not believed, since it may be late or forged: the EIP, or what it is on, has
// to be that young as well. The API does not say since when an EIP has been bound, so an old
// EIP that was put on an old machine is only reported. EIPs that a cloud service manages, that
// are on a machine which a service runs (a node of a Kubernetes cluster), or that cannot be
// taken off, are only reported too. If a VPC's path to the internet is approved, exempt it with
// a tag on the VPC, with an end date; tags on what is in it do not count.
//
// # What may break
//
// Anyone who has begun to use the address within these minutes. An EIP that is on nothing costs
// a small fee by the hour.
//
// # References
//
// VPC API UnassociateEipAddress, AssociateEipAddress, DescribeVpcs, DescribeNatGateways,
// DescribeEipAddresses, DescribeHaVips, DescribeIpv6Addresses (2016-04-28); ECS API
// DescribeInstances, DescribeNetworkInterfaces (2014-05-26); SLB API DescribeLoadBalancers,
// DescribeHealthStatus (2014-05-15); ALB API ListLoadBalancers (2020-06-16); NLB API
// ListLoadBalancers (2022-04-30). An IPv6 gateway alone is no way: the bandwidth of an address
// is, and an egress-only rule narrows it. Nor is a route, a VPN or a peering connection.
// Entries of a NAT gateway are reported as the gateway. Servers that join a server group of a
// Classic Load Balancer later are found by the sweep: that event names the group only. Not
// seen: container instances behind a Classic Load Balancer, ways through another VPC (CEN,
// peering).
package vpccriticalisolation
