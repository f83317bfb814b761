// Package cms is CloudMonitor, API version 2019-01-01, as far as the data of a metric is read.
//
// Nothing is measured: what a metric has counted is what a document says. Alarms, agents and groups are left out, and
// so is the list of metrics: any that a call names exists, and has nothing where the document has nothing.
package cms

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
}

// state is what a document says of the product.
type state struct {
	Points kernel.Table[*point] `yaml:"points,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Points, pointRows)}
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	kernel.Keep(k, c, "cms", func(c *Service) *state { return &c.kept }, (*Service).tables)
	kernel.Serve(k, func(q *kernel.Request) *request { return &request{q, c} }, &kernel.Product{
		Code: "Cms", Ram: "cms", Version: "2019-01-01", Endpoint: kernel.Regional("metrics"),
	}, metricActions, "metrics.*.aliyuncs.com")
	return c
}
