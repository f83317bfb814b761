package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

const (
	// evidenceTime is how long evidence may take. It is worth a short wait, but not a lost record.
	evidenceTime = 10 * time.Second
	// evidenceAtOnce is how many findings of one look are asked about at the same time.
	evidenceAtOnce = 4
)

// evidence is what is asked about one finding while it is being dealt with.
type evidence struct {
	ctx  context.Context // its end is that of the wait
	done chan gathered   // holds the answer, so that nobody has to wait for a reader
}

// gathered is all that evidence may say: what the finding is, where it is and what is
// done about it stays as the check said.
type gathered struct {
	facts  map[string]string
	usedBy string
	advice string // behind the finding's own
	err    error
}

// An investigator gathers evidence beside the changes.
type investigator struct {
	*assignment
	checker    *checker
	background *background
	logs       practice.Searcher
	slow       *atomic.Bool  // evidence has taken too long in this invocation
	sweeps     bool          // others wait for the time that this look takes
	slots      chan struct{} // holds one for each finding whose evidence is being gathered
}

func newInvestigator(c *checker, b *background, logs practice.Searcher, slow *atomic.Bool, sweeps bool) *investigator {
	return &investigator{assignment: c.assignment, checker: c, background: b, logs: logs, slow: slow, sweeps: sweeps, slots: make(chan struct{}, evidenceAtOnce)}
}

// investigate begins to gather evidence about a finding. Nothing waits for it but the record
// of how the finding ended.
func (i *investigator) investigate(acting context.Context, p *practice.Practice, f practice.Finding) *evidence {
	if p.Evidence == nil {
		return nil
	}
	e := &evidence{done: make(chan gathered, 1)}
	if why := i.skip(acting); why != "" {
		e.ctx = acting
		e.done <- gathered{err: errors.New(why)}
		return e
	}
	ctx, cancel := context.WithTimeout(acting, evidenceTime)
	e.ctx = ctx
	seen := state{i.checker.memo.beside(), i.logs}
	i.background.Go(func() {
		defer cancel()
		select {
		case i.slots <- struct{}{}:
			g := i.gather(ctx, seen, p, f)
			if ctx.Err() != nil {
				i.slow.Store(true)
			}
			e.done <- g
			<-i.slots
		case <-ctx.Done():
		}
	})
	return e
}

// skip says why there is no time for evidence. A sweep has other resources to look at, and
// evidence that was too slow once in an invocation is not waited for again.
func (i *investigator) skip(acting context.Context) string {
	if i.slow.Load() {
		return "not asked for, because it took too long for another finding"
	}
	if end, ok := acting.Deadline(); ok && i.sweeps && time.Until(end) < 2*evidenceTime {
		return "not asked for, because the sweep needs the time for other resources"
	}
	return ""
}

// state is what the check has seen, and a way to search the logs.
type state struct {
	*memo
	practice.Searcher
}

// gather runs on a copy of the finding without its changes, which are being made at this
// moment. Whatever the check has read is answered as the check saw it.
func (i *investigator) gather(ctx context.Context, seen state, p *practice.Practice, f practice.Finding) (g gathered) {
	defer func() {
		// A panic here would end the process between a change and its record.
		if r := recover(); r != nil {
			g = gathered{err: fmt.Errorf("the practice's Evidence panicked: %v", r)}
		}
	}()
	own := f
	own.Changes, own.Wants, own.Facts, own.Tags, own.Scope = nil, nil, maps.Clone(f.Facts), maps.Clone(f.Tags), maps.Clone(f.Scope)
	for part, spans := range own.Scope {
		own.Scope[part] = slices.Clone(spans)
	}
	g.err = p.Evidence(ctx, i.pass(p, seen), &own)
	g.facts, g.usedBy = own.Facts, own.UsedBy
	maps.DeleteFunc(g.facts, func(name, _ string) bool { _, known := f.Facts[name]; return known })
	more, ok := strings.CutPrefix(own.Advice, f.Advice)
	if !ok {
		g.err = errors.Join(g.err, errors.New("the practice's Evidence replaced the advice, and may only add to it"))
		more = ""
	}
	g.advice = more
	return g
}

// withEvidence waits for the evidence about a finding and returns the finding with it. It says
// what could not be read: that nothing is known does not mean that nobody was there.
func (i *investigator) withEvidence(e *evidence, f practice.Finding) practice.Finding {
	if e == nil {
		return f
	}
	g := i.wait(e)
	for name, value := range g.facts {
		f.Facts = with(f.Facts, name, value)
	}
	f.Advice, f.UsedBy = f.Advice+g.advice, g.usedBy
	if g.err != nil {
		f.Missed = "could not be read: " + g.err.Error()
		i.log().Warn("evidence could not be read", "error", g.err)
	}
	return f
}

func (i *investigator) wait(e *evidence) gathered {
	select {
	case g := <-e.done:
		return g
	case <-e.ctx.Done():
	}
	select {
	case g := <-e.done: // it came first: its context ends with it
		return g
	default:
		i.slow.Store(true)
		return gathered{err: fmt.Errorf("there was no answer within %s", evidenceTime)}
	}
}
