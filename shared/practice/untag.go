package practice

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
)

// untag is the call that takes tags away, and so an exemption. Who exempted something
// looked away on purpose; nobody else would look before the next sweep.
const untag = "UntagResources"

// tagged are the resources that have exemptions as tags: by how their ids begin, their
// type, and the service whose call takes a tag away.
var tagged = map[string]struct{ kind, service string }{
	"sg":  {"ACS::ECS::SecurityGroup", "ecs"},
	"i":   {"ACS::ECS::Instance", "ecs"},
	"d":   {"ACS::ECS::Disk", "ecs"},
	"vpc": {"ACS::VPC::VPC", "vpc"},
	"vsw": {"ACS::VPC::VSwitch", "vpc"},
	"lb":  {"ACS::SLB::LoadBalancer", "slb"},
}

// exposed are the practice's resources from which the event takes the exemption.
func (p *Practice) exposed(e *events.Event) (ids []string) {
	if !e.Is(p.untagging(), untag) && !e.Is("tag", untag) || e.Refused() {
		return nil
	}
	keys := e.Find("params.TagKey.*")
	everything := len(keys) == 0 && strings.EqualFold(e.Params["All"], "true")
	if !everything && !slices.Contains(keys, ExemptionTag(p.ID)) {
		return nil
	}
	for _, id := range e.Find("params.ResourceId.*") {
		prefix, _, _ := strings.Cut(id, "-")
		if tagged[prefix].kind == p.Resource {
			ids = append(ids, id)
		}
	}
	return ids
}

// untagging is the service by which the practice's resources lose their exemptions;
// empty: they have none.
func (p *Practice) untagging() string {
	for _, t := range tagged {
		if t.kind == p.Resource {
			return t.service
		}
	}
	return ""
}
