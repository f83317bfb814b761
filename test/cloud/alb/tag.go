package alb

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var albTagActions = []action{
	{Name: "TagResources", Write: true, On: kernel.OnTagged("alb"), Do: kernel.Tag((*request).albChosen), Params: "ResourceType! ResourceId:Array! Tag:Array!(Key Value)"},
	{Name: "UnTagResources", Write: true, On: kernel.OnTagged("alb"), Do: kernel.Untag((*request).albChosen), Params: "ResourceType! ResourceId:Array! TagKey:Array Tag:Array(Key Value) All:Boolean"},
	{Name: "ListTagResources", On: kernel.OnTagged("alb"), Do: listALBTags, Params: "ResourceType! ResourceId:Array Tag:Array(Key Value) MaxResults:Integer=1..100 NextToken"},
}

// albTagged lists the resources of the type that a call names.
func (q *request) albTagged() ([]*kernel.Resource, string, error) {
	var all []*kernel.Resource
	var kind string
	switch strings.ToLower(q.Str("ResourceType")) {
	case "loadbalancer":
		all, kind = kernel.Bases(q.c.balancers), appBalancerKind
	case "servergroup":
		all, kind = kernel.Bases(q.c.groups), serverGroupKind
	case "securitypolicy":
		all, kind = kernel.Bases(q.c.policies), tlsPolicyKind
	case "listener":
		all, kind = kernel.Bases(q.c.listeners), appListenerKind
	default:
		return nil, "", kernel.Refuse(400, "InvalidParam.ResourceType", "The param of ResourceType is invalid.")
	}
	return kernel.Within(q.Request, all, func(*kernel.Resource) bool { return true }), kind, nil
}

// albChosen are the resources that a call names.
func (q *request) albChosen() ([]*kernel.Resource, error) {
	all, kind, err := q.albTagged()
	if err != nil {
		return nil, err
	}
	return q.ChosenOf(all, kind, kernel.ThisNotFound)
}

func listALBTags(q *request) (any, error) {
	all, _, err := q.albTagged()
	if err != nil {
		return nil, err
	}
	return kernel.NamedPage(q.Request, "TagResources", q.TagRows(all, strings.ToLower(q.Str("ResourceType"))))
}
