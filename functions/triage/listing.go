package triage

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// everything lists what the practices of a sweep look at, in the order of ids, from after the
// last resource that was looked at. Practices with the same list share one call; only ids are
// kept, not the pages.
func (r *sweeper) everything(ctx context.Context, in Invocation, e *events.Event, c course) (all []asked, alone []practice.Match, err error) {
	var errs []error
	found := map[practice.Resource][]int{} // by which of the lists
	lists := r.lists(c.Every)
	for n, l := range lists {
		first := l[0]
		resources, err := r.list(ctx, in, e, first)
		switch {
		case err != nil && cloud.Retryable(err) && !errors.Is(err, engine.ErrSlow) && in.Attempt < lastAttempt:
			errs = append(errs, fmt.Errorf("listing for %s: %w", first.ID, err))
		case err != nil:
			errs = append(errs, r.cannotList(ctx, in, l, err))
		}
		for _, x := range resources {
			if first.Alone {
				continue
			}
			x.Name = ""
			x = engine.Complete(practice.Target{Resource: x}, in.Region, in.Account).Resource
			if keyOf(x) > c.After && !slices.Contains(found[x], n) {
				found[x] = append(found[x], n)
			}
		}
		if first.Alone && len(resources) > 0 {
			m := practice.Match{Practice: first}
			for _, x := range resources {
				m.Targets = append(m.Targets, practice.Target{Resource: x})
			}
			alone = append(alone, m)
		}
	}
	concerns := map[string][]concerned{} // the same for all that the same lists have
	for x, by := range found {
		key := fmt.Sprint(by)
		if concerns[key] == nil {
			for _, n := range by {
				for _, p := range lists[n] {
					concerns[key] = append(concerns[key], concerned{practice: p})
				}
			}
		}
		all = append(all, asked{x, concerns[key]})
	}
	slices.SortFunc(all, func(a, b asked) int { return strings.Compare(keyOf(a.resource), keyOf(b.resource)) })
	return all, alone, errors.Join(errs...)
}

// lists are the practices that sweep at an interval, grouped by the list that they share. A
// list that depends on a practice's own params is not shared.
func (r *sweeper) lists(every time.Duration) (lists [][]*practice.Practice) {
	at := map[string]int{}
	for _, p := range r.practices {
		if p.Sweep.List == nil || p.Sweep.Every != every {
			continue
		}
		key := fmt.Sprint(reflect.ValueOf(p.Sweep.List).Pointer(), p.Resource, p.Alone)
		if len(r.settings.Practices[p.ID].Params) > 0 {
			key += p.ID
		}
		i, known := at[key]
		if !known {
			i = len(lists)
			at[key], lists = i, append(lists, nil)
		}
		lists[i] = append(lists[i], p)
	}
	return lists
}

func (r *sweeper) list(ctx context.Context, in Invocation, e *events.Event, p *practice.Practice) ([]practice.Resource, error) {
	start := practice.Resource{Type: p.Resource, Region: in.Region, Account: in.Account}
	var resources []practice.Resource
	err := engine.Within(ctx, listing, func(ctx context.Context) (err error) {
		defer engine.Recovered(r.log.With("request", in.Request), p, "sweep", &err)
		pass := practice.NewPass(p, start, e, in.Now(), in.Reader, r.settings.Params(p))
		pass.Home = in.Region
		resources, err = p.List(ctx, pass)
		return err
	})
	if errors.Is(err, engine.ErrStuck) {
		r.stuck.Store(true)
		return nil, err // it may still be listing
	}
	return resources, err
}

// cannotList tells people, once a day, that some practices do not sweep, and lets the
// others do.
func (r *sweeper) cannotList(ctx context.Context, in Invocation, l []*practice.Practice, cause error) error {
	var ids []string
	for _, p := range l {
		ids = append(ids, p.ID)
	}
	p := l[0]
	r.log.Error("cannot list", "practice", p.ID, "request", in.Request, "error", cause)
	return r.tell(ctx, in, "cannot list/"+p.ID, itself(in), ledger.Record{
		Practice: p.ID, Severity: practice.High, Mode: r.settings.ModeOf(p), Outcome: practice.Failed, Key: "cannot list", Subject: p.ID,
		Finding: fmt.Sprintf("sweeps do not look at %s any more", words(p.Resource)),
		Reason:  "they cannot be listed, so that what was there before ecsguard, or came without an event, is not looked at by " + strings.Join(ids, ", "),
		Error:   cause.Error(), ErrorCode: cloud.Code(cause),
		Advice: "Where the error names a permission, run " + r.prepare(in) + ". This is repeated in a day.",
	})
}
