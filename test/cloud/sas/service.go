// Package sas is Security Center, API version 2018-12-03: the ports on which instances listen, and
// the edition, which decides whether it tells them.
//
// It has two centres and no regions: that of the mainland and that of everywhere else, each of
// which answers for all regions that it looks after. So the host says what a call is about, and
// RegionId nothing. What listens is what a document says of instances (listening, of ecs).
package sas

import (
	"github.com/ecsguard/ecsguard/test/cloud/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	ecs *ecs.Service
	vpc *vpc.Service
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
	c := &Service{Cloud: k, ecs: kernel.Of(k, ecs.New), vpc: kernel.Of(k, vpc.New)}
	c.register()
	return c
}
