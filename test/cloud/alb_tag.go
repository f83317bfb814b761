package cloud

import "strings"

var albTagActions = []rpcAction{
	{name: "TagResources", write: true, on: onALBTagged, do: tagALB, params: "ResourceType! ResourceId:Array! Tag:Array!(Key Value)"},
	{name: "UnTagResources", write: true, on: onALBTagged, do: untagALB, params: "ResourceType! ResourceId:Array! TagKey:Array Tag:Array(Key Value) All:Boolean"},
	{name: "ListTagResources", on: onALBTagged, do: listALBTags, params: "ResourceType! ResourceId:Array Tag:Array(Key Value) MaxResults:Integer=1..100 NextToken"},
}

func onALBTagged(q *rpcRequest) []string {
	kind, arns := strings.ToLower(q.str("ResourceType")), []string(nil)
	for _, id := range q.list("ResourceId") {
		arns = append(arns, q.arn("alb", kind+"/"+id))
	}
	if len(arns) == 0 {
		arns = []string{q.arn("alb", kind+"/*")}
	}
	return arns
}

// albTagged lists the resources of the type that a call names.
func (q *rpcRequest) albTagged() ([]*ecsResource, string, error) {
	var all []*ecsResource
	var kind string
	switch strings.ToLower(q.str("ResourceType")) {
	case "loadbalancer":
		all, kind = bases(q.c.alb.balancers), appBalancerKind
	case "servergroup":
		all, kind = bases(q.c.alb.groups), serverGroupKind
	case "securitypolicy":
		all, kind = bases(q.c.alb.policies), tlsPolicyKind
	case "listener":
		all, kind = bases(q.c.alb.listeners), appListenerKind
	default:
		return nil, "", refuse(400, "InvalidParam.ResourceType", "The param of ResourceType is invalid.")
	}
	return within(q, all, func(*ecsResource) bool { return true }), kind, nil
}

func tagALB(q *rpcRequest) (any, error) {
	all, kind, err := q.albTagged()
	if err != nil {
		return nil, err
	}
	chosen, err := q.chosenOf(all, kind)
	if err != nil {
		return nil, err
	}
	return q.addTags(chosen)
}

func untagALB(q *rpcRequest) (any, error) {
	all, kind, err := q.albTagged()
	if err != nil {
		return nil, err
	}
	chosen, err := q.chosenOf(all, kind)
	if err != nil {
		return nil, err
	}
	return q.removeTags(chosen)
}

func listALBTags(q *rpcRequest) (any, error) {
	all, _, err := q.albTagged()
	if err != nil {
		return nil, err
	}
	return namedPage(q, "TagResources", q.tagRows(all, strings.ToLower(q.str("ResourceType"))))
}
