// Package vpcpeer is VPC peering connections, API version 2022-01-01, as far as a practice reads
// or changes them: connections between two VPCs, of whatever region and account.
//
// Bandwidths, resource groups and bills are left out, and so is a connection that expires. No
// packet takes a connection: routes say what would. Parameters are those of the SDK, codes and
// states those of the API reference (help.aliyun.com/zh/vpc/developer-reference).
package vpcpeer

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	networks *vpc.Service
	kept     state
}

// state is what a document says of the product.
type state struct {
	Connections kernel.Table[*connection] `yaml:"connections,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Connections, connectionRows)}
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

// New adds the product to a cloud. RAM knows its actions as those of the VPC.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k, networks: kernel.Of(k, vpc.New)}
	kernel.Keep(k, c, "vpcpeer", func(c *Service) *state { return &c.kept }, (*Service).tables)
	kernel.Serve(k, func(q *kernel.Request) *request { return &request{q, c} }, &kernel.Product{
		Code: "VpcPeer", Ram: "vpc", Version: "2022-01-01", Endpoint: kernel.Host("vpcpeer.aliyuncs.com"),
	}, connectionActions)
	return c
}
