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
	c := &Cloud{Cloud: k}
	c.RAM = ram.New(k)
	c.VPC = vpc.New(k)
	c.ECS = ecs.New(k, c.VPC, c.RAM)
	c.SLB = slb.New(k, c.VPC, c.ECS)
	c.ALB = alb.New(k, c.VPC, c.ECS)
	c.NLB = nlb.New(k)
	c.SAS = sas.New(k, c.ECS, c.VPC)
	c.LogService = logservice.New(k)
	c.ActionTrail = actiontrail.New(k, c.LogService)
	k.StartLocation()
	c.Tag = tag.New(k)
	c.ResourceManager = resourcemanager.New(k, c.RAM)
	c.Billing = bss.New(k)
	c.FC = fc.New(k, c.RAM, c.LogService)
	c.EventBridge = eventbridge.New(k, c.FC)
	c.Config = config.New(k, c.FC, c.ActionTrail, c.RAM)
	c.Chat = chat.New(k)
	if o.NoPort {
		return c, nil
	}
	if err := c.StartProxy(); err != nil {
		c.Close()
		return nil, fmt.Errorf("starting the local cloud: %w", err)
	}
	return c, nil
}
