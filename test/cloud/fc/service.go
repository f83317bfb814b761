// Package fc is Function Compute 3.0, API version 2023-03-30: functions that run as real binaries
// on the custom runtime's API, or in this process, with the credentials of their role.
//
// It invokes them synchronously and asynchronously, with retries and destinations, by timers, by
// the log service and over HTTP, and deploys an s.yaml as Serverless Devs would. Of each function
// there is one version, LATEST, without aliases and provisioned instances. Layers, mounts and
// the network of a function are settings that are kept, and have no effect on one machine.
package fc

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
	ram  *ram.Service
	logs *logservice.Service
}

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k, ram: kernel.Of(k, ram.New), logs: kernel.Of(k, logservice.New)}
	c.register()
	return c
}
