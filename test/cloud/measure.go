package cloud

import (
	"slices"
)

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
