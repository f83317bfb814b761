package cloud

import (
	"maps"
	"strings"
)

// addTags puts the tags of a call on resources: on all or on none.
func (q *rpcRequest) addTags(chosen []*ecsResource) (any, error) {
	tags := q.tags()
	for key := range tags {
		if strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") || len(key) > 128 {
			return nil, refuse(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
		}
	}
	for _, r := range chosen {
		all := maps.Clone(r.tags)
		maps.Copy(all, tags)
		if len(all) > 20 {
			return nil, refuse(400, "NumberExceed.Tags", "The Tags parameter's number is exceed.")
		}
	}
	for _, r := range chosen {
		maps.Copy(r.tags, tags)
	}
	return done()
}

func (q *rpcRequest) removeTags(chosen []*ecsResource) (any, error) {
	keys := q.list("TagKey")
	for _, r := range chosen {
		if q.is("All") && len(keys) == 0 {
			clear(r.tags)
		}
		for _, k := range keys {
			delete(r.tags, k)
		}
	}
	return done()
}

// chosenOf are the resources that a call names, every one of which must exist.
func (q *rpcRequest) chosenOf(all []*ecsResource, kind string) ([]*ecsResource, error) {
	var chosen []*ecsResource
	for _, id := range q.list("ResourceId") {
		r, ok := find(q, all, id)
		if !ok {
			return nil, refuse(404, "InvalidResourceId.NotFound", "The specified ResourceId %s is not found.", id)
		}
		chosen = append(chosen, r)
		q.touch(kind, id)
	}
	return chosen, nil
}

// tagRows are the tags of resources, a row each, as most products list them.
func (q *rpcRequest) tagRows(all []*ecsResource, kind string) []any {
	rows := []any{}
	for _, r := range all {
		if !q.chosenBy("ResourceId", r.id) || !r.hasTags(q) {
			continue
		}
		for _, view := range tagViews(r.tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = r.id, kind
			rows = append(rows, view)
		}
	}
	return rows
}

// carries says whether tags have all of some; one without a value asks for
// the key only.
func carries(have, wanted map[string]string) bool {
	for key, value := range wanted {
		if have, ok := have[key]; !ok || value != "" && have != value {
			return false
		}
	}
	return true
}
