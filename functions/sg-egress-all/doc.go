// Package sgegressall: sensitive tiers cannot send anything anywhere.
//
// # What is wrong
//
// The group's tags say that it is of a sensitive tier (tier=db or tier=critical,
// unless the settings name others), and its members may send everything to everywhere:
// by an egress rule for all protocols to 0.0.0.0/0 or ::/0 with no Drop rule for the
// same before it, or, in a basic group, because no rule drops it. A basic group lets
// out what no rule is about: that it has no rules is no protection. Whoever has taken
// over a member carries the data out. Rules that name parts of the world, prefix lists,
// single protocols or some of the group's own addresses are not judged, nor is IPv6
// without a rule that opens it.
//
// # What is done
//
// The rules that open everything are revoked, where that closes it: in
// an enterprise group, and in a basic one with a Drop rule for everything behind them.
// The cloud's own services in 100.64.0.0/10 (DNS, metadata, mirrors, agents) are given
// a rule first, in the place of what is revoked. A basic group without such a Drop
// rule is only reported, since what its members need to reach has to be named before.
// Groups that a cloud service manages are only reported too.
//
// # What may break
//
// Everything that members send to places that no other rule names: updates, partners'
// APIs, DNS servers outside the cloud, other tiers.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, RevokeSecurityGroupEgress,
// AuthorizeSecurityGroupEgress (2014-05-26). Of two rules of the same priority Drop
// counts.
package sgegressall
