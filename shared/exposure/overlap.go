package exposure

import "slices"

// Overlaps tells whether two ranges have a port in common.
func (r PortRange) Overlaps(other PortRange) bool { return r.From <= other.To && other.From <= r.To }

// OverlapsAny tells whether it has a port in common with one of some.
func (r PortRange) OverlapsAny(some []PortRange) bool { return slices.ContainsFunc(some, r.Overlaps) }
