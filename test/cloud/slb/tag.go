package slb

import (
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Types are written in small letters by some clients: case does not count.
var slbTagActions = []action{
	{
		Name: "TagResources", Write: true, On: onSLBTagged, Do: kernel.Tag((*request).slbChosen),
		Params: "RegionId! ResourceType! ResourceId:RepeatList! Tag:RepeatList!(Key Value)",
	},
	{
		Name: "UntagResources", Write: true, On: onSLBTagged, Do: kernel.Untag((*request).slbChosen),
		Params: "RegionId! ResourceType! ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		Name: "ListTagResources", On: onSLBTagged, Do: listSLBTags,
		Params: "RegionId! ResourceType! ResourceId:RepeatList Tag:RepeatList(Key Value) NextToken",
	},
}

// Listeners and groups are granted with their balancer's kind.
func onSLBTagged(q *kernel.Request) []string {
	kind, arns := "loadbalancer", []string(nil)
	if strings.EqualFold(q.Str("ResourceType"), "certificate") {
		kind = "certificate"
	}
	for _, id := range q.List("ResourceId") {
		arns = append(arns, q.ARN("slb", kind+"/"+id))
	}
	if len(arns) == 0 {
		arns = []string{q.ARN("slb", kind+"/*")}
	}
	return arns
}

// slbTagged lists the resources of the type that a call names.
// A listener has an id for tags only. Its tags map is its own, so what is changed here stays.
func (q *request) slbTagged() ([]*kernel.Resource, error) {
	var all []*kernel.Resource
	switch strings.ToLower(q.Str("ResourceType")) {
	case "instance":
		all = kernel.Bases(q.c.Balancers)
	case "certificate":
		all = kernel.Bases(q.c.Certificates)
	case "vservergroup":
		for _, b := range q.c.Balancers {
			all = append(all, kernel.Bases(b.Groups)...)
		}
	case "listener": // lb-1_http_80
		for _, b := range q.c.Balancers {
			for _, l := range b.Listeners {
				all = append(all, &kernel.Resource{ID: fmt.Sprintf("%s_%s_%d", b.ID, l.Protocol, l.Port), Region: b.Region, Tags: l.Tags})
			}
		}
	default:
		return nil, kernel.Refuse(400, "InvalidParameter.ResourceType", "The specified ResourceType is invalid. (The local cloud tags instance, certificate, vservergroup and listener.)")
	}
	return kernel.Within(q.Request, all, func(*kernel.Resource) bool { return true }), nil
}

// slbChosen are the resources that a call names.
func (q *request) slbChosen() ([]*kernel.Resource, error) {
	all, err := q.slbTagged()
	if err != nil {
		return nil, err
	}
	return q.ChosenOf(all, classicKind, kernel.ThisNotFound)
}

// It needs neither an id nor a tag, unlike the same call of ECS.
func listSLBTags(q *request) (any, error) {
	all, err := q.slbTagged()
	if err != nil {
		return nil, err
	}
	rows := q.TagRows(all, strings.ToLower(q.Str("ResourceType")))
	page, next, err := kernel.TokenPage(q.Request, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}
