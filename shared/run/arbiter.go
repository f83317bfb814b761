package run

import (
	"cmp"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/guard"
)

// deadAfter is how long a look whose intent nothing has settled is taken to be alive. No
// look takes that long.
const deadAfter = 90 * time.Second

// A verdict is what the ledger says of an intent of ours.
type verdict struct {
	seen  bool          // it is in the log; before that, nothing can be said
	ahead *audit.Record // the intent that goes on instead of ours
}

// arbiter decides which of several looks at one resource goes on: the one whose intent
// stands first in the log, of those that are not settled and not dead. Records are in
// the order of the log, now is the log's own time, ours are the nonces of our intent,
// and aside tells what else is ours: other edits of the same look, and attempts before
// this one, which are dead.
//
// An intent has one life. Its first copy counts, and a result that closes it does so
// wherever it stands. Until our own is seen nothing is decided: two looks that each saw
// only the other's would both give way.
func arbiter(records []audit.Record, family string, now time.Time, ours map[string]bool, aside func(audit.Record) bool) verdict {
	settled, copies := guard.Settled(records), map[string]bool{}
	var ahead *audit.Record
	for i := range records {
		r := &records[i]
		if r.Kind != audit.Intent || r.Family != family || copies[r.Nonce] {
			continue
		}
		copies[r.Nonce] = true
		switch {
		case ours[r.Nonce]:
			return verdict{true, ahead}
		case ahead != nil || settled[r.Nonce] || aside(*r) || now.Sub(cmp.Or(r.Received, r.Time)) > deadAfter:
		default:
			ahead = r
		}
	}
	return verdict{}
}

// alive is an intent of another look that is being carried out.
func alive(records []audit.Record, family string, now time.Time, aside func(audit.Record) bool) *audit.Record {
	settled := guard.Settled(records)
	for i := range records {
		r := &records[i]
		if r.Kind == audit.Intent && r.Family == family && !settled[r.Nonce] && !aside(*r) && now.Sub(cmp.Or(r.Received, r.Time)) <= deadAfter {
			return r
		}
	}
	return nil
}
