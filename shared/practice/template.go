package practice

import (
	"context"
	"errors"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/resource"
)

// DefaultVersion reads the launch template that the pass is about, and the version that a launch takes by itself.
func DefaultVersion(ctx context.Context, pass *Pass) (t resource.LaunchTemplate, v resource.TemplateVersion, err error) {
	r := pass.Resource
	t, err = One(resource.LaunchTemplates(ctx, pass, r.Region, "LaunchTemplateId.1", r.ID))
	if err == nil {
		v, err = resource.DefaultVersion(ctx, pass, r.Region, r.ID)
	}
	if err != nil {
		return t, v, fmt.Errorf("reading launch template %s: %w", r.ID, Gone(err))
	}
	return t, v, nil
}

// ListedLaunches is the list of a sweep of what makes instances and what was made: the instances that are wanted, and
// all launch templates, since their list does not say what is in them. One that cannot be listed hides no other.
func ListedLaunches(ctx context.Context, pass *Pass, wanted func(resource.Instance) bool) ([]Resource, error) {
	found, unlisted := ListedPages(ctx, pass, resource.InstancePages, wanted)
	templates, err := resource.LaunchTemplates(ctx, pass, pass.Resource.Region)
	more, err := Listed(pass, templates, err, nil)
	return append(found, more...), errors.Join(unlisted, err)
}
