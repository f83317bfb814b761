package policy

import "strings"

// A pattern is text in which * is any run of characters, also none, and ? is one
// character. Without wild they are themselves.
type pattern struct {
	marks []rune // of a wildcard star or one
	fold  bool   // whether case counts for nothing
}

// Marks of wildcards: no text has these runes, since no text is less than nothing.
const (
	star rune = -1
	one  rune = -2
)

func compilePattern(text string, wild, fold bool) pattern {
	if fold {
		text = lower(text)
	}
	p := pattern{fold: fold}
	for _, r := range text {
		switch {
		case wild && r == '*':
			if n := len(p.marks); n == 0 || p.marks[n-1] != star { // two stars are one
				p.marks = append(p.marks, star)
			}
		case wild && r == '?':
			p.marks = append(p.marks, one)
		default:
			p.marks = append(p.marks, r)
		}
	}
	return p
}

// match asks for one text. It goes back to the last star only, so it takes the product
// of the two lengths at most.
func (p pattern) match(text string) bool {
	if p.fold {
		text = lower(text)
	}
	s := []rune(text)
	at, back, from := 0, -1, 0
	for i := 0; i < len(s); {
		switch {
		case at < len(p.marks) && p.marks[at] == star:
			at++
			back, from = at, i
		case at < len(p.marks) && (p.marks[at] == one || p.marks[at] == s[i]):
			at++
			i++
		case back >= 0:
			from++
			at, i = back, from
		default:
			return false
		}
	}
	for at < len(p.marks) && p.marks[at] == star {
		at++
	}
	return at == len(p.marks)
}

// lower writes the Latin letters small and leaves the rest: other alphabets have letters
// whose small form is a Latin one, and RAM's names have none of them.
func lower(s string) string {
	return strings.Map(lowerRune, s)
}

func lowerRune(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + ('a' - 'A')
	}
	return r
}

// RAM's own resources are written with and without a region, and their names have no
// case. All others are compared as they are written.
const ramPrefix = "acs:ram:"

func isRAM(resource string) bool {
	return len(resource) >= len(ramPrefix) && lower(resource[:len(ramPrefix)]) == ramPrefix
}

// ramPattern is a pattern for resources as it is asked for those of RAM.
func ramPattern(text string) string {
	text = lower(text)
	if rest, ok := strings.CutPrefix(text, ramPrefix+":"); ok {
		return ramPrefix + "*:" + rest
	}
	return text
}

func matchAction(text, action string) bool { return compilePattern(text, true, true).match(action) }
