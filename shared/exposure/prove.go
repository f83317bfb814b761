package exposure

import (
	"fmt"
	"slices"
)

// A Flaw is why an edit is not made: the first packet found for which it does
// what it must not.
type Flaw struct {
	Wrong    string // "would be let in", "would be shut out", "could still get in", or as onlyByFaults
	Source   string // an address, or one "in sg-1": of that group's members
	Protocol string
	Port     uint16 // 0 where the protocol has none
}

// onlyByFaults is what is wrong where somebody would be shut out as soon as more is closed.
const onlyByFaults = "would get in only by rules that have to be closed"

func (f *Flaw) Error() string {
	port := ""
	if f.Port > 0 {
		port = fmt.Sprintf(" %d", f.Port)
	}
	return fmt.Sprintf("%s from %s %s", f.Protocol+port, f.Source, f.Wrong)
}

// prove looks for a packet that refutes that lines are what all that was done so far, and
// one more step, has made of the rules. For each line it is known of which rule it is a
// part, and for each rule for whom and on which ports a policy objects to it: its faults.
// No policy finds fault with what it allows or with whom it trusts. For every source,
// protocol and port:
//
//   - whoever gets in afterwards got in at first, trusted groups aside;
//   - whoever got in at first by rules that are at no fault for it still does so afterwards,
//     and by lines that are at no fault for it, those made of a faulty rule counting as
//     the rule does;
//   - and no breach is left of the policy whose step it is but those that were not
//     chosen, as they were.
//
// So somebody is shut out only where every rule that let him in is named for it by a policy
// that forbids it. It is not enough that he still gets in by a rule at fault: that one
// is to be closed as well, by the next step or by whoever comes next, and then he would be shut
// out by a Drop rule that nobody looks at any more. For the same reason the steps are
// not proved one by one, but what they come to.
func (c *closer) prove(j *judgement, after []line) error {
	e := c.editionOf(after, j.faults)
	if err := e.prove(); err != nil {
		return err
	}
	for _, others := range c.besides {
		if err := e.beside(others).prove(); err != nil {
			return fmt.Errorf("where the rules of another group of the same interface count as well: %w", err)
		}
	}
	return j.proveClosed(c.live, after, e.is)
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
	was, is    []Rule
	gone, came []bool // those of was that are not there afterwards, and those of is that are new
	from       []int  // by rule of is: the one of was that it is made of, or -1
	faults     faults
}

func (c *closer) editionOf(after []line, f faults) edition {
	e := edition{c.rules, rulesOf(after), make([]bool, len(c.rules)), make([]bool, len(after)), make([]int, len(after)), f}
	for i := range e.gone {
		e.gone[i] = true
	}
	for i := range after {
		e.from[i], e.came[i] = after[i].from, !after[i].whole
		if after[i].whole {
			e.gone[after[i].from] = false
		}
	}
	return e
}

// beside is the same of interfaces that are in another group as well, whose rules stay
// and are at no fault.
func (e edition) beside(others []Rule) edition {
	stay, from := make([]bool, len(others)), make([]int, len(others))
	for i := range from {
		from[i] = -1
	}
	none := make([][]fault, len(others))
	return edition{slices.Concat(e.was, others), slices.Concat(e.is, others), slices.Concat(e.gone, stay), slices.Concat(e.came, stay),
		slices.Concat(e.from, from), faults{slices.Concat(e.faults.of, none), e.faults.blames}}
}

// prove asks for every packet. An Accept that is Partial lets in some of the packets
// that it seems to, and not others. So the packets are asked for that it does not match,
// and apart from them those that it does. Of those that two such rules match nothing
// is asked: what is wrong for these is wrong for one of the others, since one more
// Accept stops nobody, and those that stay do so on both sides.
func (e edition) prove() error {
	for _, only := range e.narrowings() {
		counts := func(r *Rule) bool { return r.counts(only) }
		for _, whole := range wholes {
			if err := e.proveFamily(whole, counts); err != nil {
				return err
			}
		}
	}
	return nil
}

// counts tells whether a rule may match packets that one narrowing matches, or none.
func (r *Rule) counts(only *string) bool {
	return !r.Partial || r.Drop || only != nil && r.Only == *only
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
