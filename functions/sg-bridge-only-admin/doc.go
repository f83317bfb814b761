// Package sgbridgeonlyadmin: machines are administered from the bastion host only.
//
// # What is wrong
//
// The VPC has a group of bastion hosts (named SG_BRIDGE or tagged role=bridge, unless
// the settings say otherwise), and another group lets somebody else in at the ports of
// administration: the internet, a private block, another group, of another account too.
// Where there is no such group in the VPC, and in the classic network, nothing is
// judged: what is open to the internet is another practice's. A group without any such
// rule is right: where Cloud Assistant does the work nobody needs the ports.
//
// # What is done
//
// The ports of administration are closed to all but the bastion hosts and the
// management addresses in trusted, and nothing else is. Where a rule for addresses
// goes, the bastion hosts are given a rule of their own first, since they may have come
// in by it. A person is told instead where nobody could come in at one of the ports any
// more, the bastion hosts neither; where no instance is in their group; and where one of
// the groups is an enterprise group, which names no group and is named by none: there
// the addresses of the bastion hosts may come in. Groups that a cloud service manages
// are only reported.
//
// Rules that are kept come before others go, and a rule goes only if it still says what
// it said when it was read. In a group that takes no more rules one is narrowed in its
// place instead: what somebody makes of that rule in the same moment is written over.
//
// # What may break
//
// Whoever administers from elsewhere is cut off: deployment tools, jump hosts without
// the tag, monitoring by SSH.
//
// # References
//
// ECS API DescribeSecurityGroups, DescribeNetworkInterfaces, AuthorizeSecurityGroup,
// ModifySecurityGroupRule, RevokeSecurityGroup (2014-05-26). A source group is in the same VPC.
package sgbridgeonlyadmin
