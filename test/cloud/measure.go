package cloud

import (
	"net/http"
	"slices"
)

// Around puts a handler of the caller's around each host's: to see what goes over the
// wire, or to answer in the host's place. Call it before the first client does.
func (c *Cloud) Around(wrap func(http.Handler) http.Handler) {
	for i := range c.hosts {
		c.hosts[i].handler = wrap(c.hosts[i].handler)
	}
}

// Processes are the ids of the processes in which a function lives now, busy or
// frozen; those of every function where name is empty.
func (c *Cloud) Processes(name string) (ids []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.functions {
		if name != "" && f.Name != name {
			continue
		}
		for i := range f.all {
			if pid := int(i.pid.Load()); pid != 0 {
				ids = append(ids, pid)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Invoke runs a function asynchronously, past the API: nothing is noted among the calls.
func (c *Cloud) Invoke(name string, payload []byte) error {
	return c.enqueue(asyncItem{function: name, id: c.random.uuid(), body: payload, trigger: "api"})
}
