// Package vpcnetworkacl: a network ACL guards the vSwitches with private data.
//
// # What is wrong
//
// A vSwitch that is tagged as one with private data has no network ACL, or has one that lets
// the internet in on a port of high risk. A mistake in one security group is then enough to
// expose the data. The first entry that matches decides, so an entry behind one that drops is
// left alone, and so is one for known addresses.
//
// # What is done
//
// A person is told. An ACL is stateless: if one is put in front of a running vSwitch, or
// rewritten, it blocks return traffic unless it also lets that back in, and only those who know
// the traffic can write it.
//
// # What may break
//
// Nothing: nothing is changed.
//
// # References
//
// VPC API DescribeVSwitches, DescribeNetworkAclAttributes, AssociateNetworkAcl,
// UpdateNetworkAclEntries (2016-04-28). UpdateNetworkAclEntries replaces all entries
// of a direction; entries of the system and of services are not sent. Not all regions
// and zones have ACLs. Exempt the vSwitches of ACK's pods by tag.
package vpcnetworkacl
