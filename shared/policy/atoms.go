package policy

import (
	"encoding/binary"
	"errors"
	"slices"
)

// ErrTooWide says that the patterns divide the texts into more parts than are looked at.
// What was asked is then not known.
var ErrTooWide = errors.New("the patterns are too many and too interwoven to be compared exactly")

// How much is looked at before giving up: states of the joint automaton, and positions
// in patterns over all states.
const (
	mostStates = 20_000
	mostWork   = 2_000_000
)

// An atom is an equivalence class of texts, which no pattern tells apart: the texts that match
// exactly these patterns.
type atom struct {
	matches bits
	example string
}

// atoms gives every part into which patterns divide the texts of a universe, with the
// shortest example of each.
//
// It reads all patterns side by side, character by character, and keeps the positions
// that can be reached in each. Of the characters only those matter that some pattern
// asks for next; one stands for all others of its kind. So the cost follows how far the
// patterns share their beginnings: a list of names costs its length, and what doubles
// the number of states are patterns that begin with a star and are not alike.
//
// Only texts that match one of the patterns of within are looked for.
func atoms(patterns []pattern, within []int, u universe) ([]atom, error) {
	w := &walk{patterns: patterns, within: within, seen: map[string]int{}}
	base := 0
	for _, p := range patterns {
		w.base = append(w.base, base)
		base += len(p.marks) + 1
	}
	var start []int32
	for i := range patterns {
		start = w.enter(start, i, 0)
	}
	w.add(start, u.start(), -1, 0)
	var out []atom
	known := map[string]bool{}
	for i := 0; i < len(w.states); i++ {
		s := w.states[i]
		if w.work += len(s.at) + 1; len(w.states) > mostStates || w.work > mostWork {
			return nil, ErrTooWide
		}
		if u.ends(s.universe) {
			if matches := w.accepted(s.at); !known[matches.key()] {
				known[matches.key()] = true
				out = append(out, atom{matches, w.example(i)})
			}
		}
		asked := w.asked(s.at)
		for _, r := range u.letters(s.universe, asked) {
			if next := u.step(s.universe, r); next != dead {
				w.work += len(s.at)
				if at := w.step(s.at, r); w.leads(at) {
					w.add(at, next, i, r)
				}
			}
		}
	}
	return out, nil
}

// A walk is a search over the states of all patterns together.
type walk struct {
	patterns []pattern
	within   []int
	base     []int // of each pattern, its first position
	states   []state
	seen     map[string]int
	work     int
}

type state struct {
	at       []int32 // positions, sorted; a position is that of a pattern plus its base
	universe int
	from     int
	by       rune
}

// leads says whether a pattern of within can still match.
func (w *walk) leads(at []int32) bool {
	return len(w.within) == 0 || slices.ContainsFunc(w.within, func(i int) bool {
		first, after := int32(w.base[i]), int32(w.base[i]+len(w.patterns[i].marks))
		n, found := slices.BinarySearch(at, first)
		return found || n < len(at) && at[n] <= after
	})
}

func (w *walk) add(at []int32, universe, from int, by rune) {
	key := binary.AppendVarint(make([]byte, 0, 2+3*len(at)), int64(universe))
	for _, p := range at {
		key = binary.AppendVarint(key, int64(p))
	}
	if _, ok := w.seen[string(key)]; !ok {
		w.seen[string(key)] = len(w.states)
		w.states = append(w.states, state{at, universe, from, by})
	}
}

// enter adds a position, and the one behind a star, which may stand for nothing. Whatever
// matches from before a star matches from it, so that what was there before is dropped.
func (w *walk) enter(at []int32, i, offset int) []int32 {
	first, marks := int32(w.base[i]), w.patterns[i].marks
	for {
		if position := first + int32(offset); !slices.Contains(at[w.since(at, first):], position) {
			if offset < len(marks) && marks[offset] == star {
				at = at[:w.since(at, first)]
			}
			at = append(at, position)
		}
		if offset == len(marks) || marks[offset] != star {
			return at
		}
		offset++
	}
}

// since is where the positions of a pattern begin, which are the last.
func (w *walk) since(at []int32, first int32) int {
	n := len(at)
	for n > 0 && at[n-1] >= first {
		n--
	}
	return n
}

// step goes over one character. Positions come in order, pattern by pattern.
func (w *walk) step(at []int32, r rune) []int32 {
	var out []int32
	i := 0
	for _, position := range at {
		i = w.of(i, position)
		p, offset := w.patterns[i], int(position)-w.base[i]
		if offset == len(p.marks) {
			continue
		}
		switch m := p.marks[offset]; {
		case m == star:
			out = w.enter(out, i, offset)
		case m == one, m == r, p.fold && m == lowerRune(r):
			out = w.enter(out, i, offset+1)
		}
	}
	slices.Sort(out)
	return out
}

// of is the pattern of a position, searched from the last one on.
func (w *walk) of(i int, position int32) int {
	if i+1 >= len(w.base) || int(position) < w.base[i+1] {
		return i
	}
	next, found := slices.BinarySearch(w.base, int(position))
	if !found {
		next--
	}
	return next
}

func (w *walk) accepted(at []int32) bits {
	var out bits
	i := 0
	for _, position := range at {
		if i = w.of(i, position); int(position)-w.base[i] == len(w.patterns[i].marks) {
			out.add(i)
		}
	}
	return out
}

// asked are the characters that some pattern wants next.
func (w *walk) asked(at []int32) []rune {
	var out []rune
	i := 0
	for _, position := range at {
		i = w.of(i, position)
		p, offset := w.patterns[i], int(position)-w.base[i]
		if offset == len(p.marks) || p.marks[offset] < 0 {
			continue
		}
		out = append(out, p.marks[offset])
		if m := p.marks[offset]; p.fold && 'a' <= m && m <= 'z' {
			out = append(out, m-'a'+'A')
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (w *walk) example(i int) string {
	var out []rune
	for ; w.states[i].from >= 0; i = w.states[i].from {
		out = append(out, w.states[i].by)
	}
	slices.Reverse(out)
	return string(out)
}
