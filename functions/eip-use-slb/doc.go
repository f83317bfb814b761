// Package eipuseslb: what the internet reaches is behind load balancers, and what only goes out uses a NAT gateway.
//
// # What is wrong
//
// Two or more instances with the same tag app (or another of the setting app-tag) each have an EIP,
// and no load balancer leads to them: each is a target by itself, and clients fail with each.
// Or an instance has an EIP while its security groups let nobody of the internet in: it only goes
// out, for which a NAT gateway will do, and one rule too many opens it to everybody. Or an
// EIP is on nothing, longer than the setting idle-days after it was made (7): it costs money, and the
// next who takes it need not be asked.
//
// # What is done
//
// A person is told. Only people can change the architecture. What cannot be read
// is told, and hides nothing that can.
//
// # What may break
//
// Nothing: nothing is changed.
//
// # References
//
// VPC API DescribeEipAddresses, UnassociateEipAddress, ReleaseEipAddress, CreateSnatEntry
// (2016-04-28); ECS API DescribeInstances, DescribeSecurityGroupAttribute (2014-05-26); SLB API
// DescribeLoadBalancers, DescribeHealthStatus (2014-05-15); ALB API ListServerGroups
// (2020-06-16); NLB API ListServerGroups (2022-04-30). Since when an EIP is on nothing no
// answer says. EIPs on further interfaces and on virtual IPs are not counted, and EIPs that a service
// manages are its own. A security group that changes later is seen by the sweep.
package eipuseslb
