// Package natriskydnat: NAT gateways publish no port of high risk.
//
// # What is wrong
//
// A DNAT entry of an internet NAT gateway leads from a public address to a port that should
// never be public (SSH, RDP, databases, file shares), or maps every port of an address. What
// counts is the port that the instance listens on: 10022 outside that maps to 22 inside is
// still SSH. Gateways between private networks publish nothing and are left alone.
//
// # What is done
//
// The entry is deleted, if you have chosen that; the undo creates it again, with a new id. An
// entry for a range of ports is deleted as a whole, even if only one of its ports is at fault.
//
// # What may break
//
// Whoever reaches the instance through the entry is cut off at once, and that may be
// the only way in. Give them a bastion host or a VPN first.
//
// The entry is deleted by its id: if somebody corrects it in the round trip between the last
// look and this call, the correction is deleted with it.
//
// # References
//
// VPC API DescribeNatGateways, DescribeForwardTableEntries, DeleteForwardEntry,
// CreateForwardEntry (2016-04-28). Entries have no tags: to exempt one by tag, tag its gateway.
// IncorrectStatus.NATGW and IncorrectStatus.NatGateway are retried.
package natriskydnat
