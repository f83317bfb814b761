package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
)

const (
	// enough is how long evidence may take. It is worth a wait, and not a lost record.
	enough = 10 * time.Second
	// atOnce is how many findings of one look are asked about at the same time.
	atOnce = 4
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
	advice string // behind the finding's own
	err    error
}

// investigate begins to gather evidence about a finding. Nothing waits for it but the record
// of how the finding ended.
func (l *look) investigate(acting context.Context, p *practice.Practice, f practice.Finding) *evidence {
	if p.Evidence == nil {
		return nil
	}
	e := &evidence{done: make(chan gathered, 1)}
	if why := l.spare(acting); why != "" {
		e.ctx = acting
		e.done <- gathered{err: errors.New(why)}
		return e
	}
	ctx, cancel := context.WithTimeout(acting, enough)
	e.ctx = ctx
	seen := state{l.memo.beside(), l.Driver}
	l.gathering.Go(func() {
		defer cancel()
		select {
		case l.asking <- struct{}{}:
			g := l.gather(ctx, seen, p, f)
			if ctx.Err() != nil {
				l.slow.Store(true)
			}
			e.done <- g
			<-l.asking
		case <-ctx.Done():
		}
	})
	return e
}

// grace is how long who gathers evidence may take to notice that it is over.
var grace = time.Second

// leave waits until nobody gathers evidence any more, or judges beside. Function Compute freezes the
// process when it has been answered, and who is left behind goes on in the middle of the
// next invocation.
func (l *look) leave() {
	if l.Practice.Evidence == nil && l.onlookers == nil && len(l.endless) == 0 {
		return
	}
	ended := make(chan struct{})
	go func() { l.gathering.Wait(); close(ended) }()
	select {
	case <-ended:
		return
	case <-time.After(grace):
	}
	l.Log.Warn("what runs beside does not end", "practice", l.Practice.ID, "resource", l.target.Resource.ID, "event", l.event.Key(),
		"request", l.Invocation.Request)
}

// spare says why there is no time for evidence. A sweep has other resources to look
// at, and what was too slow once in an invocation is not waited for again.
func (l *look) spare(acting context.Context) string {
	if l.slow.Load() {
		return "not asked for, because it took too long for another finding"
	}
	if end, ok := acting.Deadline(); ok && l.budget != nil && time.Until(end) < 2*enough {
		return "not asked for, because the sweep needs the time for other resources"
	}
	return ""
}

// state is what the check has seen, and a way to search the logs.
type state struct {
	*memo
	practice.Searcher
}

// gather asks about a copy of the finding that holds nothing which a change is made
// of: the changes are being made at this moment, and what the check has read is answered
// as it was.
func (l *look) gather(ctx context.Context, seen state, p *practice.Practice, f practice.Finding) (g gathered) {
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
	g.err = p.Evidence(ctx, l.pass(p, l.target.Resource, seen), &own)
	g.facts = own.Facts
	maps.DeleteFunc(g.facts, func(name, _ string) bool { _, known := f.Facts[name]; return known })
	more, ok := strings.CutPrefix(own.Advice, f.Advice)
	if !ok {
		g.err = errors.Join(g.err, errors.New("the practice's Evidence replaced the advice, and may only add to it"))
		more = ""
	}
	g.advice = more
	return g
}

// informed waits for the evidence about a finding and returns the finding with it. What
// could not be read is said: nothing known is not nobody there.
func (l *look) informed(e *evidence, f practice.Finding) practice.Finding {
	if e == nil {
		return f
	}
	g := l.wait(e)
	for name, value := range g.facts {
		f.Facts = with(f.Facts, name, value)
	}
	f.Advice += g.advice
	if g.err != nil {
		f.Facts = with(f.Facts, "evidence", "could not be read: "+g.err.Error())
		l.Log.Warn("evidence could not be read", "practice", l.Practice.ID, "resource", f.Resource.ID, "event", l.event.Key(),
			"request", l.Invocation.Request, "error", g.err)
	}
	return f
}

func (l *look) wait(e *evidence) gathered {
	select {
	case g := <-e.done:
		return g
	case <-e.ctx.Done():
	}
	select {
	case g := <-e.done: // it came first: its context ends with it
		return g
	default:
		l.slow.Store(true)
		return gathered{err: fmt.Errorf("there was no answer within %s", enough)}
	}
}

// told is a finding that is only told.
type told struct {
	objection
	evidence *evidence
}

// tells notes that people are to be told of a finding, and how it ends, unless they have
// been. What would be done is planned here, since only now is it asked for.
func (l *look) tells(acting context.Context, o objection, d guard.Decision) practice.Outcome {
	if d.Outcome == practice.Observed || l.Settings.ModeOf(o.by) == practice.Approve && d.Outcome == practice.Awaiting {
		j := &job{members: []*member{{objection: o, latest: o.finding, open: true}}}
		switch err := l.join(acting, j); {
		case err != nil:
			o.finding.Facts = with(o.finding.Facts, "not planned", err.Error())
		case len(j.changes) == 0 && o.finding.Wants != nil:
			o, d = j.lead().explained(), guard.Decision{Outcome: practice.Awaiting, Reason: "ecsguard cannot put this right itself"}
		default:
			o = j.lead().explained()
			o.finding.Changes = j.changes
		}
	}
	o.decision = d
	l.seen[l.id(o.by, o.finding)] = true // one of another practice comes up again in each round
	switch said := l.said(o.by, o.finding, d); {
	case said && !d.Due.IsZero() && !l.due(o.by, o.finding):
		o.decision.Quiet = true // it is another time that it waits for
	case said:
		l.note(l.event, o.finding.Resource, practice.Ignored, "said within the day, and nothing has changed since")
		return practice.Ignored
	}
	l.told = append(l.told, told{o, l.investigate(acting, o.by, o.finding)})
	return d.Outcome
}

// tell writes what is only told, with the evidence. It comes after the changes that
// the same look makes, so that these wait for nothing.
func (l *look) tell(ctx context.Context) error {
	var records []audit.Record
	for _, t := range l.told {
		f := l.informed(t.evidence, t.finding)
		if len(l.deaf) > 0 && len(f.Scope) > 0 {
			f.Facts = with(f.Facts, "could not be asked", strings.Join(l.deaf, ", "))
		}
		r := l.record(t.by, f, audit.Result)
		r.Same, r.Fact = sameOf(t.finding), factOf(t.finding)
		r.Outcome, r.Reason, r.Due, r.Quiet = t.decision.Outcome, t.decision.Reason, t.decision.Due, t.decision.Quiet
		records = append(records, r)
	}
	l.told = nil
	return l.write(ctx, records...)
}

// Search asks a logstore for a pass.
func (d *Driver) Search(ctx context.Context, s practice.Search) ([]map[string]string, error) {
	return d.Ledger.Search(ctx, s)
}
