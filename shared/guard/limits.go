package guard

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// Day is how far back the limits look.
const Day = 24 * time.Hour

// fights is how often the same thing is put right in a day before somebody is taken to
// be putting it back on purpose.
const fights = 3

// again is how long the same thing is left, once it has been put right often enough.
var again = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}

// Fight says whether a finding is one that somebody keeps putting back. Closing what is
// open is never given up, or anybody could buy an open port with three tries: it is put
// right later, and people are told once. What acts on machines, keys or users waits for
// a person, unless strangers have the key. History is what the log says of the resource, in its order.
func Fight(p *practice.Practice, f practice.Finding, same string, history []ledger.Record, now time.Time) Decision {
	fixes := map[string]bool{}
	var last, wait ledger.Record // the latest fix, and the wait that has followed it
	told := false
	for _, r := range history {
		own := r.Practice == p.ID && r.Same == same
		if r.Kind != ledger.Result || r.Resource != f.Resource.ID || !own && (!p.Touches || f.Lock.Leaked || !taken(r)) || now.Sub(r.Time) > Day {
			continue
		}
		switch {
		case r.Outcome == practice.Fixed && !fixes[r.ID]:
			fixes[r.ID], last, wait = true, r, ledger.Record{}
		case own && r.Outcome == practice.Awaiting && !r.Due.IsZero() && len(fixes) >= fights: // others wait too, and for other reasons
			wait, told = r, true
		}
	}
	switch {
	case len(fixes) < fights:
		return Decision{Act: true}
	case wait.Due.After(now):
		return Decision{Outcome: practice.Deferred, Reason: "somebody keeps putting it back, and it will be put right at " + clock(wait.Due), Due: wait.Due, Quiet: true}
	case !wait.Due.IsZero():
		return Decision{Act: true, Quiet: true} // it has waited
	}
	why := fmt.Sprintf("it has been put right %d times within a day, and somebody keeps putting it back", len(fixes))
	if last.Actor != "" {
		why += "; the last time it was " + last.Actor
		if last.ActorAgent != "" {
			why += " with " + cmp.Or(events.Tool(last.ActorAgent), last.ActorAgent)
		}
	}
	if p.Touches && !f.Lock.Leaked {
		return Decision{Outcome: practice.Awaiting, Reason: why + ". ecsguard does not fight a person: decide what is right"}
	}
	due := now.Add(again[min(len(fixes)-fights, len(again)-1)])
	return Decision{Outcome: practice.Awaiting, Reason: why + ". It will be put right at " + clock(due) + ", and each time after a longer wait", Due: due, Quiet: told}
}

// taken tells whether a fix has taken a key or a sign-in: whoever gives it back, and has it taken by
// another practice, is in one fight. That a key is proven to be public is no matter of that fight.
func taken(r ledger.Record) bool {
	return r.Outcome == practice.Fixed && (r.Lock.SignIn || r.Lock.Key != "" && !r.Lock.Fewer)
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// Ceiling says whether more may be done to a resource within the hour: a fault of
// ecsguard's own must not go on for ever. Planned is how many calls an edit wants to make. Closing
// what is open is not given up here either: it is put right when there is room again.
func Ceiling(s settings.Settings, p *practice.Practice, resource string, planned int, history []ledger.Record, now time.Time) Decision {
	made, most := 0, s.Ceiling(p.ID)
	calls := calls(history, resource, now)
	for _, c := range calls {
		made += c.number
	}
	over := made + planned - most
	if over <= 0 {
		return Decision{Act: true}
	}
	d := Decision{Outcome: practice.Awaiting, Reason: fmt.Sprintf(
		"%d changes were made to this resource within the hour, and %d more would exceed the ceiling of %d", made, planned, most)}
	if planned <= most && !p.Touches {
		for _, c := range calls {
			if over -= c.number; over <= 0 {
				d.Due = c.at.Add(time.Hour + time.Second)
				break
			}
		}
	}
	return d
}

// made are calls that count at a time.
type made struct {
	at     time.Time
	number int
}

// calls is what was done to a resource within the hour, the oldest first. An intent that no
// result has settled counts in full: nobody knows how far it got. A copy of a record counts
// once.
func calls(history []ledger.Record, resource string, now time.Time) (all []made) {
	settled, seen := ledger.Settled(history), map[string]bool{}
	for _, r := range history {
		if r.Resource != resource || now.Sub(r.Time) > time.Hour || r.Nonce != "" && seen[r.Nonce] {
			continue
		}
		seen[r.Nonce] = true
		switch {
		case r.Kind == ledger.Intent && !settled[r.Nonce]:
			all = append(all, made{r.Time, len(r.Calls)})
		case r.Kind == ledger.Result && r.CallsMade > 0:
			all = append(all, made{r.Time, r.CallsMade})
		}
	}
	slices.SortStableFunc(all, func(a, b made) int { return a.at.Compare(b.at) })
	return all
}

// Idle are the nonces of intents that came to an end with nothing changed.
func Idle(history []ledger.Record) map[string]bool {
	idle := map[string]bool{}
	for _, r := range history {
		if r.Kind == ledger.Result && r.CallsMade == 0 {
			for _, nonce := range r.Closes {
				idle[nonce] = true
			}
		}
	}
	return idle
}

// Lockouts says whether one more machine, key or user may be touched: only so many are
// within an hour. History is of the whole account.
func Lockouts(s settings.Settings, resource string, history []ledger.Record, now time.Time) Decision {
	touched, idle := map[string]bool{}, Idle(history)
	for _, r := range history {
		if r.Touches && !idle[r.Nonce] && now.Sub(r.Time) <= time.Hour && r.Resource != resource && (r.Kind == ledger.Intent || r.CallsMade > 0) {
			touched[r.Resource] = true
		}
	}
	if most := s.Lockouts(); len(touched) >= most {
		return Decision{Outcome: practice.Awaiting, Reason: fmt.Sprintf(
			"%d machines, keys or users were touched within the hour, and %d are allowed: check whether they should have been", len(touched), most)}
	}
	return Decision{Act: true}
}
