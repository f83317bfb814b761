// Package natriskydnat: NAT gateways publish no port of high risk.
//
// # What is wrong
//
// A DNAT entry of an internet NAT gateway leads from a public address to a port that
// should never be public (SSH, RDP, databases, file shares), or maps every port of an
// address. The port counts that the instance listens on: 10022 outside is SSH all the
// same. Gateways between private networks publish nothing and are let be.
//
// # What is done
//
// The entry is deleted where you choose so; the undo makes it again, with a new id. An
// entry for a range of ports goes as a whole, also when one port of it is at fault.
//
// # What may break
//
// Whoever reaches the instance through the entry is cut off at once, and that may be
// the only way in. Give them a bastion host or a VPN first.
//
// The entry is named by its id: one that somebody corrects in the round trip between
// the last look and this call is deleted with his correction.
//
// # References
//
// VPC API DescribeNatGateways, DescribeForwardTableEntries, DeleteForwardEntry,
// CreateForwardEntry (2016-04-28). Entries have no tags: an exemption in a tag is the
// gateway's. IncorrectStatus.NATGW and IncorrectStatus.NatGateway are tried again.
package natriskydnat
