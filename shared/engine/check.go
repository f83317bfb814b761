package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// check runs the practice's check. What an event has just created may not be
// visible for a while; what is gone otherwise has nothing wrong with it. What it has read
// is kept for those who ask for the same state.
func (l *look) check(ctx context.Context) ([]practice.Finding, error) {
	wait := l.pause()
	var waits error // what the try before this one waited for
	reader := l.reader
	for {
		if l.memo != nil {
			reader = l.Driver // what was read for several targets at once is old
		}
		l.memo = newMemo(reader)
		pass := l.pass(l.Practice, l.target.Resource, l.memo)
		err := l.checked(ctx, pass)
		switch {
		case err != nil && waits != nil && ctx.Err() != nil:
			return nil, waits // says more than that the time was up in the middle of a call
		case err == nil:
			l.unseen = l.memo.unseen(pass, l.target.Trigger) // nobody waits for it here: it is looked for again in a minute
			return pass.Findings(), nil
		case errors.Is(err, practice.ErrGone) && !l.fresh():
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

func (l *look) pass(p *practice.Practice, r practice.Resource, reader cloud.Reader) *practice.Pass {
	return practice.NewPass(p, r, l.event, l.Now(), reader, l.Settings.Params(p))
}

// checked runs a practice's check. A panic is an error: it would end the process, and
// with it what other looks of a sweep have begun.
func (l *look) checked(ctx context.Context, pass *practice.Pass) (err error) {
	defer Recovered(l.log(), pass.Practice, "check", &err)
	return pass.Practice.Judge(ctx, pass)
}

// Recovered makes an error of a panic in a practice's code, and logs where it was.
func Recovered(log *slog.Logger, p *practice.Practice, what string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the %s of %s panics: %v", what, p.ID, r)
		log.Error("panic", "of", p.ID, "error", *err, "stack", string(debug.Stack()))
	}
}

func (l *look) fresh() bool {
	return l.target.Trigger.New && l.Now().Sub(l.event.Time) < practice.SettleTime
}

func (l *look) pause() time.Duration {
	if l.Wait == 0 {
		return time.Second
	}
	return l.Wait
}
