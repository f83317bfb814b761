package events

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a JSON object whose values are read one by one. Structs would not
// do: their keys match whatever the case, and a field has only one type.
type object map[string]json.RawMessage

// maxNesting bounds how often JSON may be wrapped in a JSON string, and
// maxDepth how deep parameters are flattened, so that no message costs more
// than its size.
const (
	maxNesting = 2
	maxDepth   = 16
)

// unwrap takes JSON out of the strings it may be wrapped in.
func unwrap(raw []byte) (json.RawMessage, error) {
	b := bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	for range maxNesting + 1 {
		b = bytes.TrimSpace(b)
		if len(b) == 0 {
			return nil, errors.New("nothing in it")
		}
		if !utf8.Valid(b) {
			b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
		}
		if !json.Valid(b) {
			var v json.RawMessage
			return nil, notJSON(json.Unmarshal(b, &v))
		}
		if b[0] != '"' {
			return b, nil
		}
		s, _ := unquote(b)
		b = []byte(s)
	}
	return nil, fmt.Errorf("JSON in a string in a string more than %d deep", maxNesting)
}

// notJSON says where the text stops being JSON: events are long, and a bare
// "invalid character" helps nobody.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON: %w at byte %d", err, syntax.Offset)
	}
	return fmt.Errorf("not JSON: %w", err)
}

// toObject reads an object, also one that is written in a string, as log stores
// keep nested values. Anything else is nil.
func toObject(raw json.RawMessage) object {
	if len(raw) > 0 && raw[0] == '"' {
		raw, _ = unwrap(raw)
	}
	return splitObject(raw)
}

// object returns the first of the keys that holds an object.
func (o object) object(keys ...string) object {
	for _, key := range keys {
		if sub := toObject(o[key]); sub != nil {
			return sub
		}
	}
	return nil
}

// text returns the first of the keys that holds a scalar with something in it.
func (o object) text(keys ...string) string {
	for _, key := range keys {
		if s, _ := scalar(o[key]); s != "" {
			return s
		}
	}
	return ""
}

// has tells that a key is there, whatever its value, null included.
func (o object) has(key string) bool {
	_, ok := o[key]
	return ok
}

// keys lists a few of the keys for an error message; values may be secret.
func (o object) keys() string {
	const few = 8
	all := slices.Sorted(maps.Keys(o))
	names := make([]string, 0, few)
	for _, key := range all[:min(few, len(all))] {
		if len(key) > 40 {
			key = key[:40]
		}
		names = append(names, strconv.Quote(key))
	}
	if len(all) > few {
		names = append(names, fmt.Sprintf("%d more", len(all)-few))
	}
	return strings.Join(names, ", ")
}

// scalar returns a string, number or boolean as text. Null is not one.
// The second result tells an empty string from no scalar at all.
func scalar(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", false
	}
	switch c := raw[0]; {
	case c == '"':
		return unquote(raw)
	case c == 't' || c == 'f':
		return string(raw), true
	case c == '-' || '0' <= c && c <= '9':
		return number(string(raw)), true
	}
	return "", false
}

// number writes a JSON number as the digits it stands for. Account ids have up
// to 20 digits, which no float64 holds, and may come as 1.25E15.
func number(lit string) string {
	if !strings.ContainsAny(lit, ".eE") {
		return lit
	}
	// The bound keeps 1e999999 from becoming a megabyte of zeros.
	if f, err := strconv.ParseFloat(lit, 64); err != nil || math.Abs(f) >= 1e21 {
		return lit
	}
	f, _, err := big.ParseFloat(lit, 10, 256, big.ToNearestEven)
	if err != nil || !f.IsInt() {
		return lit
	}
	return f.Text('f', 0)
}

// flatten writes a value under its wire names: "Tag": [{"Key": "a"}] becomes
// Tag.1.Key. What is empty gives nothing. A name already there stays, for the
// names that are flat in the record are the ones that were on the wire.
func flatten(out map[string]string, name string, raw json.RawMessage, depth int) {
	if s, ok := scalar(raw); ok {
		if _, taken := out[name]; !taken {
			out[name] = s
		}
		return
	}
	if len(raw) == 0 || raw[0] == 'n' {
		return
	}
	if depth >= maxDepth {
		flatten(out, name, quote(string(compact(raw))), depth)
		return
	}
	switch raw[0] {
	case '[':
		list, _ := splitArray(raw)
		for i, elem := range list {
			flatten(out, name+"."+strconv.Itoa(i+1), elem, depth+1)
		}
	case '{':
		flattenObject(out, name+".", toObject(raw), depth+1)
	}
}

// flattenObject goes through scalars first and by name, so that what comes out
// does not hang on the order of a map.
func flattenObject(out map[string]string, prefix string, o object, depth int) {
	keys := slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		return cmp.Or(nested(o[a])-nested(o[b]), strings.Compare(a, b))
	})
	for _, key := range keys {
		flatten(out, prefix+key, o[key], depth)
	}
}

// nested sorts scalars before what has to be flattened.
func nested(raw json.RawMessage) int {
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		return 1
	}
	return 0
}

// hash identifies a content, whatever the order of its keys and its spacing.
func hash(raw json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	canonical := []byte(raw)
	var v any
	if dec.Decode(&v) == nil {
		if b, err := json.Marshal(v); err == nil {
			canonical = b
		}
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:16])
}

// looseTime has the zone last, as anything: what it may be is parseZone's to say.
var looseTime = regexp.MustCompile(
	`^(\d{4})-(\d{1,2})-(\d{1,2})[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?\s*(.*)$`)

var offset = regexp.MustCompile(`^([+-])(\d{2}):?(\d{2})$`)

var china = time.FixedZone("+08:00", 8*60*60)

// parseTime reads the times Alibaba Cloud writes: RFC 3339, with one-digit
// months, a space for the T, no seconds, a zone by name, and epoch milliseconds
// or seconds as a number or a string.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return valid(t)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return epoch(n)
	}
	m := looseTime.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	zone, ok := parseZone(m[8])
	if !ok {
		return time.Time{}, false
	}
	var n [7]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits or empty, by the expression
	}
	nanos, _ := strconv.Atoi((m[7] + "000000000")[:9])
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], nanos, zone)
	if int(t.Month()) != n[1] || t.Day() != n[2] || t.Hour() != n[3] || t.Minute() != n[4] {
		return time.Time{}, false // something ran over: the 31st of February
	}
	return valid(t)
}

// epoch tells seconds from milliseconds by their size. Zero and less are what
// an unset field holds, not a time.
func epoch(n int64) (time.Time, bool) {
	const aMillisecondCount = 100_000_000_000 // in seconds, the year 5138
	switch {
	case n <= 0:
		return time.Time{}, false
	case n >= aMillisecondCount:
		return valid(time.UnixMilli(n))
	}
	return valid(time.Unix(n, 0))
}

// valid keeps out years that cannot be written in RFC 3339 again.
func valid(t time.Time) (time.Time, bool) {
	t = t.UTC()
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// parseZone knows the few names that Alibaba Cloud writes. Loading others would
// take a time zone database, which a function's image may not have.
func parseZone(s string) (*time.Location, bool) {
	switch s {
	case "Z", "z", "UTC", "GMT":
		return time.UTC, true
	case "", "PRC", "CST", "Asia/Shanghai":
		// Without a zone it is China's: documented events pair
		// "2023-10-25 09:45:16" with "2023-10-25T01:45:16.969Z".
		return china, true
	}
	m := offset.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	if hours > 23 || minutes > 59 {
		return nil, false
	}
	seconds := (hours*60 + minutes) * 60
	if m[1] == "-" {
		seconds = -seconds
	}
	return time.FixedZone(s, seconds), true
}
