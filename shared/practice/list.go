package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Listed are the resources of a sweep, each once: of what was read those that are wanted, or
// all where wanted is nil.
func Listed[T resource.Described](pass *Pass, all []T, err error, wanted func(T) bool) (found []Resource, _ error) {
	known := map[Resource]bool{}
	for _, one := range all {
		if wanted != nil && !wanted(one) {
			continue
		}
		if r := pass.Of(one); !known[r] {
			known[r] = true
			found = append(found, r)
		}
	}
	return found, err
}

// ListedPages is the same of what pages gives. There may be a hundred thousand: only what
// names them is kept.
func ListedPages[T resource.Described](ctx context.Context, pass *Pass, pages Pages[T], wanted func(T) bool, params ...string) (found []Resource, err error) {
	err = pages(ctx, pass, pass.Resource.Region, func(page []T, _ bool) bool {
		some, _ := Listed(pass, page, nil, wanted)
		found = append(found, some...)
		return false
	}, params...)
	return found, err
}

// Pages is a typed read of shared/resource, page by page, until enough says so.
type Pages[T any] = func(ctx context.Context, r cloud.Reader, region string, enough func(page []T, more bool) bool, params ...string) error

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

// Join names all.
func Join[T fmt.Stringer](all []T) string {
	var words []string
	for _, one := range all {
		words = append(words, one.String())
	}
	return strings.Join(words, ", ")
}

// Few names as many as a person reads, and how many more there are.
func Few(names []string, most int, between string) string {
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, between)
}
