package ledger

import (
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// LookedAtOnce is how far apart the results of two looks may be that were running at the same
// time. No look takes that long.
const LookedAtOnce = 90 * time.Second

// Ours tells whether what led to a record was an act of ecsguard's own.
func (r Record) Ours() bool {
	return practice.Ours(events.Actor{Type: r.ActorType, Name: r.Actor})
}

// speaks tells whether people may be told of a record: it is a result, they do not know of it
// yet, and it is not something that a sweep found exempt.
func (r Record) speaks() bool {
	return r.Kind == Result && !r.Quiet && (r.Outcome != practice.Exempt || r.Actor != "" || r.LeavesOver())
}

// LeavesOver tells whether something was begun and stopped, and people are to remove what is left over.
func (r Record) LeavesOver() bool {
	return slices.ContainsFunc(r.Prevent, func(p practice.Prevention) bool { return p.Kind == practice.LeftOver })
}

// Repeats tells whether a result only repeats an earlier one in the log: both looks were
// running at once, and neither could read what the other was about to write. A result that
// changed something, was found in an event alone, saw something else, ended differently, or
// came from another event is news. An edit by ecsguard itself does not count as another event:
// the look that made it has checked what it left. Nor does an event from before the earlier
// result, if that result came from a look at such an edit.
func (r Record) Repeats(before Record) bool {
	within := func(all, some []string) bool {
		return !slices.ContainsFunc(some, func(x string) bool { return !slices.Contains(all, x) })
	}
	apart := r.Time.Sub(before.Time).Abs()
	return r.speaks() && before.speaks() && apart <= LookedAtOnce && r.sameFinding(before) && r.saysTheSame(before) &&
		r.CallsMade == 0 && r.Outcome != practice.Fixed && r.Outcome != practice.Undone && !r.Momentary &&
		within(before.Also, r.Also) && within(before.members(), r.members()) &&
		(r.Event == before.Event || r.Ours() || before.Ours() && !r.EventTime.After(before.Time))
}

func (r Record) sameFinding(x Record) bool {
	return r.Practice == x.Practice && r.Account == x.Account && r.Region == x.Region && r.Resource == x.Resource && r.Key == x.Key
}

// saysTheSame tells whether both have seen the same and have ended alike. That it waits for
// a time is the same whatever the time. What triage says of ecsguard itself has no facts,
// and says all in its words.
func (r Record) saysTheSame(x Record) bool {
	return r.Finding == x.Finding && r.Fact == x.Fact && r.Outcome == x.Outcome && r.ErrorCode == x.ErrorCode &&
		(r.Reason == x.Reason || !r.Due.IsZero() && !x.Due.IsZero())
}

func (r Record) members() (names []string) {
	for _, m := range r.Members {
		names = append(names, m.Practice+"\x00"+m.Finding)
	}
	return names
}

// Untold drops the records that people know of already: copies of earlier records in the log,
// and records that only repeat them. The order of the log decides which of two is reported. If
// both are in the same batch, it is the one that names a person and not ecsguard.
func Untold(before, records []Record) []Record {
	copies := map[string]bool{}
	type telling struct {
		Record
		at int // among records; -1: before them
	}
	stands := map[string][]telling{} // what was said of a finding and still holds
	again := map[int]bool{}
	take := func(r Record, at int) {
		if r.speaks() && r.Nonce != "" {
			if again[at] = copies[r.Nonce] && at >= 0; copies[r.Nonce] {
				return
			}
			copies[r.Nonce] = true
		}
		if r.Kind != Result || r.Outcome == practice.Ignored || r.Outcome == practice.Deferred {
			return // says nothing of how it is
		}
		key := Case{Practice: r.Practice, Account: r.Account, Region: r.Region, Resource: r.Resource, Key: r.Key}.key()
		all := stands[key]
		if len(all) > 0 && !r.saysTheSame(all[0].Record) {
			all = nil // it was good, or something else, in between
		}
		i := slices.IndexFunc(all, func(t telling) bool { return r.Repeats(t.Record) })
		switch {
		case !r.speaks():
		case i < 0:
			all = append(all, telling{r, at})
		case at >= 0 && all[i].at >= 0 && all[i].Ours() && !r.Ours():
			again[all[i].at] = true
			all[i] = telling{r, at}
		default:
			again[at] = at >= 0
		}
		stands[key] = all
	}
	for _, r := range before {
		take(r, -1)
	}
	for i, r := range records {
		take(r, i)
	}
	var untold []Record
	for i, r := range records {
		if !again[i] {
			untold = append(untold, r)
		}
	}
	return untold
}
