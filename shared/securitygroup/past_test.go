package securitygroup_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// What Past says of a rule is what the plain reading of the rules says of each packet,
// where no other accept rule is in the way.
func TestWhatGetsPastTheDropRules(t *testing.T) {
	rule := func(drop bool, priority int, protocol, source string, ports ...exposure.PortRange) exposure.Rule {
		return exposure.Rule{Drop: drop, Priority: priority, Protocol: protocol, Ports: ports, Sources: []netip.Prefix{netip.MustParsePrefix(source)}}
	}
	mysql, low := exposure.PortRange{From: 3306, To: 3306}, exposure.PortRange{From: 1, To: 3306}
	accept := rule(false, 10, "tcp", "10.0.0.0/8", exposure.PortRange{From: 3000, To: 4000})
	for _, c := range []struct {
		name   string
		accept exposure.Rule
		drops  []exposure.Rule
		want   string
	}{
		{"no Drop rule", accept, nil, "[3000/4000 from 10.0.0.0/8]"},
		{"a Drop of the same priority counts", accept, []exposure.Rule{rule(true, 10, "TCP", "10.0.0.0/8")}, "[]"},
		{"a Drop of a worse priority does not", accept, []exposure.Rule{rule(true, 11, "TCP", "10.0.0.0/8")}, "[3000/4000 from 10.0.0.0/8]"},
		{"one of another protocol does not", accept, []exposure.Rule{rule(true, 1, "UDP", "10.0.0.0/8")}, "[3000/4000 from 10.0.0.0/8]"},
		{"one for all protocols does", accept, []exposure.Rule{rule(true, 1, "ALL", "0.0.0.0/0", mysql)}, "[]"},
		{"a port is cut out", accept, []exposure.Rule{rule(true, 1, "TCP", "0.0.0.0/0", mysql)}, "[3000/3305 from 10.0.0.0/8 3307/4000 from 10.0.0.0/8]"},
		{"half of the sources at the low ports", accept, []exposure.Rule{rule(true, 1, "TCP", "10.0.0.0/9", low)}, "[3000/3306 from 10.128.0.0/9 3307/4000 from 10.0.0.0/8]"},
		{"two halves", accept, []exposure.Rule{rule(true, 1, "TCP", "10.0.0.0/9"), rule(true, 2, "ALL", "10.128.0.0/9")}, "[]"},
		{"the other family", accept, []exposure.Rule{rule(true, 1, "ALL", "::/0")}, "[3000/4000 from 10.0.0.0/8]"},
		{"all protocols are all ports", rule(false, 1, "ALL", "fd00::/64"), []exposure.Rule{rule(true, 1, "TCP", "fd00::/65", low)}, "[1/3306 from fd00::8000:0:0:0/65 3307/65535 from fd00::/64]"},
		{"ICMP has no ports", rule(false, 1, "ICMP", "10.0.0.0/8"), nil, "[]"},
		{"a group is no address", exposure.Rule{Protocol: "TCP", Priority: 1}, nil, "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			words := []string{}
			parts := securitygroup.Past(c.accept, append(c.drops, c.accept), "TCP")
			for _, p := range parts {
				for _, prefix := range p.Sources.Prefixes() {
					words = append(words, p.Ports.String()+" from "+prefix.String())
				}
			}
			if got := fmt.Sprint(words); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			for _, src := range []string{"10.0.0.1", "10.200.0.1", "fd00::1", "fd00::9000:0:0:0", "8.8.8.8"} {
				for _, port := range []uint16{1, 2999, 3000, 3305, 3306, 3307, 4000, 4001, 65535} {
					addr, past := netip.MustParseAddr(src), false
					for _, p := range parts {
						past = past || p.Ports.From <= port && port <= p.Ports.To && p.Sources.Contains(addr)
					}
					if want := exposure.Admits(append(c.drops, c.accept), addr, "TCP", port); past != want {
						t.Errorf("%s port %d: %v, the plain reading says %v", src, port, past, want)
					}
				}
			}
		})
	}
}

func TestTheRulesOfOneGroupAreRead(t *testing.T) {
	w := begin(t, `
ecs:
  prefix-lists: [{id: pl-1, entries: [10.0.0.0/16, 10.1.0.0/16]}]
  security-groups:
    - {id: sg-1, name: one}
    - id: sg-2
      name: two
      rules: [{id: sgr-2, protocol: TCP, ports: 22/22, prefix-list: pl-1}]
`)
	g, err := securitygroup.ReadIngress(t.Context(), pass(w, "sg-1"), "sg-2")
	if err != nil || g.ID != "sg-2" || len(g.Rules) != 1 || len(g.Rules[0].Sources) != 2 {
		t.Errorf("%+v, %v", g, err)
	}
	if n := w.calls("ecs:DescribeSecurityGroups"); n != 0 {
		t.Errorf("%d further calls", n)
	}
	ids, err := securitygroup.Concerned(t.Context(), pass(w, "pl-1"))
	if err != nil || fmt.Sprint(ids) != "[sg-2]" {
		t.Errorf("%v, %v", ids, err)
	}
}
