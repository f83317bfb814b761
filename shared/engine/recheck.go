package engine

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// recheck looks whether the findings are still there, and returns those that were not
// there before. A read may be answered from before the change, so what shows is
// looked at once more; so is everything where another look has given way since.
func (r *repairer) recheck(ctx context.Context, plan *plan) (uncovered []practice.Finding, err error) {
	for try := 1; ; try++ {
		var findings []practice.Finding
		group, reading := errgroup.WithContext(ctx)
		group.Go(func() (err error) { findings, err = r.checker.check(reading); return err })
		for _, place := range places(slices.DeleteFunc(slices.Clone(plan.jobs), func(j *job) bool { return !j.tried || j.gaveWay })) {
			group.Go(func() error { return r.memory.catchUp(reading, place) })
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		r.others.askAgain(ctx, findings, plan.jobs)
		uncovered = slices.DeleteFunc(slices.Clone(findings), func(f practice.Finding) bool { return plan.seen[r.id(r.Practice, f)] })
		wrong, late := len(uncovered) > 0, false
		for _, j := range plan.jobs {
			if j.gaveWay {
				continue
			}
			r.planner.update(j, findings)
			if err := r.planner.edit(ctx, j); err != nil {
				return nil, err
			}
			j.waive()
			wrong = wrong || j.open()
			late = j.tried && r.announcer.noteDeferrals(j) || late
		}
		if late && try < rounds {
			continue
		}
		if !wrong || try > 1 || !cloud.Sleep(ctx, r.pause()) {
			return uncovered, nil
		}
	}
}
