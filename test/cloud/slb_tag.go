package cloud

import (
	"fmt"
	"strings"
)

var slbTagActions = []rpcAction{
	{
		name: "TagResources", write: true, on: onSLBTagged, do: tagSLB,
		params: "RegionId! ResourceType! ResourceId:RepeatList! Tag:RepeatList!(Key Value)",
	},
	{
		name: "UntagResources", write: true, on: onSLBTagged, do: untagSLB,
		params: "RegionId! ResourceType! ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		name: "ListTagResources", on: onSLBTagged, do: listSLBTags,
		params: "RegionId! ResourceType! ResourceId:RepeatList Tag:RepeatList(Key Value) NextToken",
	},
}

func onSLBTagged(q *rpcRequest) []string {
	kind, arns := "loadbalancer", []string(nil)
	if strings.EqualFold(q.str("ResourceType"), "certificate") {
		kind = "certificate"
	}
	for _, id := range q.list("ResourceId") {
		arns = append(arns, q.arn("slb", kind+"/"+id))
	}
	if len(arns) == 0 {
		arns = []string{q.arn("slb", kind+"/*")}
	}
	return arns
}

// slbTagged lists the resources of the type that a call names.
func (q *rpcRequest) slbTagged() ([]*ecsResource, error) {
	var all []*ecsResource
	switch strings.ToLower(q.str("ResourceType")) {
	case "instance":
		all = bases(q.c.slb.classics)
	case "certificate":
		all = bases(q.c.slb.certificates)
	case "vservergroup":
		for _, b := range q.c.slb.classics {
			all = append(all, bases(b.groups)...)
		}
	case "listener": // lb-1_http_80
		for _, b := range q.c.slb.classics {
			for _, l := range b.listeners {
				all = append(all, &ecsResource{id: fmt.Sprintf("%s_%s_%d", b.id, l.protocol, l.port), region: b.region, tags: l.tags})
			}
		}
	default:
		return nil, refuse(400, "InvalidParameter.ResourceType", "The specified ResourceType is invalid. (The local cloud tags instance, certificate, vservergroup and listener.)")
	}
	return within(q, all, func(*ecsResource) bool { return true }), nil
}

func tagSLB(q *rpcRequest) (any, error) {
	all, err := q.slbTagged()
	if err != nil {
		return nil, err
	}
	chosen, err := q.chosenOf(all, classicKind)
	if err != nil {
		return nil, err
	}
	return q.addTags(chosen)
}

func untagSLB(q *rpcRequest) (any, error) {
	all, err := q.slbTagged()
	if err != nil {
		return nil, err
	}
	chosen, err := q.chosenOf(all, classicKind)
	if err != nil {
		return nil, err
	}
	return q.removeTags(chosen)
}

func listSLBTags(q *rpcRequest) (any, error) {
	all, err := q.slbTagged()
	if err != nil {
		return nil, err
	}
	rows := q.tagRows(all, strings.ToLower(q.str("ResourceType")))
	page, next, err := tokenPage(q, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}
