// Package sgtagbaseline: a tagged security group has the rules that its tag stands for.
//
// # What is wrong
//
// The settings say who may reach the groups with a tag, such as tier=db (baselines), and a
// group with that tag lets in somebody else: by an address, a prefix list, or another group,
// over IPv4 or IPv6, at any port. ICMP is left alone. A group with several of the tags may
// let in whom any of them allows. Without baselines in the settings nothing is wrong.
//
// # What is done
//
// What the tag does not allow is closed, and nothing else is: of a rule for more than it
// allows, the part that it allows stays, and a group of the baseline gets a rule of its own,
// since its members may have come in by that rule. An enterprise group can name no group:
// where the baseline has one, people are told instead. Replacement rules are added before any rule is
// removed, and a rule is removed only if it is still exactly as it was read. A group that a
// cloud service manages is only reported.
//
// # What may break
//
// Whoever used the group from elsewhere is cut off. Whoever puts a tag on a group closes it
// to all but those of its baseline.
//
// # References
//
// ECS API DescribeSecurityGroups, DescribeSecurityGroupAttribute, AuthorizeSecurityGroup,
// RevokeSecurityGroup, TagResources (2014-05-26).
package sgtagbaseline
