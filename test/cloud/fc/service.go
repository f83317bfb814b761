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
