// Package alb is Application Load Balancer, API version 2020-06-16, as far as a security practice
// reads or changes it: balancers, their listeners, server groups, and TLS policies.
//
// Nothing is balanced. Forwarding rules, access control lists, health of servers, and logs of
// access are left out, and their actions are refused by name.
//
// What changes a resource is a job: the answer has its JobId, and the resource is Configuring until
// the change is carried out, when a second change is refused with IncorrectStatus. Two products of
// one family do not speak alike: where Classic Load Balancer says internet, this one says
// Internet, and its codes are ResourceNotFound.LoadBalancer where those of ECS end in .NotFound.
package alb

import (
	"github.com/ecsguard/ecsguard/test/cloud/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
	vpc  *vpc.Service
	ecs  *ecs.Service
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
	c := &Service{Cloud: k, vpc: kernel.Of(k, vpc.New), ecs: kernel.Of(k, ecs.New)}
	c.register()
	return c
}
