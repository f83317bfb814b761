package exposure

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// planned writes a plan as the tables want it.
func planned(plan Plan, err error) string {
	var b strings.Builder
	for _, e := range plan.Edits {
		fmt.Fprint(&b, e.Rule.ID)
		if e.Goes {
			fmt.Fprint(&b, " goes")
		}
		fmt.Fprintln(&b)
		for _, k := range e.New {
			fmt.Fprintf(&b, "  %s %v, priority %d\n", map[bool]string{false: "accept", true: "drop"}[k.Drop], k, k.Priority)
		}
	}
	if err != nil {
		fmt.Fprintln(&b, err)
	}
	return b.String()
}

// ssh closes port 22 and nothing else.
var ssh = Forbid([]PortRange{{22, 22}}, nil)

func with(p Policy, change func(*Policy)) Policy {
	change(&p)
	return p
}

func TestClose(t *testing.T) {
	trusting := with(ssh, func(p *Policy) { p.Trusted = prefixes("203.0.113.0/24") })
	dropping := with(ssh, func(p *Policy) { p.DropRules = true })
	bridge := with(ssh, func(p *Policy) { p.Everyone, p.TrustedGroups = true, []string{"sg-bridge"} })
	tests := []struct {
		name   string
		policy Policy
		rules  string
		want   string
	}{
		{"nothing to do", ssh, `
			a accept TCP 443/443 0.0.0.0/0 1`, ``},
		{"only what is open goes", ssh, `
			a accept TCP 22/22 0.0.0.0/0 1
			b accept TCP 443/443 0.0.0.0/0 1
			c accept TCP 20/30 0.0.0.0/0 1
			d accept TCP 22/22 ::/0 1
			e drop TCP 3306/3306 0.0.0.0/0 1
			f accept TCP 22/22 203.0.113.0/24 1`, `
			a goes
			c goes
			  accept TCP 20/21, 23/30 from 0.0.0.0/0, priority 1
			d goes
		`},
		{"a trusted source is what a rule is narrowed to", trusting, `
			a accept TCP 22/22 0.0.0.0/0 7`, `
			a goes
			  accept TCP 22/22 from 203.0.113.0/24, priority 7
		`},
		{"protocols that no rule can name are kept by Drop rules", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			a
			  drop TCP 22/22 from 0.0.0.0/0, priority 1
		`},
		{"which step back where they would hit others", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept TCP 22/22 203.0.113.0/24 1
			c accept TCP 22/22 sg-app 1`, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 2
			  drop TCP 22/22 from 0.0.0.0/0, priority 2
		`},
		{"with the trusted in front", with(trusting, func(p *Policy) { p.TrustedGroups = []string{"sg-bridge"} }), `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept ALL -1/-1 ::/0 1`, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 2
			  drop TCP 22/22 from 0.0.0.0/0, priority 2
			  accept ALL from 203.0.113.0/24, priority 1
			  accept TCP 22/22 from sg-bridge, priority 1
			b goes
			  accept ALL from ::/0, priority 2
			  drop TCP 22/22 from ::/0, priority 2
			  accept TCP 22/22 from sg-bridge, priority 1
		`},
		{"trusted groups keep what only ALL can name", Policy{TrustedGroups: []string{"sg-bridge"}}, `
			a accept ALL -1/-1 203.0.0.0/9 1
			b accept TCP 1/65535 204.0.0.0/10 1`, `
			a goes
			  accept UDP from 203.0.0.0/9, priority 1
			  accept ICMP from 203.0.0.0/9, priority 1
			  accept GRE from 203.0.0.0/9, priority 1
			  accept ALL from sg-bridge, priority 1
		`},
		{"but cannot get behind the worst priority", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 100
			b accept TCP 22/22 10.0.0.0/8 100`, `
			no edit that closes this leaves the rest as it is: other protocols from 0.0.0.0 would be shut out; TCP 22 from 10.0.0.0 would be shut out
		`},
		{"nor past a Drop rule that they would fall behind", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept TCP 22/22 10.0.0.0/8 1
			c drop UDP 53/53 0.0.0.0/0 2`, `
			no edit that closes this leaves the rest as it is: other protocols from 0.0.0.0 would be shut out; TCP 22 from 10.0.0.0 would be shut out; UDP 53 from 0.0.0.0 would be shut out
		`},
		{"Drop rules where they are asked for", dropping, `
			a accept TCP 1/65535 0.0.0.0/0 5
			b accept TCP 22/22 10.0.0.0/8 4`, `
			a
			  drop TCP 22/22 from 0.0.0.0/0, priority 5
		`},
		{"not for a rule of which nothing stays", dropping, `
			a accept TCP 22/22 0.0.0.0/0 5`, `
			a goes
		`},
		{"a split where neither way is clean", dropping, `
			a accept TCP 1/65535 0.0.0.0/0 100
			b accept TCP 22/22 10.0.0.0/8 100`, `
			a goes
			  accept TCP 1/21, 23/65535 from 0.0.0.0/0, priority 100
		`},
		{"everyone is everyone", with(ssh, func(p *Policy) { p.Everyone = true }), `
			a accept TCP 22/22 10.1.2.3/32 1
			b accept TCP 22/22 sg-app 1
			c accept TCP 20/24 fd00::/8 1
			d accept UDP 22/22 0.0.0.0/0 1`, `
			a goes
			b goes
			c goes
			  accept TCP 20/21, 23/24 from fd00::/8, priority 1
		`},
		{"but for a trusted group, which was among everybody", bridge, `
			a accept TCP 22/22 0.0.0.0/0 1
			b accept TCP 22/22 sg-app 1`, `
			a goes
			  accept TCP 22/22 from sg-bridge, priority 1
			b goes
		`},
		{"unless it has a rule already", bridge, `
			a accept TCP 22/22 0.0.0.0/0 1
			b accept TCP 20/30 sg-bridge 1`, `
			a goes
		`},
		{"a group behind a Drop for everybody is out", with(ssh, func(p *Policy) { p.Everyone = true }), `
			a accept TCP 22/22 sg-app 2
			b drop TCP 22/22 0.0.0.0/0 1
			c drop TCP 22/22 ::/0 1`, ``},
		{"and one behind a Drop for itself", with(ssh, func(p *Policy) { p.Everyone = true }), `
			a accept TCP 22/22 sg-app 2
			b drop ALL -1/-1 sg-app 2`, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, want := planned(Close(ruleSet(t, test.rules), test.policy)), trim(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// Only the organisation gets in, and only to administer: two demands on one rule.
func TestClosePolicies(t *testing.T) {
	admin := []PortRange{{22, 22}, {3389, 3389}}
	elsewhere := Policy{Everyone: true, Allowed: admin}
	others := with(Forbid(admin, nil), func(p *Policy) { p.Everyone, p.Trusted = true, prefixes("203.0.113.0/24") })
	rules := ruleSet(t, `
		a accept TCP 20/443 0.0.0.0/0 1
		b accept TCP 22/22 203.0.113.0/24 1
		c accept TCP 3389/3389 203.0.0.0/16 1`)
	plan, err := Close(rules, elsewhere, others)
	want := trim(`
		a goes
		c goes
		  accept TCP 3389/3389 from 203.0.113.0/24, priority 1`)
	if got := planned(plan, err); got != want+"\n" && got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if b := plan.Breaches; len(b) != 3 || b[0].Rule.ID+b[1].Rule.ID+b[2].Rule.ID != "aca" {
		t.Errorf("got %v", b)
	}
	var ids []string
	for _, r := range plan.After {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != "b " {
		t.Errorf("the rules afterwards have the ids %q", got)
	}
}

func TestFlaw(t *testing.T) {
	_, err := Close(ruleSet(t, `
		a accept ALL -1/-1 0.0.0.0/0 100
		b accept TCP 22/22 sg-app 100`), ssh)
	var flaw *Flaw
	if !errors.As(err, &flaw) {
		t.Fatalf("got %v", err)
	}
	if want := (Flaw{"would be shut out", "0.0.0.0", otherProtocols, 0}); *flaw != want {
		t.Errorf("got %+v, want %+v", *flaw, want)
	}
}

func TestAdmitted(t *testing.T) {
	set := Admitted(append(ruleSet(t, `
		a accept TCP 20/30 0.0.0.0/0 5
		b drop TCP 25/25 0.0.0.0/0 5
		c accept TCP 25/25 203.0.113.0/24 4
		d accept ICMPv6 -1/-1 ::/0 1
		e accept TCP 22/22 sg-app 1
		f accept TCP 22/22 10.0.0.0/9 1`), Inner("sg-1")))
	in := func(group, addr, protocol string, port uint16) bool {
		return set.ContainsMember(group, netip.MustParseAddr(addr), protocol, port)
	}
	for _, c := range []struct {
		group, addr, protocol string
		port                  uint16
		want                  bool
	}{
		{"", "8.8.8.8", "tcp", 22, true},
		{"", "8.8.8.8", "TCP", 25, false},
		{"", "203.0.113.1", "TCP", 25, true},
		{"", "2400::1", "TCP", 22, false},
		{"sg-app", "2400::1", "TCP", 22, true},
		{"sg-app", "10.0.0.1", "UDP", 22, false},
		{"sg-1", "10.0.0.1", "UDP", 22, true},
		{"sg-1", "10.0.0.1", "TCP", 25, true}, // the inner access policy goes before a Drop
		{"sg-unheard-of", "10.0.0.1", "TCP", 22, true},
		{"sg-unheard-of", "10.0.0.1", "TCP", 25, false},
	} {
		if got := in(c.group, c.addr, c.protocol, c.port); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if got, want := set.String(), "TCP 22/22 from members of sg-app at ::/0"; !strings.Contains(got, want) {
		t.Errorf("got:\n%s\nwithout %s", got, want)
	}
	if set.Empty() || !Admitted(nil).Empty() || !(Set{}).Empty() {
		t.Error("empty is not what it should be")
	}
}

// The cloud merges the rules of all groups of an interface, so a Drop rule that is
// right for its own group may shut out whom another one lets in.
func TestCloseBesideAnotherGroup(t *testing.T) {
	dropping := with(ssh, func(p *Policy) { p.DropRules = true })
	tests := []struct {
		name                 string
		policy               Policy
		rules, others, third string
		want                 string
	}{
		{"another group lets in the office: Drop rules step back behind it", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			b accept TCP 22/22 203.0.113.0/24 1`, ``, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 2
			  drop TCP 22/22 from 0.0.0.0/0, priority 2
		`},
		{"or the range is split", dropping, `
			a accept TCP 20/22 0.0.0.0/0 1`, `
			b accept TCP 22/22 203.0.113.0/24 100`, ``, `
			a goes
			  accept TCP 20/21 from 0.0.0.0/0, priority 1
		`},
		{"its own Drop rule is behind the rule, and would go before it", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1
			x accept TCP 22/22 203.0.113.0/24 1`, `
			b drop TCP 443/443 0.0.0.0/0 2`, ``, `
			no edit that closes this leaves the rest as it is: other protocols from 0.0.0.0 would be shut out; TCP 22 from 203.0.113.0 would be shut out; where the rules of another group of the same interface count as well: TCP 443 from 0.0.0.0 would be shut out
		`},
		{"what it lets in otherwise does not matter", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			b accept TCP 443/443 0.0.0.0/0 1
			c accept UDP 22/22 0.0.0.0/0 1
			d accept TCP 22/22 2001:db8::/32 1
			e drop TCP 22/22 0.0.0.0/0 1`, ``, `
			a
			  drop TCP 22/22 from 0.0.0.0/0, priority 1
		`},
		{"nor does a rule that goes", ssh, `
			a accept TCP 20/22 0.0.0.0/0 1`, `
			b accept TCP 22/22 0.0.0.0/0 1`, ``, `
			a goes
			  accept TCP 20/21 from 0.0.0.0/0, priority 1
		`},
		{"it names a protocol that here only ALL matches", Policy{}, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			b accept 50 -1/-1 203.0.113.0/24 1`, ``, `
			a goes
			  accept ICMP from 0.0.0.0/0, priority 1
		`},
		{"a third group is heard as well", ssh, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			b accept TCP 443/443 0.0.0.0/0 1`, `
			c accept TCP 22/22 sg-app 1`, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 2
			  drop TCP 22/22 from 0.0.0.0/0, priority 2
		`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := with(test.policy, func(p *Policy) { p.Beside = [][]Rule{ruleSet(t, test.others), ruleSet(t, test.third)} })
			if got, want := planned(Close(ruleSet(t, test.rules), policy)), trim(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// What is kept of a rule that is narrowed otherwise is no wider than that, so it does
// not stand in for what another policy takes from another rule.
func TestClosePoliciesAndANarrowedRule(t *testing.T) {
	rules := ruleSet(t, `
		a accept TCP 23/443 0.0.0.0/0 1
		b accept TCP 22/22,443/443 0.0.0.0/0 2`)
	rules[0].Partial = true
	plan, err := Close(rules, Forbid([]PortRange{{23, 23}}, nil), ssh)
	want := trim(`
		a goes
		  accept TCP 24/443 from 0.0.0.0/0, priority 1
		b goes
		  accept TCP 443/443 from 0.0.0.0/0, priority 2
	`)
	if got := planned(plan, err); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
