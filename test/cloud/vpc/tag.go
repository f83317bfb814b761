package vpc

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const vpcTagCall = "RegionId! ResourceType! "

var vpcTagActions = []action{
	{
		Name: "TagResources", Write: true, On: onVPCTagged, Do: tagVPC,
		Params: vpcTagCall + "ResourceId:RepeatList! Tag:RepeatList!(Key Value)",
	},
	{
		Name: "UnTagResources", Write: true, On: onVPCTagged, Do: untagVPC,
		Params: vpcTagCall + "ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		Name: "ListTagResources", Do: listVPCTags, On: onVPCTagged,
		Params: vpcTagCall + "ResourceId:RepeatList Tag:RepeatList(Key Value) MaxResults:Integer=1..50 NextToken",
	},
}

func onVPCTagged(q *kernel.Request) []string {
	kind, arns := strings.ToLower(q.Str("ResourceType")), []string(nil)
	for _, id := range q.List("ResourceId") {
		arns = append(arns, q.ARN("vpc", kind+"/"+id))
	}
	if len(arns) == 0 {
		arns = []string{q.ARN("vpc", kind+"/*")}
	}
	return arns
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
	var chosen []*kernel.Resource
	for _, id := range q.List("ResourceId") {
		r, ok := kernel.Find(q.Request, all, id)
		if !ok {
			return nil, kernel.Refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		}
		chosen = append(chosen, r)
		q.Touch(kind, id)
	}
	return chosen, nil
}

func tagVPC(q *request) (any, error) {
	chosen, err := q.vpcChosen()
	if err != nil {
		return nil, err
	}
	return q.AddTags(chosen)
}

func untagVPC(q *request) (any, error) {
	chosen, err := q.vpcChosen()
	if err != nil {
		return nil, err
	}
	return q.RemoveTags(chosen)
}

func listVPCTags(q *request) (any, error) {
	all, _, err := q.vpcTagged()
	if err != nil {
		return nil, err
	}
	ids, rows := q.List("ResourceId"), []any{}
	if len(ids) == 0 && len(q.Items("Tag")) == 0 {
		return nil, kernel.MissingInECS("ResourceId")
	}
	for _, r := range all {
		if len(ids) > 0 && !slices.Contains(ids, r.ID) || !r.HasTags(q.Request) {
			continue
		}
		for _, view := range kernel.TagViews(r.Tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = r.ID, strings.ToUpper(q.Str("ResourceType"))
			rows = append(rows, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}
