package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A checker runs the practice's own check, and keeps what the latest one has read.
type checker struct {
	*assignment
	reader cloud.Reader // of the first check
	anew   cloud.Reader // of those after it, which read for themselves
	memo   *memo        // what the latest check has read
	unseen string       // what of the event did not show in that
	logs   practice.Searcher
}

// check runs the practice's check. A resource that an event has just created may not be visible
// for a while; any other resource that is gone has nothing wrong with it. What the check has
// read is kept for whoever asks for the same state.
func (c *checker) check(ctx context.Context) ([]practice.Finding, error) {
	wait := c.pause()
	var waits error // what the try before this one waited for
	reader := c.reader
	for {
		if c.memo != nil {
			reader = c.anew // what was read for several targets at once is old
		}
		c.memo = newMemo(reader)
		var from cloud.Reader = c.memo
		if c.Practice.Alone { // nobody else judges by what it reads, so it may search too
			from = state{c.memo, c.logs}
		}
		pass := c.pass(c.Practice, from)
		err := runCheck(ctx, c.log(), pass)
		switch {
		case err != nil && waits != nil && ctx.Err() != nil:
			return nil, waits // says more than that the time was up in the middle of a call
		case err == nil:
			c.unseen = c.memo.unseen(pass, c.target.Trigger) // nobody waits for it here: it is looked for again in a minute
			return pass.Findings(), nil
		case errors.Is(err, practice.ErrGone) && !c.fresh():
			return nil, nil
		case !errors.Is(err, practice.ErrGone) && !errors.Is(err, practice.ErrNotYet):
			return nil, err
		case !cloud.Sleep(ctx, wait):
			return nil, err
		}
		waits = err
		wait *= 2
	}
}

// runCheck runs a practice's check. A panic is an error: it would end the process, and
// with it what other looks of a sweep have begun.
func runCheck(ctx context.Context, log *slog.Logger, pass *practice.Pass) (err error) {
	defer Recovered(log, pass.Practice, "check", &err)
	return pass.Practice.Judge(ctx, pass)
}

// Recovered makes an error of a panic in a practice's code, and logs where it was.
func Recovered(log *slog.Logger, p *practice.Practice, what string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the %s of %s panics: %v", what, p.ID, r)
		log.Error("panic", "of", p.ID, "error", *err, "stack", string(debug.Stack()))
	}
}
