// Package sginternetfacingports: security groups that face the internet open the ports of their service only.
//
// # What is wrong
//
// The internet reaches a member of the group, by a static public address, an elastic IP (EIP)
// on it or on a virtual IP that it answers for, an IPv6 address with internet bandwidth, a DNAT
// entry, or a load balancer in front, and the group lets somebody in on a port that is not its
// service's. The service is TCP 80 and 443, what the settings add, and what a tag of the group
// lists (ecsguard:service-ports, "8080 9000/9100"). Who is let in does not matter: an office, a
// private block and another group count as much as the internet, since a machine that faces it
// should do one thing. ICMP has no ports and is left alone. GRE and ALL count as every port.
//
// Only what really gets in counts: a rule behind a Drop rule of the same or a better priority
// is left alone. The path has to lead to the very interface that is in the group. For a group
// that is reached only through load balancers, the ports to which they forward belong to its
// service as well; other ports are reported, and nothing is changed.
//
// # What is done
//
// If you have chosen that, the rules are narrowed or revoked until only the service is open,
// which is proved first; trusted addresses and groups keep their access. Before a rule for
// addresses is removed, trusted groups are given a rule of their own, since they may have come
// in by it. The groups of bastion hosts are left to sg-bridge-ingress. A tag that cannot be
// read as ports, and a group that a cloud service manages, are only reported.
//
// The group is looked at within seconds when its rules or the lists that they name change, when
// a machine joins it or is launched into it, and when a machine in it gets an address,
// bandwidth or a DNAT entry. In the cases that concern a machine a person is told, and no rule
// is changed before the next sweep: the machine may be the mistake, and others may need the
// rules. The message says who used the ports, if a VPC flow log has it, and proposes whom to
// let in.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// Administration (SSH, RDP), monitoring and the calls of other machines on ports that
// are not the service's: name their addresses in trusted, or their groups in
// trusted-groups. The bastion hosts' group is one of those, and so is what a load
// balancer calls from (100.64.0.0/10 for CLB) where members have a path of their own.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup,
// DescribeInstances, DescribeNetworkInterfaces (2014-05-26); VPC API
// DescribeForwardTableEntries, DescribeIpv6Addresses (2016-04-28). The source group of a
// rule is in the same VPC, and an enterprise group takes none: other trusted groups get
// no rule. Of the classic network the rules of the internet side are judged. Whoever
// may tag the group may open a port by the tag: where that is too much, set ports-tag
// to nothing.
package sginternetfacingports
