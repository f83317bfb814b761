// Package logservice is Simple Log Service, API version 0.6.0, as its SDKs and the command line use
// it: projects with their tags and policy, logstores with shards and an index, writing, pulling by
// cursor, searching, histograms, and analytic statements of a subset of SQL.
//
// It is as awkward as the real one where that has been documented: an index is not applied to older
// logs and lags behind what is written, longer for what is dated back; a shard is read in order; a
// write may show late (kernel.Fault.Unseen). Consumer groups, alerts, dashboards, and splitting and
// merging of shards are left out, and refused by name.
package logservice

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
}

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	c.register()
	return c
}
