package alb

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// UnTagResources has a capital T here, as in VPC.
var tagActions = []action{
	{Name: "TagResources", Write: true, On: kernel.OnTagged("alb"), Do: kernel.Tag((*request).chosen), Params: "ResourceType! ResourceId:Array! Tag:Array!(Key Value)"},
	{Name: "UnTagResources", Write: true, On: kernel.OnTagged("alb"), Do: kernel.Untag((*request).chosen), Params: "ResourceType! ResourceId:Array! TagKey:Array Tag:Array(Key Value) All:Boolean"},
	{Name: "ListTagResources", On: kernel.OnTagged("alb"), Do: listTags, Params: "ResourceType! ResourceId:Array Tag:Array(Key Value) MaxResults:Integer=1..100 NextToken"},
}

// tagged lists the resources of the type that a call names.
func (q *request) tagged() ([]*kernel.Resource, string, error) {
	var all []*kernel.Resource
	var kind string
	switch strings.ToLower(q.Str("ResourceType")) {
	case "loadbalancer":
		all, kind = kernel.Bases(q.c.kept.Balancers), balancerKind
	case "servergroup":
		all, kind = kernel.Bases(q.c.kept.Groups), serverGroupKind
	case "securitypolicy":
		all, kind = kernel.Bases(q.c.kept.Policies), policyKind
	case "listener":
		all, kind = kernel.Bases(q.c.listeners()), listenerKind
	default:
		return nil, "", kernel.Refuse(400, "InvalidParam.ResourceType", "The param of ResourceType is invalid.")
	}
	return kernel.Within(q.Request, all, func(*kernel.Resource) bool { return true }), kind, nil
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
