// Package ecs is Elastic Compute Service, API version 2014-05-26, as far as a security practice
// reads or changes it: security groups and their rules, instances, network interfaces, disks,
// snapshots and their policies, images, key pairs, prefix and port lists, launch templates,
// commands, agents, sessions and files of Cloud Assistant, and where its records go.
//
// Nothing runs: an instance has a state and no processes but those that a document says are
// listening, a disk holds no bytes, a snapshot policy takes no snapshots, a command that is
// invoked is finished and has done nothing. Prices, quotas of instance types, reserved instances,
// dedicated hosts and auto scaling are left out, and their actions are refused by name.
//
// Names, types and limits of parameters are those of the published API metadata
// (api.aliyun.com/product/Ecs); error codes and the order in which they are found are those of
// the API reference (help.aliyun.com/zh/ecs/developer-reference), misspelt where it is: such a
// line says sic.
package ecs

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	vpc *vpc.Service
	ram *ram.Service

	loading *loading // while the state is being read from a document
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
	c := &Service{Cloud: k, vpc: kernel.Of(k, vpc.New), ram: kernel.Of(k, ram.New)}
	c.register()
	return c
}

// ecsRequest is a call that nobody made, to read as one does.
func (c *Service) ecsRequest(region string, params map[string]string) *request {
	return c.request(&kernel.Request{C: c.Cloud, Region: region, Params: params})
}
