package cloud

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry is how something is tried again. The zero value tries again what is Retryable, the
// first time after about half a second, for as long as ctx has time.
//
// The waits grow and are spread at random, so that those who were refused together do not
// come back together. Where the far side says for how long it wants to be left alone, they
// are no shorter than that.
type Retry struct {
	First time.Duration    // the wait before the second try; 0: half a second
	Grow  float64          // by how much each wait is longer than the one before; 0: half as long again
	Tries int              // at most; 0: as many as there is time for
	Again func(error) bool // whether what failed so may pass by itself; nil: Retryable
	// AtOnce tells of what is tried again without a wait, one time; nil: Stale.
	AtOnce func(error) bool
	Wait   func(context.Context, time.Duration) bool // nil: Sleep. Reports whether there is time afterwards
}

// Do calls try until it succeeds, fails for good, or there is no time for another, and
// returns its last error.
func (r Retry) Do(ctx context.Context, try func() error) error {
	again, atOnce, wait := r.Again, r.AtOnce, r.Wait
	if again == nil {
		again = Retryable
	}
	if atOnce == nil {
		atOnce = Stale
	}
	if wait == nil {
		wait = Sleep
	}
	waits := backoff.NewExponentialBackOff()
	if r.First > 0 {
		waits.InitialInterval = r.First
	}
	if r.Grow > 0 {
		waits.Multiplier = r.Grow
	}
	hurried := false
	for n := 1; ; n++ {
		err := try()
		switch {
		case err == nil, !again(err), n == r.Tries:
			return err
		case !hurried && atOnce(err):
			hurried = true // a second one may be no accident
		case !wait(ctx, max(waits.NextBackOff(), asked(err))):
			return err
		}
	}
}

// asked is how long the far side wants to be left alone.
func asked(err error) time.Duration {
	if says, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		return says.RetryAfter()
	}
	return 0
}

// RetryAfter is what an answer says in the header of that name: seconds, or a date. It is
// 0 where it says nothing that can be read, or a time that is over.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	const most = 24 * time.Hour // longer is not waited for by anybody, and seconds that overflow are none
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), int(most/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}

// Sleep waits for d and reports whether there is still time afterwards. It does not
// wait for what lies beyond ctx's deadline.
func Sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
