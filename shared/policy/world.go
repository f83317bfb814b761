package policy

import (
	"slices"
	"strings"
)

// How many combinations of cases are looked at: for one part, and for one question.
const (
	mostWorlds = 1 << 14
	mostInAll  = 1 << 18
)

// A world is one case of every key that matters to some rules.
type world struct {
	cases   []kase // in the order of the keys
	holds   bits
	certain bool
}

// A stage is the keys that matter and their cases. Keys of which nothing is certain come
// first, so that what does not depend on them can be told: see blocks.
type stage struct {
	keys  []string // folded, or of an unread test its text
	names []string // as they are written
	cases [][]kase
	block int // how many worlds differ in nothing but the keys of which nothing is certain
}

// stage finds the keys that the rules ask for, and more keys that the question is about.
func (s *space) stage(rules []int, more ...string) (stage, error) {
	byKey := map[string][]int{}
	var st stage
	add := func(key, name string) {
		if _, ok := byKey[key]; !ok {
			byKey[key] = nil
			st.keys, st.names = append(st.keys, key), append(st.names, name)
		}
	}
	for _, key := range more {
		add(key, key)
	}
	for _, i := range rules {
		for _, t := range s.rules[i].tests {
			key := s.tests[t].key
			add(key, s.tests[t].name)
			if !slices.Contains(byKey[key], t) {
				byKey[key] = append(byKey[key], t)
			}
		}
	}
	count := 1
	for _, key := range st.keys {
		cases, err := s.cases(key, byKey[key])
		if err != nil {
			return st, err
		}
		st.cases = append(st.cases, cases)
		if count *= len(cases); count > mostWorlds {
			return st, ErrTooWide
		}
	}
	if s.looked += count; s.looked > mostInAll {
		return st, ErrTooWide
	}
	return st.arranged(len(more)), nil
}

// cases keeps what was found: many parts have the same conditions.
func (s *space) cases(key string, at []int) ([]kase, error) {
	slices.Sort(at)
	var set bits
	var tests []*test
	for _, t := range at {
		set.add(t)
		tests = append(tests, s.tests[t])
	}
	memo := key + "\x00" + set.key()
	if found, ok := s.memo[memo]; ok {
		return found, nil
	}
	found, err := casesOf(key, tests, at)
	if err == nil {
		s.memo[memo] = found
	}
	return found, err
}

// worlds goes over all combinations until visit says no.
func (st stage) worlds(visit func(world) bool) {
	at := make([]int, len(st.cases))
	for {
		w := world{certain: true, cases: make([]kase, len(at))}
		for i, n := range at {
			c := st.cases[i][n]
			w.cases[i], w.holds, w.certain = c, w.holds.or(c.holds), w.certain && c.certain
		}
		if !visit(w) {
			return
		}
		i := 0
		for ; i < len(at); i++ {
			if at[i]++; at[i] < len(st.cases[i]) {
				break
			}
			at[i] = 0
		}
		if i == len(at) {
			return
		}
	}
}

// arranged puts keys of which nothing is certain before the others, but for the first
// ones, which the question is about.
func (st stage) arranged(first int) stage {
	out := stage{slices.Clone(st.keys[:first]), slices.Clone(st.names[:first]), slices.Clone(st.cases[:first]), 1}
	var later []int
	for i := first; i < len(st.keys); i++ {
		open := !slices.ContainsFunc(st.cases[i], func(c kase) bool { return c.certain })
		if !open {
			later = append(later, i)
			continue
		}
		cases := slices.Clone(st.cases[i])
		for j := range cases {
			cases[j].certain = true // as far as a block goes, which has all of them
		}
		out.block *= len(cases)
		out.keys, out.names, out.cases = append(out.keys, st.keys[i]), append(out.names, st.names[i]), append(out.cases, cases)
	}
	for _, i := range later {
		out.keys, out.names, out.cases = append(out.keys, st.keys[i]), append(out.names, st.names[i]), append(out.cases, st.cases[i])
	}
	return out
}

// blocks goes over the worlds in sets that differ only in what nobody knows. What is so in
// all worlds of a block is as certain as its first.
func (st stage) blocks(visit func([]world) bool) {
	var block []world
	st.worlds(func(w world) bool {
		if block = append(block, w); len(block) < st.block {
			return true
		}
		more := visit(block)
		block = block[:0]
		return more
	})
}

// texts writes a world as what a request would have: "acs:SourceIp=203.0.113.7".
func (st stage) texts(w world) []string {
	var out []string
	for i, c := range w.cases {
		switch {
		case c.absent:
			out = append(out, st.names[i]+" absent")
		case strings.HasPrefix(st.keys[i], "unread "):
			out = append(out, st.names[i]+" unread")
		default:
			out = append(out, st.names[i]+"="+c.value)
		}
	}
	slices.Sort(out)
	return out
}
