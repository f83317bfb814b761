package practice

import (
	"errors"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Unread is what cannot be told, since a read of it is refused, and why. What is known counts all
// the same.
type Unread map[string]string

// Note adds what cannot be told where err is a read that is refused, and returns nil then. Any other error it returns:
// the next attempt may get past it.
func (u Unread) Note(what string, err error) error {
	if !Refused(err) {
		return err
	}
	u[what] = Why(err)
	return nil
}

// Why says which read failed and with which code, the same at each look: a fact that changes would be reported again.
func Why(err error) string {
	if failed, ok := errors.AsType[*cloud.Error](err); ok {
		return failed.Action + ": " + failed.Code
	}
	return err.Error()
}

// Unread begins a finding that something cannot be told, with the facts why. It says why and what to do about that,
// and hides nothing of the rest.
func (p *Pass) Unread(read resource.Described, key, title string, why Unread) Finding {
	f := p.Finding(read, key, title)
	f.Facts = why
	whys := slices.Compact(slices.Sorted(maps.Values(why)))
	f.Advice = "Why: " + Few(whys, 3, "; ") + ". Let the function make these reads (prepare says what its role lacks), or look yourself. Everything that can be read was judged."
	return f
}
