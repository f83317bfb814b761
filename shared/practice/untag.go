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

// exposed are the practice's resources of a kind from which the event takes the exemption.
func (p *Practice) exposed(e *events.Event, kind resource.Kind) (ids []string) {
	if !e.Is(kind.Untags, untag) && !e.Is("tag", untag) || e.Refused() {
		return nil
	}
	keys := e.Find("params.TagKey.*")
	everything := len(keys) == 0 && strings.EqualFold(e.Params["All"], "true")
	if !everything && !slices.Contains(keys, ExemptionTag(p.ID)) {
		return nil
	}
	for _, id := range e.Find("params.ResourceId.*") {
		if kind.Holds(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// kinds are those of what the practice judges. One without Untags has no exemptions to lose.
func (p *Practice) kinds() []resource.Kind {
	kinds := []resource.Kind{resource.KindOf(p.Resource)}
	for _, t := range p.Also {
		kinds = append(kinds, resource.KindOf(t))
	}
	return kinds
}
