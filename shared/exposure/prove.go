package exposure

import (
	"fmt"
	"net/netip"
	"slices"
)

// A Flaw is why an edit is not made: the first packet found for which it does
// what it must not.
type Flaw struct {
	Wrong    string // "would be let in", "would be shut out", "could still get in"
	Source   string // an address, or one "in sg-1": of that group's members
	Protocol string
	Port     uint16 // 0 where the protocol has none
}

func (f *Flaw) Error() string {
	port := ""
	if f.Port > 0 {
		port = fmt.Sprintf(" %d", f.Port)
	}
	return fmt.Sprintf("%s from %s %s", f.Protocol+port, f.Source, f.Wrong)
}

// prove looks for a packet that refutes that lines may become others under the
// policy of a judgement, which named breaches of theirs and chose some of these to be
// closed. For every source, protocol and port:
//
//   - whoever gets in afterwards got in before, trusted groups aside;
//   - whoever got in by a rule for which it was not named still does, and so
//     do the trusted and what is allowed;
//   - and no breach is left but those that were not chosen, as they were.
func (j *judgement) prove(live, after []line) error {
	e := j.editOf(live, after)
	if err := e.prove(); err != nil {
		return err
	}
	for _, others := range j.policy.Beside {
		if err := e.beside(others).prove(); err != nil {
			return fmt.Errorf("where the rules of another group of the same interface count as well: %w", err)
		}
	}
	return j.proveClosed(live, after, e.is)
}

// proveClosed proves the last of it.
func (j *judgement) proveClosed(live, after []line, rules []Rule) error {
	later := newJudgement(rules, j.policy)
	left := later.objected()
	for n, i := range later.indices() {
		at := slices.IndexFunc(live, func(l line) bool { return l.id == after[i].id })
		if at < 0 || !j.breached[at] || j.chosen[at] || !within(left[n].Open, j.openings(at)) {
			f := &Flaw{Wrong: "could still get in", Source: left[n].Sources, Protocol: left[n].Protocol}
			if len(left[n].Ports) > 0 {
				f.Port = left[n].Ports[0].From
			}
			return f
		}
	}
	return nil
}

// within tells whether openings are among others.
func within(some, others []Opening) bool {
	ports := func(o Opening) []PortRange {
		if o.Ports == nil {
			return everyPort
		}
		return o.Ports
	}
	return !slices.ContainsFunc(some, func(o Opening) bool {
		return !slices.ContainsFunc(others, func(p Opening) bool {
			return p.Protocol == o.Protocol && len(subtractPorts(ports(o), ports(p))) == 0
		})
	})
}

// An edition is rules and what they are to become. Where both say the same, nothing has
// to be proved.
type edition struct {
	*judgement
	was, is    []Rule
	gone, came []bool // those of was that are not there afterwards, and those of is that are new
}

func (j *judgement) editOf(live, after []line) edition {
	e := edition{j, j.rules, rulesOf(after), make([]bool, len(live)), make([]bool, len(after))}
	n := 0
	for i := range after { // what stays keeps its order
		if e.came[i] = after[i].id < 0; e.came[i] {
			continue
		}
		for live[n].id != after[i].id {
			e.gone[n] = true
			n++
		}
		n++
	}
	for ; n < len(live); n++ {
		e.gone[n] = true
	}
	return e
}

// beside is the same of interfaces that are in another group as well, whose rules stay.
func (e edition) beside(others []Rule) edition {
	both := *e.judgement
	both.Prepared = Prepare(slices.Concat(e.was, others))
	both.chosen = append(slices.Clone(e.chosen), make([]bool, len(others))...)
	stays := make([]bool, len(others))
	return edition{&both, both.rules, slices.Concat(e.is, others), slices.Concat(e.gone, stays), slices.Concat(e.came, stays)}
}

// prove asks for every packet. An Accept that is Partial lets in some of the packets
// that it seems to, and not others. So the packets are asked for that it does not match,
// and apart from them those that it does. Of those that two such rules match nothing
// is asked: what is wrong for these is wrong for one of the others, since one more
// Accept stops nobody, and those that stay do so on both sides.
func (e edition) prove() error {
	for _, only := range e.narrowings() {
		counts := func(r *Rule) bool { return !r.Partial || r.Drop || only != nil && r.Only == *only }
		for _, whole := range wholes {
			if err := e.proveFamily(whole, counts); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrowings are what Accepts are narrowed to, and nil for what none of these match.
func (e edition) narrowings() []*string {
	all := []*string{nil}
	for _, rules := range [][]Rule{e.was, e.is} {
		for i := range rules {
			r := &rules[i]
			if r.Partial && !r.Drop && !slices.ContainsFunc(all, func(only *string) bool { return only != nil && *only == r.Only }) {
				all = append(all, &r.Only)
			}
		}
	}
	return all
}

// named gives the ports that a rule may lose in a protocol and family: those for
// which it is named, and with them whatever is closed and no rule but ALL can name.
func (j *judgement) named(family netip.Prefix, protocol string, i int) []PortRange {
	if !j.chosen[i] {
		return nil
	}
	if !isKnown(protocol) && !slices.ContainsFunc(j.lanes, func(l *lane) bool { return l.protocol == protocol }) {
		protocol = otherProtocols // only another group's rules name it
	}
	for _, l := range j.lanes {
		if l.space.whole != family || l.protocol != protocol {
			continue
		}
		if !l.expressible(&j.rules[i]) {
			return j.policy.closed(protocol)
		}
		return l.namedPorts(&j.rules[i], i)
	}
	return nil
}
