// Package vpc is Virtual Private Cloud, API version 2016-04-28, as far as a security practice
// reads or changes it: VPCs, vSwitches, route tables, elastic IP addresses, NAT gateways with their
// entries, network ACLs, flow logs, IPv6 gateways, HaVips.
//
// No packet is ever sent: a route, an ACL and a flow log say what would become of one. Peering,
// VPN, Express Connect, CEN, traffic mirroring, IPAM and gateway endpoints are left out.
//
// Names, types and limits of parameters are those of the published API metadata
// (api.aliyun.com/product/Vpc); error codes are those of the API reference
// (help.aliyun.com/zh/vpc/developer-reference).
package vpc

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	hooks
	state

	loading *loading // while the state is being read from a document
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

func (c *Service) request(q *kernel.Request) *request { return &request{q, c} }

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	c.VPCUsers = map[string]func(vpc string) bool{}
	c.register()
	return c
}
