package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// rule reads a rule as the tables of these tests write it:
// "ID accept TCP 22/22 0.0.0.0/0 1", with commas between several ports or
// sources, and "sg-1" for a source that is a group.
func rule(t testing.TB, text string) Rule {
	t.Helper()
	f := strings.Fields(text)
	if len(f) != 6 {
		t.Fatalf("rule %q: want ID, policy, protocol, ports, sources, priority", text)
	}
	r := Rule{ID: f[0], Drop: f[1] == "drop", Protocol: f[2]}
	var err error
	if r.Ports, err = ParsePorts(f[3]); err != nil {
		t.Fatal(err)
	}
	for _, s := range strings.Split(f[4], ",") {
		if strings.HasPrefix(s, "sg-") {
			r.Group = s
			continue
		}
		p, err := ParseSource(s)
		if err != nil {
			t.Fatal(err)
		}
		r.Sources = append(r.Sources, p)
	}
	if _, err := fmt.Sscan(f[5], &r.Priority); err != nil {
		t.Fatal(err)
	}
	return r
}

func ruleSet(t testing.TB, text string) []Rule {
	t.Helper()
	var rules []Rule
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			rules = append(rules, rule(t, line))
		}
	}
	return rules
}

// web is the policy of most cases: the ports of a web server.
var web = Policy{Allowed: []PortRange{{80, 80}, {443, 443}}}

// report writes breaches as the tables want them: a line for the breach, and
// an indented one for each part to keep.
func report(breaches []Breach) string {
	var b strings.Builder
	for _, br := range breaches {
		fmt.Fprintf(&b, "%s: %v", br.Rule.ID, br)
		if br.Jointly {
			b.WriteString(" (jointly)")
		}
		b.WriteString("\n")
		for _, k := range br.Keep {
			fmt.Fprintf(&b, "  keep %v\n", k)
		}
	}
	return b.String()
}

// trim takes the indentation of a raw string away, by the tabs.
func trim(s string) string {
	return strings.TrimLeft(strings.ReplaceAll(s, "\t", ""), "\n")
}

func TestBreaches(t *testing.T) {
	tests := []struct {
		name   string
		policy Policy
		rules  string
		want   string
	}{
		{"no rules", web, ``, ``},
		{"22 from anywhere", web, `
			a accept TCP 22/22 0.0.0.0/0 1`, `
			a: TCP 22/22 from 0.0.0.0/0
		`},
		{"443 and 80 may be", web, `
			a accept TCP 443/443 0.0.0.0/0 1
			b accept tcp 80/80 ::/0 1`, ``},
		{"443 of UDP may not", web, `
			a accept UDP 443/443 0.0.0.0/0 1`, `
			a: UDP 443/443 from 0.0.0.0/0
		`},
		{"443 of UDP by its own list", Policy{AllowedUDP: []PortRange{{443, 443}}}, `
			a accept UDP 400/443 0.0.0.0/0 1`, `
			a: UDP 400/442 from 0.0.0.0/0
			  keep UDP 443/443 from 0.0.0.0/0
		`},
		{"an office is not the internet", web, `
			a accept TCP 22/22 203.0.113.0/24 1
			b accept TCP 22/22 0.0.0.0/0 1`, `
			b: TCP 22/22 from 0.0.0.0/0
		`},
		{"a group and private blocks are not the internet", web, `
			a accept TCP 22/22 sg-app 1
			b accept ALL -1/-1 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,224.0.0.0/3 1
			c accept ALL -1/-1 fc00::/7,fe80::/10,ff00::/8,::1 1`, ``},
		{"open by IPv6 only", web, `
			a accept TCP 22/22 203.0.113.0/24 1
			b accept TCP 22/22 ::/0 1`, `
			b: TCP 22/22 from ::/0
		`},
		{"all of IPv6 that is public", web, `
			a accept TCP 22/22 2000::/3 1`, `
			a: TCP 22/22 from 2000::/3
		`},
		{"two halves", web, `
			a accept TCP 22/22 0.0.0.0/1 1
			b accept TCP 22/22 128.0.0.0/1 1`, `
			a: TCP 22/22 from 0.0.0.0/1
			b: TCP 22/22 from 128.0.0.0/1
		`},
		{"two halves in a prefix list", web, `
			a accept TCP 22/22 128.0.0.0/1,0.0.0.0/1 1`, `
			a: TCP 22/22 from 0.0.0.0/1 and 128.0.0.0/1
		`},
		{"a prefix list of many blocks", web, `
			a accept TCP 22/22 20.0.0.0/12,21.0.0.0/12,22.0.0.0/12,23.0.0.0/12,24.0.0.0/12,25.0.0.0/12,26.0.0.0/12,27.0.0.0/12,28.0.0.0/12,29.0.0.0/12,30.0.0.0/12,31.0.0.0/12,32.0.0.0/12,33.0.0.0/12,34.0.0.0/12,35.0.0.0/12 1`, `
			a: TCP 22/22 from 16 blocks, 1.7e7 addresses
		`},
		{"blocks inside of others and private ones are not told", web, `
			a accept TCP 22/22 203.0.113.0/24,10.0.0.0/8,0.0.0.0/0,8.8.8.8 1`, `
			a: TCP 22/22 from 0.0.0.0/0
		`},
		{"a block with a private part is as broad", web, `
			a accept TCP 3306/3306 172.0.0.0/8 1
			b accept TCP 22/22 203.0.0.0/8 1
			c accept TCP 23/23 203.0.0.0/9 1`, `
			a: TCP 3306/3306 from 172.0.0.0/8
			b: TCP 22/22 from 203.0.0.0/8
		`},
		{"narrower by setting", Policy{BroadIPv4: 16, BroadIPv6: 32}, `
			a accept TCP 22/22 203.0.0.0/16 1
			b accept TCP 22/22 203.1.0.0/20 1
			c accept TCP 22/22 2001:db8::/32 1
			d accept TCP 22/22 2001:db8::/48 1`, `
			a: TCP 22/22 from 203.0.0.0/16
			c: TCP 22/22 from 2001:db8::/32
		`},
		{"broad together: the broadest go until the rest is little", web, `
			a accept TCP 22/22 203.0.113.0/24 1
			b accept TCP 22/22 20.0.0.0/9 1
			c accept TCP 22/22 21.0.0.0/11 1
			d accept TCP 20/23 22.0.0.0/9 1
			e accept TCP 23/23 23.0.0.0/9 2`, `
			d: TCP 22/22 from 22.0.0.0/9 (jointly)
			  keep TCP 20/21, 23/23 from 22.0.0.0/9
			e: TCP 23/23 from 23.0.0.0/9 (jointly)
		`},
		{"what Drops take away does not add up", web, `
			a accept TCP 22/22 20.0.0.0/9 2
			b accept TCP 22/22 22.0.0.0/9 2
			c drop TCP 22/22 20.0.0.0/10,22.0.0.0/10 1`, ``},
		{"the same block twice is not broad", web, `
			a accept TCP 22/22 20.0.0.0/9 1
			b accept TCP 22/22 20.0.0.0/9 2
			c accept TCP 22/22 20.0.0.0/10 3`, ``},
		{"the same opening twice", web, `
			a accept TCP 22/22 0.0.0.0/0 1
			b accept TCP 22/22 0.0.0.0/0 50`, `
			a: TCP 22/22 from 0.0.0.0/0
			b: TCP 22/22 from 0.0.0.0/0
		`},
		{"a range", Policy{Allowed: []PortRange{{20, 21}, {23, 30}}}, `
			a accept TCP 20/30 0.0.0.0/0 7`, `
			a: TCP 22/22 from 0.0.0.0/0
			  keep TCP 20/21, 23/30 from 0.0.0.0/0
		`},
		{"a range, nothing allowed", Policy{}, `
			a accept TCP 20/30 0.0.0.0/0 1`, `
			a: TCP 20/30 from 0.0.0.0/0
		`},
		{"every port", web, `
			a accept TCP -1/-1 0.0.0.0/0 1`, `
			a: TCP 1/79, 81/442, 444/65535 from 0.0.0.0/0
			  keep TCP 80/80, 443/443 from 0.0.0.0/0
		`},
		{"every port, nothing allowed", Policy{}, `
			a accept TCP 1/65535 0.0.0.0/0 1`, `
			a: TCP from 0.0.0.0/0
		`},
		{"a port list", web, `
			a accept TCP 22/22,80/80,3389/3389 0.0.0.0/0 1`, `
			a: TCP 22/22, 3389/3389 from 0.0.0.0/0
			  keep TCP 80/80 from 0.0.0.0/0
		`},
		{"ALL", web, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			a: all protocols from 0.0.0.0/0
			  keep TCP 80/80, 443/443 from 0.0.0.0/0
			  keep ICMP from 0.0.0.0/0
		`},
		{"ALL with a port is ALL, and of IPv6", web, `
			a accept all 443/443 ::/0 1`, `
			a: all protocols from ::/0
			  keep TCP 80/80, 443/443 from ::/0
			  keep ICMPv6 from ::/0
		`},
		{"ALL, everything with ports allowed", Policy{Allowed: everyPort, AllowedUDP: everyPort}, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			a: GRE and other protocols from 0.0.0.0/0
			  keep TCP from 0.0.0.0/0
			  keep UDP from 0.0.0.0/0
			  keep ICMP from 0.0.0.0/0
		`},
		{"GRE", web, `
			a accept GRE -1/-1 0.0.0.0/0 1`, `
			a: GRE from 0.0.0.0/0
		`},
		{"a protocol not known yet", web, `
			a accept SCTP -1/-1 0.0.0.0/0 1`, `
			a: SCTP from 0.0.0.0/0
		`},
		{"ICMP is left alone", web, `
			a accept ICMP -1/-1 0.0.0.0/0 1
			b accept ICMPv6 -1/-1 ::/0 1`, ``},
		{"unless it is forbidden", Policy{ForbidICMP: true}, `
			a accept ICMP -1/-1 0.0.0.0/0 1
			b accept icmpv6 -1/-1 ::/0 1`, `
			a: ICMP from 0.0.0.0/0
			b: ICMPv6 from ::/0
		`},
		{"a better Drop hides it", web, `
			a accept TCP 22/22 0.0.0.0/0 2
			b drop TCP 22/22 0.0.0.0/0 1`, ``},
		{"so does one of the same priority", web, `
			a accept TCP 22/22 0.0.0.0/0 1
			b drop TCP 1/100 0.0.0.0/0 1`, ``},
		{"a worse Drop does not", web, `
			a accept TCP 22/22 0.0.0.0/0 1
			b drop TCP 22/22 0.0.0.0/0 2`, `
			a: TCP 22/22 from 0.0.0.0/0
		`},
		{"Drops that hide it together", web, `
			a accept TCP 22/22 0.0.0.0/0 9
			b drop ALL -1/-1 0.0.0.0/1 1
			c drop TCP -1/-1 128.0.0.0/2 2
			d drop TCP 22/22 192.0.0.0/2 9`, ``},
		{"a Drop of IPv4 says nothing about IPv6", web, `
			a accept TCP 22/22 0.0.0.0/0 2
			b accept TCP 22/22 ::/0 2
			c drop TCP 22/22 0.0.0.0/0 1`, `
			b: TCP 22/22 from ::/0
		`},
		{"a Drop of half the sources, half the ports, another protocol", web, `
			a accept TCP 22/23 0.0.0.0/0 2
			b drop TCP 22/23 0.0.0.0/1 1
			c drop TCP 23/23 0.0.0.0/0 1
			d drop UDP -1/-1 0.0.0.0/0 1`, `
			a: TCP 22/22 from 0.0.0.0/0
		`},
		{"what is left past a Drop is kept when it is little", web, `
			a accept TCP 22/23 128.0.0.0/1 2
			b drop TCP 23/23 128.0.0.0/2,224.0.0.0/3,192.0.0.0/4 1
			c drop TCP 23/23 208.0.0.0/5,216.0.0.0/6,220.0.0.0/7,222.0.0.0/8,223.0.0.0/9 1`, `
			a: TCP 22/22 from 128.0.0.0/1
			  keep TCP 23/23 from 223.128.0.0/9
		`},
		{"a hole behind a Drop is not kept", web, `
			a accept ALL -1/-1 0.0.0.0/0 100
			b drop TCP 22/22 0.0.0.0/0 1`, `
			a: all protocols from 0.0.0.0/0
			  keep TCP 80/80, 443/443 from 0.0.0.0/0
			  keep ICMP from 0.0.0.0/0
		`},
		{"ALL behind Drops for ports opens the rest", web, `
			a accept ALL -1/-1 0.0.0.0/0 100
			b drop TCP -1/-1 0.0.0.0/0 1
			c drop UDP 1/52,54/65535 0.0.0.0/0 1
			d drop GRE -1/-1 0.0.0.0/0 1`, `
			a: UDP and other protocols 53/53 from 0.0.0.0/0
			  keep TCP 80/80, 443/443 from 0.0.0.0/0
			  keep ICMP from 0.0.0.0/0
		`},
		{"ALL behind Drops for the rest", Policy{}, `
			a accept ALL -1/-1 0.0.0.0/0 100
			b accept TCP 22/23 ::/0 1
			c drop ALL -1/-1 0.0.0.0/0 50
			d accept ALL -1/-1 128.0.0.0/1 49
			e drop GRE -1/-1 0.0.0.0/0 1
			f drop TCP 1/21,23/65535 0.0.0.0/0 1`, `
			b: TCP 22/23 from ::/0
			d: all protocols from 128.0.0.0/1
			  keep ICMP from 128.0.0.0/1
		`},
		{"trusted sources keep their way in", Policy{Trusted: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}}, `
			a accept TCP 22/22 0.0.0.0/0 1
			b accept ALL -1/-1 ::/0 1
			c accept TCP 3389/3389 203.0.113.0/24 1`, `
			a: TCP 22/22 from 0.0.0.0/0
			  keep TCP 22/22 from 203.0.113.0/24
			b: all protocols from ::/0
			  keep ICMPv6 from ::/0
			  keep ALL from 2001:db8::/32
		`},
		{"what only the trusted are let into is kept once", Policy{Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/1")}}, `
			a accept ALL -1/-1 0.0.0.0/0 2
			b drop TCP 22/22 128.0.0.0/1 1`, `
			a: all protocols from 0.0.0.0/0
			  keep ICMP from 0.0.0.0/0
			  keep ALL from 0.0.0.0/1
		`},
		{"however broad they are", Policy{Trusted: []netip.Prefix{netip.MustParsePrefix("20.0.0.0/6")}}, `
			a accept TCP 22/22 20.0.0.0/7 1`, ``},
		{"what another rule lets in need not be kept", web, `
			a accept ALL -1/-1 0.0.0.0/0 5
			b accept TCP 443/443 0.0.0.0/0 5
			c accept TCP 80/80 0.0.0.0/0 6`, `
			a: all protocols from 0.0.0.0/0
			  keep TCP 80/80 from 0.0.0.0/0
			  keep ICMP from 0.0.0.0/0
		`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules := ruleSet(t, test.rules)
			if got, want := report(Breaches(rules, test.policy)), trim(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// 512 blocks of /9 are the whole internet, though none is by itself.
func TestManyNarrowRules(t *testing.T) {
	var rules []Rule
	for i := range 512 {
		block := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i / 2), byte(i % 2 * 128)}), 9)
		rules = append(rules, Rule{ID: block.String(), Protocol: "TCP", Ports: []PortRange{{22, 22}}, Sources: []netip.Prefix{block}, Priority: 1})
	}
	rules = append(rules, rule(t, "office accept TCP 22/22 203.0.113.0/24 1"))
	fixed := apply(rules, Breaches(rules, web))
	if len(Breaches(fixed, web)) != 0 {
		t.Error("the rules that are left are still a breach")
	}
	left := 0
	for _, r := range fixed {
		if size := publicSize(r.Sources); size > 0 && r.ID != "office" {
			left++
		}
	}
	// Blocks without a public address let nobody in, whatever stays of them;
	// those with a private part may add up to less than two whole ones.
	if left < 1 || left > 8 {
		t.Errorf("%d blocks of /9 are left, want about one", left)
	}
	if !slices.ContainsFunc(fixed, func(r Rule) bool { return r.ID == "office" }) {
		t.Error("the office has lost its rule")
	}
}

// publicSize counts the public IPv4 addresses of some blocks.
func publicSize(sources []netip.Prefix) float64 {
	s := newSpace(ipv4, []Rule{{Sources: sources}}, publicSet(setOf(nil)), Policy{}.limit(ipv4))
	return s.size(s.spans(sources)).float()
}

// The whole truth about one breach, field by field.
func TestBreachFields(t *testing.T) {
	r := rule(t, "sgr-1 accept ALL -1/-1 0.0.0.0/0 3")
	got := Breaches([]Rule{r}, web)
	if len(got) != 1 {
		t.Fatalf("got %d breaches", len(got))
	}
	b := got[0]
	if b.Rule.ID != "sgr-1" || b.Protocol != "all protocols" || b.Ports != nil || b.Sources != "0.0.0.0/0" || b.Jointly {
		t.Errorf("got %+v", b)
	}
	want := "[TCP 1/79, 81/442, 444/65535 UDP GRE other protocols]"
	if open := fmt.Sprint(b.Open); open != want {
		t.Errorf("opens %s, want %s", open, want)
	}
	for _, k := range b.Keep {
		if k.ID != "" || k.Drop || k.Priority != 3 || !k.SameSources {
			t.Errorf("keeps %+v", k)
		}
	}
}

// Only a part that has the very sources of the rule says so.
func TestSameSources(t *testing.T) {
	rules := ruleSet(t, `a accept TCP 22/443 0.0.0.0/1,128.0.0.0/1 1`)
	policy := web
	policy.Trusted = []netip.Prefix{netip.MustParsePrefix("203.0.113.9/32")}
	keep := Breaches(rules, policy)[0].Keep
	if len(keep) != 2 || !keep[0].SameSources || keep[1].SameSources {
		t.Errorf("got %+v", keep)
	}
}

func TestPublic(t *testing.T) {
	public := publicSet(setOf(prefixes("203.0.113.0/24")))
	inside := "1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 " +
		"169.255.0.0 172.15.255.255 172.32.0.0 192.0.2.1 192.167.255.255 192.169.0.0 198.51.100.1 203.0.112.255 " +
		"203.0.114.0 223.255.255.255 2000:: 2001:db8::1 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	outside := "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.255.255.255 " +
		"169.254.0.0 169.254.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255 203.0.113.0 203.0.113.255 " +
		"224.0.0.0 255.255.255.255 :: ::1 1fff:: 4000:: fc00::1 fe80::1 ff02::1 ::ffff:8.8.8.8"
	for _, text := range strings.Fields(inside) {
		if !public.Contains(netip.MustParseAddr(text)) {
			t.Errorf("%s is not public", text)
		}
	}
	for _, text := range strings.Fields(outside) {
		if public.Contains(netip.MustParseAddr(text)) {
			t.Errorf("%s is public", text)
		}
	}
}

func TestAdmits(t *testing.T) {
	rules := ruleSet(t, `
		a accept TCP 20/30 0.0.0.0/0 5
		b drop TCP 25/25 0.0.0.0/0 5
		c accept TCP 25/25 203.0.113.0/24 4
		d accept ICMP -1/-1 ::/0 1
		e accept ALL -1/-1 2001:db8::/32 1
		f accept TCP 22/22 sg-1 1`)
	tests := []struct {
		src, protocol string
		port          uint16
		want          bool
	}{
		{"8.8.8.8", "TCP", 20, true},
		{"8.8.8.8", "tcp", 30, true},
		{"8.8.8.8", "TCP", 31, false},
		{"8.8.8.8", "UDP", 22, false},
		{"8.8.8.8", "TCP", 25, false},
		{"203.0.113.7", "TCP", 25, true},
		{"::ffff:203.0.113.7", "TCP", 25, true},
		{"2400::1", "TCP", 22, false},
		{"2400::1", "ICMP", 0, true},
		{"2001:db8::1", "TCP", 9, true},
		{"2001:db8::1", "ESP", 0, true},
		{"8.8.8.8", "ICMP", 0, false},
	}
	for _, test := range tests {
		if got := Admits(rules, netip.MustParseAddr(test.src), test.protocol, test.port); got != test.want {
			t.Errorf("Admits(%s, %s, %d) = %v", test.src, test.protocol, test.port, got)
		}
	}
}

func TestParsePorts(t *testing.T) {
	tests := []struct{ text, want, err string }{
		{text: "22/22", want: "[22/22]"},
		{text: "1/65535", want: "[1/65535]"},
		{text: "-1/-1", want: "[]"},
		{text: "443, 80/80,79", want: "[79/80 443/443]"},
		{text: "22/22,-1/-1", want: "[]"},
		{text: "", err: `port range "": "" is not a port from 1 to 65535`},
		{text: "30/20", err: `port range "30/20": 30 is above 20`},
		{text: "0/22", err: `port range "0/22": "0" is not a port from 1 to 65535`},
		{text: "22/65536", err: `port range "22/65536": "65536" is not a port from 1 to 65535`},
		{text: "22/22/22", err: `port range "22/22/22": "22/22" is not a port from 1 to 65535`},
		{text: "-1/22", err: `port range "-1/22": "-1" is not a port from 1 to 65535`},
		{text: "80-90", err: `port range "80-90": "80-90" is not a port from 1 to 65535: a range is written 80/90`},
		{text: "22,80 : 90", err: `port range "22,80 : 90": "80 : 90" is not a port from 1 to 65535: a range is written 80/90`},
		{text: "90-80", err: `port range "90-80": "90-80" is not a port from 1 to 65535`},
		{text: "22-x", err: `port range "22-x": "22-x" is not a port from 1 to 65535`},
		{text: "ssh", err: `port range "ssh": "ssh" is not a port from 1 to 65535`},
	}
	for _, test := range tests {
		got, err := ParsePorts(test.text)
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("ParsePorts(%q): error %v, want %s", test.text, err, test.err)
			}
			continue
		}
		if err != nil || fmt.Sprint(got) != test.want || test.want == "[]" && got != nil {
			t.Errorf("ParsePorts(%q) = %v, %v, want %s", test.text, got, err, test.want)
		}
	}
}

func TestParseSource(t *testing.T) {
	good := map[string]string{
		"0.0.0.0/0":        "0.0.0.0/0",
		"10.0.0.1/8":       "10.0.0.0/8",
		" 203.0.113.7 ":    "203.0.113.7/32",
		"::/0":             "::/0",
		"2001:db8::1/32":   "2001:db8::/32",
		"2001:DB8::1":      "2001:db8::1/128",
		"2001:db8:0:0::/9": "2000::/9",
	}
	for text, want := range good {
		if got, err := ParseSource(text); err != nil || got.String() != want {
			t.Errorf("ParseSource(%q) = %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "sg-1", "10.0.0.0/33", "10.0.0/8", "fe80::1%eth0", "10.0.0.0/-1"} {
		_, err := ParseSource(text)
		if want := fmt.Sprintf("source %q is neither an address nor a block", text); err == nil || err.Error() != want {
			t.Errorf("ParseSource(%q): error %v", text, err)
		}
	}
}

func TestPolicyValidate(t *testing.T) {
	if err := (Policy{}).Validate(); err != nil {
		t.Errorf("the zero policy: %v", err)
	}
	bad := Policy{
		Allowed:    []PortRange{{443, 80}},
		AllowedUDP: []PortRange{{0, 53}},
		Trusted:    []netip.Prefix{{}},
		BroadIPv4:  33,
		BroadIPv6:  -1,
	}
	want := trim(`
		exposure policy: Allowed: 443/80 is not a range of ports
		exposure policy: AllowedUDP: 0/53 is not a range of ports
		exposure policy: Trusted: entry 1 is not a block of addresses
		exposure policy: BroadIPv4: 33 is not from 1 to 32
		exposure policy: BroadIPv6: -1 is not from 1 to 128`)
	if err := bad.Validate(); err == nil || err.Error() != want {
		t.Errorf("got:\n%v", err)
	}
	Breaches([]Rule{rule(t, "a accept TCP 22/22 0.0.0.0/0 1")}, bad) // must not panic
}

// Rules come from a cloud that may answer anything: none of it is a panic.
func TestStrangeRules(t *testing.T) {
	rules := []Rule{
		{},
		{Protocol: "TCP", Sources: []netip.Prefix{{}}, Ports: []PortRange{{9, 3}, {0, 0}}},
		{Protocol: "TCP", Sources: []netip.Prefix{ipv4, ipv6}, Ports: []PortRange{{9, 3}, {0, 0}}},
		{Protocol: "TCP", Sources: []netip.Prefix{netip.MustParsePrefix("::ffff:0.0.0.0/96")}, Priority: -5},
		{Protocol: "TCP", Sources: []netip.Prefix{netip.MustParsePrefix("255.255.255.255/32"), netip.MustParsePrefix("ffff::/16")}, Drop: true},
	}
	if got := Breaches(rules, Policy{}); len(got) != 0 {
		t.Errorf("got %v", report(got))
	}
}

// A rule with sources of both families loses the one that is named only.
func TestBothFamilies(t *testing.T) {
	rules := ruleSet(t, `
		a accept TCP 22/80 0.0.0.0/0,2001:db8::/32 1`)
	want := trim(`
		a: TCP 22/79 from 0.0.0.0/0
		  keep TCP 80/80 from 0.0.0.0/0 and 2001:db8::/32
		  keep TCP 22/79 from 2001:db8::/32
	`)
	if got := report(Breaches(rules, web)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// apply puts right what the breaches say, as a practice would.
func apply(rules []Rule, breaches []Breach) []Rule {
	var out []Rule
	next := 0
	for _, r := range rules {
		if next < len(breaches) && sameRule(r, breaches[next].Rule) {
			next++
			continue
		}
		out = append(out, r)
	}
	for _, b := range breaches {
		for _, k := range b.Keep {
			out = append(out, k.Rule)
		}
	}
	return out
}

func sameRule(a, b Rule) bool {
	return a.ID == b.ID && a.Protocol == b.Protocol && a.Drop == b.Drop && a.Priority == b.Priority &&
		slices.Equal(a.Ports, b.Ports) && slices.Equal(a.Sources, b.Sources)
}
