package exposure

import "slices"

// A Breach is an accept rule that opens to the internet what the policy does
// not allow. Revoking the rule and adding Keep closes exactly that.
type Breach struct {
	Rule     Rule
	Sources  string      // who is let in, as a person writes it: "0.0.0.0/0", "16 blocks, 1.6e8 addresses"
	Protocol string      // "TCP", "TCP and UDP", "all protocols"; Open has the details
	Ports    []PortRange // the ports opened that the policy does not allow; nil: every port, or none to speak of
	Open     []Opening   // the same by protocol, exactly
	Jointly  bool        // nowhere broad enough alone: named for what it adds to other rules
	Keep     []KeepRule  // the compliant parts, which must survive the rule
}

// An Opening is the forbidden part of one protocol.
type Opening struct {
	Protocol string      // as in Rule, or "other protocols" for what only ALL matches
	Ports    []PortRange // nil: every port
}

// Breaches gives the accept rules by which the internet gets in where the
// policy does not allow it, in the order of rules. The answer is exact, for
// every source, protocol and port, and does not depend on the order or on
// the IDs of the rules:
//
//   - Only what gets past the Drop rules of the same or a better priority
//     counts. A rule that is wholly behind them is not named.
//   - Each protocol, port and family of addresses is judged by itself. A rule
//     is named where it lets in the internet (see Policy) alone.
//   - Where the remaining rules let in the internet together, the broadest
//     are named, one after the other, until the rest no longer does. So a
//     rule for an office stays out of it.
//
// A rule for ALL also opens protocols that no other rule can name, so it is
// a breach however many ports are allowed. Rules of several groups on one
// interface are merged by the cloud, and can be given together.
func Breaches(rules []Rule, policy Policy) []Breach {
	return newJudgement(rules, policy).breaches()
}

// Judge gives the breaches of several policies, one policy after the other, without what
// is kept of them: for those who only tell.
func Judge(rules []Rule, policies ...Policy) (breaches []Breach) {
	return Prepare(rules).Judge(policies...)
}

func (j *judgement) breaches() []Breach {
	breaches := j.objected()
	if len(breaches) == 0 {
		return nil
	}
	j.complete()
	j.kept(breaches, nil)
	return breaches
}

// kept adds what is kept of each. The judgement is complete. Live are the lines that were
// judged, where the faults that other policies find with them are known.
func (j *judgement) kept(breaches []Breach, live []line) {
	j.collect()
	for n, i := range j.indices() {
		breaches[n].Keep = j.keep(i, live)
	}
}

// objected gives the breaches without what is kept of them.
func (j *judgement) objected() (breaches []Breach) {
	for _, l := range j.lanes {
		l.sweep(l.judge)
		l.forbid(j.policy.allowed(l.protocol))
	}
	if len(j.lanes) == 0 {
		return nil
	}
	j.breached = make([]bool, len(j.rules))
	for i := range j.rules {
		if open := j.openings(i); len(open) > 0 {
			j.breached[i] = true
			breaches = append(breaches, j.breach(i, open))
		}
	}
	j.chosen = j.breached
	return breaches
}

// forbid takes the allowed ports out of what is named.
func (l *lane) forbid(allowed []PortRange) {
	for _, classes := range [][]*class{l.narrow, l.broad} {
		for _, c := range classes {
			c.named = subtractPorts(c.named, allowed)
		}
	}
}

// namedPorts gives the ports for which a rule is to lose the sources of a lane.
func (l *lane) namedPorts(r *Rule, i int) []PortRange {
	c := l.of[i]
	if c == nil || len(c.named) == 0 {
		return nil
	}
	return intersectPorts(c.named, r.ports())
}

// openings gives what the rule opens, in the order of the protocols.
func (j *judgement) openings(i int) []Opening {
	var open []Opening
	for _, l := range j.lanes {
		ports := l.namedPorts(&j.rules[i], i)
		if len(ports) == 0 {
			continue
		}
		at := slices.IndexFunc(open, func(o Opening) bool { return o.Protocol == l.protocol })
		if at < 0 {
			open = append(open, Opening{l.protocol, ports})
		} else {
			open[at].Ports = mergePorts(append(open[at].Ports, ports...))
		}
	}
	for n := range open {
		open[n].Ports = orNil(open[n].Ports)
	}
	return open
}

func (j *judgement) breach(i int, open []Opening) Breach {
	b := Breach{Rule: j.rules[i], Open: open, Jointly: true, Sources: j.sourcesText(i)}
	b.Protocol, b.Ports = summary(open)
	for _, l := range j.lanes {
		named := l.namedPorts(&j.rules[i], i)
		if len(named) > 0 && len(intersectPorts(named, l.of[i].alone)) > 0 {
			b.Jointly = false
		}
	}
	return b
}
