package artefacts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// within tells whether all triggers are among others. Who has more looks at what makes
// no difference to the rest, who have told of it when their own events came.
func within(some, all []practice.Trigger) bool {
	return !slices.ContainsFunc(some, func(t practice.Trigger) bool { return !slices.Contains(all, t) })
}

// families keeps the practices of a family to the same events and sweeps: one that
// leaves a finding to another must know that the other looks too.
func families(all []*practice.Practice) error {
	var faults []error
	first := map[*practice.Family]*practice.Practice{}
	for _, p := range slices.SortedFunc(slices.Values(all), func(a, b *practice.Practice) int { return cmp.Compare(a.ID, b.ID) }) {
		if p.Family == nil || p.Retired != "" {
			continue
		}
		one, ok := first[p.Family]
		if !ok {
			first[p.Family] = p
			continue
		}
		if !within(one.Triggers, p.Triggers) && !within(p.Triggers, one.Triggers) {
			faults = append(faults, fmt.Errorf("practices %s and %s are of the family %q and have different Triggers: "+
				"one may leave a finding to the other, which must then get the same events", one.ID, p.ID, p.Family.Name))
		}
		if one.Sweep.Every != p.Sweep.Every {
			faults = append(faults, fmt.Errorf("practices %s and %s are of the family %q and sweep every %s and every %s: "+
				"one may leave a finding to the other, which must then look as often", one.ID, p.ID, p.Family.Name, one.Sweep.Every, p.Sweep.Every))
		}
	}
	return errors.Join(faults...)
}
