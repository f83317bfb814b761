package policy

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The second reader of policies shares nothing with the first: patterns are regular
// expressions, conditions are asked one by one, and there are no parts, cases or worlds,
// only single requests of which everything is known.

type asked struct {
	action, resource string
	context          map[string]string // by small keys; what is not there is absent
	// negatedHolds says by key what a condition that negates does if the key is absent: RAM's
	// documents do not say.
	negatedHolds map[string]bool
}

type expressionKey struct {
	pattern    string
	wild, fold bool
}

var expressions = map[expressionKey]*regexp.Regexp{}

func expression(pattern string, wild, fold bool) *regexp.Regexp {
	key := expressionKey{pattern, wild, fold}
	if expressions[key] == nil {
		text := regexp.QuoteMeta(pattern)
		if wild {
			text = strings.ReplaceAll(strings.ReplaceAll(text, `\*`, `.*`), `\?`, `.`)
		}
		flags := "(?s)"
		if fold {
			flags = "(?si)"
		}
		expressions[key] = regexp.MustCompile(flags + "^" + text + "$")
	}
	return expressions[key]
}

func readerAllows(a Access, q asked) bool {
	for _, documents := range a.layers() {
		allow := false
		for _, d := range documents {
			for _, s := range d.Statements {
				if !readerCovers(s, q) {
					continue
				}
				if s.Deny {
					return false
				}
				allow = true
			}
		}
		// A Deny of a later level denies as well, so the order does not matter.
		if !allow {
			return false
		}
	}
	return true
}

// readerDiffers tells whether the request is decided otherwise if negating conditions do
// something else about some of the keys that are absent.
func readerDiffers(a Access, q asked, absent []string, want bool) bool {
	for choice := range 1 << len(absent) {
		q.negatedHolds = map[string]bool{}
		for i, key := range absent {
			q.negatedHolds[key] = choice>>i&1 == 1
		}
		if readerAllows(a, q) != want {
			return true
		}
	}
	return false
}

func readerCovers(s Statement, q asked) bool {
	action := func(p string) bool { return expression(p, true, true).MatchString(q.action) }
	resource := func(p string) bool {
		if strings.HasPrefix(q.resource, "acs:ram:") {
			p = strings.ToLower(p)
			if strings.HasPrefix(p, "acs:ram::") {
				p = "acs:ram:*:" + p[len("acs:ram::"):]
			}
			return expression(p, true, true).MatchString(q.resource)
		}
		return expression(p, true, false).MatchString(q.resource)
	}
	if len(s.Action) > 0 && !slices.ContainsFunc(s.Action, action) || slices.ContainsFunc(s.NotAction, action) {
		return false
	}
	if len(s.Resource) > 0 && !slices.ContainsFunc(s.Resource, resource) || slices.ContainsFunc(s.NotResource, resource) {
		return false
	}
	for _, c := range s.Conditions {
		if !readerHolds(c, q) {
			return false
		}
	}
	return true
}

func readerHolds(c Condition, q asked) bool {
	not := strings.Contains(c.Operator, "Not")
	key := strings.ToLower(c.Key)
	have, there := q.context[key]
	if !there {
		return not && q.negatedHolds[key]
	}
	found := false
	for _, want := range c.Values {
		found = found || readerCompares(strings.Replace(c.Operator, "Not", "", 1), have, want)
	}
	return found != not
}

func readerCompares(operator, have, want string) bool {
	switch operator {
	case "StringEquals":
		return have == want
	case "StringEqualsIgnoreCase":
		return expression(want, false, true).MatchString(have)
	case "StringLike":
		return expression(want, true, false).MatchString(have)
	case "Bool":
		return strings.EqualFold(have, want)
	case "IpAddress":
		if !strings.Contains(want, "/") {
			return have == want
		}
		a, err := netip.ParseAddr(have)
		return err == nil && netip.MustParsePrefix(want).Contains(a)
	}
	var h, w float64
	if strings.HasPrefix(operator, "Date") {
		t, err := time.Parse(time.RFC3339, have)
		u, err2 := time.Parse(time.RFC3339, want)
		if err != nil || err2 != nil {
			return false
		}
		h, w = float64(t.Unix()), float64(u.Unix())
	} else {
		var err error
		if h, err = strconv.ParseFloat(have, 64); err != nil {
			return false
		}
		w, _ = strconv.ParseFloat(want, 64)
	}
	switch strings.TrimPrefix(strings.TrimPrefix(operator, "Date"), "Numeric") {
	case "Equals":
		return h == w
	case "LessThan":
		return h < w
	case "LessThanEquals":
		return h <= w
	case "GreaterThan":
		return h > w
	case "GreaterThanEquals":
		return h >= w
	}
	panic("no such operator: " + operator)
}
