// Package sgbridgeingress: bastion hosts let in the organisation only, and only to administer.
//
// # What is wrong
//
// The group of the bastion hosts (named SG_BRIDGE or tagged role=bridge, unless the
// settings say otherwise) lets in addresses that are not the organisation's, another
// group, or anybody at all on ports that are not for administration. Everything behind
// the bastion host is as safe as this group. ICMP is let be.
//
// # What is done
//
// Rules are revoked, narrowed or split until only the trusted addresses get in, and
// only at the ports of administration, as is proved first. Without trusted addresses
// in the settings a person is told, and so it is where the address from which the
// event was caused would lose its way in, or where nobody would have one any more.
// Groups that a cloud service manages are only reported.
//
// # What may break
//
// Administrators whose addresses are not in trusted are cut off. Name all of them
// before it is enforced.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26).
package sgbridgeingress
