package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A Grant is what one statement of a principal's policies gives it in effect.
type Grant struct {
	Place
	Actions    string // as written: "ecs:*", "all but ram:*"
	Resources  string
	Conditions []Condition
	// Whole says whether all of it is allowed: No where a Deny, the session policy or a
	// control policy takes something away, and Left then says whether anything is left.
	Whole, Left Answer
	// Lost is an example of what is taken away.
	Lost string
}

// Grants lists what a principal is allowed, statement by statement: which actions to which
// resources under which conditions, and how much of it is in effect.
func (a Access) Grants() []Grant {
	var out []Grant
	for _, d := range a.Policies {
		for i, s := range d.Statements {
			if s.Deny {
				continue
			}
			alone := &Document{Name: d.Name, Statements: []Statement{s}, Unread: d.Unread}
			lost := Of(alone).Beyond(a, Scope{})
			left := a
			left.Policies = append(a.denies(), alone)
			g := Grant{Place: Place{d.Name, i + 1}, Conditions: s.Conditions, Whole: lost.None,
				Actions: listed(s.Action, s.NotAction), Resources: listed(s.Resource, s.NotResource),
				Left: opposite(left.Beyond(Access{}, Scope{}).None)}
			if len(lost.Examples) > 0 {
				g.Lost = lost.Examples[0].String()
			}
			out = append(out, g)
		}
	}
	return out
}

// denies are the policies with nothing but their Deny statements.
func (a Access) denies() []*Document {
	var out []*Document
	for _, d := range a.Policies {
		deny := d.Clone()
		deny.Statements = slices.DeleteFunc(deny.Statements, func(s Statement) bool { return !s.Deny })
		if len(deny.Statements) > 0 {
			out = append(out, deny)
		}
	}
	return out
}

func listed(in, but []string) string {
	if len(in) == 0 {
		return "all but " + words(but)
	}
	return words(in)
}

func (g Grant) String() string {
	text := g.Actions + " to " + g.Resources
	for _, c := range g.Conditions {
		text += fmt.Sprintf(" if %s %s %s", c.Key, c.Operator, strings.Join(c.Values, " or "))
	}
	return text
}
