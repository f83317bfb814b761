package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// What is read at most. RAM's own limit for a custom policy is 6,144 characters; its
// system policies are longer.
const (
	maxBytes  = 256 << 10
	maxDepth  = 12
	maxValues = 20_000 // of one document, in all lists
)

// A tree is JSON with its members in order, so that one that is there twice is seen.
type tree struct {
	kind    byte // { [ " or v for a bare value
	text    string
	names   []string // of members
	members []tree   // or items
}

// readTree reads one JSON value and nothing after it.
func readTree(text []byte) (tree, error) {
	if len(text) > maxBytes {
		return tree{}, fmt.Errorf("the document has %d bytes; at most %d are read", len(text), maxBytes)
	}
	if !utf8.Valid(text) {
		return tree{}, errors.New("the document is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	r := reader{dec: dec}
	t, err := r.value("the document", 0)
	if err != nil {
		return tree{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return tree{}, errors.New("something follows the document")
	}
	return t, nil
}

type reader struct {
	dec    *json.Decoder
	values int
}

func (r *reader) value(path string, depth int) (tree, error) {
	if depth > maxDepth {
		return tree{}, fmt.Errorf("%s is nested more than %d deep", path, maxDepth)
	}
	if r.values++; r.values > maxValues {
		return tree{}, fmt.Errorf("the document has more than %d values", maxValues)
	}
	token, err := r.dec.Token()
	if err != nil {
		return tree{}, fmt.Errorf("%s is not JSON: %w", path, err)
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return r.object(path, depth)
		}
		return r.array(path, depth)
	case string:
		return tree{kind: '"', text: v}, nil
	case nil:
		return tree{kind: 'v', text: "null"}, nil
	default: // a number or a boolean, as it is written
		return tree{kind: 'v', text: fmt.Sprint(v)}, nil
	}
}

func (r *reader) object(path string, depth int) (tree, error) {
	t := tree{kind: '{'}
	seen := map[string]bool{}
	for r.dec.More() {
		token, err := r.dec.Token()
		if err != nil {
			return t, fmt.Errorf("%s is not JSON: %w", path, err)
		}
		name := token.(string) // the decoder allows nothing else here
		if seen[name] {
			return t, fmt.Errorf("%s has %q twice: readers disagree about which counts", path, short(name))
		}
		seen[name] = true
		member, err := r.value(under(path, name), depth+1)
		if err != nil {
			return t, err
		}
		t.names, t.members = append(t.names, name), append(t.members, member)
	}
	if _, err := r.dec.Token(); err != nil {
		return t, fmt.Errorf("%s is not JSON: %w", path, err)
	}
	return t, nil
}

func (r *reader) array(path string, depth int) (tree, error) {
	t := tree{kind: '['}
	for r.dec.More() {
		item, err := r.value(fmt.Sprintf("%s[%d]", path, len(t.members)), depth+1)
		if err != nil {
			return t, err
		}
		t.members = append(t.members, item)
	}
	if _, err := r.dec.Token(); err != nil {
		return t, fmt.Errorf("%s is not JSON: %w", path, err)
	}
	return t, nil
}

// under is the path of a member, in the words of errors.
func under(path, name string) string {
	if path == "the document" {
		return short(name)
	}
	return path + "." + short(name)
}

// short keeps a hostile name out of a message.
func short(name string) string {
	const most = 60
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}

// json writes the tree again, in one line, for what is kept without being understood.
func (t tree) json() string {
	switch t.kind {
	case '"':
		return quote(t.text)
	case 'v':
		return t.text
	}
	var b bytes.Buffer
	b.WriteByte(t.kind)
	for i, m := range t.members {
		if i > 0 {
			b.WriteByte(',')
		}
		if t.kind == '{' {
			b.WriteString(quote(t.names[i]) + ":")
		}
		b.WriteString(m.json())
	}
	b.WriteByte(t.kind + 2) // the closing brackets are two after the opening ones
	return b.String()
}

// quote writes text as JSON. Angle brackets and ampersands stay as they are.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
