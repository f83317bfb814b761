// Package sgbridgeingress: bastion hosts let in the organisation only, and only to administer.
//
// # What is wrong
//
// The group of the bastion hosts (named SG_BRIDGE or tagged role=bridge, unless the
// settings say otherwise) lets in addresses that are not the organisation's, private
// ones included, or another group, or anybody at all on ports that are not for
// administration: RDP over UDP among them. Everything behind the bastion host is as safe
// as this group. The organisation may ping it, and nobody else.
//
// # What is done
//
// Rules are revoked, narrowed or split until only the organisation's addresses get in, and only
// at the ports of administration, which is proved first. The way in for emergencies
// (break-glass, trusted) stays as it is. In three cases a person is told instead: if the
// settings do not name the organisation's addresses, because then, at the right ports, only the
// whole internet is known to be wrong; if nobody could come in any more (the settings may name
// the wrong addresses); and if whoever caused the event would lose the access by which they
// came. Access that the event itself has opened does not count as theirs: otherwise opening the
// group to one's own address would protect that opening from being closed. The sweep closes
// what is left, as it has no caller. Groups that a cloud service manages are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// Administrators whose addresses are not in the settings are cut off: a new office, homes, a
// VPN, which comes from private addresses. So is monitoring that connects to the bastion
// host from inside. Name all of them before it is enforced.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26). Of a group in the classic network the rules of the internet interface
// are judged, and not those of the other. That a group gets the name or the tag has no
// event here: the next sweep judges it.
package sgbridgeingress
