package triage

import (
	"context"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// Watch is what triage needs to look after notify, which looks after it.
type Watch struct {
	Watcher *watch.Watcher // of the process; nil: nobody is looked after
	Cloud   watch.Doer
	Ledger  watch.Ledger
	Tell    func(context.Context, message.Message) error
}

// apart is how long after a pulse the next is written: the timer fires each minute, give
// or take a little.
const apart = watch.Interval - 20*time.Second

// watching is how long monitoring notify may take. It runs in parallel with the cases, which
// may use all the time if the log does not answer.
const watching = 25 * time.Second

// minute does what the timer is for.
func (r *Triage) minute(ctx context.Context, in Invocation, e *events.Event) (invoked []string, err error) {
	var beside sync.WaitGroup
	if in.Watch.Watcher != nil && in.Watch.Watcher.Due(in.Now(), apart) {
		beside.Go(func() { r.watch(ctx, in, e) })
	}
	invoked, err = r.cases.look(ctx, in)
	beside.Wait()
	return invoked, err
}

// watch reports faults of notify and of the log. If people cannot be told, that goes into the
// function's own log, and the next minute's run tries again.
func (r *Triage) watch(ctx context.Context, in Invocation, e *events.Event) {
	ctx, cancel := context.WithTimeout(ctx, watching)
	defer cancel()
	w := in.Watch
	run := watch.Run{Request: in.Request, Version: in.Version, Region: in.Region, Account: in.Account, At: e.Time, Now: in.Now, Cloud: w.Cloud, Ledger: w.Ledger, Tell: w.Tell}
	_, err := w.Watcher.Run(ctx, run, func(ctx context.Context, seen watch.Seen) watch.Sight {
		return watch.LookAtNotify(ctx, w.Watcher.Deployment, w.Cloud, seen)
	})
	if err != nil {
		r.log.Error("people could not be told", "request", in.Request, "error", err)
	}
}
