package engine

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// An announcer writes to the ledger what is about to be done, and makes sure that this look is
// still the one to do it, and that the state is still as it was read.
type announcer struct {
	*assignment
	lockouts *lockouts
	memory   *memory
	checker  *checker
	rec      *recorder
}

// announce writes the intents. Nothing has been changed before it returns. If the log's answer
// is lost, nobody knows whether it has them: they are looked for, and not sent again.
func (a *announcer) announce(ctx context.Context, jobs []*job, round int) error {
	var records []ledger.Record
	if slices.ContainsFunc(jobs, (*job).touches) {
		if err := a.memory.follow(ctx, a.lockouts.turns()); err != nil {
			return err
		}
	}
	for _, j := range jobs {
		lead := j.lead()
		r := a.rec.record(lead.by, lead.finding, ledger.Intent)
		r.Round, r.Members, r.Lock = round, j.membership(), lead.latest.Lock
		r = withChanges(r, j.changes)
		if p := lead.latest.Plan; p != nil && p.Tells {
			r.Every = p.Next // whoever comes after a kill sees that people were to be told
		}
		if nonce := a.announcedBefore(j, r); nonce != "" {
			j.nonces[nonce] = true
			if j.touches() && !a.lockouts.seen(j) { // it may have died between the two
				records = append(records, a.lockouts.turnOf(r, nonce))
			}
			continue
		}
		j.nonces[r.Nonce] = true
		if j.touches() {
			records = append(records, a.lockouts.turnOf(r, r.Nonce))
		}
		records = append(records, r)
		if lead.finding.Resource.ID != a.target.Resource.ID {
			records = append(records, pointerTo(r))
		}
	}
	if err := a.rec.write(ctx, records...); err != nil && !ledger.Unanswered(err) {
		return err
	}
	return nil
}

// announcedBefore is the nonce of an intent that this invocation has already written, if it
// says the same and a read by cursor still shows it: that intent's place in the log counts.
func (a *announcer) announcedBefore(j *job, r ledger.Record) string {
	h := a.memory.at(j.resource().ID)
	settled := ledger.Settled(h.pulled)
	for _, old := range h.pulled {
		if old.Kind == ledger.Intent && old.ID == r.ID && (a.Invocation.wroteEarlier(old) || j.nonces[old.Nonce]) && !settled[old.Nonce] && !a.memory.dead(old) &&
			slices.EqualFunc(old.Calls, r.Calls, sameCall) {
			return old.Nonce
		}
	}
	return ""
}

// pointerTo is a record under the resource that was looked at. It says under which resource the
// intent is.
func pointerTo(intent ledger.Record) ledger.Record {
	return ledger.Record{
		ID: intent.ID, Kind: ledger.Pointer, Time: intent.Time, Practice: intent.Practice, Family: intent.Family,
		ResourceType: intent.ResourceType, Resource: intent.Resource, ResourceName: intent.ResourceName, Region: intent.Region, Account: intent.Account,
		Subject: intent.Subject, Key: intent.Key, Finding: intent.Finding, Task: intent.Task, Request: intent.Request, Attempt: intent.Attempt, Version: intent.Version, Nonce: intent.Nonce + "/pointer",
	}
}

// confirm reads the whole state once more, and the log in parallel, until the log shows our
// intents, and tells whether the state has moved. Each try reads both again: a state that was
// read while the log lagged says nothing about the moment at which the log has caught up. If
// the log shows that another look has ended meanwhile, the state counts as moved: it may have
// been read before that look's changes.
func (a *announcer) confirm(ctx context.Context, jobs []*job) (moved bool, err error) {
	for wait := a.pause() / 10; ; wait *= 2 {
		known := map[string]int{}
		for _, r := range places(jobs) {
			known[r.ID] = len(a.memory.at(r.ID).pulled)
		}
		group, reading := errgroup.WithContext(ctx)
		group.Go(func() (err error) { moved, err = a.checker.memo.moved(reading, a.checker.anew); return err })
		for _, r := range places(jobs) {
			group.Go(func() error { return a.memory.catchUp(reading, r) })
		}
		touching := slices.ContainsFunc(jobs, (*job).touches)
		if touching {
			group.Go(func() error { return a.memory.catchUp(reading, a.lockouts.turns()) })
		}
		if err := group.Wait(); err != nil {
			return false, err
		}
		unseen := false
		for _, j := range jobs {
			unseen = unseen || j.touches() && !a.lockouts.seen(j)
			a.noteDeferrals(j)
			unseen = unseen || !a.memory.verdict(j).seen
		}
		if !unseen {
			for id, n := range known {
				moved = moved || slices.ContainsFunc(a.memory.at(id).pulled[n:], func(r ledger.Record) bool {
					return r.Kind == ledger.Result && r.Outcome != practice.Deferred && r.Request != a.Invocation.Request
				})
			}
			return moved, nil
		}
		if wait > 10*a.pause() || !cloud.Sleep(ctx, wait) {
			return false, &cloud.Error{Action: "log:GetCursorOrData", Code: "Unseen", Message: "the log does not show an intent that was written to it", Status: 503}
		}
	}
}

// places are the resources that jobs edit, each once.
func places(jobs []*job) (resources []practice.Resource) {
	for _, j := range jobs {
		r := j.resource()
		if !slices.ContainsFunc(resources, func(x practice.Resource) bool { return x.ID == r.ID }) {
			resources = append(resources, r)
		}
	}
	return resources
}

// noteDeferrals notes the deferrals that the log shows now, and tells whether there are new
// ones. The next check settles what those looks saw, if every practice can judge. Two things
// have cases of their own instead: a practice that is not asked here, and an effect that did
// not show, since not finding it settles nothing.
func (a *announcer) noteDeferrals(j *job) (more bool) {
	for _, r := range a.memory.at(j.resource().ID).pulled {
		if j.deferrals[r.Nonce] == nil && r.Kind == ledger.Result && r.Outcome == practice.Deferred && r.Key != KeyUnseen && r.Family == j.family() && a.judges(r.Practice) {
			j.deferrals[r.Nonce] = &deferral{by: r.Practice}
			more = true
		}
	}
	return more
}
