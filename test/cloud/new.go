package cloud

import (
	"fmt"

	"github.com/ecsguard/ecsguard/test/cloud/actiontrail"
	"github.com/ecsguard/ecsguard/test/cloud/alb"
	"github.com/ecsguard/ecsguard/test/cloud/bss"
	"github.com/ecsguard/ecsguard/test/cloud/chat"
	"github.com/ecsguard/ecsguard/test/cloud/config"
	"github.com/ecsguard/ecsguard/test/cloud/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
	"github.com/ecsguard/ecsguard/test/cloud/nlb"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
	"github.com/ecsguard/ecsguard/test/cloud/resourcemanager"
	"github.com/ecsguard/ecsguard/test/cloud/sas"
	"github.com/ecsguard/ecsguard/test/cloud/slb"
	"github.com/ecsguard/ecsguard/test/cloud/tag"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// What a cloud is made of: each is embedded under its own name, and what it can do is
// what the cloud can do.
type (
	RAM         = ram.Service
	VPC         = vpc.Service
	ECS         = ecs.Service
	SLB         = slb.Service
	ALB         = alb.Service
	SAS         = sas.Service
	LogService  = logservice.Service
	ActionTrail = actiontrail.Service
	FC          = fc.Service
	EventBridge = eventbridge.Service
	Config      = config.Service
	Chat        = chat.Service
	NLB         = nlb.Service
	Tag         = tag.Service
	Billing     = bss.Service

	ResourceManager = resourcemanager.Service
)

// Cloud is the running account. Its methods are safe for concurrent use.
type Cloud struct {
	*kernel.Cloud
	*RAM
	*VPC
	*ECS
	*SLB
	*ALB
	*SAS
	*LogService
	*ActionTrail
	*FC
	*EventBridge
	*Config
	*Chat
	*NLB
	*Tag
	*Billing
	*ResourceManager
}

// New starts the cloud, on a port of its own of this machine unless Options.NoPort says
// otherwise. Close stops it.
func New(o Options) (*Cloud, error) {
	k, err := kernel.Prepare(o)
	if err != nil {
		return nil, err
	}
	// In this order their parts stand in a dump; those that are not among them come behind.
	c := &Cloud{Cloud: k}
	c.RAM = kernel.Of(k, ram.New)
	c.VPC = kernel.Of(k, vpc.New)
	c.ECS = kernel.Of(k, ecs.New)
	c.SLB = kernel.Of(k, slb.New)
	c.ALB = kernel.Of(k, alb.New)
	c.NLB = kernel.Of(k, nlb.New)
	c.SAS = kernel.Of(k, sas.New)
	c.LogService = kernel.Of(k, logservice.New)
	c.ActionTrail = kernel.Of(k, actiontrail.New)
	c.Tag = kernel.Of(k, tag.New)
	c.ResourceManager = kernel.Of(k, resourcemanager.New)
	c.Billing = kernel.Of(k, bss.New)
	c.FC = kernel.Of(k, fc.New)
	c.EventBridge = kernel.Of(k, eventbridge.New)
	c.Config = kernel.Of(k, config.New)
	c.Chat = kernel.Of(k, chat.New)
	addProducts(k)
	if o.NoPort {
		return c, nil
	}
	if err := c.StartProxy(); err != nil {
		c.Close()
		return nil, fmt.Errorf("starting the local cloud: %w", err)
	}
	return c, nil
}
