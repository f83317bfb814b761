package run

import (
	"context"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// joined plans the edit of each finding by itself. FOR NOW: the driver is to join the
// findings of all members that act, and this function goes.
func joined(ctx context.Context, pass *practice.Pass) error {
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
