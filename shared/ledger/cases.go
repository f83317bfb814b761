package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// lookAgain is when something that was left wrong is looked at again, counted from when the
// case was opened. After the last of these only a sweep looks.
var lookAgain = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// kept is how long a case is kept once it has no further look, and how often the digest is
// rewritten.
const kept = 48 * time.Hour

// Opens tells whether a result leaves something that is looked at again soon.
func (r Record) Opens() bool {
	return (r.Outcome.Again() || r.Outcome == practice.Awaiting && !r.Due.IsZero()) && !r.Momentary
}

// mostKept is how much room cases may take: all of them have to fit one field of the log, which
// holds a megabyte. Those that are due first are kept, the others are left to the sweeps.
const mostKept = 900 << 10

// A case holds text that somebody has sent. Text that is longer than this is cut: no resource
// has an id that long.
const (
	longName = 256
	longID   = 1024
)

func short(text string) string {
	if len(text) <= longName {
		return text
	}
	return strings.ToValidUTF8(text[:longName], "")
}

// confirmAfter is when a fix is looked at once more: what was put right may have been taken
// back by who put it there.
const confirmAfter = 10 * time.Minute

// Confirm opens a case so that a fix is looked at once more.
func (r *Record) Confirm() { r.Due = r.Time.Add(confirmAfter) }

// Confirms tells whether a result is that of a fix that is looked at once more.
func (r Record) Confirms() bool { return r.Outcome == practice.Fixed && !r.Due.IsZero() }

// About is the resource that a case is about.
func (c Case) About() practice.Resource {
	return practice.Resource{Type: c.ResourceType, ID: c.Resource, Region: c.Region, Account: c.Account}
}

func (c Case) key() string {
	return strings.Join([]string{c.Practice, c.Account, c.Region, c.Resource, c.Key}, "\x00")
}

// apart is how far two writers' clocks may be from each other.
const apart = time.Minute

// Fold updates the open cases by records, in the order of their times. Records that have been
// counted before may be among them and change nothing. A deferred case is closed only by a
// result that names it, and not by another result of about the same time: the clocks of two
// writers do not show which of them came first.
func Fold(cases []Case, records []Record) []Case {
	open, latest := map[string]*Case{}, map[string]time.Time{}
	var order []string
	for _, c := range cases {
		open[c.key()], latest[c.key()] = &c, c.Opened
		order = append(order, c.key())
	}
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b Record) int { return a.Time.Compare(b.Time) })
	settled := Settled(records)
	for _, r := range records {
		if r.Kind != Result || r.Resource == "" || len(r.Resource) > longID || len(r.Key) > longID || r.Outcome == practice.Ignored {
			continue
		}
		c := caseOf(r)
		old := open[c.key()]
		switch {
		case !r.Opens() && !r.Confirms():
			if old != nil && r.Time.Before(old.Opened) {
				continue // it was good before, and is not any more
			}
			if old == nil || old.Outcome != practice.Deferred || r.Time.Sub(latest[c.key()]) > apart {
				delete(open, c.key())
			}
		case settled[r.Nonce]:
		case old == nil:
			open[c.key()], latest[c.key()] = &c, r.Time
			order = append(order, c.key())
		case old.Nonce == r.Nonce:
			latest[c.key()] = r.Time
		case !r.Time.After(old.Opened):
		case r.ID != old.ID && r.Event != "" && !strings.HasPrefix(r.Event, lookEvent):
			// It happened again: only the earlier occurrence has been looked at often enough.
			if !old.Next.IsZero() && old.Next.Before(c.Next) && r.Due.IsZero() {
				c.Next = old.Next
			}
			*old, latest[c.key()] = c, r.Time
		default:
			old.Outcome, old.Nonce, old.Every, old.Last = r.Outcome, r.Nonce, c.Every, c.Last
			latest[c.key()] = r.Time
			if !r.Due.IsZero() {
				old.Next = r.Due
			}
		}
	}
	var left []Case
	for _, key := range order {
		if c := open[key]; c != nil && !settled[c.Nonce] {
			left = append(left, *c)
			delete(open, key)
		}
	}
	return left
}

// Look is the identity of the look that was asked for last. One case may be opened twice
// by the same finding: at a second delivery of its event.
func (c Case) Look() string {
	return c.ID + "/" + strconv.FormatInt(c.Opened.UnixMilli(), 10) + "/" + strconv.Itoa(c.Looks)
}

// lookEvent begins the ids of events for looks that a case has asked for.
const lookEvent = string(events.KindLook) + "/"

func caseOf(r Record) Case {
	next := r.Due
	if next.IsZero() {
		next = r.Time.Add(lookAgain[0])
	}
	return Case{
		Practice: r.Practice, ResourceType: r.ResourceType, Resource: r.Resource, ResourceName: short(r.ResourceName), Region: r.Region, Account: r.Account,
		Key: r.Key, Outcome: r.Outcome, ID: r.ID, Nonce: r.Nonce, Opened: r.Time, Next: next,
		Every: r.Every, Last: lastOf(r),
		Event: r.Event, EventName: r.EventName, EventTime: r.EventTime, Also: r.Also,
		Actor: short(r.Actor), ActorType: short(r.ActorType), ActorIP: short(r.ActorIP), ActorAgent: cmp.Or(events.Tool(r.ActorAgent), short(r.ActorAgent)),
	}
}

// lastOf is when a look has said that it is one of several.
func lastOf(r Record) (at time.Time) {
	if r.Every > 0 {
		at = r.Time
	}
	return at
}

// Due returns the cases that are due, at most most of them and the longest overdue first, and
// all cases as they are once these have been looked at. A case without a further look is
// dropped after a while and left to the sweeps.
func Due(cases []Case, most int, now time.Time) (due, all []Case) {
	waiting := slices.Clone(cases)
	slices.SortStableFunc(waiting, func(a, b Case) int { return a.Next.Compare(b.Next) })
	for _, c := range waiting {
		if c.Next.IsZero() && now.Sub(c.Opened) > kept {
			continue
		}
		if !c.Next.IsZero() && !c.Next.After(now) && len(due) < most {
			c.Looks++
			due = append(due, c)
			c.Next = time.Time{}
			for _, after := range lookAgain[min(c.Looks, len(lookAgain)):] {
				if at := c.Opened.Add(after); at.After(now) {
					c.Next = at
					break
				}
			}
			if c.Every > 0 && now.Sub(c.Last) < kept { // whether or not the look that is asked for now says so
				c.Next = now.Add(c.Every)
			}
		}
		all = append(all, c)
	}
	return due, fitting(all)
}

// fitting are cases that can be written down.
func fitting(all []Case) (kept []Case) {
	if room(all) <= mostKept {
		return all
	}
	slices.SortStableFunc(all, func(a, b Case) int {
		if a.Next.IsZero() != b.Next.IsZero() {
			return b.Next.Compare(a.Next) // without a time: last
		}
		return a.Next.Compare(b.Next)
	})
	left := mostKept
	for _, c := range all {
		if left -= room(c); left < 0 {
			return kept
		}
		kept = append(kept, c)
	}
	return kept
}

// room is how much something takes in the log.
func room(v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // cases are strings, times and numbers: they always encode
	}
	return len(text) + len(",")
}

// A Digest is what the cases were when they were last written down.
type Digest struct {
	Cases []Case
	At    time.Time // zero: never
}

// Digest reads the latest digest of the cases, and what was said since, with some
// minutes before it: the index lags, and a record may have waited for the log to take it.
func (l *index) Digest(ctx context.Context, now time.Time) (Digest, []Record, error) {
	last, err := l.newest(ctx, "kind: cases", now.Add(-kept), func(r Record) bool { return r.Kind == Cases })
	if err != nil {
		return Digest{}, nil, err
	}
	d := Digest{last.Open, last.Time}
	since := d.At.Add(-back)
	if d.At.IsZero() {
		since = now.Add(-kept)
	}
	records, err := l.records(ctx, "kind: result", since, func(r Record) bool { return r.Kind == Result })
	return d, records, err
}

// Results are all results since a time, by the index.
func (l *index) Results(ctx context.Context, since time.Time) ([]Record, error) {
	return l.records(ctx, "kind: result", since, func(r Record) bool { return r.Kind == Result })
}

// Sweeps are the records of sweeps since a time, by the index.
func (l *index) Sweeps(ctx context.Context, since time.Time) ([]Record, error) {
	return l.records(ctx, "kind: sweep", since, func(r Record) bool { return r.Kind == Sweep })
}

// DigestRecord is the record that writes the cases down.
func DigestRecord(cases []Case, version, request string, now time.Time) Record {
	return Record{ID: "cases", Kind: Cases, Time: now.UTC(), Open: cases, Version: version, Request: request, Nonce: cmp.Or(request, "cases") + "/" + now.UTC().Format(time.RFC3339Nano)}
}

// Stale tells whether a digest has to be written again although nothing is new, because it
// would soon be too old to be found.
func (d Digest) Stale(now time.Time) bool { return len(d.Cases) > 0 && now.Sub(d.At) > kept/2 }
