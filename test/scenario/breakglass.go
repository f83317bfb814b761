package scenario

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// glass are the addresses of a way in for emergencies.
var glass = []string{"198.51.100.99", "2001:db8:9::99"}

// breakGlass: wherever these addresses got in before, they get in afterwards, at every
// port of every security group, whatever was changed.
func breakGlass(t *testing.T, p *practice.Practice, s scenario) {
	w := begin(t, p, s, practice.Enforce)
	w.settings.BreakGlass = glass
	before := w.admitted()
	if _, err := w.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	after := w.admitted()
	for id, was := range before {
		for _, text := range glass {
			addr := netip.MustParseAddr(text)
			for _, a := range was.Areas() {
				if port, lost := shutOut(a, addr, after[id]); lost {
					t.Errorf("%s is shut out of %s, at %s %d", addr, id, a.Protocol, port)
				}
			}
		}
	}
}

// shutOut finds a port of an area at which an address does not get in any more.
func shutOut(was exposure.Area, addr netip.Addr, is exposure.Set) (port uint16, lost bool) {
	if was.Group != "" || !slices.ContainsFunc(was.Sources, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return 0, false
	}
	ports := was.Ports
	if ports == nil {
		ports = []exposure.PortRange{{From: 1, To: 65535}}
	}
	for _, r := range ports {
		for port := int(r.From); port <= int(r.To); port++ {
			if !is.Contains(addr, was.Protocol, uint16(port)) {
				return uint16(port), true
			}
		}
	}
	return 0, false
}

// admitted is who gets into each security group.
func (w *world) admitted() map[string]exposure.Set {
	w.t.Helper()
	reader := asRoot{w.root()}
	p := &practice.Practice{ID: w.practice.ID, Reads: securitygroup.Reads}
	pass := practice.NewPass(p, practice.Resource{Region: region}, &events.Event{}, time.Now(), reader, nil)
	groups, err := securitygroup.List(w.t.Context(), pass)
	if err != nil {
		w.t.Fatal(err)
	}
	sets := map[string]exposure.Set{}
	for _, r := range groups {
		g, err := securitygroup.ReadIngress(w.t.Context(), pass, r.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		rules, err := g.Exposure()
		if err != nil {
			w.t.Fatal(err)
		}
		sets[r.ID] = exposure.Admitted(rules)
	}
	return sets
}

type asRoot struct{ client *ours.Client }

func (a asRoot) Read(ctx context.Context, call ours.Call, out any) error {
	return a.client.Do(ctx, call, out)
}
