package practice

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// untag is the call that takes tags away, and so an exemption. Who exempted something
// looked away on purpose; nobody else would look before the next sweep.
const untag = "UntagResources"

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
		if resource.KindOf(p.Resource).Holds(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// untagging is the service by which the practice's resources lose their exemptions;
// empty: they have none.
func (p *Practice) untagging() string { return resource.KindOf(p.Resource).Untags }
