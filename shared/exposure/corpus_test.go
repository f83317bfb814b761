package exposure

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// What scanners get wrong: groups that look closed and are open, or the other way
// round. Each says who reaches port 22, by hand, and whether that is the internet.
// Several sources are a prefix list, several ports are a port list, and
// the rules of two groups of an interface are given together, as the cloud counts them.
func TestCorpus(t *testing.T) {
	const open, closed = true, false
	tests := []struct {
		name  string
		rules string
		who   string // reaches TCP 22
		open  bool   // to the internet
	}{
		{"all of IPv6", `
			a accept TCP 22/22 ::/0 1`, "::/0", open},
		{"all of IPv6 that is in use", `
			a accept TCP 22/22 2000::/3 1`, "2000::/3", open},
		{"one provider's IPv6", `
			a accept TCP 22/22 2400:3200::/32 1`, "2400:3200::/32", closed},
		{"two halves", `
			a accept TCP 22/22 0.0.0.0/1 1
			b accept TCP 22/22 128.0.0.0/1 1`, "0.0.0.0/0", open},
		{"an address written with /0", `
			a accept TCP 22/22 203.0.113.7/0 1`, "0.0.0.0/0", open},
		{"narrow blocks that add up", `
			a accept TCP 22/22 20.0.0.0/9 1
			b accept TCP 22/22 20.128.0.0/9 1
			c accept TCP 22/22 21.0.0.0/9 1`, "20.0.0.0/8 21.0.0.0/9", open},
		{"narrow blocks that add up to little", `
			a accept TCP 22/22 20.0.0.0/10 1
			b accept TCP 22/22 20.64.0.0/10 1`, "20.0.0.0/9", closed},
		{"a prefix list with the world among offices", `
			a accept TCP 22/22 198.51.100.0/24,0.0.0.0/0,203.0.113.0/24 1`, "0.0.0.0/0", open},
		{"a port list with 22 among web ports", `
			a accept TCP 80/80,443/443,22/22 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"a range around 22", `
			a accept TCP 20/30 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"TCP with -1/-1", `
			a accept TCP -1/-1 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"ALL with the range of another port", `
			a accept ALL 443/443 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"TCP by its number", `
			a accept 6 22/22 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"UDP by its number", `
			a accept 17 22/22 0.0.0.0/0 1`, "", closed},
		{"TCP by its number, behind a Drop by name", `
			a accept 6 22/22 0.0.0.0/0 1
			b drop TCP 22/22 0.0.0.0/0 1`, "", closed},
		{"a Drop of the same priority", `
			a accept TCP 22/22 0.0.0.0/0 1
			b drop TCP 22/22 0.0.0.0/0 1`, "", closed},
		{"a Drop of a worse priority", `
			a accept TCP 22/22 0.0.0.0/0 1
			b drop TCP 22/22 0.0.0.0/0 2`, "0.0.0.0/0", open},
		{"an Accept of a better priority past a Drop", `
			a drop ALL -1/-1 0.0.0.0/0 2
			b accept TCP 22/22 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"a Drop of the other family", `
			a accept TCP 22/22 ::/0 2
			b drop ALL -1/-1 0.0.0.0/0 1`, "::/0", open},
		{"a Drop of other ports of the range", `
			a accept TCP 20/30 0.0.0.0/0 1
			b drop TCP 20/21 0.0.0.0/0 1
			c drop TCP 23/30 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"a Drop of another protocol", `
			a accept ALL -1/-1 0.0.0.0/0 1
			b drop UDP 22/22 0.0.0.0/0 1`, "0.0.0.0/0", open},
		{"a Drop of half the addresses", `
			a accept TCP 22/22 0.0.0.0/0 1
			b drop TCP 22/22 0.0.0.0/1 1`, "128.0.0.0/1", open},
		{"Drops of both halves", `
			a accept TCP 22/22 0.0.0.0/0 1
			b drop TCP 22/22 0.0.0.0/1 1
			c drop ALL -1/-1 128.0.0.0/1 1`, "", closed},
		{"a Drop of what is public, so that the VPC is left", `
			a accept TCP 22/22 0.0.0.0/0 9
			b accept TCP 22/22 10.0.0.0/8 1
			c drop TCP 22/22 0.0.0.0/0 2`, "10.0.0.0/8", closed},
		{"a Drop of another group's members", `
			a accept TCP 22/22 0.0.0.0/0 2
			b drop ALL -1/-1 sg-app 1`, "0.0.0.0/0", open},
		{"a source that is a group", `
			a accept ALL -1/-1 sg-app 1`, "sg-app at 0.0.0.0/0 sg-app at ::/0", closed},
		{"private blocks", `
			a accept ALL -1/-1 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16 1`, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16", closed},
		{"the cloud's own block", `
			a accept TCP 22/22 100.64.0.0/10 1`, "100.64.0.0/10", closed},
		{"a private block typed too short", `
			a accept TCP 22/22 172.0.0.0/8 1`, "172.0.0.0/8", open},
		{"a partner's /9", `
			a accept TCP 22/22 203.0.0.0/9 1`, "203.0.0.0/9", closed},
		{"ICMP only", `
			a accept ICMP -1/-1 0.0.0.0/0 1
			b accept ICMPv6 -1/-1 ::/0 1`, "", closed},
		{"closed in one group of the interface, open in the other", `
			a accept TCP 22/22 203.0.113.0/24 1
			b drop TCP 22/22 0.0.0.0/0 100
			other-group accept TCP 22/22 0.0.0.0/0 50`, "0.0.0.0/0", open},
		{"open in one group of the interface, dropped in the other", `
			a accept TCP 22/22 0.0.0.0/0 1
			other-group drop TCP 22/22 0.0.0.0/0 1`, "", closed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules := ruleSet(t, test.rules)
			if got := strings.Join(reaching(Admitted(rules), 22), " "); got != test.who {
				t.Errorf("let in are %q, want %q", got, test.who)
			}
			if got := len(Breaches(rules, ssh)) > 0; got != test.open {
				t.Errorf("open to the internet: %v, want %v", got, test.open)
			}
			plan, err := Close(rules, ssh)
			if err != nil || len(Breaches(plan.After, ssh)) > 0 || len(plan.Edits) > 0 != test.open {
				t.Errorf("closed by %v, %v", plan.Edits, err)
			}
		})
	}
}

// A basic group's members reach each other whatever its rules say, and nobody else
// does by that.
func TestCorpusInnerAccess(t *testing.T) {
	inner := []Rule{Inner("sg-own")}
	if got := strings.Join(reaching(Admitted(inner), 22), " "); got != "sg-own at 0.0.0.0/0 sg-own at ::/0" {
		t.Errorf("let in are %q", got)
	}
	dropped := append(inner, rule(t, "a drop TCP 22/22 0.0.0.0/0 100"))
	if got := strings.Join(reaching(Admitted(dropped), 22), " "); got != "sg-own at 0.0.0.0/0 sg-own at ::/0" {
		t.Errorf("behind a Drop rule: %q", got)
	}
	if got := Breaches(inner, ssh); len(got) > 0 {
		t.Errorf("inner access is no way in from the internet: %v", got)
	}
}

// reaching are the sources that reach a TCP port.
func reaching(set Set, port uint16) (who []string) {
	for _, a := range set.Areas() {
		if a.Protocol != tcp || !a.at(port) {
			continue
		}
		for _, p := range a.Sources {
			if a.Group != "" {
				who = append(who, a.Group+" at "+p.String())
			} else {
				who = append(who, p.String())
			}
		}
	}
	return who
}

// The same by asking for one packet, which reads the rules in the plain way.
func TestCorpusProtocolNumbers(t *testing.T) {
	rules := []Rule{{Protocol: "6", Ports: []PortRange{{22, 22}}, Sources: []netip.Prefix{ipv4}, Priority: 1}}
	from := netip.MustParseAddr("8.8.8.8")
	for protocol, want := range map[string]bool{"TCP": true, "6": true, "17": false, "UDP": false} {
		if Admits(rules, from, protocol, 22) != want || Admitted(rules).Contains(from, protocol, 22) != want {
			t.Errorf("%s: let in is not %v", protocol, want)
		}
	}
	if names := []string{ProtocolName(" tcp "), ProtocolName("6"), ProtocolName("58"), ProtocolName("132")}; !slices.Equal(names, []string{"TCP", "TCP", "ICMPv6", "132"}) {
		t.Errorf("named %v", names)
	}
}
