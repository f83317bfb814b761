// Package chat is the world outside the cloud, as far as messages go there: DingTalk robots, which
// verify signatures, keywords and source addresses, hold to 20 messages a minute and answer refusals
// with HTTP 200; and receivers of other webhooks, which take what they are sent.
package chat

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state
}

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	c.register()
	return c
}
