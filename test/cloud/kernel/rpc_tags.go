package kernel

import (
	"maps"
	"strings"
)

// AddTags puts the tags of a call on resources: on all or on none.
// 20 tags a resource, and keys that do not begin as the system's do. A key that is there gets the
// new value.
func (q *Request) AddTags(chosen []*Resource) (any, error) {
	tags := q.Tags()
	for key := range tags {
		if strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") || len(key) > 128 {
			return nil, Refuse(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
		}
	}
	for _, r := range chosen {
		all := maps.Clone(r.Tags)
		maps.Copy(all, tags)
		if len(all) > 20 {
			return nil, Refuse(400, "NumberExceed.Tags", "The Tags parameter's number is exceed.")
		}
	}
	for _, r := range chosen {
		maps.Copy(r.Tags, tags)
	}
	return Done()
}

// All counts only without keys. A key that is not there is no error.
func (q *Request) RemoveTags(chosen []*Resource) (any, error) {
	keys := q.List("TagKey")
	for _, r := range chosen {
		if q.Is("All") && len(keys) == 0 {
			clear(r.Tags)
		}
		for _, k := range keys {
			delete(r.Tags, k)
		}
	}
	return Done()
}

// Tag makes the action that puts tags on what a call names.
func Tag[R interface {
	AddTags([]*Resource) (any, error)
}](chosen func(R) ([]*Resource, error)) func(R) (any, error) {
	return func(q R) (any, error) {
		all, err := chosen(q)
		if err != nil {
			return nil, err
		}
		return q.AddTags(all)
	}
}

// Untag makes the action that takes tags off what a call names.
func Untag[R interface {
	RemoveTags([]*Resource) (any, error)
}](chosen func(R) ([]*Resource, error)) func(R) (any, error) {
	return func(q R) (any, error) {
		all, err := chosen(q)
		if err != nil {
			return nil, err
		}
		return q.RemoveTags(all)
	}
}

// OnTagged gives the ARNs of what a call about tags names, or of all of its type.
func OnTagged(product string) func(*Request) []string {
	return func(q *Request) []string {
		kind, arns := strings.ToLower(q.Str("ResourceType")), []string(nil)
		for _, id := range q.List("ResourceId") {
			arns = append(arns, q.ARN(product, kind+"/"+id))
		}
		if len(arns) == 0 {
			arns = []string{q.ARN(product, kind+"/*")}
		}
		return arns
	}
}

// How products word that what a call about tags names is not there.
const (
	TheseNotFound = "The specified ResourceIds are not found in our records."
	ThisNotFound  = "The specified ResourceId {id} is not found."
)

// ChosenOf are the resources that a call names, every one of which must exist.
func (q *Request) ChosenOf(all []*Resource, kind, missing string) ([]*Resource, error) {
	var chosen []*Resource
	for _, id := range q.List("ResourceId") {
		r, ok := Find(q, all, id)
		if !ok {
			return nil, Refuse(404, "InvalidResourceId.NotFound", "%s", strings.ReplaceAll(missing, "{id}", id))
		}
		chosen = append(chosen, r)
		q.Touch(kind, id)
	}
	return chosen, nil
}

// TagRows are the tags of resources, a row each, as most products list them.
// Sorted by key within a resource.
func (q *Request) TagRows(all []*Resource, kind string) []any {
	rows := []any{}
	for _, r := range all {
		if !q.ChosenBy("ResourceId", r.ID) || !r.HasTags(q) {
			continue
		}
		for _, view := range TagViews(r.Tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = r.ID, kind
			rows = append(rows, view)
		}
	}
	return rows
}

// Carries says whether tags have all of some; one without a value asks for
// the key only.
func Carries(have, wanted map[string]string) bool {
	for key, value := range wanted {
		if have, ok := have[key]; !ok || value != "" && have != value {
			return false
		}
	}
	return true
}
