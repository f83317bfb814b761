package triage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
)

const (
	chunk     = 100             // resources that are read together
	progress  = 10              // chunks after which a sweep writes down how far it came
	lastChunk = 2 * time.Minute // what a chunk may take
	mostParts = 200             // runs that one sweep takes at most

	listing     = 2 * time.Minute  // that one list may take
	remembering = 30 * time.Second // that the ledger may take: a sweep without it waits for the next attempt
	overlap     = time.Hour        // after which a sweep that says nothing is taken for dead
)

// A course is the progress of a sweep. It is passed from one run to the next.
type course struct {
	Ecsguard string         `json:"ecsguard"` // "sweep"
	ID       string         `json:"id"`
	Every    time.Duration  `json:"every"` // the practices' interval
	Part     int            `json:"part"`
	After    string         `json:"after,omitempty"` // the last resource that was looked at
	Left     map[string]int `json:"left,omitempty"`  // findings that may still be acted on, by practice, where some were
	Looked   int            `json:"looked,omitempty"`
	Woken    int            `json:"woken,omitempty"` // resources that were handed over
}

const sweepWord = "sweep"

// sweeps begins the sweep of a timer, unless the previous one is still running.
func (r *sweeper) sweeps(ctx context.Context, in Invocation, e *events.Event) ([]string, error) {
	every, err := time.ParseDuration(strings.TrimPrefix(e.Trigger, practice.Sweeps))
	if err != nil {
		return nil, fmt.Errorf("triage: the timer %q names no interval: %w", e.Trigger, err)
	}
	c := course{Ecsguard: sweepWord, ID: e.Key(), Every: every}
	reading, cancel := context.WithTimeout(ctx, remembering)
	defer cancel()
	latest, err := r.latest(reading, in, every)
	if err != nil {
		return nil, fmt.Errorf("triage: reading whether a sweep is under way: %w", err)
	}
	if latest != nil && latest.Task != c.ID && latest.Reason != ended && in.Now().Sub(latest.Time) < overlap {
		r.log.Warn("the previous sweep is still running", "request", in.Request, "sweep", c.ID, "before", latest.Task)
		return nil, r.tell(ctx, in, "overlap/"+every.String(), itself(in), ledger.Record{
			Practice: triageFunction, Severity: practice.Medium, Mode: practice.Observe, Outcome: practice.Failed, Key: "overlap " + every.String(), Subject: triageFunction,
			Finding: fmt.Sprintf("a sweep that runs every %s was skipped: the previous one has not finished", interval(every)),
			Reason:  fmt.Sprintf("after %s resources it was at %s", latest.Facts["looked"], cmp.Or(latest.Facts["after"], "the beginning")),
			Advice:  "Let the practices sweep less often, or split the account. This is repeated in a day.",
		})
	}
	return r.sweep(ctx, in, c)
}

func itself(in Invocation) practice.Resource {
	return practice.Resource{Type: functionType, ID: triageFunction, Region: in.Region, Account: in.Account}
}

// ended is the reason of the last record of a sweep.
const ended = watch.SweepEnded

// latest is the last record of the sweeps that come at an interval.
func (r *sweeper) latest(ctx context.Context, in Invocation, every time.Duration) (latest *ledger.Record, err error) {
	records, err := in.Ledger.Sweeps(ctx, in.Now().Add(-max(every, 24*time.Hour)-overlap))
	for i, x := range records {
		if x.Key == every.String() && x.Region == in.Region && x.Account == in.Account && (latest == nil || x.Time.After(latest.Time)) {
			latest = &records[i]
		}
	}
	return latest, err
}

// partOfASweep tells whether a payload is what one part of a sweep hands to the next. The
// sender of an event may put the same words into it, so only the payload's top level counts.
func partOfASweep(payload []byte) (c course, ok bool) {
	if !bytes.Contains(payload, []byte(`"`+sweepWord+`"`)) { // most are events, and are not read for nothing
		return c, false
	}
	var says struct {
		Ecsguard    string          `json:"ecsguard"`
		SpecVersion json.RawMessage `json:"specversion"` // of an event
	}
	if json.Unmarshal(payload, &says) != nil || says.Ecsguard != sweepWord || says.SpecVersion != nil {
		return c, false
	}
	if json.Unmarshal(payload, &c) != nil {
		c = course{} // goOn says so
	}
	return c, true
}

// goOn is a part of a sweep that an earlier part has asked for.
func (r *sweeper) goOn(ctx context.Context, in Invocation, c course) ([]string, error) {
	if c.ID == "" || c.Every <= 0 {
		return nil, errors.New("triage: a part of a sweep that names no sweep or no interval")
	}
	return r.sweep(ctx, in, c)
}

// sweep lists everything there is and judges what comes after the last resource of the part
// before, in the order of their ids. So even if the list changes meanwhile, nothing is skipped
// or looked at twice.
func (r *sweeper) sweep(ctx context.Context, in Invocation, c course) ([]string, error) {
	if r.settings.NoSweeps {
		r.log.Warn("sweeps are off in the settings", "request", in.Request, "sweep", c.ID)
		return nil, r.sweptTo(ctx, in, c, ended)
	}
	if in.Attempt > 0 {
		c = r.resumed(ctx, in, c)
	}
	in.Reader = cloud.Surveyed(cloud.Limited(in.Reader, r.Limits), r.log) // the account's quota is not ours alone
	e := &events.Event{Kind: events.KindLook, ID: c.ID, Service: "ecsguard", Sweep: true, Region: in.Region, Account: in.Account}
	w := &waking{base: r.base, in: in, event: e, left: map[string]int{}}
	for id, n := range c.Left {
		w.left[id] = n
	}
	all, alone, err := r.everything(ctx, in, e, c)
	if err != nil {
		return nil, fmt.Errorf("triage: sweep %s: %w", c.ID, err)
	}
	if c.Part == 0 && c.After == "" {
		if err := r.sweptTo(ctx, in, c, "it has begun"); err != nil {
			return nil, fmt.Errorf("triage: sweep %s: %w", c.ID, err)
		}
	}
	rest := all
	var errs, passed []error // passed: of chunks that were left behind
	for n := 1; len(rest) > 0 && timeFor(ctx, lastChunk); n++ {
		some := rest[:min(chunk, len(rest))]
		if err := r.judge(ctx, w, some); err != nil && (in.Attempt >= lastAttempt || !passes(err)) {
			passed = append(passed, err) // one thing that does not work does not keep the sweep from all the others
		} else if err != nil {
			errs = append(errs, err)
			break // what could not be read is read by the next attempt, from here on
		}
		rest = rest[len(some):]
		c.After, c.Looked, c.Woken, c.Left = keyOf(some[len(some)-1].resource), c.Looked+len(some), c.Woken+w.handed, w.left
		w.handed = 0
		if n%progress == 0 && len(rest) > 0 {
			errs = append(errs, r.sweptTo(ctx, in, c, "it goes on"))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return w.woken, errors.Join(fmt.Errorf("triage: sweep %s, after %q: %w", c.ID, c.After, err), errors.Join(passed...), r.sweptTo(ctx, in, c, "it goes on"))
	}
	if len(rest) == 0 {
		errs = append(errs, w.alone(ctx, alone), r.sweptTo(ctx, in, c, ended))
	} else {
		errs = append(errs, r.passOn(ctx, in, c), r.sweptTo(ctx, in, c, "it goes on"))
	}
	r.log.Info("swept", "request", in.Request, "sweep", c.ID, "part", c.Part, "looked", c.Looked, "woken", c.Woken, "left", len(rest))
	if len(passed) > 0 {
		errs = append(errs, fmt.Errorf("triage: sweep %s went on after what did not work: %w", c.ID, errors.Join(passed...)))
	}
	return w.woken, errors.Join(errs...)
}

// passes tells whether any of the errors is transient.
func passes(err error) bool {
	for {
		if all, ok := err.(interface{ Unwrap() []error }); ok {
			return slices.ContainsFunc(all.Unwrap(), passes)
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			return cloud.Retryable(err)
		}
		err = inner
	}
}

// sweptTo records the progress of a sweep.
func (r *sweeper) sweptTo(ctx context.Context, in Invocation, c course, how string) error {
	ctx, cancel := context.WithTimeout(ctx, remembering)
	defer cancel()
	return in.Ledger.Append(ctx, r.swept(in, c, how))
}

// passOn gives the rest of a sweep to another run of this function.
func (r *sweeper) passOn(ctx context.Context, in Invocation, c course) error {
	c.Part++
	if c.Part >= mostParts {
		return fmt.Errorf("triage: sweep %s: it has not finished after %d runs, and stops after %s", c.ID, c.Part, c.After)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("triage: sweep %s: %w", c.ID, err)
	}
	if _, err := in.invoke(ctx, triageFunction, taskOf(c.ID, strconv.Itoa(c.Part)), body); err != nil {
		return fmt.Errorf("triage: sweep %s: passing on the rest of it: %w", c.ID, err)
	}
	return nil
}

// resumed is how far an interrupted attempt had come, according to the log.
func (r *sweeper) resumed(ctx context.Context, in Invocation, c course) course {
	ctx, cancel := context.WithTimeout(ctx, remembering)
	defer cancel()
	records, err := in.Ledger.Sweeps(ctx, in.Now().Add(-24*time.Hour))
	if err != nil {
		r.log.Warn("how far a sweep came cannot be read", "request", in.Request, "sweep", c.ID, "error", err)
		return c // from its beginning: who was woken is not woken twice
	}
	for _, x := range records {
		var at course
		if x.Task == c.ID && x.Round == c.Part && json.Unmarshal([]byte(x.Facts["course"]), &at) == nil && at.After > c.After {
			c = at
		}
	}
	return c
}

// swept is the record of a sweep's progress.
func (r *sweeper) swept(in Invocation, c course, how string) ledger.Record {
	about, now := itself(in), in.Now()
	text, _ := json.Marshal(c) // numbers and words always encode
	record := in.stamp(ledger.Record{
		Practice: triageFunction, Severity: practice.Low, Mode: practice.Observe, Key: c.Every.String(), Subject: triageFunction,
		Finding: "a sweep", Reason: how, Task: c.ID, Round: c.Part, Quiet: true,
		Facts: map[string]string{"looked": strconv.Itoa(c.Looked), "handed over": strconv.Itoa(c.Woken), "after": c.After, "course": string(text)},
	}, about, now)
	record.Kind = ledger.Sweep
	record.Nonce = strings.Join([]string{in.Request, strconv.Itoa(in.Attempt), c.ID, strconv.Itoa(c.Part), c.After, how}, "/")
	return record
}

// keyOf is the order in which resources are swept.
func keyOf(r practice.Resource) string {
	return strings.Join([]string{r.Type, r.ID, r.Region, r.Account}, "\x00")
}

// interval is a time in words.
func interval(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + " hours"
	}
	return d.String()
}
