// Package sgbridgeonlyadmin: machines are administered from the bastion host only.
//
// # What is wrong
//
// The VPC has a group of bastion hosts (named SG_BRIDGE or tagged role=bridge, unless the
// settings say otherwise), and another group lets somebody else in at the ports of
// administration: the internet, a private block, another group, of another account too. Where
// there is no such group in the VPC, and in the classic network, nothing is judged: ports that
// are open to the internet belong to another practice. A group without any such rule is right:
// if Cloud Assistant does the work, nobody needs the ports.
//
// # What is done
//
// The ports of administration are closed to all but the bastion hosts and the management
// addresses in trusted, and nothing else is. Before a rule for addresses is removed, the
// bastion hosts are given a rule of their own, since they may have come in by it. A person is
// told instead if nobody, not even the bastion hosts, could come in at one of the ports any
// more; if no instance is in their group; and if one of the groups is an enterprise group,
// which can neither name another group nor be named by one: there the addresses of the bastion
// hosts may come in. Groups that a cloud service manages are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// Anything that administers from elsewhere is cut off: deployment tools, jump hosts without the
// tag, monitoring by SSH.
//
// # References
//
// ECS API DescribeSecurityGroups, DescribeNetworkInterfaces, AuthorizeSecurityGroup,
// ModifySecurityGroupRule, RevokeSecurityGroup (2014-05-26). A source group is in the same VPC.
package sgbridgeonlyadmin
