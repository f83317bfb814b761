// Package cas is Certificate Management Service, API version 2020-04-07, as far as it is asked which
// certificates there are and when they end.
//
// It has one centre for all regions. Nothing is issued or deployed, and neither certificates nor private keys are
// kept: a document says of one what lists tell. A list without a status is of the valid ones alone, as the
// page of ListUserCertificateOrder has it; orders (CPACK, BUY) are left out.
package cas

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
}

// state is what a document says of the product.
type state struct {
	Certificates kernel.Table[*certificate] `yaml:"certificates,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Certificates, certificateRows)}
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
	kernel.Keep(k, c, "cas", func(c *Service) *state { return &c.kept }, (*Service).tables)
	kernel.Serve(k, func(q *kernel.Request) *request { return &request{q, c} }, &kernel.Product{
		Code: "Cas", Ram: "yundun-cert", Version: "2020-04-07", Global: true, Endpoint: kernel.Host("cas.aliyuncs.com"),
	}, certificateActions)
	return c
}
