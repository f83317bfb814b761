// Package actiontrail is ActionTrail, API version 2020-07-06: trails, the delivery of their events
// to the log service, data event selectors, and the look-up of events.
//
// Every write of the cloud becomes a record here; reads become none, unlike in the real service.
// A trail to a bucket delivers nothing, as there is no object storage. Insights and
// multi-account settings but for the flag of an organization's trail are left out.
package actiontrail

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	logs *logservice.Service
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
	c := &Service{Cloud: k, logs: kernel.Of(k, logservice.New)}
	c.register()
	return c
}
