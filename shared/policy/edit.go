package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An Edit is a document with something taken away.
type Edit struct {
	Document *Document
	// Words say what was changed: "statement 2 loses ram:*".
	Words string
	// AddsDeny says that a Deny was added. It also denies what other policies of the
	// same principals allow.
	AddsDeny bool
}

// Without plans the smallest edit after which a document allows nothing in a scope. It narrows
// or removes one statement if that is enough, and otherwise adds a Deny.
//
// An edit is given only if evaluating it proves that nothing in the scope is left, that
// nothing is new, and that everything outside the scope is allowed as before.
func (d *Document) Without(away Scope) (Edit, error) {
	if d.allowsNothing(away) {
		return Edit{Document: d, Words: "nothing has to be changed"}, nil
	}
	var failed error
	for _, e := range append(d.narrowed(away), d.withDeny(away)) {
		if err := e.prove(d, away); err != nil {
			failed = err
			continue
		}
		if err := e.Document.Check(Custom); err != nil {
			failed = err
			continue
		}
		return e, nil
	}
	return Edit{}, fmt.Errorf("no edit of %s was proved: %w", nameOf(d), failed)
}

func nameOf(d *Document) string {
	if d.Name == "" {
		return "the policy"
	}
	return d.Name
}

func (d *Document) allowsNothing(in Scope) bool { return Of(d).Beyond(Access{}, in).None == Yes }

// prove evaluates the document before and after. What stays the same is compared by
// taking the scope away from the document before.
func (e Edit) prove(before *Document, away Scope) error {
	if !e.Document.allowsNothing(away) {
		return errors.New("something of it would still be allowed")
	}
	if Of(e.Document).Beyond(Of(before), Scope{}).None != Yes {
		return errors.New("something would be allowed that was not")
	}
	deny := &Document{Statements: []Statement{denying(away)}}
	if Of(before, deny).Beyond(Of(e.Document), Scope{}).None != Yes {
		return errors.New("something else would be lost")
	}
	return nil
}

func denying(s Scope) Statement {
	return Statement{Deny: true, Action: orAll(s.Actions), Resource: orAll(s.Resources)}
}

func (d *Document) withDeny(away Scope) Edit {
	out := d.Clone()
	out.Statements = append(out.Statements, denying(away))
	return Edit{out, "a Deny of " + words(orAll(away.Actions)) + " to " + words(orAll(away.Resources)) + " is added", true}
}

// narrowed gives, for each statement that allows, the ways to make it narrower.
func (d *Document) narrowed(away Scope) []Edit {
	var out []Edit
	for i, s := range d.Statements {
		if s.Deny {
			continue
		}
		at := Place{Statement: i + 1}
		for _, n := range s.narrower(away) {
			e := Edit{Document: d.Clone(), Words: fmt.Sprintf("%s %s", at, n.words)}
			if n.gone {
				e.Document.Statements = slices.Delete(e.Document.Statements, i, i+1)
			} else {
				e.Document.Statements[i] = n.statement
			}
			if len(e.Document.Statements) > 0 {
				out = append(out, e)
			}
		}
	}
	return out
}

// A narrowing is one way to allow less by a statement.
type narrowing struct {
	statement Statement
	gone      bool
	words     string
}

func (s Statement) narrower(away Scope) []narrowing {
	out := []narrowing{}
	drop := func(list []string, from []string, set func(*Statement, []string)) {
		kept := slices.DeleteFunc(slices.Clone(list), func(text string) bool { return within(text, from) })
		if len(kept) == len(list) || len(kept) == 0 {
			return
		}
		gone := slices.DeleteFunc(slices.Clone(list), func(text string) bool { return slices.Contains(kept, text) })
		n := narrowing{statement: s.clone(), words: "loses " + words(gone)}
		set(&n.statement, kept)
		out = append(out, n)
	}
	drop(s.Action, orAll(away.Actions), func(s *Statement, kept []string) { s.Action = kept })
	drop(s.Resource, orAll(away.Resources), func(s *Statement, kept []string) { s.Resource = kept })
	if len(away.Actions) > 0 { // what is left of everything
		n := narrowing{statement: s.clone(), words: "allows all actions but " + words(away.Actions)}
		switch {
		case len(s.NotAction) > 0:
			n.statement.NotAction = append(n.statement.NotAction, away.Actions...)
			out = append(out, n)
		case slices.ContainsFunc(s.Action, func(a string) bool { return actionWidth(a) == All }):
			n.statement.Action, n.statement.NotAction = nil, slices.Clone(away.Actions)
			out = append(out, n)
		}
	}
	return append(out, narrowing{gone: true, words: "is removed"})
}

// within says whether a pattern is plainly inside of one of others: equal, or matched by
// it as a text. That is so for patterns whose stars are inside of the other's. What it
// lets through is proved afterwards.
func within(text string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return matchAction(o, text) })
}

func words(list []string) string {
	const most = 4
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
