// Package ecspublicip: instances that do not need the internet have no public address.
//
// # What is wrong
//
// The instance has an address of its own in the internet: a static one, an elastic IP
// (EIP) on it, on one of its network interfaces or on a virtual IP that it answers for, or
// an IPv6 address with internet bandwidth. A load balancer in front is no address of its
// own. Strangers can try whatever its security groups let in, and data can leave
// past NAT and firewall. An instance that is meant to have one says so with a tag:
// internet=allowed, or another of the setting allowed-tags.
//
// # What is done
//
// EIPs are taken off the instance and stay in the account, so that the undo puts the
// same address back. Nothing is ever released. Static addresses and IPv6 addresses are
// only reported: a static one would be lost for good when its bandwidth is set to 0,
// which is also an order, and may cost money, on a subscription. EIPs that a cloud
// service manages, those on a virtual IP, which others may answer for, those on an instance that a service runs (a node of a Kubernetes
// cluster, a member of a scaling group), and those that cannot be taken off, are only
// reported too.
//
// Where the operator has chosen so (quarantine: isolate), the address stays and the instance is isolated: all its network
// interfaces are moved into a security group of its VPC with the tag ecsguard:quarantine, which admits nothing and lets
// nothing out, and which is made where there is none. The undo moves each back into the groups that it was in; the group stays. Nothing is
// moved into such a group that somebody has opened.
//
// # What may break
//
// Anyone who reaches the instance at its public address, and whatever the instance fetches from
// the internet if no NAT gateway serves its vSwitch. Bastions and NAT instances need the tag.
// An EIP that is on nothing costs a small fee by the hour. An isolated instance serves nobody, and reaches nothing.
//
// # References
//
// VPC API UnassociateEipAddress, AssociateEipAddress, DescribeEipAddresses,
// DescribeIpv6Addresses, DescribeHaVips (2016-04-28); ECS API DescribeInstances,
// DescribeNetworkInterfaces, ConvertNatPublicIpToEip, DescribeSecurityGroupAttribute, CreateSecurityGroup,
// ModifySecurityGroupPolicy, AuthorizeSecurityGroupEgress, ModifyInstanceAttribute, ModifyNetworkInterfaceAttribute (2014-05-26).
package ecspublicip
