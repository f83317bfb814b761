package run

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// past is what the ledger says of one resource within the day.
type past struct {
	indexed []audit.Record // what the index has; it lags
	pulled  []audit.Record // what reading by cursor gave, in the order of the log
	cursor  string
	read    bool // to the end once, since the look began
	upTo    audit.Tail

	all []audit.Record // both in one order; nil: not yet put together
}

// open asks the index and reads the last minutes by cursor, at the same time.
func (l *look) open(ctx context.Context, r practice.Resource) error {
	h := &past{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		h.indexed, err = l.Ledger.History(ctx, r, l.Now().Add(-guard.Day))
		return err
	})
	group.Go(func() error {
		cursor, err := l.Ledger.Start(ctx, r)
		if err != nil {
			return err
		}
		p, err := l.Ledger.Pull(ctx, r, cursor)
		h.pulled, h.cursor, h.read, h.upTo = p.Records, p.Next, err == nil, p
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	l.past[r.ID] = h
	return nil
}

// recall makes what the ledger says of resources known, as of a moment ago.
func (l *look) recall(ctx context.Context, resources ...practice.Resource) error {
	group, ctx := errgroup.WithContext(ctx)
	done := map[string]bool{}
	for _, r := range resources {
		if done[r.ID] {
			continue
		}
		done[r.ID] = true
		group.Go(func() error {
			if l.of(r.ID) == nil {
				if err := l.open(ctx, r); err != nil {
					return err
				}
			}
			if l.of(r.ID).read {
				return nil
			}
			return l.catchUp(ctx, r)
		})
	}
	return group.Wait()
}

// catchUp reads what has been written about a resource since it was last read.
func (l *look) catchUp(ctx context.Context, r practice.Resource) error {
	h := l.of(r.ID)
	p, err := l.Ledger.Pull(ctx, r, h.cursor)
	if err != nil {
		return err
	}
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	h.pulled, h.cursor, h.read, h.upTo = append(h.pulled, p.Records...), p.Next, true, p
	h.all = nil
	return nil
}

func (l *look) of(resource string) *past {
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	return l.past[resource]
}

// history is all that is known of a resource, in the order of the log as far as that is
// known. Nobody may change it.
func (l *look) history(resource string) []audit.Record {
	l.pastMu.Lock()
	defer l.pastMu.Unlock()
	h := l.past[resource]
	if h == nil {
		return nil
	}
	if h.all == nil {
		h.all = h.joined()
	}
	return h.all
}

// joined puts together what was read in two ways: what only the index has is older. A
// copy that the log got later is left out.
func (h *past) joined() []audit.Record {
	seen := map[string]bool{}
	fresh := func(r audit.Record) bool {
		first := r.Nonce == "" || !seen[r.Nonce]
		seen[r.Nonce] = true
		return first
	}
	all := []audit.Record{}
	var pulled []audit.Record
	for _, r := range h.pulled {
		if fresh(r) {
			pulled = append(pulled, r)
		}
	}
	for _, r := range h.indexed {
		if fresh(r) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b audit.Record) int { return a.Time.Compare(b.Time) })
	return append(all, pulled...)
}

// family is the name under which records of practices that edit a resource together
// are told from others.
func family(p *practice.Practice) string {
	if p.Family != nil {
		return p.Family.Name
	}
	return p.ID
}

// ended tells whether a result that settles the matter has been written.
func (l *look) ended(f practice.Finding, id string) bool {
	return slices.ContainsFunc(l.history(f.Resource.ID), func(r audit.Record) bool {
		return r.ID == id && r.Kind == audit.Result && !r.Opens()
	})
}

// toldFixed tells whether another look tells people that a finding is fixed: it has, or
// its intent stands before ours, and it is to say what became of that. Two deliveries of
// an event have the same findings, and one message is enough.
func (l *look) toldFixed(resource, id string) bool {
	history := l.history(resource)
	settled := guard.Settled(history)
	var first *audit.Record // of the intents that nothing has settled
	for i, r := range history {
		switch {
		case r.ID != id:
		case r.Kind == audit.Result && r.Outcome == practice.Fixed && !r.Quiet:
			return true
		case r.Kind == audit.Intent && !settled[r.Nonce] && first == nil && (l.mine(r) || !l.dead(r)):
			first = &history[i]
		}
	}
	return first != nil && first.Request != l.Invocation.Request
}

// said tells whether people have been told the same within the day, and it has not been
// good in between: a standing fault is not news at every event that touches the
// resource, but that it is another, or somebody else at it, is.
func (l *look) said(p *practice.Practice, f practice.Finding, d guard.Decision) bool {
	if f.Momentary {
		return false // another event, another sign-in
	}
	fact, said := factOf(f), false
	for _, r := range l.history(f.Resource.ID) {
		if r.Kind != audit.Result || r.Practice != p.ID || r.Key != f.Key || r.Outcome == practice.Ignored || l.Now().Sub(r.Time) > toldAgain {
			continue
		}
		same := r.Fact == fact && r.Outcome == d.Outcome && reason(r.Reason, r.Due) == reason(d.Reason, d.Due)
		switch {
		case same && (l.event.Actor.Name == "" || r.Actor == l.event.Actor.Name):
			said = true
		case r.Outcome != d.Outcome || r.Fact != fact:
			said = false // it was good, or something else, in between
		}
	}
	return said
}

// due tells whether the log has a time to come at which something is put right.
func (l *look) due(p *practice.Practice, f practice.Finding) bool {
	return slices.ContainsFunc(l.history(f.Resource.ID), func(r audit.Record) bool {
		return r.Kind == audit.Result && r.Practice == p.ID && r.Key == f.Key && r.Due.After(l.Now())
	})
}

// reason is what a reason is compared by: one that names a time says the same each time.
func reason(text string, due time.Time) string {
	if !due.IsZero() {
		return ""
	}
	return text
}

// toldAgain is how long a standing fault is not told again: a little less than a day,
// so that a daily sweep tells it.
const toldAgain = guard.Day - guard.Day/24

// unfinished are the intents of findings that nothing has settled and that are ours to
// complete: of an earlier attempt of this invocation, or of a look that is dead.
func (l *look) unfinished(resource string, ids ...string) (open []audit.Record) {
	history := l.history(resource)
	settled := guard.Settled(history)
	for _, r := range history {
		if r.Kind == audit.Intent && slices.Contains(ids, r.ID) && !settled[r.Nonce] && (l.mine(r) || l.dead(r)) {
			open = append(open, r)
		}
	}
	return open
}

// mine tells whether an earlier attempt of this invocation wrote a record.
func (l *look) mine(r audit.Record) bool {
	return r.Request == l.Invocation.Request && r.Attempt < l.Invocation.Attempt
}

// aside tells whether an intent is of this invocation, and does not stand in our way: of
// another finding, of another target of its event, or of an earlier attempt, which is over.
func (l *look) aside(r audit.Record) bool {
	return l.nonces[r.Nonce] || r.Request == l.Invocation.Request
}

// dead tells whether a record is older than any look may take.
func (l *look) dead(r audit.Record) bool {
	now := l.Now()
	if h := l.of(r.Resource); h != nil && !h.upTo.Now.IsZero() && !r.Received.IsZero() {
		now = h.upTo.Now
	}
	return now.Sub(cmp.Or(r.Received, r.Time)) > deadAfter
}

// interrupted are the intents of earlier attempts of this invocation, and of invocations
// that nobody comes back to, that nobody has said the end of and that are none of the findings, nor in an edit of this look, or of a
// finding that has been dealt with, one of each. Those about another
// resource than the one that is looked at are found by their pointers.
func (l *look) interrupted(findings []practice.Finding) (intents []audit.Record) {
	noted := map[string]bool{}
	for _, f := range findings {
		id := l.id(l.Practice, f)
		noted[id] = !l.ended(f, id)
	}
	for _, j := range l.jobs {
		for _, id := range l.ids(j) {
			noted[id] = true // its result settles them
		}
	}
	for resource := range l.past {
		history := l.history(resource)
		settled := guard.Settled(history)
		for _, r := range history {
			if r.Kind == audit.Intent && (l.mine(r) || l.orphan(r, findings)) && r.Subject == l.target.Resource.ID && !settled[r.Nonce] && !noted[r.ID] {
				noted[r.ID] = true
				intents = append(intents, r)
			}
		}
	}
	slices.SortStableFunc(intents, func(a, b audit.Record) int { return a.Time.Compare(b.Time) })
	return intents
}

// orphan tells whether an intent is of another invocation of this practice that nobody
// comes back to, about something that is good now. What is still wrong is for the edit of
// this look to settle.
func (l *look) orphan(r audit.Record, findings []practice.Finding) bool {
	h := l.of(r.Resource)
	return r.Practice == l.Practice.ID && r.Request != l.Invocation.Request && h != nil && h.read && l.dead(r) &&
		!slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == r.Key && f.Resource.ID == r.Resource })
}

// instead is the record of another look that has made the changes of an intent of ours,
// or stood before it in the log: the attempt that was interrupted would have given way.
func (l *look) instead(intent audit.Record) *audit.Record {
	history := l.history(intent.Resource)
	settled, before := guard.Settled(history), true
	for i := range history {
		r := &history[i]
		switch {
		case r.Kind == audit.Intent && r.Nonce == intent.Nonce:
			before = false
		case r.Family != intent.Family || r.Resource != intent.Resource || r.Request == intent.Request:
		case r.Kind == audit.Intent && before && !settled[r.Nonce] && !l.dead(*r):
			return r
		case r.Kind == audit.Result && r.CallsMade > 0 && holds(r.Calls, intent.Calls) &&
			(!before || !intent.EventTime.IsZero() && r.Time.After(intent.EventTime)):
			return r
		}
	}
	return nil
}

func holds(all, some []cloud.Call) bool {
	return !slices.ContainsFunc(some, func(c cloud.Call) bool {
		return !slices.ContainsFunc(all, func(d cloud.Call) bool { return sameCall(c, d) })
	})
}

// standing are the latest records of this practice about the resource of things that
// were told, or are to be looked at again, and are not found any more.
func (l *look) standing(findings []practice.Finding) (records []audit.Record) {
	last := map[string]audit.Record{}
	var keys []string
	for _, r := range l.history(l.target.Resource.ID) {
		if r.Kind != audit.Result || r.Practice != l.Practice.ID || r.Resource != l.target.Resource.ID || r.Outcome == practice.Ignored || OfTheWork(r) || r.Momentary {
			continue
		}
		if _, known := last[r.Key]; !known {
			keys = append(keys, r.Key)
		}
		last[r.Key] = r
	}
	settled := guard.Settled(l.history(l.target.Resource.ID))
	for _, key := range keys {
		r := last[key]
		still := slices.ContainsFunc(findings, func(f practice.Finding) bool { return f.Key == key && f.Resource.ID == r.Resource })
		stands := (r.Opens() || r.Confirms() && l.confirms(r)) && !settled[r.Nonce] || r.Outcome == practice.Observed || r.Outcome == practice.Awaiting
		if stands && !still {
			records = append(records, r)
		}
	}
	return records
}

// confirms tells whether this look is the one that says whether a fix has held.
func (l *look) confirms(r audit.Record) bool {
	return !l.Now().Before(r.Due) || slices.ContainsFunc(l.history(r.Resource), func(x audit.Record) bool {
		return x.Practice == r.Practice && x.Key == r.Key && strings.HasPrefix(l.event.ID, x.ID+"/")
	})
}

// waiting are the nonces of all results about the same that are to be looked at again:
// several looks may have deferred.
func (l *look) waiting(last audit.Record) (nonces []string) {
	history := l.history(last.Resource)
	settled := guard.Settled(history)
	for _, r := range history {
		same := r.Practice == last.Practice && r.Key == last.Key && r.Resource == last.Resource
		if r.Kind == audit.Result && same && !settled[r.Nonce] && (r.Opens() || r.Confirms() || r.Nonce == last.Nonce) {
			nonces = append(nonces, r.Nonce)
		}
	}
	return nonces
}
