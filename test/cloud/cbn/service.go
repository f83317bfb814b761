// Package cbn is Cloud Enterprise Network, API version 2017-09-12, as far as a practice reads it:
// which networks are attached to a CEN.
//
// Transit routers, bandwidth packages, route maps and tables are left out: a VPC that is attached by
// a transit router stands among the attached ones. Parameters are those of the SDK, codes those of the API reference
// (help.aliyun.com/zh/cen/developer-reference).
package cbn

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
}

// state is what a document says of the product.
type state struct {
	Cens kernel.Table[*cen] `yaml:"cens,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Cens, cenRows)}
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

// New adds the product to a cloud, and has VPCs say which CENs they are attached to.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	networks := kernel.Of(k, vpc.New)
	networks.CENsOf = append(networks.CENsOf, c.of)
	kernel.Keep(k, c, "cbn", func(c *Service) *state { return &c.kept }, (*Service).tables)
	kernel.Serve(k, func(q *kernel.Request) *request { return &request{q, c} }, &kernel.Product{
		Code: "Cbn", Ram: "cen", Version: "2017-09-12", Global: true, Endpoint: kernel.Host("cbn.aliyuncs.com"),
	}, cenActions)
	return c
}
