package kernel

import "slices"

// lateCall is what the cloud still does, though its caller has long had an answer, or none.
// Clients that gave up and try again meet such a call: what they do has to bear being done twice.
type lateCall struct {
	left int // calls until then; 0: until Release
	do   func()
}

// PutOff keeps what a fault puts off. The call that it has struck does not count.
func (c *Cloud) PutOff(f Fault, do func()) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.faults.late = append(c.faults.late, &lateCall{f.After, do})
}

// count counts a call, and takes what is due by it. The caller holds mu.
func (s *faultState) count() (due []*lateCall) {
	s.late = slices.DeleteFunc(s.late, func(l *lateCall) bool {
		if l.left == 0 {
			return false
		}
		l.left--
		if l.left == 0 {
			due = append(due, l)
		}
		return l.left == 0
	})
	return due
}

// Release does what faults have put off, in the order in which it came, and returns how
// many calls it was.
// Without mu: each of them is a whole call.
func (c *Cloud) Release() int {
	c.Mu.Lock()
	due := c.faults.late
	c.faults.late = nil
	c.Mu.Unlock()
	for _, l := range due {
		l.do()
	}
	return len(due)
}
