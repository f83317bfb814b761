package kernel

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Resource is what every resource has.
// ID and Region together name it: two regions may have one id in a document of a test, and calls
// see only their own region's.
type Resource struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"` // default the cloud's
	Tags        map[string]string `yaml:"tags,omitempty"`
	CreatedAt   string            `yaml:"created-at,omitempty"` // 2026-02-04T01:39:00Z; default a day ago
	Created     time.Time         `yaml:"-"`
}

func (r *Resource) Base() *Resource { return r }

// Find returns the resource of the call's region with an id, or nil.
func Find[T Based](q *Request, all []T, id string) (T, bool) {
	return FindIn(q.Region, all, id)
}

// The zero value and false where there is none.
func FindIn[T Based](region string, all []T, id string) (T, bool) {
	for _, r := range all {
		if b := r.Base(); b.ID == id && b.Region == region {
			return r, true
		}
	}
	var none T
	return none, false
}

// Within returns the resources of a call's region that a filter keeps.
func Within[T Based](q *Request, all []T, keep func(T) bool) []T {
	var kept []T
	for _, r := range all {
		if r.Base().Region == q.Region && keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// Without removes the resource with an id.
// It works in place: whoever ranges over the same slice needs a clone.
func Without[T Based](all []T, id string) []T {
	return slices.DeleteFunc(all, func(r T) bool { return r.Base().ID == id })
}

// NewResource makes an id and takes the tags of a call.
func (q *Request) NewResource(kind, name string) Resource {
	return Resource{
		ID: q.C.ResourceID(kind, q.Region), Region: q.Region, Name: name,
		Description: q.Str("Description"), Tags: q.Tags(), Created: q.C.Clock(),
	}
}

// Tags are the Tag.N of a call; some clients spell the fields in lower case,
// and some actions say Tags.
func (q *Request) Tags() map[string]string {
	tags := map[string]string{}
	for _, t := range slices.Concat(q.Items("Tag"), q.Items("Tags")) {
		key, value := t["Key"], t["Value"]
		if key == "" {
			key, value = t["key"], t["value"]
		}
		if key != "" {
			tags[key] = value
		}
	}
	return tags
}

// HasTags says whether a resource carries every tag that a call filters by. A
// tag without a value asks for the key only.
func (r *Resource) HasTags(q *Request) bool {
	for key, value := range q.Tags() {
		have, ok := r.Tags[key]
		if !ok || value != "" && have != value {
			return false
		}
	}
	return true
}

// Matches compares a filter of a call, which may hold *, with a value. An
// absent filter matches everything.
// Products whose filters are exact get a star from nobody, so this serves both.
func (q *Request) Matches(name, value string) bool {
	return !q.Has(name) || Wildcard(q.Str(name), value)
}

// MatchesBool compares a boolean filter.
func (q *Request) MatchesBool(name string, value bool) bool {
	return !q.Has(name) || q.Is(name) == value
}

// OneOf compares a filter for which "all" means no filter.
func (q *Request) OneOf(name, value string) bool {
	v := q.Str(name)
	return v == "" || strings.EqualFold(v, "all") || v == value
}

// Bases are the common parts of a list of resources.
func Bases[T Based](all []T) []*Resource {
	var parts []*Resource
	for _, r := range all {
		parts = append(parts, r.Base())
	}
	return parts
}

// ByItsID finds a resource of a list.
// In any region: documents are checked with it, and calls use Find.
func ByItsID[T Based](all []T, kind, id string) (found T, err error) {
	for _, r := range all {
		if r.Base().ID == id {
			return r, nil
		}
	}
	return found, fmt.Errorf("no %s %q", kind, id)
}

// Has says whether a list holds a resource with an id.
func Has[T Based](all []T, id string) bool {
	return slices.ContainsFunc(all, func(r T) bool { return r.Base().ID == id })
}

// A sorted copy, for dumps and for lists that have no order of their own.
func ByID[T Based](all []T) []T {
	return slices.SortedFunc(slices.Values(all), func(a, b T) int { return strings.Compare(a.Base().ID, b.Base().ID) })
}

// Visible says that a resource is old enough to be seen everywhere.
func (c *Cloud) Visible(r *Resource) bool { return !c.Clock().Before(r.Created.Add(c.Lag)) }

// Settled says that a change has been carried out: it takes Lag, as it does for
// new instances to be seen.
func (c *Cloud) Settled(since time.Time) bool {
	now := c.Clock()
	return !now.Before(since.Add(c.Lag)) && !now.Before(c.BusyUntil)
}

// Status is what a resource is called until its last change has been carried
// out, which takes Lag, and then.
func (c *Cloud) Status(since time.Time, until, then string) string {
	if c.Settled(since) {
		return then
	}
	return until
}

// OwnerID is the account as a number, as some answers write it.
func OwnerID(account string) int64 {
	var n int64
	_, _ = fmt.Sscan(account, &n)
	return n
}

// FindNamed finds a resource of a call.
// The code is that of the newer products: ResourceNotFound and the last part of the kind.
func FindNamed[T Based](q *Request, all []T, param, kind string) (T, error) {
	r, ok := Find(q, all, q.Str(param))
	if !ok {
		return r, Refuse(404, "ResourceNotFound."+kind[strings.LastIndex(kind, ":")+1:], "The specified resource %s is not found.", q.Str(param))
	}
	q.Touch(kind, r.Base().ID)
	return r, nil
}
