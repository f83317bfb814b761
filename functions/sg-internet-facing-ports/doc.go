// Package sginternetfacingports: security groups that face the internet open the ports of their service only.
//
// # What is wrong
//
// The internet reaches a member of the group, by a static public address, an elastic
// IP (EIP) on it or on a virtual IP that it answers for, an IPv6 address with internet
// bandwidth, a DNAT entry, or a load balancer in front, and the group lets somebody in on a port that is not its service's. The service is TCP 80 and 443, what
// the settings add, and what a tag of the group lists (ecsguard:service-ports, "8080
// 9000/9100"). Who is let in does not matter: an office, a private block and another
// group count as much as the internet, since a machine that faces it should do one
// thing. ICMP has no ports and is let be. GRE and ALL hold every port.
//
// Only what really gets in counts: a rule behind a Drop rule of the same or a better
// priority is let be. The path has to lead to the very interface that is in the group.
// Of a group that only load balancers are in front of, the ports to which they forward are
// its service as well, and the rest is told: nothing is changed.
//
// # What is done
//
// Where you choose so, the rules are narrowed or revoked until only the service is
// open, as is proved first; trusted addresses and groups keep what they have. Where a
// rule for addresses goes, trusted groups are given a rule of their own first, since
// they may have come in by it. The groups of bastion hosts are left to
// sg-bridge-ingress. Where the tag cannot be read as ports a person is told, and so it
// is of groups that a cloud service manages.
//
// A change of rules, or of the lists that they name, is looked at in seconds, and so is
// who joins or is launched into the group, and who in it gets an address, bandwidth or
// a DNAT entry. Of these a person is told, and no rule is changed before the next sweep:
// the machine may be the mistake, and others may need the rules. The message says who
// used the ports, if a VPC flow log has it, and proposes whom to let in.
//
// Rules that are kept come before others go, and a rule goes only if it still says what
// it said when it was read. In a group that takes no more rules one is narrowed in its
// place instead: what somebody makes of that rule in the same moment is written over.
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
