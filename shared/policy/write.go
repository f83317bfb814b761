package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// JSON writes the document in one line, as RAM reads it.
func (d *Document) JSON() string {
	var b strings.Builder
	b.WriteString(`{"Version":"1","Statement":[`)
	for i, s := range d.Statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.json())
	}
	b.WriteByte(']')
	for _, u := range d.Unread {
		b.WriteString("," + quote(u.Element) + ":" + u.Value)
	}
	b.WriteByte('}')
	return b.String()
}

// Indented writes the document for people, to be pasted.
func (d *Document) Indented() string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(d.JSON()), "", "  "); err != nil {
		return d.JSON() // an unread element that a caller made up
	}
	return b.String()
}

func (s Statement) json() string {
	effect := "Allow"
	if s.Deny {
		effect = "Deny"
	}
	parts := []string{`"Effect":` + quote(effect)}
	if s.Sid != "" {
		parts = append(parts, `"Sid":`+quote(s.Sid))
	}
	for _, e := range []struct {
		name  string
		texts []string
	}{{"Action", s.Action}, {"NotAction", s.NotAction}, {"Resource", s.Resource}, {"NotResource", s.NotResource}} {
		if len(e.texts) > 0 {
			parts = append(parts, quote(e.name)+":"+quoteList(e.texts))
		}
	}
	if len(s.Principal) > 0 {
		parts = append(parts, `"Principal":`+principalJSON(s.Principal))
	}
	if len(s.Conditions) > 0 {
		parts = append(parts, `"Condition":`+conditionsJSON(s.Conditions))
	}
	for _, u := range s.Unread {
		parts = append(parts, quote(u.Element)+":"+u.Value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// quoteList writes one text as text and several as a list.
func quoteList(texts []string) string {
	if len(texts) == 1 {
		return quote(texts[0])
	}
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = quote(t)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

func principalJSON(names []Name) string {
	var kinds []string
	by := map[string][]string{}
	for _, n := range names {
		if by[n.Kind] == nil {
			kinds = append(kinds, n.Kind)
		}
		by[n.Kind] = append(by[n.Kind], n.Name)
	}
	for i, kind := range kinds {
		kinds[i] = quote(kind) + ":" + quoteList(by[kind])
	}
	return "{" + strings.Join(kinds, ",") + "}"
}

func conditionsJSON(conditions []Condition) string {
	var operators []string
	by := map[string][]string{}
	for _, c := range conditions {
		if by[c.Operator] == nil {
			operators = append(operators, c.Operator)
		}
		by[c.Operator] = append(by[c.Operator], quote(c.Key)+":"+quoteList(c.Values))
	}
	for i, o := range operators {
		operators[i] = quote(o) + ":{" + strings.Join(by[o], ",") + "}"
	}
	return "{" + strings.Join(operators, ",") + "}"
}

// A Kind is what a document is to be used as, which decides what it may contain.
type Kind int

const (
	// Custom is a policy for users, groups and roles.
	Custom Kind = iota
	// Control is a control policy of a resource directory.
	Control
	// Trust is the trust policy of a role.
	Trust
)

func (k Kind) String() string {
	return [...]string{"custom policy", "control policy", "trust policy"}[k]
}

// mostCharacters is how long a document may be. That of a trust policy is not documented.
var mostCharacters = map[Kind]int{Custom: 6144, Control: 4096}

// Check says what RAM would refuse in a document that is to be written. It is stricter than
// Parse, which reads documents that already exist.
func (d *Document) Check(k Kind) error {
	text := d.JSON()
	if most, n := mostCharacters[k], utf8.RuneCountInString(text); most > 0 && n > most {
		return fmt.Errorf("the document has %d characters, and a %s at most %d", n, k, most)
	}
	read, err := parseDocument([]byte(text), k == Trust)
	if err != nil {
		return err
	}
	if len(d.Unread) > 0 {
		return fmt.Errorf("%s is no element of a policy", short(d.Unread[0].Element))
	}
	for i, s := range read.Statements {
		if err := s.check(k); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	return nil
}

func (s Statement) check(k Kind) error {
	switch {
	case len(s.Unread) > 0:
		return fmt.Errorf("%s is no element of a statement", short(s.Unread[0].Element))
	case k == Control && len(s.NotResource) > 0:
		return fmt.Errorf("NotResource is not in the grammar of a %s", k)
	}
	for _, a := range slices.Concat(s.Action, s.NotAction) {
		if !isAction(a) {
			return fmt.Errorf("action %q is neither * nor service:Action", short(a))
		}
	}
	for _, r := range slices.Concat(s.Resource, s.NotResource) {
		if r != "*" && (!strings.HasPrefix(r, "acs:") || strings.Count(r, ":") < 4) {
			return fmt.Errorf("resource %q is neither * nor acs:service:region:account:name", short(r))
		}
	}
	for _, n := range s.Principal {
		if !slices.Contains([]string{"RAM", "Service", "Federated"}, n.Kind) {
			return fmt.Errorf("principal %s is not RAM, Service or Federated", short(n.Kind))
		}
	}
	for _, c := range s.Conditions {
		op, known := operators[c.Operator]
		if !known {
			return fmt.Errorf("condition %s: RAM has no such operator", short(c.Operator))
		}
		if service, name, named := strings.Cut(c.Key, ":"); !named || service == "" || name == "" {
			return fmt.Errorf("condition %s: the key %q is not service:Key", c.Operator, short(c.Key))
		}
		for _, v := range c.Values {
			if _, ok := op.read(v); !ok {
				return fmt.Errorf("condition %s %s: %q is no value for it", c.Operator, c.Key, short(v))
			}
		}
	}
	return nil
}

func isAction(a string) bool {
	service, name, named := strings.Cut(a, ":")
	sign := func(r rune) bool {
		return !strings.ContainsRune(smallLetters+otherSigns+"*?", lowerRune(r))
	}
	return a == "*" || named && service != "" && name != "" && !strings.ContainsFunc(service, sign) && !strings.ContainsFunc(name, sign)
}
