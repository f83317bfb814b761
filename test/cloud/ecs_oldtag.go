package cloud

import (
	"maps"
	"slices"
	"strings"
)

// The calls about tags before TagResources, of one resource each. Clients still use them.
var oldTagActions = []rpcAction{
	{name: "AddTags", write: true, on: onOldTagged, do: addOldTags, params: tagCall + "ResourceId! Tag:RepeatList!(Key Value key value)"},
	{name: "RemoveTags", write: true, on: onOldTagged, do: removeOldTags, params: tagCall + "ResourceId! Tag:RepeatList(Key Value key value)"},
	{
		name: "DescribeTags", on: onOldTagged, do: describeOldTags,
		params: "RegionId! ResourceType ResourceId Category Tag:RepeatList(Key Value key value)" + byECSNumber,
	},
}

func onOldTagged(q *rpcRequest) []string {
	return onEach(strings.ToLower(q.orElse("ResourceType", "*")), named("ResourceId"))(q)
}

// oldTagged is the resource of a call.
func (q *rpcRequest) oldTagged() (*ecsResource, error) {
	all, kind, err := q.tagged()
	if err != nil {
		return nil, err
	}
	r, ok := find(q, all, q.str("ResourceId"))
	if !ok {
		return nil, refuse(404, "InvalidResourceId.NotFound", "The specified ResourceId is not found in our records.")
	}
	q.touch(kind, r.id)
	return r, nil
}

func addOldTags(q *rpcRequest) (any, error) {
	r, err := q.oldTagged()
	if err != nil {
		return nil, err
	}
	return q.addTags([]*ecsResource{r})
}

// removeOldTags takes away the tags that a call names, by key and, where it has one, value.
func removeOldTags(q *rpcRequest) (any, error) {
	r, err := q.oldTagged()
	if err != nil {
		return nil, err
	}
	named := q.tags()
	maps.DeleteFunc(r.tags, func(key, value string) bool {
		wanted, there := named[key]
		return len(named) == 0 || there && (wanted == "" || wanted == value)
	})
	return done()
}

// taggableTypes are the types of ECS that have tags, as answers write them.
var taggableTypes = []string{"instance", "disk", "image", "snapshot", "securitygroup", "eni", "keypair", "launchtemplate", "snapshotpolicy"}

// describeOldTags lists tags, and how many resources of each type have them.
func describeOldTags(q *rpcRequest) (any, error) {
	types := taggableTypes
	if q.has("ResourceType") {
		if !slices.Contains(taggableTypes, strings.ToLower(q.str("ResourceType"))) {
			return nil, refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
		}
		types = []string{strings.ToLower(q.str("ResourceType"))}
	}
	counts := map[[2]string]map[string]any{}
	for _, kind := range types {
		all, _, err := q.c.ecsRequest(q.region, map[string]string{"ResourceType": kind}).tagged()
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if !q.matches("ResourceId", r.id) || !r.hasTags(q) {
				continue
			}
			for key, value := range r.tags {
				tag := [2]string{key, value}
				if counts[tag] == nil {
					counts[tag] = map[string]any{}
				}
				name := strings.ToUpper(kind[:1]) + kind[1:]
				n, _ := counts[tag][name].(int)
				counts[tag][name] = n + 1
			}
		}
	}
	tags := slices.SortedFunc(maps.Keys(counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return numbered(q, tags, 50, "Tags", "Tag", func(tag [2]string) map[string]any {
		return map[string]any{"TagKey": tag[0], "TagValue": tag[1], "ResourceTypeCount": counts[tag]}
	})
}
