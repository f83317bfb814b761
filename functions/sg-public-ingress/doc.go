// Package sgpublicingress: security groups are open to the whole internet on web ports only.
//
// # What is wrong
//
// An ingress rule accepts traffic from the whole internet (0.0.0.0/0, ::/0, a few
// huge blocks that amount to it, a prefix list that holds it) on a port that is not
// allowed to be public. Anyone can then try passwords, or exploit what listens there.
// Only what really gets in counts: a rule behind a Drop rule of the same or a better
// priority is let be, and so is a rule for an office.
//
// # What is done
//
// The smallest edit that closes it. What may stay of a rule (1/65535 holds 80 and 443,
// and everyone holds the trusted addresses) gets rules of its own first; then the rule
// is revoked.
//
// Each edit is proved before it is made, for every address, protocol and port: nobody
// gets in who did not, nobody else is shut out, and what is forbidden is closed. Of a
// rule without a proof a person is told, and it stays as it is, like every rule that is
// right. Groups that a cloud service manages are only reported.
//
// Rules that are kept come before others go, and a rule goes only if it still says what
// it said when it was read. In a group that takes no more rules one is narrowed in its
// place instead: what somebody makes of that rule in the same moment is written over.
//
// A group is looked at when its rules or the lists that they name change, and when it
// is given to an instance or an interface, since it may have been open before. A new
// group has no rules, so nothing is to be seen when one is made. A rule that comes back
// is revoked as often an hour as the settings allow; then a person is told. The message
// says who used the ports, if a VPC flow log has it, and proposes whom to let in.
//
// In the classic network only rules for the internet's interface count: those for the
// intranet's let in nobody from the internet. A group of public web servers with ports
// of its own gets them in allowed-ports if they are right for every group, and an
// exemption in a tag if they are not.
//
// # What may break
//
// Clients that reach a service on a port that was open to everyone, and private
// networks that came in by the same rule. With a rule for ALL go protocols that no
// other rule can name (ESP, say). Give them rules that name their addresses,
// or allow the port in the settings.
//
// # References
//
// ECS API AuthorizeSecurityGroup, ModifySecurityGroupRule, RevokeSecurityGroup,
// DescribeSecurityGroupAttribute (2014-05-26). Revoking by attributes spares a rule that
// has changed since, and succeeds where nothing matches: so the rules are read again
// after the change.
package sgpublicingress
