// Package config is Cloud Config, API versions 2020-09-07 and 2019-01-08: what it records of the
// account's resources, its rules, managed ones and those of functions, and what they find.
//
// It does not watch: it looks some time after a write (ConfigDelay; the real one every ten minutes), and what has
// come and gone in between it never sees. Compliance packs, remediations, aggregators and delivery
// channels are left out.
//
// Both versions are served under the same hosts, and the call's Version tells them apart: samples of
// custom rules by Alibaba Cloud itself still use the older one.
package config

import (
	"github.com/ecsguard/ecsguard/test/cloud/actiontrail"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	fc     *fc.Service
	trails *actiontrail.Service
	ram    *ram.Service
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
	c := &Service{Cloud: k, fc: kernel.Of(k, fc.New), trails: kernel.Of(k, actiontrail.New), ram: kernel.Of(k, ram.New)}
	c.register()
	return c
}
