package ecs

import (
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// The calls about tags before TagResources, of one resource each. Clients still use them.
var oldTagActions = []action{
	{Name: "AddTags", Write: true, On: onOldTagged, Do: addOldTags, Params: tagCall + "ResourceId! Tag:RepeatList!(Key Value key value)"},
	{Name: "RemoveTags", Write: true, On: onOldTagged, Do: removeOldTags, Params: tagCall + "ResourceId! Tag:RepeatList(Key Value key value)"},
	{
		Name: "DescribeTags", On: onOldTagged, Do: describeOldTags,
		Params: "RegionId! ResourceType ResourceId Category Tag:RepeatList(Key Value key value)" + byECSNumber,
	},
}

// The type stands in capital letters as often as not.
func onOldTagged(q *kernel.Request) []string {
	return onEach(strings.ToLower(q.OrElse("ResourceType", "*")), kernel.Named("ResourceId"))(q)
}

// oldTagged is the resource of a call.
func (q *request) oldTagged() (*kernel.Resource, error) {
	all, kind, err := q.tagged()
	if err != nil {
		return nil, err
	}
	r, ok := kernel.Find(q.Request, all, q.Str("ResourceId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidResourceId.NotFound", "The specified ResourceId is not found in our records.")
	}
	q.Touch(kind, r.ID)
	return r, nil
}

func addOldTags(q *request) (any, error) {
	r, err := q.oldTagged()
	if err != nil {
		return nil, err
	}
	return q.AddTags([]*kernel.Resource{r})
}

// removeOldTags takes away the tags that a call names, by key and, where it has one, value.
// Without any tag in the call it takes all of them away, as the reference says.
func removeOldTags(q *request) (any, error) {
	r, err := q.oldTagged()
	if err != nil {
		return nil, err
	}
	named := q.Tags()
	maps.DeleteFunc(r.Tags, func(key, value string) bool {
		wanted, there := named[key]
		return len(named) == 0 || there && (wanted == "" || wanted == value)
	})
	return kernel.Done()
}

// taggableTypes are the types of ECS that have tags, as answers write them.
var taggableTypes = []string{"instance", "disk", "image", "snapshot", "securitygroup", "eni", "keypair", "launchtemplate", "snapshotpolicy"}

// describeOldTags lists tags, and how many resources of each type have them.
// The keys of ResourceTypeCount begin with a capital letter.
func describeOldTags(q *request) (any, error) {
	types := taggableTypes
	if q.Has("ResourceType") {
		if !slices.Contains(taggableTypes, strings.ToLower(q.Str("ResourceType"))) {
			return nil, kernel.Refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
		}
		types = []string{strings.ToLower(q.Str("ResourceType"))}
	}
	counts := map[[2]string]map[string]any{}
	for _, kind := range types {
		all, _, err := q.c.ecsRequest(q.Region, map[string]string{"ResourceType": kind}).tagged()
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if !q.Matches("ResourceId", r.ID) || !r.HasTags(q.Request) {
				continue
			}
			for key, value := range r.Tags {
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
	return kernel.Numbered(q.Request, tags, 50, "Tags", "Tag", func(tag [2]string) map[string]any {
		return map[string]any{"TagKey": tag[0], "TagValue": tag[1], "ResourceTypeCount": counts[tag]}
	})
}
