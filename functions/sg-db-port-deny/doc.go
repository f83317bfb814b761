// Package sgdbportdeny: the internet is refused on the ports of databases.
//
// # What is wrong
//
// An ingress rule lets the whole internet in on the port of a database or cache, alone
// or in a range, and no Drop rule of the same or a better priority takes it back. In
// the classic network only rules for the internet's interface count.
//
// # What is done
//
// A rule for such a port alone is revoked. In front of a rule that lets in other things as
// well, Drop rules for the database ports are made. The guide gives them priority 100, where
// they do nothing: 1 is the best priority and 100 the worst, and of two rules the better one
// counts. So they get the priority of the rule that lets the internet in, where a Drop wins. If
// that would hit others of this priority (an application's group, or callers who come in by a
// further group of a machine), both the rule and its Drop rules are moved to a lower priority.
// The edit is proved to shut out nobody else; if no Drop rule can do that, the range is split.
// Groups that a cloud service manages are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// Anyone who uses the database from an address that no other rule names. Rules that are made
// later are stopped by the Drop rule unless their priority is better. The health checks of a
// load balancer come from 100.64.0.0/10: trust that where one is in front.
//
// # References
//
// ECS API AuthorizeSecurityGroup, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26): "1 indicates the highest priority"; at the same priority Drop counts.
package sgdbportdeny
