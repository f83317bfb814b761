package ecs

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const tagCall = "RegionId! ResourceType! "

var tagActions = []action{
	{
		Name: "TagResources", Write: true, On: onTagged, Do: tagResources,
		Params: tagCall + "ResourceId:RepeatList! Tag:RepeatList!(Key! Value!)",
	},
	{
		Name: "UntagResources", Write: true, On: onTagged, Do: untagResources,
		Params: tagCall + "ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		Name: "ListTagResources", Do: listTagResources,
		Params: tagCall + "ResourceId:RepeatList Tag:RepeatList(Key Value) TagFilter:RepeatList(TagKey TagValues:RepeatList) NextToken",
	},
}

func onTagged(q *kernel.Request) []string {
	return onEach(strings.ToLower(q.Str("ResourceType")), kernel.Repeated("ResourceId"))(q)
}

// tagged lists the resources of a type that can carry tags, and what the
// audit log calls the type.
func (q *request) tagged() ([]*kernel.Resource, string, error) {
	for _, t := range kernel.TaggedRows(q.c.tables()) {
		if t.Tagged == strings.ToLower(q.Str("ResourceType")) {
			return kernel.Within(q.Request, t.Bases(), func(*kernel.Resource) bool { return true }), t.Type, nil
		}
	}
	return nil, "", kernel.Refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
}

// chosen are the resources that a call names, every one of which must exist.
func (q *request) chosen() ([]*kernel.Resource, error) {
	all, kind, err := q.tagged()
	if err != nil {
		return nil, err
	}
	ids := q.List("ResourceId")
	if len(ids) > 50 {
		return nil, kernel.Refuse(400, "NumberExceed.ResourceIds", "The ResourceIds parameter's number is exceed.")
	}
	var chosen []*kernel.Resource
	for _, id := range ids {
		r, ok := kernel.Find(q.Request, all, id)
		if !ok {
			return nil, kernel.Refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		}
		chosen = append(chosen, r)
		q.Touch(kind, id)
	}
	return chosen, nil
}

func tagResources(q *request) (any, error) {
	chosen, err := q.chosen()
	if err != nil {
		return nil, err
	}
	return q.AddTags(chosen)
}

func untagResources(q *request) (any, error) {
	chosen, err := q.chosen()
	if err != nil {
		return nil, err
	}
	return q.RemoveTags(chosen)
}

func listTagResources(q *request) (any, error) {
	all, _, err := q.tagged()
	if err != nil {
		return nil, err
	}
	ids := q.List("ResourceId")
	if len(ids) == 0 && len(q.Items("Tag")) == 0 {
		return nil, kernel.MissingInECS("ResourceId")
	}
	rows := []any{}
	for _, r := range all {
		if len(ids) > 0 && !slices.Contains(ids, r.ID) || !r.HasTags(q.Request) {
			continue
		}
		for _, view := range kernel.TagViews(r.Tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = r.ID, strings.ToLower(q.Str("ResourceType"))
			rows = append(rows, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}

// ecsTags are the tags of a resource. mu is held.
func (c *Service) ecsTags(region, kind, id string) map[string]string {
	q := c.ecsRequest(region, map[string]string{"ResourceType": kind})
	all, _, err := q.tagged()
	if err != nil { // a kind that cannot carry tags
		return nil
	}
	if r, ok := kernel.Find(q.Request, all, id); ok {
		return r.Tags
	}
	return nil
}
