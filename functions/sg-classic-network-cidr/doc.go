// Package sgclassicnetworkcidr: internal rules of the classic network name no addresses.
//
// # What is wrong
//
// A security group of the classic network lets in an address or a prefix over the intranet
// (prefix lists it cannot name). Instances of all customers of a region share that network, and an address
// that is released becomes somebody else's: whoever gets it is let in. A rule that names a
// security group lets in that group's members, whatever their addresses. Rules for the
// internet's interface, Drop rules, and groups of a VPC are left alone.
//
// # What is done
//
// Each such rule is told of, with the commands that put a rule for a group in its place. If
// the settings say so (revoke), the rule is revoked; the undo makes it again. A rule that
// also lets in an address of trusted is only told of.
//
// # What may break
//
// Whoever came in by the rule is cut off where it is revoked.
//
// # References
//
// ECS API DescribeSecurityGroups, DescribeSecurityGroupAttribute (NicType), RevokeSecurityGroup
// (2014-05-26). The classic network ended on 2025-02-28: whatever is left in it has to move
// into a VPC.
package sgclassicnetworkcidr
