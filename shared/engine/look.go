package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// look is one look at one resource: from the first check to the last record. Its parts are
// values that know of each other only what newLook hands them.
type look struct {
	*assignment
	budget *budget // of the sweep; nil: this is none

	// what was read
	memory  *memory  // what the ledger says
	checker *checker // what the cloud shows
	others  *others  // what the others of the family object to

	// what is decided, and what becomes of it
	decider    *decider
	reconciler *reconciler
	repairer   *repairer

	// what is said
	teller *teller
	closer *closer
	rec    *recorder

	background *background // what runs beside the changes
}

func newLook(d *Driver, e *events.Event, t practice.Target, reader cloud.Reader, b *budget) *look {
	l := &look{assignment: d.assignment(e, t), budget: b, memory: newMemory(d), background: &background{}}
	a, m := l.assignment, l.memory
	l.checker = &checker{assignment: a, reader: reader, anew: d, logs: d.Ledger}
	l.others = newOthers(l.checker, m, l.background)
	l.rec = &recorder{assignment: a, ledger: d.Ledger, others: l.others, memory: m}

	evidence := newInvestigator(l.checker, l.background, d.Ledger, &d.common.slow, b != nil)
	planner := &planner{assignment: a, memory: m, checker: l.checker, others: l.others, evidence: evidence}
	l.teller = &teller{assignment: a, memory: m, checker: l.checker, others: l.others, evidence: evidence, planner: planner, rec: l.rec}
	lockouts := &lockouts{assignment: a, memory: m, reader: d, ledger: d.Ledger}
	l.decider = &decider{
		assignment: a, lockouts: lockouts, memory: m, others: l.others, evidence: evidence, planner: planner, teller: l.teller, rec: l.rec,
		budget: b, claims: &d.common.claims, touches: &d.common.touches, ledger: d.Ledger,
	}
	l.reconciler = &reconciler{assignment: a, memory: m, others: l.others, rec: l.rec}
	l.repairer = &repairer{
		assignment: a, memory: m, checker: l.checker, others: l.others, decider: l.decider, planner: planner, rec: l.rec, lockouts: lockouts,
		announcer: &announcer{assignment: a, lockouts: lockouts, memory: m, checker: l.checker, rec: l.rec},
		editor:    &editor{assignment: a, cloud: d.Cloud, planner: planner},
		concluder: &concluder{assignment: a, memory: m, evidence: evidence, rec: l.rec},
	}
	l.closer = &closer{assignment: a, memory: m, checker: l.checker, others: l.others, rec: l.rec, reconciler: l.reconciler}
	return l
}

// rounds of check and apply that one look takes at most. Dependent steps need no
// plan: the next check finds what is left.
const rounds = 3

func (l *look) run(ctx context.Context) ([]practice.Outcome, error) {
	// Cloud calls may use the time up to the reserve, the last records all of it.
	acting, cancel := early(ctx)
	defer l.background.leave(l.log())
	defer cancel()
	if err := l.steps(acting, ctx); err != nil {
		l.log().Error("look failed", "error", err)
		return l.rec.outcomes, fmt.Errorf("practice %s: %s: %w", l.Practice.ID, l.target.Resource, err)
	}
	if len(l.rec.outcomes) == 0 {
		l.note(l.target.Resource, practice.Good, "nothing is wrong")
		l.rec.ended(practice.Good)
	}
	return l.rec.outcomes, nil
}

// steps are what a look does, in order. An error is one that another attempt may get past.
func (l *look) steps(acting, ctx context.Context) error {
	if own := l.Invocation.Account; own != "" && l.target.Resource.Account != own {
		return l.closer.foreign(ctx)
	}
	findings, err := l.firstCheck(acting)
	if practice.Refused(err) {
		return l.closer.unreadable(ctx, err)
	}
	if err != nil {
		return err
	}
	plan := &plan{seen: map[string]bool{}}
	if err := l.decider.decide(acting, ctx, findings, plan); err != nil {
		return err
	}
	if err := l.reconciler.reconcile(ctx, findings, plan.jobs); err != nil {
		return err
	}
	if err := l.repairer.repair(acting, ctx, plan); err != nil {
		return errors.Join(err, l.teller.tell(ctx, plan))
	}
	if err := errors.Join(l.teller.speak(acting, plan), l.teller.tell(ctx, plan)); err != nil {
		return err
	}
	if len(l.others.cannotStandIn) > 0 {
		return fmt.Errorf("the check of %s does not work here either: another of the family may be able to look", strings.Join(slices.Sorted(maps.Keys(l.others.cannotStandIn)), ", "))
	}
	return l.closer.hand(ctx, plan.jobs)
}

// firstCheck makes the first check and reads the ledger. Where that is needed whatever the
// check finds, most of it is read in the same time.
func (l *look) firstCheck(acting context.Context) ([]practice.Finding, error) {
	var findings []practice.Finding
	var checked, remembered error
	var group sync.WaitGroup
	group.Go(func() { findings, checked = l.checker.check(acting) })
	if l.readsAhead() {
		group.Go(func() { remembered = l.memory.open(acting, l.target.Resource) })
	}
	group.Wait()
	if checked != nil {
		return nil, checked
	}
	if len(findings) == 0 && l.Invocation.Attempt == 0 && l.event.Kind != events.KindLook && len(l.event.Passed) == 0 && len(l.event.For) == 0 && l.checker.unseen == "" {
		if remembered != nil {
			l.log().Warn("the ledger cannot be read, and nothing is wrong", "error", remembered)
		}
		return nil, nil
	}
	group.Go(func() { l.others.ask(acting, findings) })
	group.Go(func() {
		if remembered == nil {
			remembered = l.memory.recall(acting, append(resourcesOf(findings), l.target.Resource)...)
		}
	})
	group.Wait()
	if remembered == nil && l.Invocation.Attempt > 0 {
		remembered = l.memory.recall(acting, l.memory.of(l.target.Resource.ID).announcedElsewhere(l.target.Resource.ID)...)
	}
	return findings, remembered
}

// readsAhead tells whether the ledger is read beside the first check. A sweep reads it only
// where something is wrong, as most of what it looks at is good. A look for an event also has
// to close what was reported before and is good now.
func (l *look) readsAhead() bool {
	return l.budget == nil || l.budget.interrupted[l.target.Resource.ID]
}

// resourcesOf are the resources that findings are about.
func resourcesOf(findings []practice.Finding) (resources []practice.Resource) {
	for _, f := range findings {
		if !slices.Contains(resources, f.Resource) {
			resources = append(resources, f.Resource)
		}
	}
	return resources
}
