package exposure

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Close plans how to close the ports that are open in violation of some policies, one policy
// after the other. It takes the first of these ways that can be proved:
//
//   - The rules at fault are removed, and the allowed part of each is kept: by narrower
//     sources, or by splitting its range.
//   - Each rule stays, and Drop rules of its priority go before it. This keeps
//     what no rule but one for ALL can let in (ESP, say).
//   - The same with the rule and its Drop rules at a worse priority, so that
//     the Drop rules do not hit others of the priority that it had: just behind
//     one priority of the other rules after the other.
//
// A rule of which nothing is to stay, except for the trusted, is always removed. Drop rules are
// not preferred just because they are fewer: they also stop what people allow later.
// Policy.DropRules asks for them first.
//
// For every source, protocol and port it is proved that nobody new is let in; that everybody
// who got in by another rule, or is trusted or allowed, still does, also together with the
// rules of another group (Policy.Beside); and that nothing is left that the policy objects to.
// The error says what would not hold (see Flaw). Then there are no edits, only breaches.
func Close(rules []Rule, policies ...Policy) (Plan, error) {
	c := newCloser(rules, nil, policies)
	for n, policy := range policies {
		j, breaches := c.judge(n, policy)
		if len(breaches) == 0 {
			continue
		}
		after, err := c.attempt(j, breaches)
		if err != nil {
			return Plan{Breaches: c.breaches}, err
		}
		c.accept(j, after)
	}
	plan := c.plan()
	if err := c.recheck(plan, policies); err != nil {
		return Plan{Breaches: c.breaches}, err
	}
	return plan, nil
}

// Left is what a plan leaves open against a policy.
type Left struct {
	Policy int // its place among the policies
	Breach Breach
	Flaw   error // why it is not closed; errors.As finds the Flaw in it
}

// CloseMost is Close that closes as much as can be proved where not everything can.
// The worst policy comes first: each is closed on the result of those before it.
// Where it cannot be closed as a whole, every rule is closed that can be. What that
// leaves is tried again once the others are done, until nothing more is gained.
//
// Proved is the same, and that nothing else is left open than what is told. After the
// plan everything that a policy objects to is closed or among what is left.
//
// Fits, unless it is nil, may refuse edits for a reason of its own, such as the number
// of rules that a group takes. It has to take what is less.
func CloseMost(rules []Rule, fits func([]Edit) error, policies ...Policy) (Plan, []Left) {
	c := newCloser(rules, fits, policies)
	// What one policy keeps for its trusted groups another may object to, so all are
	// asked again after each change. The limit is for a pair that could go on for ever.
	for range len(policies) + 2 {
		gained := false
		for n, policy := range policies {
			gained = c.most(n, policy) || gained
		}
		if !gained {
			break
		}
	}
	plan := c.plan()
	if err := c.recheck(plan, policies); err != nil {
		return Plan{Breaches: c.breaches, After: rules}, c.refused(err)
	}
	return plan, c.left(policies)
}

// refused leaves everything as it is.
func (c *closer) refused(why error) (left []Left) {
	for n, first := range c.first {
		for _, b := range first.breaches {
			left = append(left, Left{n, b, why})
		}
	}
	return left
}

// A closer is a plan that is being made.
type closer struct {
	rules    []Rule
	fits     func([]Edit) error
	besides  [][]Rule
	live     []line
	ready    *Prepared // the rules of live
	first    []judged  // by policy: the rules as they were at first
	faults   faults
	ids      int
	breaches []Breach
	told     map[[2]int]bool  // policies and rules that breaches has
	flaws    map[[2]int]error // by policy and line: why it cannot be closed
	open     map[int]bool     // by policy: whether something was left when it was last tried
	tried    map[int][]line   // by policy: the lines as they were when there was nothing more to gain
}

type judged struct {
	*judgement
	breaches []Breach
	kept     bool
}

// newCloser asks all policies about the rules first: what one keeps must not hang on a
// rule that another one closes.
func newCloser(rules []Rule, fits func([]Edit) error, policies []Policy) *closer {
	c := &closer{rules: rules, fits: fits, live: make([]line, len(rules)), ids: len(rules),
		told: map[[2]int]bool{}, flaws: map[[2]int]error{}, open: map[int]bool{}, tried: map[int][]line{}}
	for i := range rules {
		c.live[i] = line{KeepRule{rules[i], true}, i, true, i}
	}
	c.ready, c.faults.of = Prepare(rules), make([][]fault, len(rules))
	for n, policy := range policies {
		j := c.ready.judgement(policy)
		breaches := j.objected()
		c.first = append(c.first, judged{j, breaches, false})
		if len(breaches) > 0 {
			j.complete()
			c.faults = c.faults.with(j, n, c.live)
		}
		for _, others := range policy.Beside {
			same := func(known []Rule) bool {
				return len(known) == len(others) && (len(others) == 0 || &known[0] == &others[0])
			}
			if !slices.ContainsFunc(c.besides, same) {
				c.besides = append(c.besides, others)
			}
		}
	}
	return c
}

// accept takes lines that are proved.
func (c *closer) accept(j *judgement, after []line) {
	c.live, c.faults, c.ready = after, j.faults, nil
}

func (c *closer) plan() Plan {
	return Plan{Breaches: c.breaches, Edits: edits(c.rules, c.live), After: rulesOf(c.live)}
}

// judge gives what a policy objects to now, and notes it for the plan.
func (c *closer) judge(n int, policy Policy) (*judgement, []Breach) {
	j, breaches := c.ask(n, policy)
	for k, i := range j.indices() {
		if key := [2]int{n, c.live[i].from}; !c.told[key] {
			c.told[key] = true
			c.breaches = append(c.breaches, c.original(breaches[k], c.live[i]))
		}
	}
	return j, breaches
}

// ask is judge without the note. What is kept goes by the faults that all policies have found.
func (c *closer) ask(n int, policy Policy) (*judgement, []Breach) {
	if first := &c.first[n]; c.ready != nil && c.ready == first.Prepared {
		if first.faults = c.faults; len(first.breaches) > 0 && !first.kept {
			first.judgement.kept(first.breaches, c.live)
			first.kept = true
		}
		return first.judgement, slices.Clone(first.breaches)
	}
	if c.ready == nil {
		c.ready = Prepare(rulesOf(c.live))
	}
	j := c.ready.judgement(policy)
	j.faults = c.faults
	breaches := j.objected()
	if len(breaches) > 0 {
		j.complete()
		j.faults = c.faults.with(j, n, c.live)
		j.kept(breaches, c.live)
	}
	return j, breaches
}

// original is a breach that names the rule a line is made of.
func (c *closer) original(b Breach, l line) Breach {
	b.Rule = c.rules[l.from]
	return b
}

// most closes what can be closed of what a policy objects to, and tells whether
// that is something.
func (c *closer) most(n int, policy Policy) bool {
	if before, tried := c.tried[n]; tried && sameLines(before, c.live) {
		return false
	}
	j, breaches := c.judge(n, policy)
	c.open[n] = len(breaches) > 0
	if !c.open[n] {
		c.tried[n] = slices.Clone(c.live)
		return false
	}
	var ids []int
	for _, i := range j.indices() {
		ids = append(ids, c.live[i].id)
	}
	gained, all := c.some(n, policy, j, breaches, ids)
	if !gained || all {
		c.tried[n] = slices.Clone(c.live)
		c.open[n] = !all
	}
	return gained
}

func sameLines(a, b []line) bool {
	return slices.EqualFunc(a, b, func(x, y line) bool { return x.id == y.id })
}

// some closes those of some lines that can be closed: all of them at once, or one half
// after the other, so that a few that cannot cost few proofs. Lines go with the change
// of others, and are named no more: these need nothing. It tells whether it has closed
// something, and whether that was by one proof for all of them.
func (c *closer) some(n int, policy Policy, j *judgement, breaches []Breach, ids []int) (gained, all bool) {
	one := -1
	count := 0
	j.chosen = make([]bool, len(c.live))
	for i := range c.live {
		if j.breached[i] && slices.Contains(ids, c.live[i].id) {
			j.chosen[i] = true
			one = c.live[i].id
			count++
		}
	}
	if count == 0 {
		return false, false
	}
	after, err := c.attempt(j, breaches)
	if err == nil {
		c.accept(j, after)
		return true, true
	}
	if count == 1 {
		c.flaws[[2]int{n, one}] = err
		return false, false
	}
	half := len(ids) / 2
	first, _ := c.some(n, policy, j, breaches, ids[:half])
	if first {
		if j, breaches = c.judge(n, policy); len(breaches) == 0 {
			return true, false
		}
	}
	second, _ := c.some(n, policy, j, breaches, ids[half:])
	return first || second, false
}

// left is what the policies still object to.
func (c *closer) left(policies []Policy) (left []Left) {
	for n, policy := range policies {
		if !c.open[n] && sameLines(c.tried[n], c.live) {
			continue
		}
		j, breaches := c.judge(n, policy)
		for k, i := range j.indices() {
			why := c.flaws[[2]int{n, c.live[i].id}]
			if why == nil {
				why = errors.New("the policies do not agree on what may stay")
			}
			left = append(left, Left{n, c.original(breaches[k], c.live[i]), why})
		}
	}
	return left
}

// attempt closes the chosen ones of the lines that are named, all of them, in the first
// way that can be proved.
func (c *closer) attempt(j *judgement, breaches []Breach) ([]line, error) {
	var flaws []error
	for after := range j.ways(c.live, breaches) {
		err := c.prove(j, after)
		if err == nil && c.fits != nil {
			err = c.fits(edits(c.rules, after))
		}
		if err == nil {
			for i := range after {
				if after[i].id < 0 {
					after[i].id = c.ids
					c.ids++
				}
			}
			return after, nil
		}
		if !slices.ContainsFunc(flaws, func(f error) bool { return f.Error() == err.Error() }) {
			flaws = append(flaws, err)
		}
	}
	return nil, &unproved{flaws}
}

// unproved is why no way could be proved, each for itself.
type unproved struct{ flaws []error }

func (u *unproved) Unwrap() []error { return u.flaws }

func (u *unproved) Error() string {
	texts := make([]string, len(u.flaws))
	for i, f := range u.flaws {
		texts[i] = f.Error()
	}
	return fmt.Sprintf("no edit that closes this leaves the rest as it is: %s", strings.Join(texts, "; "))
}
