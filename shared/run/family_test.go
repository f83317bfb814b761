package run_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

type check = func(context.Context, *practice.Pass) error

// objects reports the rules of some ports as one finding.
func objects(from, to int) check {
	return func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		f := practice.Finding{Key: fmt.Sprintf("%d-%d", from, to), Title: "open", Scope: practice.Scope{"tcp": {{From: from, To: to}}}}
		var wants []rule
		for _, r := range found {
			if port, _ := strconv.Atoi(r.key()); from <= port && port <= to {
				wants, f.Changes = append(wants, r), append(f.Changes, r.close())
			}
		}
		if pass.Practice.Family != nil {
			f.Wants, f.Changes = wants, nil
		}
		if len(wants) > 0 {
			pass.Report(f)
		}
		return err
	}
}

// kin is a family that closes each rule once.
var kin = &practice.Family{Name: "kin", Join: func(_ context.Context, _ *practice.Pass, findings []practice.Finding) (e practice.Edit, err error) {
	for _, f := range findings {
		for _, r := range f.Wants.([]rule) {
			if c := r.close(); !slices.ContainsFunc(e.Changes, func(x practice.Change) bool { return x.Why == c.Why }) {
				e.Changes = append(e.Changes, c)
			}
		}
	}
	return e, nil
}}

// peer is another practice of the family.
func (w *world) peer(id string, severity practice.Severity, check check) *practice.Practice {
	w.practice.Family = kin
	p := *w.practice
	p.ID, p.Severity, p.Check = id, severity, check
	w.peers = append(w.peers, &p)
	return &p
}

func (w *world) mode(id string, m practice.Mode) {
	if w.settings.Practices == nil {
		w.settings.Practices = map[string]settings.Practice{}
	}
	w.settings.Practices[id] = settings.Practice{Mode: m}
}

// reads is how often the rules were read.
func (w *world) reads() (n int) {
	for _, c := range w.cloud.Calls() {
		if c.Action == readRules {
			n++
		}
	}
	return n
}
