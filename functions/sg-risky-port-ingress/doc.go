// Package sgriskyportingress: SSH, RDP and other ports of high risk are closed to the internet.
//
// # What is wrong
//
// An ingress rule lets the whole internet in on a port by which machines are taken
// over every day: remote shells and desktops, file shares, databases, caches, the
// Docker API, and UDP services that answer a small question with a forged sender at
// length, so that they flood others. DNS, QUIC and VPNs are not among them: they are
// meant for everyone where they are open. Rules behind a Drop of the same or a better
// priority are let be, and so are rules for an office.
//
// Once the setting offices names the organisation's own addresses, any other address of the
// internet that is let in on such a port, a /16 or a single one, is told as well, as low: a
// person may know whose it is. Private addresses and groups are not meant.
//
// In the classic network only rules for the internet's interface count.
//
// # What is done
//
// Those ports are closed and nothing else: a rule for one of them is revoked, and a
// range that holds some is split around them (20/30 becomes 24/24 and 26/30). A rule
// for all protocols gets Drop rules in front of it. That nobody else is shut out, and
// nobody let in, is proved first, of a Drop rule also for machines with further groups,
// whose rules count together; of a rule for which it cannot be, a person is told. Groups
// that a cloud service manages are only reported.
//
// Rules that are kept come before others go, and a rule goes only if it still says what
// it said when it was read. In a group that takes no more rules one is narrowed in its
// place instead: what somebody makes of that rule in the same moment is written over.
//
// # What may break
//
// Whoever comes in on such a port from an address that no other rule names, from
// private networks by that same rule as well. Name the company's own addresses in
// trusted before it is enforced.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26). Cloud Config rule sg-risky-ports-check, whose list is part of this one.
// CISA alert TA14-017A is about UDP protocols that amplify.
package sgriskyportingress
