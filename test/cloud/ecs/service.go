package ecs

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	vpc *vpc.Service
	ram *ram.Service

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
func New(k *kernel.Cloud, network *vpc.Service, identities *ram.Service) *Service {
	c := &Service{Cloud: k, vpc: network, ram: identities}
	c.register()
	return c
}
