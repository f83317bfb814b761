package exposure

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// most writes what CloseMost does as the tables want it.
func most(plan Plan, left []Left) string {
	text := planned(plan, nil)
	for _, l := range left {
		text += fmt.Sprintf("left by %d: %s %v: %v\n", l.Policy, l.Breach.Rule.ID, l.Breach, l.Flaw)
	}
	return text
}

func ports(numbers ...uint16) (ranges []PortRange) {
	for _, n := range numbers {
		ranges = append(ranges, PortRange{n, n})
	}
	return ranges
}

func TestCloseMost(t *testing.T) {
	risky, pages := Forbid(ports(22, 3306, 3389), nil), Forbid(ports(8080), nil)
	few := func(edits []Edit) error {
		rules := 0
		for _, e := range edits {
			for _, k := range e.New {
				rules += len(k.Ports)
			}
		}
		if rules > 3 {
			return fmt.Errorf("no room for %d rules", rules)
		}
		return nil
	}
	tests := []struct {
		name     string
		policies []Policy
		fits     func([]Edit) error
		rules    string
		want     string
	}{
		{"two practices and one rule: the union is closed", []Policy{risky, pages}, nil, `
			a accept TCP 1/65535 0.0.0.0/0 1`, `
			a goes
			  accept TCP 1/21, 23/3305, 3307/3388, 3390/8079, 8081/65535 from 0.0.0.0/0, priority 1
		`},
		{"behind each priority that a Drop rule would hit", []Policy{risky}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept TCP 22/22 198.51.100.0/24 1
			c accept TCP 3306/3306 10.0.0.0/8 2`, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 3
			  drop TCP 22/22, 3306/3306, 3389/3389 from 0.0.0.0/0, priority 3
		`},
		{"one that cannot be closed keeps no other one open", []Policy{risky}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 100
			b accept TCP 22/22 198.51.100.0/24 100
			c accept TCP 3389/3389 ::/0 1
			d accept TCP 20/25 ::/0 1`, `
			c goes
			d goes
			  accept TCP 20/21, 23/25 from ::/0, priority 1
			left by 0: a TCP 22/22, 3306/3306, 3389/3389 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: other protocols from 0.0.0.0 would be shut out; TCP 22 from 198.51.100.0 would be shut out
		`},
		{"nor one policy another", []Policy{risky, pages}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 100
			b accept TCP 22/22 198.51.100.0/24 100`, `
			a
			  drop TCP 8080/8080 from 0.0.0.0/0, priority 100
			left by 0: a TCP 22/22, 3306/3306, 3389/3389 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: other protocols from 0.0.0.0 would be shut out; TCP 22 from 198.51.100.0 would be shut out
		`},
		{"what does not fit is left, and what does is closed", []Policy{risky}, few, `
			a accept TCP 1/65535 0.0.0.0/0 1
			b accept TCP 22/22 0.0.0.0/0 2
			c accept TCP 3380/3389 8.0.0.0/8 99
			d accept TCP 3380/3389 10.0.0.0/8 99`, `
			b goes
			c goes
			  accept TCP 3380/3388 from 8.0.0.0/8, priority 99
			left by 0: a TCP 22/22, 3306/3306, 3389/3389 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: no room for 5 rules; TCP 3389 from 10.0.0.0 would be shut out
		`},
		{"what one policy does may close what another one forbids", []Policy{Forbid(ports(22), nil), Forbid(ports(443), nil)}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept TCP 22/22 198.51.100.0/24 1
			c drop TCP 443/443 0.0.0.0/0 2`, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 2
			  drop TCP 22/22 from 0.0.0.0/0, priority 2
		`},
		{"a Drop rule would stop one that is not at fault once the other rules are closed", []Policy{with(Forbid(ports(80, 443), nil), func(p *Policy) { p.DropRules = true })}, nil, `
			a accept ALL -1/-1 0.0.0.0/1 1
			b accept ALL -1/-1 0.0.0.0/0 1
			c accept TCP 1/65535 10.0.0.0/8 100
			d accept ALL -1/-1 128.0.0.0/1 100`, `
			a goes
			  accept TCP 1/79, 81/442, 444/65535 from 0.0.0.0/1, priority 1
			  accept UDP from 0.0.0.0/1, priority 1
			  accept ICMP from 0.0.0.0/1, priority 1
			  accept GRE from 0.0.0.0/1, priority 1
			d
			  drop TCP 80/80, 443/443 from 128.0.0.0/1, priority 100
			left by 0: b TCP 80/80, 443/443 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: TCP 80 from 10.0.0.0 would be shut out; other protocols from 0.0.0.0 would be shut out
		`},
		{"nor where another rule at fault still lets them in", []Policy{with(Forbid(ports(80, 443, 8080), nil), func(p *Policy) { p.DropRules = true })}, few, `
			a accept ALL -1/-1 0.0.0.0/1 1
			b accept ALL -1/-1 0.0.0.0/0 1
			c accept TCP 1/65535 10.0.0.0/8 100`, `
			left by 0: a TCP 80/80, 443/443, 8080/8080 from 0.0.0.0/1: no edit that closes this leaves the rest as it is: TCP 80 from 10.0.0.0 would be shut out; TCP 80 from 10.0.0.0 would get in only by rules that have to be closed; no room for 4 rules
			left by 0: b TCP 80/80, 443/443, 8080/8080 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: TCP 80 from 10.0.0.0 would be shut out; TCP 80 from 10.0.0.0 would get in only by rules that have to be closed; other protocols from 128.0.0.0 would be shut out
		`},
		{"the same where each is at fault for another policy", []Policy{
			with(Forbid(ports(80), nil), func(p *Policy) { p.BroadIPv4, p.DropRules = 1, true }), with(Forbid(ports(80), nil), func(p *Policy) { p.DropRules = true })}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept ALL -1/-1 8.0.0.0/6 1
			c accept TCP 1/65535 10.0.0.0/8 100`, `
			b goes
			  accept TCP 1/79, 81/65535 from 8.0.0.0/6, priority 1
			  accept UDP from 8.0.0.0/6, priority 1
			  accept ICMP from 8.0.0.0/6, priority 1
			  accept GRE from 8.0.0.0/6, priority 1
			left by 0: a TCP 80/80 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: TCP 80 from 10.0.0.0 would be shut out; other protocols from 0.0.0.0 would be shut out
			left by 1: a TCP 80/80 from 0.0.0.0/0: no edit that closes this leaves the rest as it is: TCP 80 from 10.0.0.0 would be shut out; other protocols from 0.0.0.0 would be shut out
		`},
		{"what has stepped back already only goes", []Policy{ssh}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b accept TCP 22/22 198.51.100.0/24 1
			c accept ALL -1/-1 0.0.0.0/0 2
			d drop TCP 22/22 0.0.0.0/0 2`, `
			a goes
		`},
		{"unless it has stepped back behind what stops others", []Policy{ssh}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 1
			b drop UDP 53/53 0.0.0.0/0 2
			c accept ALL -1/-1 0.0.0.0/0 3
			d drop TCP 22/22 0.0.0.0/0 3`, `
			a goes
			  accept TCP 1/21, 23/65535 from 0.0.0.0/0, priority 1
			  accept UDP from 0.0.0.0/0, priority 1
			  accept ICMP from 0.0.0.0/0, priority 1
			  accept GRE from 0.0.0.0/0, priority 1
		`},
		{"a Drop rule is not made twice", []Policy{Forbid(ports(22), nil)}, nil, `
			a accept ALL -1/-1 0.0.0.0/1 1
			b accept ALL -1/-1 128.0.0.0/1 1
			c accept ALL -1/-1 8.0.0.0/5 1
			d accept ALL -1/-1 128.0.0.0/1 1`, `
			a
			  drop TCP 22/22 from 0.0.0.0/1, priority 1
			b
			  drop TCP 22/22 from 128.0.0.0/1, priority 1
		`},
		{"a trusted block among the private ones is kept", []Policy{with(ssh, func(p *Policy) { p.Trusted = prefixes("10.7.0.0/16") })}, nil, `
			a accept ALL -1/-1 0.0.0.0/0 1`, `
			a goes
			  accept ALL from 0.0.0.0/0, priority 2
			  drop TCP 22/22 from 0.0.0.0/0, priority 2
			  accept ALL from 10.7.0.0/16, priority 1
		`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, want := most(CloseMost(ruleSet(t, test.rules), test.fits, test.policies...)), trim(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// An office that comes in to one machine only does not stand in for the office that
// comes in to all of them, whom a Drop rule would stop.
func TestCloseMostAndANarrowedRule(t *testing.T) {
	rules := ruleSet(t, `
		a accept TCP 22/22 198.51.100.0/24 1
		b accept TCP 22/22 198.51.100.0/24 5
		c accept ALL -1/-1 0.0.0.0/0 2`)
	rules[0].Partial, rules[0].Only = true, "to 10.9.9.9/32"
	want := trim(`
		c goes
		  accept ALL from 0.0.0.0/0, priority 6
		  drop TCP 22/22 from 0.0.0.0/0, priority 6
	`)
	if got := most(CloseMost(rules, nil, ssh)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	rules[1].Priority = 100
	_, left := CloseMost(rules, nil, ssh)
	var flaw *Flaw
	if len(left) != 1 || !errors.As(left[0].Flaw, &flaw) || !strings.Contains(left[0].Flaw.Error(), "TCP 22 from 198.51.100.0 would be shut out") {
		t.Errorf("got %v", left)
	}
	// Of two such rules each one is for itself: what stops one of them counts.
	rules[1].Priority, rules[1].Partial, rules[1].Only = 100, true, "to 10.1.1.1/32"
	if _, left := CloseMost(rules, nil, ssh); len(left) != 1 {
		t.Errorf("got %v", left)
	}
}
