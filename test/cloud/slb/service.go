// Package slb is Classic Load Balancer, API version 2014-05-15, as far as a security practice reads
// or changes it: balancers with their listeners, vServer groups and uploaded certificates.
//
// Nothing is balanced, and every server is healthy where its listener runs. Access control
// lists, forwarding rules, primary/secondary groups and domain extensions are left out.
//
// Settings of a listener are kept by the names of the API, as they were sent. Error codes are those
// of the API reference (help.aliyun.com/zh/slb/classic-load-balancer/developer-reference).
package slb

import (
	"github.com/ecsguard/ecsguard/test/cloud/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	vpc *vpc.Service
	ecs *ecs.Service
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
