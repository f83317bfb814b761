// Package bss is billing, API version 2017-12-14: clients ask it which of the two sites an account
// belongs to, and people ask what is left. Nothing costs anything here.
package bss

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
