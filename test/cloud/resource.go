package cloud

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ecsResource is what every resource of ECS has.
type ecsResource struct {
	id, region, name, description string
	tags                          map[string]string
	created                       time.Time
}

func (r *ecsResource) Base() *ecsResource { return r }

// find returns the resource of the call's region with an id, or nil.
func find[T interface{ Base() *ecsResource }](q *rpcRequest, all []T, id string) (T, bool) {
	return findIn(q.region, all, id)
}

func findIn[T interface{ Base() *ecsResource }](region string, all []T, id string) (T, bool) {
	for _, r := range all {
		if b := r.Base(); b.id == id && b.region == region {
			return r, true
		}
	}
	var none T
	return none, false
}

// within returns the resources of a call's region that a filter keeps.
func within[T interface{ Base() *ecsResource }](q *rpcRequest, all []T, keep func(T) bool) []T {
	var kept []T
	for _, r := range all {
		if r.Base().region == q.region && keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// without removes the resource with an id.
func without[T interface{ Base() *ecsResource }](all []T, id string) []T {
	return slices.DeleteFunc(all, func(r T) bool { return r.Base().id == id })
}

// newResource makes an id and takes the tags of a call.
func (q *rpcRequest) newResource(kind, name string) ecsResource {
	return ecsResource{
		id: q.c.resourceID(kind, q.region), region: q.region, name: name,
		description: q.str("Description"), tags: q.tags(), created: q.c.clock(),
	}
}

// tags are the Tag.N of a call; some clients spell the fields in lower case,
// and some actions say Tags.
func (q *rpcRequest) tags() map[string]string {
	tags := map[string]string{}
	for _, t := range slices.Concat(q.items("Tag"), q.items("Tags")) {
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

// hasTags says whether a resource carries every tag that a call filters by. A
// tag without a value asks for the key only.
func (r *ecsResource) hasTags(q *rpcRequest) bool {
	for key, value := range q.tags() {
		have, ok := r.tags[key]
		if !ok || value != "" && have != value {
			return false
		}
	}
	return true
}

// matches compares a filter of a call, which may hold *, with a value. An
// absent filter matches everything.
func (q *rpcRequest) matches(name, value string) bool {
	return !q.has(name) || wildcard(q.str(name), value)
}

// matchesBool compares a boolean filter.
func (q *rpcRequest) matchesBool(name string, value bool) bool {
	return !q.has(name) || q.is(name) == value
}

// oneOf compares a filter for which "all" means no filter.
func (q *rpcRequest) oneOf(name, value string) bool {
	v := q.str(name)
	return v == "" || strings.EqualFold(v, "all") || v == value
}

// bases are the common parts of a list of resources.
func bases[T interface{ Base() *ecsResource }](all []T) []*ecsResource {
	var parts []*ecsResource
	for _, r := range all {
		parts = append(parts, r.Base())
	}
	return parts
}

// byItsID finds a resource of a list.
func byItsID[T interface{ Base() *ecsResource }](all []T, kind, id string) (found T, err error) {
	for _, r := range all {
		if r.Base().id == id {
			return r, nil
		}
	}
	return found, fmt.Errorf("no %s %q", kind, id)
}

// has says whether a list holds a resource with an id.
func has[T interface{ Base() *ecsResource }](all []T, id string) bool {
	return slices.ContainsFunc(all, func(r T) bool { return r.Base().id == id })
}

func byID[T interface{ Base() *ecsResource }](all []T) []T {
	return slices.SortedFunc(slices.Values(all), func(a, b T) int { return strings.Compare(a.Base().id, b.Base().id) })
}

// visible says that a resource is old enough to be seen everywhere.
func (c *Cloud) visible(r *ecsResource) bool { return !c.clock().Before(r.created.Add(c.Lag)) }

// settled says that a change has been carried out: it takes Lag, as it does for
// new instances to be seen.
func (c *Cloud) settled(since time.Time) bool {
	now := c.clock()
	return !now.Before(since.Add(c.Lag)) && !now.Before(c.busyUntil)
}

// status is what a resource is called until its last change has been carried
// out, which takes Lag, and then.
func (c *Cloud) status(since time.Time, until, then string) string {
	if c.settled(since) {
		return then
	}
	return until
}

// ownerID is the account as a number, as some answers write it.
func ownerID(account string) int64 {
	var n int64
	_, _ = fmt.Sscan(account, &n)
	return n
}

// findNamed finds a resource of a call.
func findNamed[T interface{ Base() *ecsResource }](q *rpcRequest, all []T, param, kind string) (T, error) {
	r, ok := find(q, all, q.str(param))
	if !ok {
		return r, refuse(404, "ResourceNotFound."+kind[strings.LastIndex(kind, ":")+1:], "The specified resource %s is not found.", q.str(param))
	}
	q.touch(kind, r.Base().id)
	return r, nil
}
