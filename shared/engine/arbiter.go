package engine

import (
	"cmp"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
)

// deadAfter is how long a look is presumed alive while its intent is not settled. No look takes
// that long.
const deadAfter = ledger.LookedAtOnce

// A verdict is what the ledger says of an intent of ours.
type verdict struct {
	seen  bool           // it is in the log; before that, who goes on is not decided
	ahead *ledger.Record // the intent of another look that goes on instead of ours
}

// arbiter decides which of several looks at one resource goes on: of the intents that are
// neither settled nor dead, the one that comes first in the log. Records are in the order of
// the log, now is the log's own time, ours are the nonces of our intent. Other intents of the
// same invocation do not count: they are other edits of the same look, or of attempts before
// this one, which are over.
//
// An intent has one life. Its first copy counts, and a result that closes it does so
// wherever it stands. Until our own is seen nothing is decided: two looks that each saw
// only the other's would both give way.
func arbiter(records []ledger.Record, family string, now time.Time, ours map[string]bool, invocation string) verdict {
	settled, copies := ledger.Settled(records), map[string]bool{}
	var ahead *ledger.Record
	for i := range records {
		r := &records[i]
		if r.Kind != ledger.Intent || r.Family != family || copies[r.Nonce] {
			continue
		}
		copies[r.Nonce] = true
		switch {
		case ours[r.Nonce]:
			return verdict{true, ahead}
		case ahead == nil && !settled[r.Nonce] && r.Request != invocation && !deadAt(*r, now):
			ahead = r
		}
	}
	return verdict{false, ahead}
}

// deadAt tells whether the look that wrote a record can no longer be running.
func deadAt(r ledger.Record, now time.Time) bool {
	return now.Sub(cmp.Or(r.Received, r.Time)) > deadAfter
}
