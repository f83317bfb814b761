package nlb

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// UntagResources has a small t here, unlike in Application Load Balancer's API.
var tagActions = []action{
	{
		Name: "TagResources", Write: true, On: kernel.OnTagged("nlb"), Do: kernel.Tag((*request).chosen),
		Params: "RegionId ResourceType! ResourceId:Array! Tag:Array!(Key Value) " + kernel.AppOnce,
	},
	{
		Name: "UntagResources", Write: true, On: kernel.OnTagged("nlb"), Do: kernel.Untag((*request).chosen),
		Params: "RegionId ResourceType! ResourceId:Array! TagKey:Array All:Boolean " + kernel.AppOnce,
	},
	{
		Name: "ListTagResources", On: kernel.OnTagged("nlb"), Do: listTags,
		Params: "RegionId ResourceType! ResourceId:Array Tag:Array(Key Value) MaxResults:Integer=1..100 NextToken",
	},
}

// tagged lists the resources of the type that a call names.
func (q *request) tagged() ([]*kernel.Resource, string, error) {
	for _, t := range kernel.TaggedRows(q.c.tables()) {
		if t.Tagged == strings.ToLower(q.Str("ResourceType")) {
			return kernel.Within(q.Request, t.Bases(), func(*kernel.Resource) bool { return true }), t.Type, nil
		}
	}
	return nil, "", kernel.Refuse(400, "IllegalParam.ResourceType", "The param of ResourceType is illegal.")
}

// chosen are the resources that a call names.
func (q *request) chosen() ([]*kernel.Resource, error) {
	all, kind, err := q.tagged()
	if err != nil {
		return nil, err
	}
	return q.ChosenOf(all, kind, kernel.ThisNotFound)
}

func listTags(q *request) (any, error) {
	all, _, err := q.tagged()
	if err != nil {
		return nil, err
	}
	return kernel.NamedPage(q.Request, "TagResources", q.TagRows(all, strings.ToLower(q.Str("ResourceType"))))
}
