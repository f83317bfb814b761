package policy

import (
	"slices"
	"strings"
)

// A universe says which texts there can be at all.
type universe interface {
	start() int
	step(state int, r rune) int // or dead
	ends(state int) bool
	// letters are the characters to go on with: those that patterns ask for, and one
	// for each kind of others.
	letters(state int, asked []rune) []rune
}

const dead = -1

const (
	smallLetters = "abcdefghijklmnopqrstuvwxyz"
	otherSigns   = "0123456789-_."
)

// allActions are the texts service:Name, where both begin with a letter. Case does not
// count, so small letters stand for all.
type allActions struct{}

func (allActions) start() int { return 0 }

func (allActions) step(state int, r rune) int {
	letter := 'a' <= r && r <= 'z'
	switch {
	case state%2 == 0 && letter: // before the service (0) and before the name (2)
		return state + 1
	case state%2 == 1 && (letter || strings.ContainsRune(otherSigns, r)):
		return state
	case state == 1 && r == ':':
		return 2
	}
	return dead
}

func (allActions) ends(state int) bool { return state == 3 }

func (allActions) letters(_ int, asked []rune) []rune {
	out := append(slices.Clone(asked), ':')
	for _, kind := range []string{smallLetters, otherSigns} {
		for _, r := range kind {
			if !slices.Contains(asked, r) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// resources are the texts acs:service:region:account:name: those of RAM, or the others.
type resources struct{ ram bool }

// A state counts how much of "acs:ram:" was read, and the colons.
const (
	apart  = len(ramPrefix) + 1 // it is another service
	colons = 8                  // a state is 8 times the first plus the second
)

func (resources) start() int { return 0 }

func (u resources) step(state int, r rune) int {
	read, count := state/colons, state%colons
	switch {
	case u.ram && r != lowerRune(r): // case does not count: small letters stand for all
		return dead
	case read >= len(ramPrefix):
	case r == rune(ramPrefix[read]):
		read++
	case read < len("acs:"):
		return dead
	default:
		read = apart
	}
	if read == len(ramPrefix) && !u.ram || read == apart && u.ram {
		return dead
	}
	if r == ':' && count < 4 {
		count++
	}
	return read*colons + count
}

func (resources) ends(state int) bool { return state%colons == 4 && state/colons >= len(ramPrefix) }

func (resources) letters(state int, asked []rune) []rune {
	out := append(slices.Clone(asked), ':', unused(asked))
	if read := state / colons; read < len(ramPrefix) {
		out = append(out, rune(ramPrefix[read]))
	}
	return out
}

// anything is every text, as the values of conditions are.
type anything struct{}

func (anything) start() int         { return 0 }
func (anything) step(int, rune) int { return 0 }
func (anything) ends(int) bool      { return true }
func (anything) letters(_ int, asked []rune) []rune {
	return append(slices.Clone(asked), unused(asked))
}

// unused is a character that nobody asks for: a readable one, if there is one.
func unused(asked []rune) rune {
	for _, r := range "xyzwvutsrqponmlkjihgfedcba0123456789-" {
		if !slices.Contains(asked, r) {
			return r
		}
	}
	r := rune(0xE000) // of those that stand for nothing
	for slices.Contains(asked, r) {
		r++
	}
	return r
}
