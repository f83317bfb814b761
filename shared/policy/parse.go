package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Parse reads a permission: a system or custom policy, a session policy or a control policy.
// Name is what errors and places call it.
//
// It refuses what RAM refuses and whatever is ambiguous, and says where. Elements and operators
// that it does not know are kept as unread: answers that depend on them are Unknown or Depends.
func Parse(name string, text []byte) (*Document, error) { return parse(name, text, false) }

// ParseTrust reads the trust policy of a role.
func ParseTrust(name string, text []byte) (*Document, error) { return parse(name, text, true) }

func parse(name string, text []byte, trust bool) (*Document, error) {
	d, err := parseDocument(text, trust)
	switch {
	case err == nil:
		d.Name = name
		return d, nil
	case name == "":
		return nil, fmt.Errorf("reading a RAM policy: %w", err)
	default:
		return nil, fmt.Errorf("reading the RAM policy %s: %w", short(name), err)
	}
}

func parseDocument(text []byte, trust bool) (*Document, error) {
	t, err := readTree(text)
	if err != nil {
		return nil, err
	}
	if t.kind != '{' {
		return nil, errors.New("the document is not an object")
	}
	d := &Document{}
	version, statements := false, false
	for i, name := range t.names {
		m := t.members[i]
		switch name {
		case "Version":
			version = true
			// The number 1 is refused as well: RAM's grammar has the text.
			if m.kind != '"' || m.text != "1" {
				return nil, fmt.Errorf(`the Version is %s; RAM knows only "1"`, short(m.json()))
			}
		case "Statement":
			statements = true
			if d.Statements, err = parseStatements(m, trust); err != nil {
				return nil, err
			}
		default:
			d.Unread = append(d.Unread, Unread{name, m.json()})
		}
	}
	switch {
	case !version:
		return nil, errors.New(`there is no Version; RAM wants "1"`)
	case !statements:
		return nil, errors.New("there is no Statement")
	}
	return d, nil
}

func parseStatements(t tree, trust bool) ([]Statement, error) {
	list := t.members
	switch t.kind {
	case '{':
		list = []tree{t}
	case '[':
	default:
		return nil, errors.New("the Statement is neither an object nor a list of objects")
	}
	if len(list) == 0 {
		return nil, errors.New("the Statement is empty")
	}
	var out []Statement
	for i, item := range list {
		s, err := parseStatement(item, trust)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func parseStatement(t tree, trust bool) (Statement, error) {
	var s Statement
	if t.kind != '{' {
		return s, errors.New("it is not an object")
	}
	effect := false
	for i, name := range t.names {
		m := t.members[i]
		var err error
		switch name {
		case "Effect":
			effect = true
			if m.kind != '"' || (m.text != "Allow" && m.text != "Deny") {
				return s, fmt.Errorf("the Effect is %s, not Allow or Deny", short(m.json()))
			}
			s.Deny = m.text == "Deny"
		case "Action":
			s.Action, err = parseTexts(name, m)
		case "NotAction":
			s.NotAction, err = parseTexts(name, m)
		case "Resource":
			s.Resource, err = parseTexts(name, m)
		case "NotResource":
			s.NotResource, err = parseTexts(name, m)
		case "Principal":
			s.Principal, err = parsePrincipal(m)
		case "Condition":
			s.Conditions, err = parseConditions(m)
		case "Sid":
			if m.kind != '"' {
				err = errors.New("the Sid is not text")
			}
			s.Sid = m.text
		default:
			s.Unread = append(s.Unread, Unread{name, m.json()})
		}
		if err != nil {
			return s, err
		}
	}
	if !effect {
		return s, errors.New("there is no Effect")
	}
	return s, s.whole(trust)
}

// whole says which elements are missing or too many.
func (s Statement) whole(trust bool) error {
	resources := len(s.Resource) + len(s.NotResource)
	switch {
	case len(s.Action) > 0 && len(s.NotAction) > 0:
		return errors.New("it has Action and NotAction; RAM takes one of them")
	case len(s.Action)+len(s.NotAction) == 0:
		return errors.New("there is neither Action nor NotAction")
	case trust && len(s.Principal) == 0 && !s.has("NotPrincipal"):
		return errors.New("there is no Principal, which a trust policy needs")
	case trust && resources > 0:
		return errors.New("it has Resource, which a trust policy does not: it is about its role")
	case trust:
		return nil
	case len(s.Principal) > 0:
		return errors.New("it has Principal, which only a trust policy has")
	case len(s.Resource) > 0 && len(s.NotResource) > 0:
		return errors.New("it has Resource and NotResource; RAM takes one of them")
	case resources == 0:
		return errors.New("there is neither Resource nor NotResource")
	}
	return nil
}

func (s Statement) has(element string) bool {
	return slices.ContainsFunc(s.Unread, func(u Unread) bool { return u.Element == element })
}

// parseTexts reads one text or a list of some.
func parseTexts(path string, t tree) ([]string, error) {
	list := t.members
	switch t.kind {
	case '"':
		list = []tree{t}
	case '[':
	default:
		return nil, fmt.Errorf("%s is neither text nor a list of text", path)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is an empty list", path)
	}
	out := make([]string, len(list))
	for i, item := range list {
		switch {
		case item.kind != '"':
			return nil, fmt.Errorf("%s[%d] is not text", path, i)
		case strings.TrimSpace(item.text) != item.text || item.text == "":
			return nil, fmt.Errorf("%s[%d] is empty or has blanks around it", path, i)
		}
		out[i] = item.text
	}
	return out, nil
}

// parsePrincipal reads {"RAM": …, "Service": …}, or "*" for everybody.
func parsePrincipal(t tree) ([]Name, error) {
	if t.kind == '"' && t.text == "*" {
		return []Name{{"RAM", "*"}}, nil
	}
	if t.kind != '{' {
		return nil, errors.New(`the Principal is neither "*" nor an object`)
	}
	var out []Name
	for i, kind := range t.names {
		names, err := parseTexts("Principal."+short(kind), t.members[i])
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			out = append(out, Name{kind, name})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the Principal names nobody")
	}
	return out, nil
}

// parseConditions reads {operator: {key: value or values}}. Values may be bare booleans
// and numbers, which mean their text.
func parseConditions(t tree) ([]Condition, error) {
	if t.kind != '{' {
		return nil, errors.New("the Condition is not an object")
	}
	var out []Condition
	for i, operator := range t.names {
		path := "Condition." + short(operator)
		keys := t.members[i]
		if keys.kind != '{' {
			return nil, fmt.Errorf("%s is not an object of keys", path)
		}
		seen := map[string]string{}
		for j, key := range keys.names {
			if other, twice := seen[foldKey(key)]; twice {
				return nil, fmt.Errorf("%s has %q and %q, which are one key", path, short(other), short(key))
			}
			seen[foldKey(key)] = key
			values, err := parseValues(path+"."+short(key), keys.members[j])
			if err != nil {
				return nil, err
			}
			out = append(out, Condition{operator, key, values})
		}
	}
	return out, nil
}

func parseValues(path string, t tree) ([]string, error) {
	list := []tree{t}
	if t.kind == '[' {
		list = t.members
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is an empty list", path)
	}
	var out []string
	for i, item := range list {
		if item.kind != '"' && (item.kind != 'v' || item.text == "null") {
			return nil, fmt.Errorf("%s[%d] is neither text nor a number or boolean", path, i)
		}
		out = append(out, item.text)
	}
	return out, nil
}

// foldKey writes a key so that two spellings of one are equal. What comes after the
// slash is the name of a tag, which has case.
func foldKey(key string) string {
	name, tag, tagged := strings.Cut(key, "/")
	if !tagged {
		return lower(key)
	}
	return lower(name) + "/" + tag
}
