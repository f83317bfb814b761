package securitygroup

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Closes says at which of some ports an edit would let in nobody any more, for Unless of an
// Objection. Advice is what to do first.
func Closes(ports []exposure.PortRange, advice string) func(before, after []exposure.Rule) string {
	return func(before, after []exposure.Rule) string {
		for _, p := range ports {
			if Open(before, p) && !Open(after, p) {
				return fmt.Sprintf("nobody could come in at %v any more: %s", p, advice)
			}
		}
		return ""
	}
}

// LocksOut says whom an edit would leave before a closed door at some ports, for Unless of an
// Objection: everybody, or who caused the event. What the event itself has opened does not
// count as a way in that was there: who opens the group to their own address must not keep it
// by that.
func (g *Group) LocksOut(pass *practice.Pass, ports []exposure.PortRange, advice string) func(before, after []exposure.Rule) string {
	return func(rules, after []exposure.Rule) string {
		before := without(rules, func(r exposure.Rule) bool { return madeSince(pass.Event.Time, g.Find(r.ID)) })
		if Open(before, ports...) && !Open(after, ports...) {
			return "nobody could come in any more: " + advice
		}
		caller, err := netip.ParseAddr(pass.Event.Actor.SourceIP)
		if err != nil {
			return "" // the console and services have names, and a sweep has nobody
		}
		before = without(before, func(r exposure.Rule) bool { return touched(pass, g.Find(r.ID)) })
		was, is := exposure.Admitted(before), exposure.Admitted(after)
		for _, r := range ports {
			for port := int(r.From); port <= int(r.To); port++ {
				if p := uint16(port); was.Contains(caller, "TCP", p) && !is.Contains(caller, "TCP", p) {
					return fmt.Sprintf("the caller's own address %s would be locked out of port %d", caller, p)
				}
			}
		}
		return ""
	}
}

// without is rules without some of the accept rules.
func without(rules []exposure.Rule, some func(exposure.Rule) bool) []exposure.Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r exposure.Rule) bool { return !r.Drop && some(r) })
}

// clocks is by how much the cloud's clocks may differ.
const clocks = time.Minute

// madeSince tells whether a rule was made by an event of some time, or later.
func madeSince(event time.Time, r *Rule) bool {
	return !event.IsZero() && r.Made().After(event.Add(-clocks))
}

// touched tells whether the event is about the rule itself or a list that it names.
// What the rule was before is not known, so it may have been the last way in.
func touched(pass *practice.Pass, r *Rule) bool {
	return r.SecurityGroupRuleID == pass.Event.Params["SecurityGroupRuleId"] ||
		pass.Resource.ID == r.SourcePrefixListID || pass.Resource.ID == r.PortRangeListID
}
