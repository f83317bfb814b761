package vpcrouteleastaccess

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"go4.org/netipx"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A hop is a machine or a peering connection, with all routes that lead to it.
type hop struct {
	id, kind string
	routes   []route
}

type route struct {
	resource.Route
	to netip.Prefix
}

// machines are the hops that are no gateways, in words.
var machines = map[string]string{"Instance": "instance", "NetworkInterface": "network interface", "HaVip": "virtual IP"}

func (h *hop) peered() bool { return h.kind == "VpcPeer" }

// hopsOf are the machines and peering connections that routes lead to, in order. A route whose block cannot be understood is unclear,
// and hides no other.
func hopsOf(routes []resource.Route, allowed []string) (all []*hop, unclear []string) {
	by := map[string]*hop{}
	for _, r := range routes {
		judged := slices.DeleteFunc(slices.Clone(r.NextHops.NextHop), func(n resource.NextHop) bool { // they share the packets
			return machines[n.NextHopType] == "" && n.NextHopType != "VpcPeer" || slices.Contains(allowed, n.NextHopID)
		})
		to, err := netip.ParsePrefix(r.DestinationCidrBlock)
		if err != nil && len(judged) > 0 { // a prefix list, for one
			unclear = append(unclear, fmt.Sprintf("%s (%q)", cmp.Or(r.RouteEntryID, "a route"), r.DestinationCidrBlock))
			continue
		}
		for _, n := range judged {
			if by[n.NextHopID] == nil {
				by[n.NextHopID] = &hop{id: n.NextHopID, kind: n.NextHopType}
			}
			by[n.NextHopID].routes = append(by[n.NextHopID].routes, route{r, to.Masked()})
		}
	}
	for _, h := range by {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *hop) int { return cmp.Compare(a.id, b.id) })
	return all, unclear
}

// all is what all routes to the hop lead there, less some blocks, in as few blocks as there can be.
func (h *hop) all(but ...netip.Prefix) ([]netip.Prefix, error) {
	var b netipx.IPSetBuilder
	for _, r := range h.routes {
		b.AddPrefix(r.to)
	}
	for _, block := range but {
		b.RemovePrefix(block)
	}
	set, err := b.IPSet()
	if err != nil {
		return nil, err
	}
	return set.Prefixes(), nil
}

// wide are the blocks, wider than may be, that routes lead to a machine, and how to say so of one.
func (h *hop) wide(four, six int) (wide []netip.Prefix, title string) {
	blocks, _ := h.all() // none of which is invalid
	for _, block := range blocks {
		if block.Addr().Is4() && block.Bits() < four || block.Addr().Is6() && block.Bits() < six {
			wide = append(wide, block)
		}
	}
	return wide, "Routes lead %s to the " + machines[h.kind] + " " + h.id
}

// beyond are the blocks that routes lead to a peering connection and that are none of the VPC's at its other end.
func (h *hop) beyond(vpc string, peerings []resource.Peering) (beyond []netip.Prefix, title string, err error) {
	at := slices.IndexFunc(peerings, func(p resource.Peering) bool { return p.InstanceID == h.id })
	if at < 0 {
		return nil, "", fmt.Errorf("there is no peering connection %s", h.id)
	}
	other, _, found := peerings[at].Other(vpc)
	if !found {
		return nil, "", fmt.Errorf("the peering connection %s does not end at %s", h.id, vpc)
	}
	behind, err := other.Prefixes()
	if err != nil {
		return nil, "", err
	}
	rest, err := h.all(behind...)
	if len(rest) == 0 {
		return nil, "", err
	}
	for _, r := range h.routes { // told by the routes, of which there are fewer
		if slices.ContainsFunc(rest, r.to.Overlaps) && !slices.Contains(beyond, r.to) { // a list that changes while it is read may name one twice
			beyond = append(beyond, r.to)
		}
	}
	return beyond, fmt.Sprintf("The route %%s to %s is wider than %s behind it (%s)", h.id, other.VpcID, practice.Few(other.Blocks(), 4, ", ")), err
}

// only is the route that alone leads a block to the hop, and to nowhere else.
func (h *hop) only(block netip.Prefix) (one route, ok bool) {
	for _, r := range h.routes {
		if r.to.Overlaps(block) {
			if ok || r.to != block || len(r.NextHops.NextHop) > 1 {
				return one, false
			}
			one, ok = r, true
		}
	}
	return one, ok
}

// within is the id of the first route that is part of a block.
func (h *hop) within(block netip.Prefix) string {
	for _, r := range h.routes {
		if r.to.Overlaps(block) {
			return r.RouteEntryID
		}
	}
	return ""
}

// fresh is how long a route counts as just made: after that somebody may rely on it.
const fresh = 10 * time.Minute

// justMade tells whether the pass's event has made the route, lately. What an event says counts only where the
// state bears it out.
func justMade(pass *practice.Pass, t resource.RouteTable, e route, h *hop) bool {
	event := pass.Event
	if event == nil || !event.Is("Vpc", "CreateRouteEntry") || pass.Now.Sub(event.Time) >= fresh {
		return false
	}
	changed := cloud.Time(e.GmtModified)
	return !changed.IsZero() && pass.Now.Sub(changed) < fresh && event.Params["RouteTableId"] == t.RouteTableID &&
		event.Params["DestinationCidrBlock"] == e.DestinationCidrBlock && event.Params["NextHopId"] == h.id
}

// remove deletes a route; the undo makes it again.
func remove(pass *practice.Pass, t resource.RouteTable, e route, h *hop) []practice.Change {
	call := func(action string, more ...string) cloud.Call {
		return cloud.New("vpc", action, pass.Resource.Region, append([]string{"RouteTableId", t.RouteTableID, "DestinationCidrBlock", e.DestinationCidrBlock, "NextHopId", h.id}, more...)...)
	}
	return practice.Reversible("delete the route "+e.DestinationCidrBlock+" to "+h.id+", which was made just now", call("DeleteRouteEntry"),
		call("CreateRouteEntry", "NextHopType", h.kind, "RouteEntryName", e.RouteEntryName, "Description", e.Description))
}
