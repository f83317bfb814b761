// Package sgreferencegroup: one tier lets another in by its security group and not by addresses.
//
// # What is wrong
//
// The group is of a tier that others call (tier=db or tier=app, unless the settings
// name others), and an ingress rule for TCP, UDP or everything lets in a whole block of
// the VPC: one wider than /28, or of IPv6 wider than /124, which are 16 addresses each.
// Whatever gets an address there is let in, today the application, tomorrow anything.
// A rule that names the callers' security group follows them and nobody else.
//
// Blocks outside of the VPC's own (other VPCs, offices, data centres) cannot be named otherwise
// and are left alone; so are rules behind Drop rules, and blocks in the setting allowed.
// Sources that are not private are judged by sg-public-ingress.
//
// # What is done
//
// It is reported, rule by rule, with the groups that have members in the block and the command
// that lets the largest of them in. Only the owner knows which of them are meant. Enterprise
// groups take no group as a source: there, make a prefix list of the callers' own addresses;
// its entries are judged in the same way.
//
// # What may break
//
// Nothing is changed. Revoking the block cuts off callers that are in none of the groups named
// by then; the flow log of the VPC shows who they are. An Application Load Balancer calls from
// addresses of its vSwitches: put these into allowed.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, DescribeNetworkInterfaces,
// AuthorizeSecurityGroup (SourceGroupId is in the same VPC, or it is refused with
// InvalidSourceGroupId.Mismatch), CreatePrefixList (2014-05-26); VPC API DescribeVpcs
// (2016-04-28), with all blocks of a VPC. UserCidrs are not the VPC's own.
package sgreferencegroup
