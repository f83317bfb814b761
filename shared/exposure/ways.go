package exposure

import (
	"iter"
	"slices"
)

// ways are the edits that may close the chosen ones of the lines that are named, the
// best first. They are made as they are asked for: mostly the first is good.
func (j *judgement) ways(live []line, breaches []Breach) iter.Seq[[]line] {
	return func(yield func([]line) bool) {
		split := func() bool { return yield(j.split(live, breaches)) }
		if j.doubled(breaches) && !yield(j.split(live, nil)) {
			return
		}
		if !j.policy.DropRules && !split() {
			return
		}
		for _, level := range j.levels(live, breaches) {
			if after := j.drop(live, breaches, level); after != nil && !yield(after) {
				return
			}
		}
		if j.policy.DropRules {
			split()
		}
	}
}

// indices are the rules that are named, in the order of the breaches.
func (j *judgement) indices() (named []int) {
	for i, is := range j.breached {
		if is {
			named = append(named, i)
		}
	}
	return named
}

// doubled tells whether a chosen rule is there a second time, with a worse priority: it
// has stepped back, and whoever did that has not come to revoke it. Then perhaps nothing
// of it has to be kept.
func (j *judgement) doubled(breaches []Breach) bool {
	for n, i := range j.indices() {
		r := &j.rules[i]
		if j.chosen[i] && len(breaches[n].Keep) > 0 && slices.ContainsFunc(j.rules, func(o Rule) bool {
			return !o.Drop && !o.Partial && o.Priority > r.Priority && canonical(o.Protocol) == canonical(r.Protocol) && o.Group == r.Group && slices.Equal(o.Sources, r.Sources)
		}) {
			return true
		}
	}
	return false
}

// split revokes the rules that are chosen and keeps their compliant parts, if breaches
// are given that have them.
func (j *judgement) split(live []line, breaches []Breach) []line {
	after := make([]line, 0, len(live)+len(breaches))
	for i := range live {
		if !j.chosen[i] {
			after = append(after, live[i])
		}
	}
	for n, i := range j.indices() {
		if !j.chosen[i] || breaches == nil {
			continue
		}
		for _, part := range breaches[n].Keep {
			after = append(after, live[i].part(part))
		}
	}
	return after
}

func (l line) part(p KeepRule) line {
	p.SameSources = p.SameSources && l.SameSources
	return line{p, l.from, false, -1}
}

// stays tells whether anything is to stay of a rule but for the trusted: then Drop rules
// can go before it.
func (j *judgement) stays(b Breach) bool {
	return slices.ContainsFunc(b.Keep, func(k KeepRule) bool { return !j.trusts(k.Rule) })
}

// levels are the priorities that chosen rules with Drop rules may step back to, where
// they are better: 0 leaves them where they are, and each other one is just behind that
// of a rule which the Drop rules would hit. Then they no longer do.
func (j *judgement) levels(live []line, breaches []Breach) []int {
	best := worst + 1
	var drops []KeepRule
	stepping := make([]bool, len(live))
	var levels []int
	for n, i := range j.indices() {
		if !j.chosen[i] || !j.stays(breaches[n]) {
			continue
		}
		before := j.dropsBefore(i, live[i].Priority)
		if before == nil {
			return nil // a protocol has to be closed that no Drop rule can name
		}
		stepping[i] = true
		drops = append(drops, before...)
		best = min(best, live[i].Priority)
		if slices.ContainsFunc(breaches[n].Keep, func(k KeepRule) bool { return j.trusts(k.Rule) }) {
			levels = append(levels, live[i].Priority+1) // behind what is kept for the trusted
		}
	}
	if len(drops) == 0 {
		return nil // it would be the split again
	}
	hit := func(r *Rule) {
		if !r.Drop && r.Priority >= best && slices.ContainsFunc(drops, func(d KeepRule) bool { return d.meets(r) }) {
			levels = append(levels, r.Priority+1)
		}
	}
	for i := range live {
		if !stepping[i] {
			hit(&live[i].Rule)
		}
	}
	for _, others := range j.policy.Beside {
		for i := range others {
			hit(&others[i])
		}
	}
	levels = append(levels, 0)
	slices.Sort(levels)
	return slices.DeleteFunc(slices.Compact(levels), func(level int) bool { return level > worst })
}

// meets tells whether a Drop rule may stop what another rule lets in, sources aside.
func (k *KeepRule) meets(r *Rule) bool {
	return r.covers(k.Protocol) && len(intersectPorts(k.ports(), r.ports())) > 0
}

// drop puts Drop rules in front of the rules that are chosen, once those of a better
// priority than the level have stepped back to it.
func (j *judgement) drop(live []line, breaches []Breach, level int) []line {
	after := make([]line, 0, len(live))
	n := 0
	for i := range live {
		if !j.breached[i] {
			after = append(after, live[i])
			continue
		}
		b := breaches[n]
		n++
		if !j.chosen[i] {
			after = append(after, live[i])
			continue
		}
		if !j.stays(b) {
			for _, p := range b.Keep {
				after = append(after, live[i].part(p))
			}
			continue
		}
		moved := live[i]
		steps := level > moved.Priority
		if steps {
			moved.Priority, moved.ID, moved.whole, moved.id = level, "", false, -1
		}
		after = append(after, moved)
		for _, d := range j.dropsBefore(i, moved.Priority) {
			after = append(after, live[i].part(d))
		}
		for _, p := range b.Keep {
			if steps && j.trusts(p.Rule) {
				after = append(after, live[i].part(p))
			}
		}
	}
	return withoutDoubleDrops(after)
}

// groupful is more rules than a group can hold. Where a plan makes more it cannot be
// carried out, and how many it makes does not matter.
const groupful = 2000

// withoutDoubleDrops takes away new Drop rules that another one goes before.
func withoutDoubleDrops(live []line) []line {
	if len(live) > groupful {
		return live
	}
	made := func(l *line) bool { return l.Drop && l.id < 0 }
	var out []line
	for i := range live {
		double := made(&live[i]) && slices.ContainsFunc(live, func(o line) bool {
			return made(&o) && o.covering(&live[i].Rule) && (!live[i].covering(&o.Rule) || o.from < live[i].from)
		})
		if !double {
			out = append(out, live[i])
		}
	}
	return out
}

// covering tells whether a Drop rule stops all that another one does, and no later.
func (l *line) covering(d *Rule) bool {
	if l.Protocol != d.Protocol || l.Priority > d.Priority || l.Group != d.Group || len(subtractPorts(d.ports(), l.ports())) > 0 {
		return false
	}
	for _, p := range d.Sources {
		if !slices.ContainsFunc(l.Sources, contains(p)) {
			return false
		}
	}
	return true
}

// dropsBefore are the Drop rules that close what a rule is named for, once it has a
// priority. There are none where a protocol has to be closed that no Drop rule can name.
func (j *judgement) dropsBefore(i, priority int) []KeepRule {
	r := &j.rules[i]
	k := &keeper{rule: r, trusted: j.trusted}
	for _, l := range j.lanes {
		ports := l.namedPorts(r, i)
		if len(ports) == 0 {
			continue
		}
		if !l.expressible(r) {
			return nil
		}
		k.add(l.protocol, ports, l.space.among(r.Sources))
	}
	for n := range k.rules {
		d := &k.rules[n]
		d.Drop, d.Partial, d.Only, d.Priority, d.Ports = true, false, "", priority, orNil(d.Ports)
	}
	return k.rules
}

// trusts tells whether a part is for trusted sources only.
func (j *judgement) trusts(part Rule) bool {
	if part.Group != "" {
		return slices.Contains(j.policy.TrustedGroups, part.Group)
	}
	k := &keeper{trusted: j.trusted}
	return k.allTrusted(part.Sources)
}
