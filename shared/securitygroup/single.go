package securitygroup

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Concerned names the groups that a pass is about: its own, or those whose rules
// name the list that it is about.
func Concerned(ctx context.Context, pass *practice.Pass) ([]string, error) {
	return concerned(ctx, pass)
}

// ReadIngress reads the ingress rules of one group, with their lists resolved, and
// nothing else of it.
func ReadIngress(ctx context.Context, pass *practice.Pass, id string) (*Group, error) {
	g := &Group{ID: id, Region: pass.Resource.Region}
	if err := g.readRules(ctx, pass); err != nil {
		return nil, err
	}
	return g, g.resolve(ctx, pass)
}
