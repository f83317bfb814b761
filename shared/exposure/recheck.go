package exposure

import (
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// recheck asks of a plan, once it is made, what its proof says, packet by packet and by the
// plain reading of the rules: so a mistake in the proof, or in how its steps are put
// together, is found before anything is changed. It asks where a rule that is
// changed, or another one, begins or ends; of many such packets some. It asks less than the
// proof: a rule that is at fault for some counts as at fault for all.
func (c *closer) recheck(plan Plan, policies []Policy) error {
	if len(plan.Edits) == 0 {
		return nil
	}
	k := checking{policies: policies}
	for _, e := range plan.Edits {
		if e.Goes {
			k.changed = append(k.changed, e.Rule)
		}
		for _, n := range e.New {
			k.changed = append(k.changed, n.Rule)
		}
	}
	var blameless []Rule
	for i := range c.rules {
		if c.rules[i].Drop || len(c.faults.of[i]) == 0 {
			blameless = append(blameless, c.rules[i])
		}
	}
	for _, others := range slices.Concat([][]Rule{nil}, c.besides) {
		k.was, k.is, k.stays = slices.Concat(c.rules, others), slices.Concat(plan.After, others), slices.Concat(blameless, others)
		for _, only := range (edition{was: k.was, is: k.is}).narrowings() {
			some := k
			some.was, some.is, some.stays = narrowed(k.was, only), narrowed(k.is, only), narrowed(k.stays, only)
			if err := some.ask(); err != nil {
				return fmt.Errorf("the plan is not what was proved: %w", err)
			}
		}
	}
	return nil
}

// narrowed are the rules that count for packets which one narrowing matches, or none.
func narrowed(rules []Rule, only *string) []Rule {
	return slices.DeleteFunc(rules, func(r Rule) bool { return !r.counts(only) })
}

// checking is what one plan is asked, with one other group or none.
type checking struct {
	policies       []Policy
	changed        []Rule
	was, is, stays []Rule
}

// mostReads is about how many rules are read for one check, and leastAsked how many packets
// are asked about however many rules there are.
const (
	mostReads  = 1 << 18
	leastAsked = 100
)

// ask goes over the packets in steps, so that there are not too many, and over each kind
// of sender, protocol, port and address all the same.
func (k *checking) ask() error {
	var protocols []string
	for _, p := range protocolsOf(k.changed) {
		if slices.ContainsFunc(k.changed, func(r Rule) bool { return r.covers(p) }) {
			protocols = append(protocols, p)
		}
	}
	senders := append([]string{nobodys}, sourceGroups(k.changed, nil)...)
	addresses, ports := k.addresses(), k.ports()
	all := len(protocols) * len(senders) * len(addresses) * len(ports)
	asked := max(leastAsked, mostReads/(len(k.was)+len(k.is)+1))
	step := max(1, all/asked) | 1
	for n := 0; n < all; n += step {
		at := n
		pick := func(of int) int {
			i := at % of
			at /= of
			return i
		}
		p := packet{protocols[pick(len(protocols))], senders[pick(len(senders))], ports[pick(len(ports))], addresses[pick(len(addresses))]}
		if err := k.check(p); err != nil {
			return err
		}
	}
	return nil
}

type packet struct {
	protocol, group string
	port            uint16
	from            netip.Addr
}

func (k *checking) check(p packet) error {
	was, is := admitsMember(k.was, p), admitsMember(k.is, p)
	if was == is {
		return nil
	}
	wrong := "would be let in"
	trusting := func(policy Policy) bool { return slices.Contains(policy.TrustedGroups, p.group) }
	forbids := func(policy Policy) bool {
		safe := p.group == nobodys && slices.ContainsFunc(policy.Trusted, func(b netip.Prefix) bool { return b.Contains(p.from) })
		return !safe && !trusting(policy) && !anyMeet([]PortRange{{p.port, p.port}}, policy.allowed(p.protocol))
	}
	switch {
	case is && slices.ContainsFunc(k.policies, trusting):
		return nil
	case !is && (p.protocol == icmp && p.from.Is6() || p.protocol == icmpv6 && p.from.Is4()):
		return nil // there are none
	case !is && slices.ContainsFunc(k.policies, forbids) && !admitsMember(k.stays, p):
		return nil
	case !is:
		wrong = "would be shut out"
	}
	f := &Flaw{Wrong: wrong, Source: p.from.String(), Protocol: p.protocol}
	if hasPorts(p.protocol) {
		f.Port = p.port
	}
	if p.group != nobodys {
		f.Source = fmt.Sprintf("%s in %s", f.Source, p.group)
	}
	return f
}

// addresses are those at which a changed rule, or another one, begins, and the ones behind
// it, as far as a changed rule is about them.
func (k *checking) addresses() (all []netip.Addr) {
	var changing []netip.Prefix
	for i := range k.changed {
		changing = append(changing, k.changed[i].Sources...)
		if k.changed[i].Group != "" {
			changing = append(changing, wholes...)
		}
	}
	concerned := setOf(changing)
	all = append(all, ipv4.Addr(), ipv6.Addr())
	add := func(sources []netip.Prefix) {
		for _, p := range sources {
			if p.IsValid() {
				all = append(all, p.Masked().Addr(), netipx.PrefixLastIP(p).Next())
			}
		}
	}
	for _, rules := range [][]Rule{k.was, k.is} {
		for i := range rules {
			add(rules[i].Sources)
		}
	}
	for _, p := range k.policies {
		add(p.Trusted)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.DeleteFunc(slices.Compact(all), func(a netip.Addr) bool { return !concerned.Contains(a) })
}

// ports are those at which a rule begins, and the ones behind it, as far as a
// changed rule is about them.
func (k *checking) ports() (all []uint16) {
	var changing []PortRange
	for i := range k.changed {
		changing = append(changing, k.changed[i].ports()...)
	}
	changing = mergePorts(changing)
	for _, rules := range [][]Rule{k.was, k.is} {
		for i := range rules {
			for _, p := range rules[i].ports() {
				all = append(all, p.From, p.To+1)
			}
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(p uint16) bool { return !anyMeet([]PortRange{{p, p}}, changing) })
}

// admitsMember is Admits for a sender that may be a member of a group.
func admitsMember(rules []Rule, p packet) bool {
	best, admits := priorities, false
	for i := range rules {
		r := &rules[i]
		if r.Priority > best || r.Priority == best && !r.Drop {
			continue
		}
		about := r.Group != "" && r.Group == p.group && r.covers(p.protocol) && (!r.ported() || anyMeet(r.Ports, []PortRange{{p.port, p.port}}))
		if about || r.Group == "" && r.matches(p.from, p.protocol, p.port) {
			best, admits = r.Priority, !r.Drop
		}
	}
	return admits
}
