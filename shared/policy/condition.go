package policy

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A family is what an operator compares. Values of one family are divided into cases.
type family int

const (
	texts family = iota
	numbers
	dates
	booleans
	addresses
)

// An operator is one of RAM's, without its negation.
type operator struct {
	family  family
	negated bool
	// Of numbers and dates: which of less, equal and greater make it true.
	less, equal, greater bool
	wild, fold           bool // of texts
}

// operators are those of RAM's documentation. Others (the IfExists and ForAnyValue of
// other clouds) are not known to be there, so what they do is Unknown.
var operators = func() map[string]operator {
	all := map[string]operator{
		"StringEquals":              {},
		"StringNotEquals":           {negated: true},
		"StringEqualsIgnoreCase":    {fold: true},
		"StringNotEqualsIgnoreCase": {fold: true, negated: true},
		"StringLike":                {wild: true},
		"StringNotLike":             {wild: true, negated: true},
		"Bool":                      {family: booleans},
		"IpAddress":                 {family: addresses},
		"NotIpAddress":              {family: addresses, negated: true},
	}
	for name, f := range map[string]family{"Numeric": numbers, "Date": dates} {
		all[name+"Equals"] = operator{family: f, equal: true}
		all[name+"NotEquals"] = operator{family: f, equal: true, negated: true}
		all[name+"LessThan"] = operator{family: f, less: true}
		all[name+"LessThanEquals"] = operator{family: f, less: true, equal: true}
		all[name+"GreaterThan"] = operator{family: f, greater: true}
		all[name+"GreaterThanEquals"] = operator{family: f, greater: true, equal: true}
	}
	return all
}()

// A test is one condition, ready to be asked. Equal ones of several statements are one.
type test struct {
	operator
	key    string // folded
	name   string // as it is written
	unread bool   // nobody knows what it does
	wanted []value
}

// A value is read for the family of its operator.
type value struct {
	pattern pattern
	number  float64 // of a date: its seconds
	prefix  netip.Prefix
	yes     bool
}

// compile reads a condition. What cannot be read makes the whole test unread, and is
// told by Check.
func (c Condition) compile() test {
	op, known := operators[c.Operator]
	t := test{operator: op, key: foldKey(c.Key), name: c.Key, unread: !known}
	for _, text := range c.Values {
		v, ok := op.read(text)
		t.wanted, t.unread = append(t.wanted, v), t.unread || !ok
	}
	return t
}

// read reads one value. A variable as other clouds have it is not RAM's and not read.
func (o operator) read(text string) (v value, ok bool) {
	switch o.family {
	case texts:
		v.pattern = compilePattern(text, o.wild, o.fold)
		return v, !strings.Contains(text, "${")
	case numbers:
		v.number, ok = readNumber(text)
	case dates:
		v.number, ok = readDate(text)
	case booleans:
		v.yes = strings.EqualFold(text, "true")
		ok = v.yes || strings.EqualFold(text, "false")
	case addresses:
		v.prefix, ok = readPrefix(text)
	}
	return v, ok
}

func readNumber(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// readDate gives the seconds since 1970. RAM writes dates as ISO 8601 does, also without
// seconds. Parts of a second are dropped.
func readDate(text string) (float64, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.Unix()), true
		}
	}
	return 0, false
}

func readPrefix(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, false
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// holds asks the test about a value that the request has. One that the operator cannot
// read, such as text for a number, equals nothing.
func (t *test) holds(text string) bool {
	found := slices.ContainsFunc(t.wanted, func(v value) bool { return t.equals(v, text) })
	return found != t.negated
}

func (t *test) equals(v value, text string) bool {
	switch t.family {
	case numbers:
		n, ok := readNumber(text)
		return ok && t.compares(n, v.number)
	case dates:
		n, ok := readDate(text)
		return ok && t.compares(n, v.number)
	case booleans:
		return strings.EqualFold(text, strconv.FormatBool(v.yes))
	case addresses:
		a, err := netip.ParseAddr(text)
		return err == nil && v.prefix.Contains(a.Unmap())
	default:
		return v.pattern.match(text)
	}
}

func (o operator) compares(have, want float64) bool {
	return o.less && have < want || o.equal && have == want || o.greater && have > want
}
