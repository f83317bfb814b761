package cloud

import (
	"fmt"
)

// New starts the cloud, on a port of its own of this machine unless Options.NoPort says
// otherwise. Close stops it.
func New(o Options) (*Cloud, error) {
	c, err := prepare(o)
	if err != nil {
		return nil, err
	}
	c.vpcUsers = map[string]func(vpc string) bool{}
	c.startIdentity()
	c.startECS()
	c.startVPC()
	c.startSLB()
	c.startALB()
	c.startNLB()
	c.startSAS()
	c.startActionTrail()
	c.startLocation()
	c.startTag()
	c.startResourceManager()
	c.startBSS()
	c.startSLS()
	c.startEventBridge()
	c.startConfig()
	c.startFC()
	c.startChat()
	if o.NoPort {
		return c, nil
	}
	if err := c.startProxy(); err != nil {
		c.Close()
		return nil, fmt.Errorf("starting the local cloud: %w", err)
	}
	return c, nil
}
