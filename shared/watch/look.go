package watch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A Doer makes calls.
type Doer interface {
	Do(ctx context.Context, call cloud.Call, out any) error
}

// Ledger is what is read and written of the audit log.
type Ledger interface {
	Append(ctx context.Context, records ...ledger.Record) error
	Pulses(ctx context.Context, since time.Time) ([]ledger.Record, time.Time, error)
	History(ctx context.Context, r practice.Resource, since time.Time) ([]ledger.Record, error)
	Sweeps(ctx context.Context, since time.Time) ([]ledger.Record, error)
}

const (
	perRead = 8 * time.Second // bounds one read with its retries, so that one that hangs hides no other
	abreast = 8               // reads at once
	// pulsesBack is how far back pulses are looked for.
	pulsesBack = 30 * time.Minute
)

// A look collects the faults of reads that are made side by side.
type look struct {
	d  Deployment
	do Doer

	group  errgroup.Group
	mu     sync.Mutex
	seen   Sight
	failed map[string]bool // actions whose failure has been noted
}

func newLook(d Deployment, do Doer) *look {
	l := &look{d: d, do: do, failed: map[string]bool{}}
	l.group.SetLimit(abreast)
	return l
}

// add notes the faults of something that was read, whose keys begin in one way.
func (l *look) add(begins string, faults ...Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = l.seen.And(Sight{faults, []string{begins}})
}

// done waits for all reads. That one has failed is itself judged by whether it failed.
func (l *look) done() Sight {
	_ = l.group.Wait() // each read's failure is a fault
	return Sight{ordered(told(l.seen.Faults)), append(l.seen.Judged, readKey)}
}

const readKey = "read "

// read makes a call. Where it fails, that is a fault, once for each action, and what was
// asked for stays unjudged. What is not there is no failure: absent says so.
func (l *look) read(ctx context.Context, what string, call cloud.Call, out any) (ok, absent bool) {
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	err := l.do.Do(ctx, call, out)
	switch {
	case err == nil:
		return true, false
	case gone(err):
		return false, true
	}
	l.unread(what, call.RAM(), err)
	return false, false
}

// gone tells whether the answer is that the thing does not exist.
func gone(err error) bool {
	switch code := cloud.Code(err); code {
	case "FunctionNotFound", "EventRuleNotExisted":
		return true
	default:
		return strings.HasPrefix(code, "EntityNotExist")
	}
}

func (l *look) unread(what, action string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed[action] {
		return
	}
	l.failed[action] = true
	l.seen.Faults = append(l.seen.Faults, l.d.Unread(what, action, err))
}

// Unread is the fault of a read that has failed.
func (d Deployment) Unread(what, action string, err error) Fault {
	f := Fault{Key: readKey + action, Passing: true, Trouble: message.Trouble{
		What:  fmt.Sprintf("%s failed: %v", what, err),
		Means: "It is not known whether this is as it should be",
		Mend:  "If this is repeated tomorrow, fix what the error names",
	}}
	switch {
	case skewed(err):
		f.Mend = "The clock of ecsguard's functions is more than 15 minutes off the cloud's, so the cloud rejects every call that they sign. Deploying again moves them to other machines; if that does not help, open a ticket for Function Compute"
		f.Commands = []string{"s deploy"}
	case refused(err):
		f.Passing = false
		f.Mend = "Restore the roles, in the project's folder, and look in ActionTrail for who changed the role"
		f.Commands = []string{d.Prepare()}
	}
	return f
}

// skewed tells whether the call was refused for when it was signed.
func skewed(err error) bool {
	code := cloud.Code(err)
	return code == "RequestTimeTooSkewed" || strings.HasPrefix(code, "InvalidTimeStamp")
}

// refused tells whether a policy refused the call: that does not pass by itself.
func refused(err error) bool {
	code := cloud.Code(err)
	return cloud.Forbidden(err) || code == "AccessDenied" || code == "Unauthorized"
}

// Look reads everything that a run looks at, and judges it. Pulses are the log's of the
// last time and now is by its clock, or zero where it could not be read.
func Look(ctx context.Context, d Deployment, do Doer, ledger Ledger, pulses []ledger.Record, at, now time.Time) Sight {
	l := newLook(d, do)
	l.group.Go(func() error { l.rule(ctx); return nil })
	l.group.Go(func() error { l.functions(ctx, ledger, pulses, at, now); return nil })
	l.group.Go(func() error { l.strangers(ctx); return nil })
	for _, f := range d.Turn(at) {
		l.group.Go(func() error { l.role(ctx, f); return nil })
		if len(f.Triggers) > 0 {
			l.group.Go(func() error { l.triggers(ctx, f.Name); return nil })
		}
	}
	return l.done()
}

// told leaves out what another fault has said: triage's trigger of events is the rule.
func told(faults []Fault) []Fault {
	if !slices.ContainsFunc(faults, func(f Fault) bool { return strings.HasPrefix(f.Key, "rule ") }) {
		return faults
	}
	return slices.DeleteFunc(faults, func(f Fault) bool { return f.Key == "trigger "+Triage+"/"+Events })
}

// ordered puts what matters most first: without the rule, triage or notify nothing
// works, and what could not be read comes last.
func ordered(faults []Fault) []Fault {
	rank := func(f Fault) int {
		switch {
		case strings.HasPrefix(f.Key, readKey):
			return 3
		case strings.HasPrefix(f.Key, "rule "):
			return 0
		case strings.Contains(f.Key, Triage), strings.Contains(f.Key, Notify):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Key, b.Key)) })
	return faults
}

// missingLog tells whether the log is not there at all.
func missingLog(err error) bool {
	switch cloud.Code(err) {
	case "ProjectNotExist", "LogStoreNotExist":
		return true
	}
	return false
}
