package ecs

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const tagCall = "RegionId! ResourceType! "

// The current form: up to 50 resources of one type at once. ListTagResources needs an id or a tag,
// so that nobody lists all of the account.
var tagActions = []action{
	{
		Name: "TagResources", Write: true, On: kernel.OnTagged("ecs"), Do: kernel.Tag((*request).chosen),
		Params: tagCall + "ResourceId:RepeatList! Tag:RepeatList!(Key! Value!)",
	},
	{
		Name: "UntagResources", Write: true, On: kernel.OnTagged("ecs"), Do: kernel.Untag((*request).chosen),
		Params: tagCall + "ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		Name: "ListTagResources", Do: listTagResources,
		Params: tagCall + "ResourceId:RepeatList Tag:RepeatList(Key Value) TagFilter:RepeatList(TagKey TagValues:RepeatList) NextToken",
	},
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
	if len(q.List("ResourceId")) > 50 {
		return nil, kernel.Refuse(400, "NumberExceed.ResourceIds", "The ResourceIds parameter's number is exceed.")
	}
	return q.ChosenOf(all, kind, kernel.TheseNotFound)
}

func listTagResources(q *request) (any, error) {
	all, _, err := q.tagged()
	if err != nil {
		return nil, err
	}
	if len(q.List("ResourceId")) == 0 && len(q.Items("Tag")) == 0 {
		return nil, kernel.MissingInECS("ResourceId")
	}
	rows := q.TagRows(all, strings.ToLower(q.Str("ResourceType")))
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
