// Package nlb is Network Load Balancer, API version 2022-04-30: no more of it than says what a
// balancer leads to, and from where it can be reached.
//
// A balancer has no listeners here. Which server groups it leads to is what a document says of the
// groups, and nothing changes it.
package nlb

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
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
	c.register()
	return c
}
