// Package vpccidroverlap: networks that are connected do not overlap, and vSwitches have room.
//
// # What is wrong
//
// A block of the VPC, its first, a further one or one of IPv6, overlaps a block of a VPC that it is
// connected to, by a peering connection (also one that still waits to be accepted) or by Cloud
// Enterprise Network. No route reaches what has the same address on both sides, and packets end
// at the wrong machine. Only connected VPCs are compared: the default blocks are the same everywhere.
// Or a vSwitch is smaller than the setting smallest (/26), or has fewer than free-addresses left
// (10): then machines go where there is room, and not where they belong.
//
// # What is done
//
// A person is told. A block cannot be changed once it is there. Nothing is deleted.
// VPCs with one of the setting sandbox-tags are not judged, nor are the vSwitches in them. What cannot
// be read, such as a CEN of another account, is told, and hides nothing that can.
//
// # What may break
//
// Nothing: nothing is changed.
//
// # References
//
// VPC API DescribeVpcs, DescribeVpcAttribute (AssociatedCens), DescribeVSwitches (2016-04-28);
// VpcPeer API ListVpcPeerConnections (2022-01-01); Cbn API DescribeCenAttachedChildInstances
// (2017-09-12). A VPC at the other end of a peering connection is told of when it is swept.
// Events of CEN are kept in one region: in others the sweep finds what was attached. Addresses run
// out without an event: the sweep finds that. Not compared: networks behind VPN
// gateways, Express Connect and router interfaces, and VPCs of other accounts in a CEN.
package vpccidroverlap
