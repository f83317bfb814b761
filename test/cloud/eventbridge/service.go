// Package eventbridge is EventBridge, API version 2020-04-01, and of it the default bus, to which
// cloud services send their events: its rules, and the functions that are their targets.
//
// Custom buses, event sources, other targets than functions, and transformations are left out. The
// bus promises "at least once": EventFaults makes it deliver twice, late and out of order.
package eventbridge

import (
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	fc *fc.Service
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
	c := &Service{Cloud: k, fc: kernel.Of(k, fc.New)}
	c.register()
	return c
}
