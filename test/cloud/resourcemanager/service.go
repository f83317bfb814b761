// Package resourcemanager is Resource Management, API version 2020-03-31: the resource directory with its folders,
// members and control policies, resource groups, policies that are attached by scope, the roles of services.
//
// The account is the management account of its directory. A control policy restricts members and never that
// account, so that nothing here is refused because of one. Members are names: they have no resources, and no calls
// are made in them. What is attached within a resource group is listed, and not judged. Invitations, delegated
// administrators, tags of members and the transfer of resources are left out.
//
// Names and types of parameters are those of the published API metadata (api.aliyun.com/product/ResourceManager).
package resourcemanager

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	ram *ram.Service
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
	c := &Service{Cloud: k, ram: kernel.Of(k, ram.New)}
	c.register()
	return c
}
