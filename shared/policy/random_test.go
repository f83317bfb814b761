package policy

import (
	"math/rand/v2"
	"strings"
)

// What random documents are made of. The alphabets are small, so that patterns meet.
var (
	servicePatterns = []string{"a", "b", "A", "*", "a*", "?", "*b", "b?", "ram"}
	namePatterns    = []string{"a", "b", "ab", "a*", "*b", "*", "?", "a?", "*a*", "??", "B*", "*a?b*"}
	wholePatterns   = []string{"*", "**", "*:*", "a*", "*b", "?:*", "*a:*b", "a:*a*"}
	resourceTexts   = []string{"*", "*", "acs:a:*:*:x", "acs:a:*:*:*", "acs:*:*:*:y", "acs:ram:*:*:u/A", "acs:ram::*:u/a", "acs:ram:*:*:*",
		"acs:?:r:1:x*", "acs:a:r:1:*y", "acs:*:*:*:*", "*x*", "acs:RAM:*:1:*", "acs:b:*", "acs:a:r:?:?y", "acs:*:*:*:U/*", "*:u/a"}
	serviceNames  = []string{"a", "b", "c", "ab", "bb", "ram"}
	actionNames   = []string{"a", "b", "c", "ab", "ba", "bb", "aab", "aba", "cab", "acb", "acbc"}
	resourceNames = []string{"acs:a:r:1:x", "acs:a:r:1:y", "acs:a::1:xy", "acs:b:r:1:x", "acs:b:r:2:yx", "acs:ram::1:u/a", "acs:ram:*:1:u/A",
		"acs:ram:r:1:u/b", "acs:c:r:1:y", "acs:b:r:1:u/A", "acs:b:r:1:u/a", "acs:a:r:1:zy", "acs:ab:r:1:x:y"}
)

// Conditions, and what requests have for their keys. The empty value is absent.
var (
	conditionPool = []Condition{
		{"IpAddress", "acs:SourceIp", []string{"203.0.113.0/24"}},
		{"NotIpAddress", "acs:SourceIp", []string{"203.0.113.0/24", "10.0.0.0/8"}},
		{"IpAddress", "acs:SourceIp", []string{"0.0.0.0/0"}},
		{"IpAddress", "acs:SourceIp", []string{"0.0.0.0/1"}},
		{"IpAddress", "acs:SourceIp", []string{"128.0.0.0/1", "::/0"}},
		{"IpAddress", "ACS:sourceip", []string{"8.8.8.8"}},
		{"Bool", "acs:MFAPresent", []string{"true"}},
		{"Bool", "acs:MFAPresent", []string{"false"}},
		{"Bool", "acs:SecureTransport", []string{"false"}},
		{"Bool", "acs:SecureTransport", []string{"true"}},
		{"StringEquals", "a:k", []string{"x", "y"}},
		{"StringNotEquals", "a:k", []string{"x"}},
		{"StringEqualsIgnoreCase", "a:k", []string{"X"}},
		{"StringLike", "a:k", []string{"x*", "*y"}},
		{"StringNotLike", "a:k", []string{"*y"}},
		{"StringNotEqualsIgnoreCase", "a:k", []string{"Xy"}},
		{"NumericLessThan", "a:n", []string{"2"}},
		{"NumericGreaterThanEquals", "a:n", []string{"2"}},
		{"NumericNotEquals", "a:n", []string{"1", "3"}},
		{"NumericEquals", "a:n", []string{"2.5"}},
		{"DateLessThan", "acs:CurrentTime", []string{"2026-01-01T00:00:00Z"}},
		{"DateGreaterThan", "acs:CurrentTime", []string{"2026-01-01T08:00:00+08:00"}},
	}
	contextPool = map[string][]string{
		"acs:sourceip":        {"203.0.113.7", "8.8.8.8", "10.1.2.3", "130.1.1.1", "2400::1"},
		"acs:mfapresent":      {"true", "false", ""},
		"acs:securetransport": {"true", "false"},
		"a:k":                 {"x", "X", "xy", "y", "z", "XY", "xq", ""},
		"a:n":                 {"1", "2", "2.5", "3", "0", ""},
		"acs:currenttime":     {"2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"},
	}
	contextKeys = []string{"acs:sourceip", "acs:mfapresent", "acs:securetransport", "a:k", "a:n", "acs:currenttime"}
)

type source struct{ *rand.Rand }

func pick[T any](r source, list []T) T { return list[r.IntN(len(list))] }

func (r source) action() string {
	if r.IntN(4) == 0 {
		return pick(r, wholePatterns)
	}
	return pick(r, servicePatterns) + ":" + pick(r, namePatterns)
}

func (r source) some(most int, one func() string) []string {
	var out []string
	for range 1 + r.IntN(most) {
		out = append(out, one())
	}
	return out
}

func (r source) statement() Statement {
	s := Statement{Deny: r.IntN(3) == 0}
	actions := r.some(3, r.action)
	if r.IntN(4) == 0 {
		s.NotAction = actions
	} else {
		s.Action = actions
	}
	resources := r.some(2, func() string { return pick(r, resourceTexts) })
	if r.IntN(6) == 0 {
		s.NotResource = resources
	} else {
		s.Resource = resources
	}
	for r.IntN(5) < 2 && len(s.Conditions) < 2 {
		s.Conditions = append(s.Conditions, pick(r, conditionPool))
	}
	return s
}

func (r source) document() *Document {
	d := &Document{}
	for range 1 + r.IntN(3) {
		d.Statements = append(d.Statements, r.statement())
	}
	return d
}

func (r source) access() Access {
	a := Of(r.document())
	if r.IntN(4) == 0 {
		a = a.With(r.document())
	}
	if r.IntN(8) == 0 {
		a.Session = r.document()
	}
	if r.IntN(8) == 0 {
		a.Control = [][]*Document{{r.document(), everything}, {everything}}
	}
	return a
}

func (r source) request() asked {
	q := asked{action: pick(r, serviceNames) + ":" + pick(r, actionNames), resource: pick(r, resourceNames), context: map[string]string{},
		negatedHolds: map[string]bool{}}
	for _, key := range contextKeys {
		if v := pick(r, contextPool[key]); v != "" {
			q.context[key] = v
		} else {
			q.negatedHolds[key] = r.IntN(2) == 0
		}
	}
	return q
}

// asAsked reads an example back as a request.
func (e Example) asAsked() asked {
	q := asked{action: e.Action, resource: e.Resource, context: map[string]string{
		"acs:sourceip": "8.8.8.8", "acs:securetransport": "true", "acs:currenttime": "2026-06-01T00:00:00Z"}}
	for _, text := range e.Context {
		if key, value, there := strings.Cut(text, "="); there {
			q.context[strings.ToLower(key)] = value
		} else if key, absent := strings.CutSuffix(text, " absent"); absent {
			delete(q.context, strings.ToLower(key))
		}
	}
	return q
}
