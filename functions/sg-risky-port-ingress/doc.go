// Package sgriskyportingress: SSH, RDP and other ports of high risk are closed to the internet.
//
// # What is wrong
//
// An ingress rule lets the whole internet in on a port by which machines are taken over every
// day: remote shells and desktops, file shares, databases, caches, the Docker API, and UDP
// services that can be used for amplification attacks (a small request with a forged sender, a
// long answer). DNS, QUIC and VPNs are not among them: they are meant for everyone where they
// are open. Rules behind a Drop of the same or a better priority are left alone, and so are
// rules for an office.
//
// Once the setting offices names the organisation's own addresses, any other address of the
// internet that is let in on such a port, a /16 or a single one, is reported too, with severity
// low: a person may know whose it is. Private addresses and groups do not count.
//
// In the classic network only rules for the internet's interface count.
//
// # What is done
//
// Those ports are closed and nothing else: a rule for one of them is revoked, and a range that
// holds some is split around them (20/30 becomes 24/24 and 26/30). A rule for all protocols
// gets Drop rules in front of it. It is proved first that nobody else is shut out and nobody
// new let in; for a Drop rule also on machines with further groups, whose rules count together.
// A rule for which this cannot be proved is only reported. Groups that a cloud service manages
// are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// Anyone who comes in on such a port from an address that no other rule names, private networks
// included. Name the company's own addresses in trusted before you enforce this.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26). Cloud Config rule sg-risky-ports-check, whose list is part of this one.
// CISA alert TA14-017A is about UDP protocols that amplify.
package sgriskyportingress
