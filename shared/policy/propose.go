package policy

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// ProposeDeny writes a document that denies a scope, as text to be pasted, and proves that it
// does: next to a policy that allows everything, nothing in the scope stays allowed (with
// conditions: not all of it), and everything outside it does.
func ProposeDeny(k Kind, name string, deny Scope, only ...Condition) (string, error) {
	if k == Trust {
		return "", errors.New("proposing a Deny: a trust policy is about its role and not about actions")
	}
	s := denying(deny)
	s.Conditions = only
	d := &Document{Name: name, Statements: []Statement{s}}
	text, err := d.Propose(k)
	if err != nil {
		return "", err
	}
	if err := d.proveDeny(deny); err != nil {
		return "", fmt.Errorf("proposing the %s %s: %w", k, name, err)
	}
	return text, nil
}

func (d *Document) proveDeny(deny Scope) error {
	with := Of(everything, d)
	left := with.Beyond(Access{}, deny)
	outside := Of(everything, &Document{Statements: []Statement{denying(deny)}}).Beyond(with, Scope{})
	switch {
	case len(d.Statements[0].Conditions) == 0 && left.None != Yes:
		return errors.New("something of it would still be allowed")
	case with.Reaches(deny).All != No:
		return errors.New("it would deny nothing, or nothing for certain")
	case outside.None != Yes:
		return errors.New("it would deny more than it is to")
	}
	return nil
}

// Propose writes a document as text to be pasted, provided that RAM accepts it as a document of
// the kind: over several lines, or on one line if several would be too long.
func (d *Document) Propose(k Kind) (string, error) {
	if err := d.Check(k); err != nil {
		return "", fmt.Errorf("proposing a %s: %w", k, err)
	}
	text := d.Indented()
	if most := mostCharacters[k]; most > 0 && utf8.RuneCountInString(text) > most {
		return d.JSON(), nil
	}
	return text, nil
}
