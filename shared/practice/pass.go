package practice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A Pass is one look at one resource.
type Pass struct {
	Practice *Practice
	Resource Resource
	Event    *events.Event // what made us look
	Now      time.Time
	Home     string // the region that ecsguard is deployed in: where a product of the whole account is asked
	Refused  string // the code with which the cloud refused a change of this look; a plan may take another way

	reader   cloud.Reader
	listing  bool // for a sweep, with the permissions for that
	params   map[string][]string
	findings []Finding
	unseen   string
}

// NewPass starts a look. Params that are missing take their defaults.
func NewPass(p *Practice, r Resource, e *events.Event, now time.Time, reader cloud.Reader, params map[string][]string) *Pass {
	return &Pass{Practice: p, Resource: r, Event: e, Now: now, reader: reader, params: params}
}

// Read makes a call that changes nothing. The action must be among the practice's Reads, or
// among its Sweep's while it lists.
func (p *Pass) Read(ctx context.Context, call cloud.Call, out any) error {
	reads, whose := p.Practice.Reads, "its Reads"
	if p.listing {
		reads, whose = p.Practice.Sweep.Reads, "the Reads of its Sweep"
	}
	if !slices.Contains(reads, call.RAM()) {
		return fmt.Errorf("practice %s calls %s, which is not among %s", p.Practice.ID, call.RAM(), whose)
	}
	return p.reader.Read(ctx, call, out)
}

// A keeper is a reader that keeps what was made of its answers as well.
type keeper interface {
	Keep(ctx context.Context, key string, make func() (any, error)) (any, error)
}

// Kept gives what make makes of what is read. All who look at the same state share it
// where their reader keeps such things, so nobody may change it. The key says what it is,
// and of what. Whoever gets what another one has made must be allowed to read the same.
func Kept[T any](ctx context.Context, p *Pass, key string, make func() (T, error)) (T, error) {
	k, ok := p.reader.(keeper)
	if !ok {
		return make()
	}
	made, err := k.Keep(ctx, key, func() (any, error) { return make() })
	if err != nil {
		var none T
		return none, err
	}
	return made.(T), nil
}

// Together makes independent reads at once, in the time of the slowest. A panic in one
// becomes the caller's: nobody else could recover from it, and it would end the process.
func (p *Pass) Together(ctx context.Context, reads ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	panics := make(chan any, len(reads))
	for _, read := range reads {
		group.Go(func() (err error) {
			defer func() {
				if r := recover(); r != nil {
					panics <- r
					err = errors.New("a read panics") // ends the others
				}
			}()
			return read(ctx)
		})
	}
	err := group.Wait()
	select {
	case r := <-panics:
		panic(r)
	default:
		return err
	}
}

// Both makes two independent reads at once.
func Both[A, B any](ctx context.Context, p *Pass, one func(context.Context) (A, error), other func(context.Context) (B, error)) (a A, b B, err error) {
	err = p.Together(ctx,
		func(ctx context.Context) (err error) { a, err = one(ctx); return err },
		func(ctx context.Context) (err error) { b, err = other(ctx); return err })
	return a, b, err
}

// Report says that something is wrong.
func (p *Pass) Report(f Finding) {
	if f.Resource == (Resource{}) {
		f.Resource = p.Resource
	}
	f.Resource = f.Resource.Placed()
	p.findings = append(p.findings, f)
}

// Named is a resource of the pass's account and region; of the practice's own type where
// kind is empty.
func (p *Pass) Named(kind, id, name string) Resource {
	return Resource{Type: cmp.Or(kind, p.Practice.Resource), ID: id, Name: name, Region: p.Resource.Region, Account: p.Resource.Account}.Placed()
}

// Kin tells whether the pass's resource is of the type that it is taken for, as its id says. An
// event that is about anything, such as a tag, may name something else.
func (p *Pass) Kin() bool { return resource.KindOf(p.Resource.Type).Holds(p.Resource.ID) }

// Of is what was read as a resource of the pass's account, in its region unless it says of
// another.
func (p *Pass) Of(read resource.Described) Resource {
	a := read.About()
	return Resource{Type: a.Type, ID: a.ID, Name: a.Name, Region: cmp.Or(a.Region, p.Resource.Region), Account: p.Resource.Account}
}

// Made tells whether the event that made us look is that of a call which made the pass's
// resource. Whether it is the one that did, only the state can bear out.
func (p *Pass) Made() bool {
	return p.Event != nil && slices.ContainsFunc(p.Practice.Match(p.Event), func(t Target) bool {
		return t.Trigger.New && t.Resource.Type == p.Resource.Type && t.Resource.ID == p.Resource.ID
	})
}

// Finding begins a finding about what was read: its name, its tags, which may exempt it, and
// the service that alone may change it go along.
func (p *Pass) Finding(read resource.Described, key, title string) Finding {
	a := read.About()
	return Finding{Key: key, Title: title, Resource: p.Of(read), Tags: a.Tags, Managed: a.Managed}
}

// SettleTime is how long what an event did may take to be seen everywhere.
const SettleTime = 90 * time.Second

// Fresh tells whether what the event did may not be seen yet. Of an event that does not
// say when it happened nobody knows.
func (p *Pass) Fresh() bool {
	return p.Event != nil && p.Event.Kind == events.KindActionTrail && (p.Event.Time.IsZero() || p.Now.Sub(p.Event.Time) < SettleTime)
}

// Unseen says that what the event did does not show yet: a rule that it made is not there.
// Until it does, or the event is old, nothing wrong is not taken for good.
func (p *Pass) Unseen(what string) { p.unseen = what }

// Lacks is what Unseen said, or empty.
func (p *Pass) Lacks() string { return p.unseen }

// Findings is what was reported.
func (p *Pass) Findings() []Finding { return p.findings }

// ErrNotYet says that the resource is too new to be judged. The driver waits and
// looks again.
var ErrNotYet = errors.New("not ready to be judged yet")

// ErrGone says that the resource of the pass does not exist. After an event that
// creates it, the driver takes that for not visible yet.
var ErrGone = errors.New("the resource does not exist")

// Gone is err, marked as ErrGone when the API says that what it was asked for does
// not exist. Only the call that reads the pass's own resource may say so.
func Gone(err error) error {
	if cloud.NotFound(err) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return err
}

// Some is the error of reading what the pass is about, marked as Gone does it; that nothing
// was found is ErrGone as well.
func Some[T any](found []T, err error) error {
	if err == nil && len(found) == 0 {
		return ErrGone
	}
	return Gone(err)
}

// One is the first of what was read about the pass's resource, or the error that Some gives.
func One[T any](found []T, err error) (one T, _ error) {
	if err := Some(found, err); err != nil {
		return one, err
	}
	return found[0], nil
}

// Refusal says which action was refused, and how, for Facts: the same each time. Empty: none was.
func Refusal(err error) string {
	if failed, ok := errors.AsType[*cloud.Error](err); ok && Refused(err) {
		return failed.Action + ": " + failed.Code
	}
	return ""
}

// Refused tells whether reading can never succeed, however often it is tried.
func Refused(err error) bool {
	return cloud.Code(err) != "" && !cloud.Retryable(err) && !errors.Is(err, ErrNotYet) && !errors.Is(err, ErrGone)
}
