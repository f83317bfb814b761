// Package sgpublicingress: security groups are open to the whole internet on web ports only.
//
// # What is wrong
//
// An ingress rule accepts traffic from the whole internet (0.0.0.0/0, ::/0, a few huge blocks
// that amount to it, a prefix list that holds it) on a port that is not allowed to be public.
// Anyone can then try passwords, or exploit what listens there. Only what really gets in
// counts: a rule behind a Drop rule of the same or a better priority is left alone, and so is a
// rule for an office.
//
// # What is done
//
// The smallest edit that closes it. The parts of a rule that are allowed (80 and 443 out of
// 1/65535, or the trusted addresses out of everyone) first get rules of their own; then the
// rule is revoked.
//
// Each edit is proved before it is made, for every address, protocol and port: nobody gets in
// who did not, nobody else is shut out, and what is forbidden is closed. If there is no proof
// for a rule, a person is told and the rule stays as it is. Rules that are right are never
// touched. Groups that a cloud service manages are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// A group is looked at when its rules or the lists that they name change, and when it is given
// to an instance or an interface, since it may have been open before. A new group has no rules,
// so there is nothing to look at when one is created. A rule that comes back is revoked as many
// times an hour as the settings allow; then a person is told. The message says who used the
// ports, if a VPC flow log has it, and proposes whom to let in.
//
// In the classic network only rules for the internet's interface count: those for the
// intranet's let in nobody from the internet. If public web servers need other ports, add them
// to allowed-ports if that is right for every group; otherwise exempt their group with a tag.
//
// # What may break
//
// Clients that reach a service on a port that was open to everyone, and private networks that
// came in by the same rule. A rule for ALL also carried protocols that no other rule can name
// (such as ESP); they are cut off with it. Give them rules that name their addresses, or allow
// the port in the settings.
//
// # References
//
// ECS API AuthorizeSecurityGroup, ModifySecurityGroupRule, RevokeSecurityGroup,
// DescribeSecurityGroupAttribute (2014-05-26). Revoking by attributes spares a rule that has
// changed since, and succeeds even if nothing matches, so the rules are read again after the
// change.
package sgpublicingress
