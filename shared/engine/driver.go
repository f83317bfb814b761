package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// Cloud makes calls. It retries what passes by itself.
type Cloud interface {
	Do(ctx context.Context, call cloud.Call, out any) error
}

// Ledger is ecsguard's memory: the audit log. Records older than some minutes are read by its
// index, which lags by seconds; newer ones by cursor, which does not lag.
type Ledger interface {
	// Append writes records, those of one resource in their order, and returns when the log has
	// them. After an error for which ledger.Unanswered is true, it may have them or not.
	Append(ctx context.Context, records ...ledger.Record) error
	// History is what the index has of a resource.
	History(ctx context.Context, r practice.Resource, since time.Time) ([]ledger.Record, error)
	// Start is where reading by cursor begins for a resource: some minutes ago.
	Start(ctx context.Context, r practice.Resource) (cursor string, err error)
	// Pull reads on from a cursor: what is about the resource, in the order of the log.
	Pull(ctx context.Context, r practice.Resource, cursor string) (ledger.Tail, error)
	// Task is what the index has of a task.
	Task(ctx context.Context, task string, since time.Time) ([]ledger.Record, error)
	// Touched is what was done to machines, keys and users in the whole account.
	Touched(ctx context.Context, since time.Time) ([]ledger.Record, error)
	// Search asks any logstore, for evidence.
	Search(ctx context.Context, s practice.Search) ([]map[string]string, error)
}

// Driver runs one practice for one invocation.
type Driver struct {
	Practice   *practice.Practice
	Peers      []*practice.Practice // the others of its family that are deployed
	Cloud      Cloud
	Ledger     Ledger
	Settings   settings.Settings
	Invocation Invocation
	Now        func() time.Time
	Log        *slog.Logger
	Wait       time.Duration // between looks at what is not visible yet; 0: a second
	Abreast    int           // resources that are looked at at the same time; 0: four
	Limits     *cloud.Limits // of a sweep's reads, for the process; nil: none

	common common // what its looks share
}

// Invocation is what Function Compute says of the present run.
type Invocation struct {
	Request string // Function Compute's request id, the same at every attempt
	Attempt int    // 0 is the first
	Version string // of ecsguard
	Region  string // where the function is, and Account whose it is:
	Account string // what an event does not say is taken from here
}

// wroteEarlier tells whether an earlier attempt of the invocation wrote a record.
func (i Invocation) wroteEarlier(r ledger.Record) bool {
	return r.Request == i.Request && r.Attempt < i.Attempt
}

// Read makes a call that changes nothing.
func (d *Driver) Read(ctx context.Context, call cloud.Call, out any) error {
	return d.Cloud.Do(ctx, call, out)
}

// reserve is kept at the end of an invocation for the last records.
const reserve = 3 * time.Second

// lookTime is how long one look may take. It is less than deadAfter, after which the look
// behind an unsettled intent is presumed dead.
const lookTime = time.Minute

// early is ctx without the reserve: for everything but the last records.
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

// Handle does what the payload of an invocation asks for. An error means that the invocation
// should be run again; a failure that retrying cannot fix is recorded instead. It returns how
// each finding ended.
func (d *Driver) Handle(ctx context.Context, payload []byte) ([]practice.Outcome, error) {
	happened, err := events.Decode(payload)
	if err != nil {
		// Retrying will not help, but failing sends it to the failure destination, where a person
		// sees it; ignoring it would lose it.
		err = fmt.Errorf("practice %s: %w", d.Practice.ID, err)
	}
	var outcomes []practice.Outcome
	for i := range happened {
		some, failed := d.event(ctx, &happened[i])
		outcomes = append(outcomes, some...)
		err = errors.Join(err, failed)
	}
	return outcomes, err
}

func (d *Driver) event(ctx context.Context, e *events.Event) ([]practice.Outcome, error) {
	if e.Kind == events.KindTimer { // somebody has given a practice a timer, and nobody would sweep
		return nil, fmt.Errorf("practice %s: the timer %q is not for a practice: triage sweeps, and asks for looks", d.Practice.ID, e.Trigger)
	}
	targets := d.targets(e)
	if len(targets) == 0 {
		d.assignment(e, practice.Target{}).note(practice.Resource{}, practice.Ignored, "the event does not concern this practice")
		return []practice.Outcome{practice.Ignored}, nil
	}
	if e.Sweep {
		b, err := d.sweepBudget(ctx, e, e.Left)
		if err != nil {
			return nil, fmt.Errorf("practice %s: reading what earlier attempts did: %w", d.Practice.ID, err)
		}
		return d.looks(ctx, e, targets, b)
	}
	return d.looks(ctx, e, targets, nil)
}

// looks looks at several resources, some at the same time, each with a timeout of its own:
// while the cloud is down, one event must not use a function's whole time, or the account's
// instances would all be taken.
func (d *Driver) looks(ctx context.Context, e *events.Event, targets []practice.Target, b *budget) ([]practice.Outcome, error) {
	outcomes, failed := make([][]practice.Outcome, len(targets)), make([]error, len(targets))
	reader := d.reader(targets, b != nil)
	var next atomic.Int64
	var group sync.WaitGroup
	abreast := d.Abreast
	if abreast == 0 {
		abreast = atATime
	}
	for range min(abreast, len(targets)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(targets)); i = next.Add(1) - 1 {
				if b != nil && ctx.Err() != nil {
					return // a sweep whose time is up says how far it came
				}
				outcomes[i], failed[i] = d.one(ctx, e, Complete(targets[i], d.Invocation.Region, d.Invocation.Account), reader, b)
			}
		})
	}
	group.Wait()
	var all []practice.Outcome
	seen := 0
	for i := range targets {
		if all = append(all, outcomes[i]...); len(outcomes[i]) > 0 || failed[i] != nil {
			seen++
		}
	}
	if seen < len(targets) {
		failed = append(failed, fmt.Errorf("practice %s: the sweep's time was up after %d of %d resources", d.Practice.ID, seen, len(targets)))
	}
	return all, errors.Join(failed...)
}

func (d *Driver) one(ctx context.Context, e *events.Event, t practice.Target, reader cloud.Reader, b *budget) ([]practice.Outcome, error) {
	if t.Resource.ID == "" {
		return nil, fmt.Errorf("practice %s: event %s (%s) does not name its resource: nothing at %s", d.Practice.ID, e.Key(), e.Name, t.Trigger.Resource)
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	return newLook(d, e, t, reader, b).run(ctx)
}

// atATime is how many resources are looked at at the same time. More would take the
// account's quota of API calls from everybody else.
const atATime = 4

// assignment is what the invocation gives a look.
func (d *Driver) assignment(e *events.Event, t practice.Target) *assignment {
	return &assignment{
		Practice: d.Practice, Peers: d.Peers, Settings: d.Settings, Invocation: d.Invocation, Now: d.Now, Log: d.Log, Wait: d.Wait,
		statements: &d.common.statements, event: e, target: t,
	}
}
