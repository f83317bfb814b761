package run

import (
	"cmp"
	"context"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// joined plans the edit of each finding by itself. FOR NOW: the driver is to join the
// findings of all members that act, and this function goes.
func (l *look) joined(ctx context.Context, pass *practice.Pass) error {
	for _, j := range l.jobs {
		if err := cmp.Or(j.err, j.waived); err != nil {
			pass.Refused = cloud.Code(err)
		}
	}
	findings := pass.Findings()
	for i := range findings {
		f := &findings[i]
		if f.Wants == nil || len(f.Changes) > 0 {
			continue
		}
		edit, err := pass.Practice.Family.Join(ctx, pass, findings[i:i+1])
		if err != nil {
			return err
		}
		f.Changes = edit.Changes
		for _, left := range edit.Left {
			f.Facts = with(f.Facts, "not changed", left.Why)
			f.Advice = strings.TrimSpace(left.Why + " " + f.Advice)
		}
	}
	return nil
}
