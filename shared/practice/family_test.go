package practice

import (
	"slices"
	"testing"
)

func TestPeers(t *testing.T) {
	kin, other := &Family{Name: "kin"}, &Family{Name: "other"}
	a, b, c := &Practice{ID: "a", Family: kin}, &Practice{ID: "b", Family: kin}, &Practice{ID: "c", Family: kin}
	old, stranger, alone := &Practice{ID: "old", Family: kin, Retired: "replaced"}, &Practice{ID: "s", Family: other}, &Practice{ID: "alone"}
	all := []*Practice{a, alone, b, old, stranger, c, {ID: "also-alone"}}
	for p, want := range map[*Practice][]*Practice{a: {b, c}, b: {a, c}, old: nil, stranger: nil, alone: nil} {
		if got := p.Peers(all); !slices.Equal(got, want) {
			t.Errorf("%s has %d peers, want %d", p.ID, len(got), len(want))
		}
	}
}
