package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxExpressions is what EventBridge takes for one field.
const maxExpressions = 5

// A Pattern is an event pattern of EventBridge: all keys must match, of each
// key's array any expression. It knows the operators that Alibaba Cloud
// documents and no others; the similar language of AWS has more.
type Pattern struct{ root field }

// A field of a pattern holds either deeper fields or expressions. One without
// either is the empty pattern, which matches every event.
type field struct {
	fields map[string]field
	exprs  []expression
}

// An expression judges one value that is there, or a field that is not.
// Arrays are opened before, except for exists.
type expression struct {
	value  func(v any) bool
	exists *bool
}

// ParsePattern reads a pattern and refuses what EventBridge would refuse or
// silently never match: an error here is better than a rule that sees nothing.
func ParsePattern(pattern []byte) (*Pattern, error) {
	root, err := parsePattern(pattern)
	if err != nil {
		return nil, fmt.Errorf("events: pattern: %w", err)
	}
	return &Pattern{root}, nil
}

// parsePattern leaves it to ParsePattern to say whose error it is.
func parsePattern(pattern []byte) (field, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(pattern, &whole); err != nil {
		return field{}, notJSON(err)
	}
	if whole = bytes.TrimSpace(whole); whole[0] != '{' {
		return field{}, fmt.Errorf("%s where an object should be", nameOf(whole))
	}
	return parseFields(whole, "")
}

// parseFields goes by tokens, for a map would hide a key written twice, of
// which EventBridge sees one.
func parseFields(raw json.RawMessage, path string) (field, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return field{}, notJSON(err)
	}
	f := field{fields: map[string]field{}}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return field{}, notJSON(err)
		}
		key, _ := token.(string)
		where := join(path, key)
		if _, twice := f.fields[key]; twice {
			return field{}, fmt.Errorf("%s: the key is there twice", where)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return field{}, fmt.Errorf("%s: %w", where, notJSON(err))
		}
		f.fields[key], err = parseField(value, where)
		if err != nil {
			return field{}, err
		}
	}
	return f, nil
}

// parseField tells deeper fields from expressions. An empty object below the top
// asks for nothing, which no one writes on purpose.
func parseField(raw json.RawMessage, path string) (field, error) {
	switch raw[0] {
	case '{':
		f, err := parseFields(raw, path)
		if err == nil && len(f.fields) == 0 {
			return field{}, fmt.Errorf("%s: an empty object", path)
		}
		return f, err
	case '[':
		return parseExpressions(raw, path)
	}
	return field{}, fmt.Errorf("%s: %s where an array of expressions should be", path, nameOf(raw))
}

// parseExpressions holds a field to EventBridge's limit, which it tells only when
// a rule is deployed.
func parseExpressions(raw json.RawMessage, path string) (field, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return field{}, fmt.Errorf("%s: %w", path, notJSON(err))
	}
	switch {
	case len(list) == 0:
		return field{}, fmt.Errorf("%s: an empty array matches nothing", path)
	case len(list) > maxExpressions:
		return field{}, fmt.Errorf("%s: %d expressions, EventBridge takes %d a field", path, len(list), maxExpressions)
	}
	var f field
	for i, elem := range list {
		x, err := parseExpression(elem)
		if err != nil {
			return field{}, fmt.Errorf("%s[%d]: %w", path, i, err)
		}
		f.exprs = append(f.exprs, x)
	}
	return f, nil
}

// parseExpression reads a value to be equal to, or one operator. Two operators in
// one object are AND to one reader and OR to another: they are refused.
func parseExpression(raw json.RawMessage) (expression, error) {
	if raw[0] == '[' {
		return expression{}, errors.New("an array within an array")
	}
	if raw[0] != '{' {
		want, err := decodeValue(raw)
		return expression{value: func(v any) bool { return v == want }}, err
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return expression{}, notJSON(err)
	}
	if len(o) != 1 {
		return expression{}, fmt.Errorf("%d operators where one should be", len(o))
	}
	for name, arg := range o {
		x, err := parseOperator(name, arg)
		if err != nil {
			return expression{}, fmt.Errorf("%s: %w", name, err)
		}
		return x, nil
	}
	return expression{}, nil // not reached: one key
}

// parseOperator knows the documented operators. AWS's wildcard, equals-ignore-case
// and $or look right in a pattern and match nothing here.
func parseOperator(name string, raw json.RawMessage) (expression, error) {
	arg, err := decodeValue(raw)
	if err != nil {
		return expression{}, err
	}
	s, isString := arg.(string)
	switch name {
	case "prefix", "suffix", "contains", "cidr":
		if !isString {
			return expression{}, fmt.Errorf("%s where a string should be", nameOf(raw))
		}
	}
	var value func(any) bool
	switch name {
	case "prefix":
		value = onString(func(v string) bool { return strings.HasPrefix(v, s) })
	case "suffix":
		value = onString(func(v string) bool { return strings.HasSuffix(v, s) })
	case "contains":
		value = onString(func(v string) bool { return strings.Contains(v, s) })
	case "cidr":
		value, err = parseCIDR(s)
	case "numeric":
		value, err = parseNumeric(arg)
	case "anything-but":
		value, err = parseAnythingBut(arg)
	case "exists":
		there, ok := arg.(bool)
		if !ok {
			return expression{}, fmt.Errorf("%s where true or false should be", nameOf(raw))
		}
		return expression{exists: &there}, nil
	default:
		err = errors.New("EventBridge has no such operator")
	}
	return expression{value: value}, err
}

// onString makes a test that nothing but a string passes: a prefix of 3 does not
// match the number 300.
func onString(match func(string) bool) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && match(s)
	}
}

// parseCIDR takes a block with host bits set for the block it lies in.
func parseCIDR(s string) (func(any) bool, error) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s, err)
	}
	if !prefix.Addr().Is4() {
		return nil, fmt.Errorf("%q: EventBridge takes IPv4 only", s)
	}
	return onString(func(v string) bool {
		addr, err := netip.ParseAddr(v)
		return err == nil && prefix.Contains(addr)
	}), nil
}

// compare has what EventBridge documents; there is no "!=".
var compare = map[string]func(have, want float64) bool{
	"=":  func(have, want float64) bool { return have == want },
	"<":  func(have, want float64) bool { return have < want },
	"<=": func(have, want float64) bool { return have <= want },
	">":  func(have, want float64) bool { return have > want },
	">=": func(have, want float64) bool { return have >= want },
}

// parseNumeric reads one comparison, or two that bound a range.
func parseNumeric(arg any) (func(any) bool, error) {
	list, ok := arg.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, errors.New("an array of one or two comparisons and numbers should be here")
	}
	var tests []func(float64) bool
	var ops string
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		cmp, known := compare[op]
		if !known {
			return nil, fmt.Errorf("%v is not one of = < <= > >=", list[i])
		}
		want, ok := toFloat(list[i+1])
		if !ok {
			return nil, fmt.Errorf("%v after %s is not a number", list[i+1], op)
		}
		tests = append(tests, func(have float64) bool { return cmp(have, want) })
		ops += op[:1]
	}
	if len(tests) == 2 && ops != "><" && ops != "<>" {
		return nil, errors.New("two comparisons should be a lower and an upper bound")
	}
	return func(v any) bool {
		have, ok := toFloat(v)
		return ok && !slices.ContainsFunc(tests, func(t func(float64) bool) bool { return !t(have) })
	}, nil
}

// toFloat takes numbers only: "5" in quotes is not one to EventBridge.
func toFloat(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil
}

// parseAnythingBut excludes values of a field that is there: a missing field is
// for exists to match.
func parseAnythingBut(arg any) (func(any) bool, error) {
	switch arg := arg.(type) {
	case string, json.Number, bool:
		return func(v any) bool { return v != arg }, nil
	case []any:
		if len(arg) == 0 {
			return nil, errors.New("an empty array excludes nothing")
		}
		for _, v := range arg {
			if !isScalar(v) {
				return nil, errors.New("a list should hold strings and numbers only")
			}
		}
		return func(v any) bool { return !isScalar(v) || !slices.Contains(arg, v) }, nil
	case map[string]any:
		prefix, ok := arg["prefix"].(string)
		if !ok || len(arg) != 1 {
			return nil, errors.New(`an object should hold "prefix" and a string`)
		}
		return func(v any) bool {
			s, ok := v.(string)
			return !ok || !strings.HasPrefix(s, prefix)
		}, nil
	}
	return nil, errors.New("null cannot be excluded")
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, json.Number, bool:
		return true
	}
	return false
}

// decodeValue keeps numbers as they are written: EventBridge documents that
// 300, 300.0 and 3.0e2 are different values.
func decodeValue(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, notJSON(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("not JSON: something follows the value")
	}
	return v, nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Match tells whether the pattern matches an event, the JSON of a CloudEvent.
func (p *Pattern) Match(event []byte) (bool, error) {
	v, err := decodeValue(event)
	if err != nil {
		return false, fmt.Errorf("events: matching a pattern: %w", err)
	}
	if _, ok := v.(map[string]any); !ok {
		return false, errors.New("events: matching a pattern: the event is not an object")
	}
	return p.root.match(v, true), nil
}

// match judges a value, or that there is none: exists:false has to hold also
// where the path to the field breaks off early.
func (f field) match(v any, there bool) bool {
	if f.exprs != nil {
		return slices.ContainsFunc(f.exprs, func(x expression) bool { return x.match(v, there) })
	}
	// Of an array of objects one must match as a whole, not each field somewhere.
	if list, ok := v.([]any); ok && len(list) > 0 {
		return slices.ContainsFunc(list, func(elem any) bool { return f.match(elem, true) })
	}
	o, _ := v.(map[string]any)
	for key, deeper := range f.fields {
		value, there := o[key]
		if !deeper.match(value, there) {
			return false
		}
	}
	return true
}

// match judges one value by one expression.
func (x expression) match(v any, there bool) bool {
	if x.exists != nil {
		return there == *x.exists
	}
	if !there {
		return false
	}
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(elem any) bool { return x.match(elem, true) })
	}
	// Objects are not compared: == on them would panic.
	if _, ok := v.(map[string]any); ok {
		return false
	}
	return x.value(v)
}
