package exposure

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// The default ports of sg-risky-port-ingress and sg-admin-backend-ingress.
var (
	riskyPorts = Forbid([]PortRange{{20, 23}, {25, 25}, {135, 139}, {389, 389}, {445, 445}, {1433, 1433}, {1521, 1521}, {2375, 2376}, {2379, 2379}, {3306, 3306},
		{3389, 3389}, {5432, 5432}, {5900, 5900}, {6379, 6379}, {9200, 9200}, {11211, 11211}, {27017, 27017}},
		[]PortRange{{17, 17}, {19, 19}, {69, 69}, {111, 111}, {123, 123}, {135, 139}, {161, 161}, {389, 389}, {520, 520}, {623, 623}, {1434, 1434}, {1900, 1900},
			{3389, 3389}, {3702, 3702}, {5353, 5353}, {11211, 11211}})
	adminPorts = Forbid([]PortRange{{5601, 5601}, {8080, 8080}, {8443, 8443}, {8848, 8848}, {8888, 8888}, {9000, 9000}, {9090, 9090}, {15672, 15672}}, nil)
)

// Rule sets that were left open or lost an allowed way in once, with what several
// packets meet afterwards. After "to" stands the one destination of a rule or packet.
func TestEditedRuleSets(t *testing.T) {
	glass := with(riskyPorts, func(p *Policy) { p.Trusted = prefixes("10.7.0.0/16") })
	for _, c := range []struct {
		name     string
		policies []Policy
		rules    string
		room     int // how many rules more the group takes; 0: no limit
		packets  string
		left     string // the rules that are told of as still open
	}{
		{"two practices close ports of one rule", []Policy{riskyPorts, adminPorts}, `
			a accept TCP 1/65535 0.0.0.0/0 1`, 0, `
			out TCP 22 8.8.8.8
			out TCP 3306 8.8.8.8
			out TCP 8080 8.8.8.8
			in TCP 443 8.8.8.8`, ""},
		{"the way in for emergencies lies in private space", []Policy{glass}, `
			a accept ALL -1/-1 0.0.0.0/0 1`, 0, `
			in TCP 22 10.7.0.5
			in TCP 3389 10.7.0.5
			in TCP 8080 10.7.0.5
			out TCP 22 8.8.8.8`, ""},
		{"in ULA", []Policy{with(riskyPorts, func(p *Policy) { p.Trusted = prefixes("fd00:7::/32") })}, `
			a accept ALL -1/-1 ::/0 1
			b accept TCP 1/65535 fd00::/8 2`, 0, `
			in TCP 22 fd00:7::5
			in TCP 3389 fd00:7::5
			out TCP 22 2a00::1`, ""},
		{"two steps back are needed", []Policy{riskyPorts}, `
			a accept ALL -1/-1 0.0.0.0/0 1
			office accept TCP 22/22 198.51.100.0/24 1
			app accept TCP 3306/3306 10.0.0.0/8 2`, 0, `
			out TCP 22 8.8.8.8
			in TCP 22 198.51.100.7
			in TCP 3306 10.1.2.3`, ""},
		{"a rule for one destination does not stand in for the office's", []Policy{riskyPorts}, `
			one accept TCP 22/22 198.51.100.0/24 1 to 10.9.9.9
			office accept TCP 22/22 198.51.100.0/24 5
			a accept ALL -1/-1 0.0.0.0/0 2`, 0, `
			in TCP 22 198.51.100.7 to 10.1.2.3
			in TCP 22 198.51.100.7 to 10.9.9.9
			out TCP 22 8.8.8.8 to 10.1.2.3`, ""},
		{"a rule that is hard to close keeps no other open", []Policy{riskyPorts}, `
			a accept TCP 3389/3389 ::/0 1
			b accept ALL -1/-1 0.0.0.0/0 1
			office accept TCP 22/22 198.51.100.0/24 1
			app accept TCP 3306/3306 10.0.0.0/8 2`, 0, `
			out TCP 3389 2a00::1
			out TCP 22 8.8.8.8
			in TCP 22 198.51.100.7
			in TCP 3306 10.1.2.3`, ""},
		{"neither does one that cannot be closed", []Policy{riskyPorts}, `
			a accept TCP 3389/3389 ::/0 100
			b accept ALL -1/-1 0.0.0.0/0 100
			office accept TCP 22/22 198.51.100.0/24 100`, 0, `
			out TCP 3389 2a00::1
			in TCP 22 198.51.100.7`, "b"},
		{"nor one for which there is no room", []Policy{riskyPorts}, `
			a accept TCP 22/22 0.0.0.0/0 1
			b accept TCP 1/65535 ::/0 1
			office accept TCP 22/22 198.51.100.0/24 1`, 1, `
			out TCP 22 8.8.8.8
			in TCP 22 198.51.100.7
			in TCP 3389 2a00::1`, "b"},
		{"six rules need no Drop rules that others make needless", []Policy{riskyPorts}, `
			a accept ALL -1/-1 0.0.0.0/1 1
			b accept ALL -1/-1 128.0.0.0/1 1
			c accept ALL -1/-1 64.0.0.0/2 1
			d accept ALL -1/-1 128.0.0.0/2 1
			e accept ALL -1/-1 8.0.0.0/5 1
			f accept ALL -1/-1 ::/0 1`, 200 - 6, `
			out TCP 22 9.9.9.9
			out TCP 22 200.1.1.1
			out TCP 22 2a00::1
			in TCP 443 9.9.9.9`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules := narrowedRules(t, c.rules)
			var fits func([]Edit) error
			if c.room > 0 {
				fits = func(edits []Edit) error {
					if more := grows(edits); more > c.room {
						return fmt.Errorf("%d rules too many", more-c.room)
					}
					return nil
				}
			}
			plan, left := CloseMost(rules, fits, c.policies...)
			var open []string
			for _, l := range left {
				open = append(open, l.Breach.Rule.ID)
			}
			if got := strings.Join(open, " "); got != c.left {
				t.Errorf("left are %q, want %q: %v", got, c.left, left)
			}
			for line := range strings.Lines(strings.TrimSpace(c.packets)) {
				packet, to, _ := strings.Cut(strings.TrimSpace(line), " to ")
				var word, protocol, source string
				var port uint16
				if _, err := fmt.Sscan(packet, &word, &protocol, &port, &source); err != nil {
					t.Fatal(err)
				}
				if Admits(meeting(plan.After, to), netip.MustParseAddr(source), protocol, port) != (word == "in") {
					t.Errorf("%s is wrong after\n%s", line, planned(plan, nil))
				}
			}
		})
	}
}

// narrowedRules reads rules, some of them for one destination.
func narrowedRules(t *testing.T, text string) (rules []Rule) {
	t.Helper()
	for line := range strings.Lines(strings.TrimSpace(text)) {
		words, to, narrowed := strings.Cut(strings.TrimSpace(line), " to ")
		r := rule(t, words)
		r.Partial, r.Only = narrowed, to
		rules = append(rules, r)
	}
	return rules
}

// meeting are the rules that a packet to a destination meets.
func meeting(rules []Rule, to string) (some []Rule) {
	for _, r := range rules {
		if !r.Partial || r.Only == to {
			some = append(some, r)
		}
	}
	return some
}

// grows is by how many rules a group grows: the cloud takes one source and one range of
// ports in each.
func grows(edits []Edit) (more int) {
	for _, e := range edits {
		if e.Goes {
			more--
		}
		for _, k := range e.New {
			more += max(len(k.Ports), 1) * max(len(k.Sources), 1)
		}
	}
	return more
}
