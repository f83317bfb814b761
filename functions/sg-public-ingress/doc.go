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
// The rules that let the internet in are revoked by their ids. Where such a rule
// also opens allowed ports (1/65535 opens 443 too), rules for these are made first.
// Every other rule stays as it is. Groups that a cloud service manages are only
// reported. The message says who used the ports, if a VPC flow log has it, and
// proposes whom to let in.
//
// # What may break
//
// Clients that reach a service on a port that was open to everyone, and private
// networks that came in by the same rule. Give them rules that name their addresses,
// or allow the port in the settings.
//
// # References
//
// ECS API AuthorizeSecurityGroup, RevokeSecurityGroup, DescribeSecurityGroupAttribute
// (2014-05-26). Revoking by attributes succeeds where nothing matches, so ids are used.
package sgpublicingress
