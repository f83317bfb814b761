package artefacts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Peers are the IDs of the others of each practice's family, sorted.
func Peers(all []*practice.Practice) map[string][]string {
	peers := map[string][]string{}
	for _, p := range all {
		for _, other := range all {
			if related(p, other) {
				peers[p.ID] = append(peers[p.ID], other.ID)
			}
		}
		slices.Sort(peers[p.ID])
	}
	return peers
}

func related(a, b *practice.Practice) bool {
	return a.ID != b.ID && a.Family != nil && a.Family == b.Family && a.Retired == "" && b.Retired == ""
}

// within tells whether all triggers are among others. Who has more looks at what makes
// no difference to the rest, who have told of it when their own events came.
func within(some, all []practice.Trigger) bool {
	return !slices.ContainsFunc(some, func(t practice.Trigger) bool { return !slices.Contains(all, t) })
}

// families keeps the practices of a family to the same events and sweeps: one that
// leaves a finding to another must know that the other looks too. And of every two one
// can ask the other, or both may change the same at once.
func families(all []*practice.Practice) error {
	var faults []error
	first := map[*practice.Family]*practice.Practice{}
	var kin []*practice.Practice
	for _, p := range slices.SortedFunc(slices.Values(all), func(a, b *practice.Practice) int { return cmp.Compare(a.ID, b.ID) }) {
		if p.Family == nil || p.Retired != "" {
			continue
		}
		for _, other := range kin {
			if other.Family == p.Family && !other.Asks(p) && !p.Asks(other) {
				faults = append(faults, fmt.Errorf("practices %s and %s are of the family %q and neither has all the Reads of the other: "+
					"neither could ask the other, and both might change the same at once", other.ID, p.ID, p.Family.Name))
			}
		}
		kin = append(kin, p)
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
