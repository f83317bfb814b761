// Package sgbridgeonlyadmin: machines are administered from the bastion host only.
//
// # What is wrong
//
// The VPC has a group of bastion hosts (named SG_BRIDGE or tagged role=bridge, unless
// the settings say otherwise), and another group lets somebody else in at the ports of
// administration: the internet, a private block, another group. Where there is no such
// group in the VPC nothing is judged: what is open to the internet is another
// practice's.
//
// # What is done
//
// The ports of administration are closed to all but the bastion hosts and the
// management addresses in trusted, and nothing else is. Where a rule for addresses
// goes, the bastion hosts are given a rule of their own first, since they may have come
// in by it. Enterprise groups take no group for a source, and are only reported, as
// are groups that a cloud service manages.
//
// # What may break
//
// Whoever administers from elsewhere is cut off: deployment tools, jump hosts without
// the tag, monitoring by SSH.
//
// # References
//
// ECS API DescribeSecurityGroups, AuthorizeSecurityGroup, RevokeSecurityGroup
// (2014-05-26). A source group is in the same VPC.
package sgbridgeonlyadmin
