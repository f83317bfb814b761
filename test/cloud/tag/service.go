// Package tag is the product Tag, API version 2018-08-28: it tags the resources of all other
// products by their ARNs, and finds them by their tags.
//
// It knows no product: each shows it its tables (kernel.Show). A resource whose type has no name in
// ARNs is not found.
package tag

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
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
