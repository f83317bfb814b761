package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/resource"
)

// Listed are the resources of a sweep: of what was read, by id and name, those to be looked
// at. They are of the practice's own type.
func Listed[T any](pass *Pass, all []T, err error, each func(T) (id, name string, wanted bool)) ([]Resource, error) {
	var found []Resource
	for _, one := range all {
		if id, name, wanted := each(one); wanted {
			found = append(found, pass.Named("", id, name))
		}
	}
	return found, err
}

// ListedInstances are the instances of the pass's region that are wanted. There may be a
// hundred thousand: only what names them is kept.
func ListedInstances(ctx context.Context, pass *Pass, wanted func(resource.Instance) bool) (found []Resource, err error) {
	err = resource.InstancePages(ctx, pass, pass.Resource.Region, func(page []resource.Instance, _ bool) bool {
		for _, i := range page {
			if wanted(i) {
				found = append(found, pass.Named("", i.InstanceID, i.InstanceName))
			}
		}
		return false
	})
	return found, err
}

// Each looks at what the pass's resource leads to: the groups of an instance. One of these
// may be gone by now, and the others are still to be judged.
func (p *Pass) Each(ids []string, look func(id string) error) error {
	for _, id := range ids {
		if err := look(id); err != nil && (id == p.Resource.ID || !errors.Is(err, ErrGone)) {
			return err
		}
	}
	return nil
}

// Few names as many as a person reads, and how many more there are.
func Few(names []string, most int, between string) string {
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, between)
}
