// Package secret masks secrets that were found. An AccessKey ID is no secret: every signed call
// contains it, and people need it in full. Of everything else that grants access at most the
// last characters are shown, in facts, messages, records, logs and errors.
package secret

import "encoding/json"

// most is how many characters of a secret are shown, where it is long enough that they help
// nobody to guess the rest.
const (
	most  = 4
	least = 16
)

// A Text is a secret that was found. In whatever form it is written, it is hidden; only Reveal
// gives it.
type Text struct{ text string }

// Of makes a secret of what was found.
func Of(text string) Text { return Text{text} }

// Reveal is the secret itself, for comparing. What it gives goes nowhere else.
func (t Text) Reveal() string { return t.text }

// String shows the last four characters of a long secret, and none of a short one.
func (t Text) String() string {
	runes := []rune(t.text)
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) < least:
		return "…"
	}
	return "…" + string(runes[len(runes)-most:])
}

// GoString hides it from %#v, and the marshalers from every encoder.
func (t Text) GoString() string { return t.String() }

// MarshalText writes what String shows.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalJSON writes what String shows.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// Shown is what may be shown of a secret: Of(text).String().
func Shown(text string) string { return Of(text).String() }
