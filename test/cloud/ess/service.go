// Package ess is Auto Scaling, API version 2014-08-28, as far as what instances are made from is read and changed:
// scaling configurations.
//
// Nothing is scaled: groups, rules, activities and configurations of containers are left out. Names, types and limits
// are those of the official SDK (services/ess) and of the pages DescribeScalingConfigurations and
// ModifyScalingConfiguration.
package ess

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
}

// state is what a document says of the product.
type state struct {
	Configurations kernel.Table[*configuration] `yaml:"scaling-configurations,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Configurations, configurationRows)}
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

// endpoint: the older regions share one host.
func endpoint(region string) string {
	if region == "cn-hangzhou" || region == "cn-shanghai" || region == "cn-beijing" || region == "ap-southeast-1" {
		return "ess.aliyuncs.com"
	}
	return kernel.Regional("ess")(region)
}

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	kernel.Keep(k, c, "ess", func(c *Service) *state { return &c.kept }, (*Service).tables)
	kernel.Serve(k, func(q *kernel.Request) *request { return &request{q, c} }, &kernel.Product{
		Code: "Ess", Ram: "ess", Version: "2014-08-28", Endpoint: endpoint,
	}, configurationActions, "ess.aliyuncs.com", "ess.*.aliyuncs.com")
	return c
}
