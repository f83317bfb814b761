package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/message"
)

// Many functions may give up at once, for instance when the log is out of reach and everything
// fails, and each is an invocation of its own. One message for each would bury the cause, and a
// robot accepts no more than twenty a minute.
const (
	alone  = 3               // failures that an instance tells one by one
	within = 2 * time.Minute // in such a time
)

// failures are the functions that gave up and that this instance has to report.
type failures struct {
	mu      sync.Mutex
	told    []time.Time       // when some were told, within the last minutes
	waiting []message.Failure // to be told together
	known   map[string]bool   // requests that are told, or wait
}

// errTogether makes an invocation come again: what it brought waits to be told together
// with what others bring.
var errTogether = errors.New("it is reported together with others when this invocation is retried")

// gaveUp reports that a function gave up. After the first few it waits for others: the
// invocation fails, and when it or another one is retried, all failures that have arrived are
// reported in one message. A retry whose failure has been reported meanwhile has nothing left
// to do.
func (n *Notifier) gaveUp(ctx context.Context, in Invocation, f message.Failure) (Answer, error) {
	some, again := n.failures.take(f, in.Attempt > 0, n.Now())
	if len(some) == 0 {
		if again {
			return Answer{}, nil
		}
		return Answer{}, fmt.Errorf("%s gave up (request %s): %w", f.Function, f.Request, errTogether)
	}
	m := message.Failures(some)
	if err := n.deliver(ctx, in, []message.Message{m}, n.Now()); err != nil {
		n.failures.back(some)
		return Answer{}, err
	}
	return Answer{Messages: 1}, nil
}

// take returns the failures to report now: none if the failure has to wait, or if again says
// that it has been reported already.
func (w *failures) take(f message.Failure, comesAgain bool, now time.Time) (some []message.Failure, again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known == nil || len(w.known) > maxMemory {
		w.known = map[string]bool{}
	}
	w.told = slices.DeleteFunc(w.told, func(at time.Time) bool { return now.Sub(at) > within })
	key := f.Function + "/" + f.Request
	waits := func(x message.Failure) bool { return x.Function == f.Function && x.Request == f.Request }
	switch {
	case w.known[key]:
		return nil, true
	case comesAgain: // others have been waited for, here or in another instance
		some, w.waiting = append(slices.DeleteFunc(w.waiting, waits), f), nil
	case len(w.told) < alone:
		some = []message.Failure{f}
	default:
		w.waiting = append(w.waiting, f)
		return nil, false
	}
	for _, x := range some {
		w.known[x.Function+"/"+x.Request] = true
	}
	w.told = append(w.told, now)
	return some, false
}

// back puts back the failures that no channel took.
func (w *failures) back(some []message.Failure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range some {
		delete(w.known, f.Function+"/"+f.Request)
	}
	w.waiting = append(w.waiting, some...)
}
