package kernel

import "net/http"

// Around puts a handler of the caller's around each host's: to see what goes over the
// wire, or to answer in the host's place. Call it before the first client does.
func (c *Cloud) Around(wrap func(http.Handler) http.Handler) {
	for i := range c.hosts {
		c.hosts[i].handler = wrap(c.hosts[i].handler)
	}
}
