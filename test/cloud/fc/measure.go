package fc

import (
	"slices"
)

// Processes are the ids of the processes in which a function lives now, busy or
// frozen; those of every function where name is empty.
func (c *Service) Processes(name string) (ids []int) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	for _, f := range c.Functions {
		if name != "" && f.Name != name {
			continue
		}
		for i := range f.All {
			if pid := int(i.Pid.Load()); pid != 0 {
				ids = append(ids, pid)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Invoke runs a function asynchronously, past the API: nothing is noted among the calls.
func (c *Service) Invoke(name string, payload []byte) error {
	return c.Enqueue(AsyncItem{Function: name, ID: c.Random.Uuid(), Body: payload, Trigger: "api"})
}
