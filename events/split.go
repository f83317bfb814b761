package events

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// A text is found to be JSON once, when it comes in. From then on it is only cut apart:
// these functions look for the ends of values and for nothing else. What is not JSON
// yields nothing, or what it holds; it never panics.

// splitObject cuts an object into its values. Of a key that is there twice the last counts.
func splitObject(raw []byte) object {
	if len(raw) < 2 || raw[0] != '{' {
		return nil
	}
	o := make(object, min(8+len(raw)/128, 32)) // about as many as records have for their length
	i := space(raw, 1)
	if i < len(raw) && raw[i] == '}' {
		return o
	}
	for i < len(raw) && raw[i] == '"' {
		end := value(raw, i)
		key, ok := unquote(raw[i:end])
		i = space(raw, end)
		if !ok || i >= len(raw) || raw[i] != ':' {
			return nil
		}
		i = space(raw, i+1)
		end = value(raw, i)
		if end == i {
			return nil
		}
		o[key] = json.RawMessage(raw[i:end:end])
		i = space(raw, end)
		if i >= len(raw) || raw[i] != ',' {
			break
		}
		i = space(raw, i+1)
	}
	if i >= len(raw) || raw[i] != '}' {
		return nil
	}
	return o
}

// splitArray cuts an array into its elements; of anything else there are none.
func splitArray(raw []byte) (list []json.RawMessage, ok bool) {
	if len(raw) < 2 || raw[0] != '[' {
		return nil, false
	}
	i := space(raw, 1)
	if i < len(raw) && raw[i] == ']' {
		return nil, true
	}
	for i < len(raw) {
		end := value(raw, i)
		if end == i {
			return nil, false
		}
		list = append(list, json.RawMessage(raw[i:end:end]))
		i = space(raw, end)
		if i >= len(raw) || raw[i] != ',' {
			break
		}
		i = space(raw, i+1)
	}
	return list, i < len(raw) && raw[i] == ']'
}

// value returns where the value ends that begins at i; i, where none does.
func value(raw []byte, i int) int {
	if i >= len(raw) {
		return i
	}
	switch raw[i] {
	case '"':
		return text(raw, i)
	case '{', '[':
		for depth := 0; i < len(raw); {
			switch raw[i] {
			case '"':
				i = text(raw, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(raw)
	}
	for i < len(raw) && !isSpace(raw[i]) && raw[i] != ',' && raw[i] != '}' && raw[i] != ']' && raw[i] != ':' {
		i++
	}
	return i
}

// text returns where the string ends that begins at i.
func text(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

func space(raw []byte, i int) int {
	for i < len(raw) && isSpace(raw[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// unquote reads a string. Most have no escapes.
func unquote(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// quote writes a string as JSON, leaving <, > and & as they are: what is sent
// on has a size limit.
func quote(s string) json.RawMessage { return appendQuoted(make([]byte, 0, len(s)+2), s) }

func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(b, escaped(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func escaped(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil { // cannot happen: every string can be encoded
		return json.RawMessage(`""`)
	}
	return bytes.TrimSpace(b.Bytes())
}

// compact takes white space out. Values are compacted once, when they come in,
// and written as they are from then on.
func compact(raw json.RawMessage) json.RawMessage {
	first := spaceIn(raw, 0)
	if first == len(raw) {
		return raw
	}
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		next := spaceIn(raw, i)
		b = append(b, raw[i:next]...)
		i = space(raw, next)
	}
	return b
}

// spaceIn returns where the next white space between values is.
func spaceIn(raw []byte, i int) int {
	for i < len(raw) && !isSpace(raw[i]) {
		if raw[i] == '"' {
			i = text(raw, i)
		} else {
			i++
		}
	}
	return min(i, len(raw))
}

// encode writes the object with the given keys first, then the others by name,
// and the values as they are.
func (o object) encode(first ...string) json.RawMessage {
	keys := make([]string, 0, len(o)+len(first))
	for _, key := range first {
		if o.has(key) {
			keys = append(keys, key)
		}
	}
	rest, size := len(keys), 2
	for key, raw := range o {
		size += len(key) + len(raw) + 4
		if !slices.Contains(first, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys[rest:])
	b := append(make([]byte, 0, size), '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, key), ':')
		b = append(b, o[key]...)
	}
	return append(b, '}')
}
