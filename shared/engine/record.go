package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// family is what the records of practices that edit a resource together have in common.
func family(p *practice.Practice) string {
	if p.Family != nil {
		return p.Family.Name
	}
	return p.ID
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// factOf is a digest of what was seen. It differs when the same mistake is made again: a
// rule that is made again has another id.
func factOf(f practice.Finding) string {
	parts := []string{f.Title}
	for _, name := range slices.Sorted(maps.Keys(f.Facts)) {
		parts = append(parts, name, f.Facts[name])
	}
	if f.Doubt != "" {
		parts = append(parts, f.Doubt)
	}
	parts = append(parts, slices.Sorted(maps.Keys(f.Scope))...)
	return digest(parts...)
}

// sameOf is a digest of the mistake: it is the same whenever the same is done again.
func sameOf(f practice.Finding) string { return digest(f.Key, cmp.Or(f.Same, f.Title)) }

// withChanges puts changes into a record, and what takes them back in the reverse order.
func withChanges(r ledger.Record, changes []practice.Change) ledger.Record {
	r.Calls, r.Why, r.Undo = nil, nil, nil
	for _, c := range changes {
		r.Calls, r.Why = append(r.Calls, c.Call), append(r.Why, c.Why)
		if c.Undo != nil {
			r.Undo = append(r.Undo, *c.Undo)
		}
	}
	slices.Reverse(r.Undo)
	return r
}

func sameCall(a, b cloud.Call) bool { return a.String() == b.String() }

// with returns facts with one more, if there is something to say.
func with(facts map[string]string, name, value string) map[string]string {
	if value == "" {
		return facts
	}
	facts = maps.Clone(facts)
	if facts == nil {
		facts = map[string]string{}
	}
	facts[name] = value
	return facts
}
