package vpc

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const vpcTagCall = "RegionId! ResourceType! "

// UnTagResources has a capital T here, and none in ECS. Types are in capital letters in answers,
// and in any in calls.
var vpcTagActions = []action{
	{
		Name: "TagResources", Write: true, On: kernel.OnTagged("vpc"), Do: kernel.Tag((*request).vpcChosen),
		Params: vpcTagCall + "ResourceId:RepeatList! Tag:RepeatList!(Key Value)",
	},
	{
		Name: "UnTagResources", Write: true, On: kernel.OnTagged("vpc"), Do: kernel.Untag((*request).vpcChosen),
		Params: vpcTagCall + "ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		Name: "ListTagResources", Do: listVPCTags, On: kernel.OnTagged("vpc"),
		Params: vpcTagCall + "ResourceId:RepeatList Tag:RepeatList(Key Value) MaxResults:Integer=1..50 NextToken",
	},
}

// vpcTagged lists the resources of the type that a call names.
func (q *request) vpcTagged() ([]*kernel.Resource, string, error) {
	for _, t := range kernel.TaggedRows(q.c.tables()) {
		if strings.EqualFold(t.Tagged, q.Str("ResourceType")) {
			return kernel.Within(q.Request, t.Bases(), func(*kernel.Resource) bool { return true }), t.Type, nil
		}
	}
	return nil, "", kernel.Refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
}

func (q *request) vpcChosen() ([]*kernel.Resource, error) {
	all, kind, err := q.vpcTagged()
	if err != nil {
		return nil, err
	}
	return q.ChosenOf(all, kind, kernel.TheseNotFound)
}

// It needs an id or a tag.
func listVPCTags(q *request) (any, error) {
	all, _, err := q.vpcTagged()
	if err != nil {
		return nil, err
	}
	if len(q.List("ResourceId")) == 0 && len(q.Items("Tag")) == 0 {
		return nil, kernel.MissingInECS("ResourceId")
	}
	rows := q.TagRows(all, strings.ToUpper(q.Str("ResourceType")))
	page, next, err := kernel.TokenPage(q.Request, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}
