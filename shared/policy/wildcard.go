package policy

import (
	"fmt"
	"strings"
)

// A Wildcard is a * or ? in a statement that allows. A NotAction or NotResource is always
// reported too, whether or not it has a wildcard, because it allows everything that it does not
// list.
type Wildcard struct {
	Place
	Element string // Action, NotAction, Resource or NotResource
	Index   int    // in the list, from 0; -1 for the whole of NotAction or NotResource
	Text    string
	Width   Width
	// Conditional says that the statement has conditions.
	Conditional bool
}

// A Width is how much a wildcard stands for.
type Width int

const (
	// Part is a part of a name: ecs:Describe*, instance/i-*.
	Part Width = iota
	// WholeService is every action or resource of a service.
	WholeService
	// All is every action of every service, or every resource.
	All
)

func (w Width) String() string { return [...]string{"part", "service", "all"}[w] }

func (w Wildcard) String() string {
	if w.Index < 0 {
		return fmt.Sprintf("%s: %s allows all but %s", w.Place, w.Element, w.Text)
	}
	return fmt.Sprintf("%s: %s[%d] is %s", w.Place, w.Element, w.Index, w.Text)
}

// Wildcards names those of the statements that allow, as they are written. Whether
// they are in effect, less what is denied, is a question for [Access.Reaches].
func (d *Document) Wildcards() []Wildcard {
	var out []Wildcard
	for i, s := range d.Statements {
		if s.Deny {
			continue
		}
		at := Wildcard{Place: Place{d.Name, i + 1}, Conditional: len(s.Conditions)+len(s.Unread)+len(d.Unread) > 0}
		out = append(out, at.among("Action", s.Action, actionWidth)...)
		out = append(out, at.allBut("NotAction", s.NotAction)...)
		out = append(out, at.among("Resource", s.Resource, resourceWidth)...)
		out = append(out, at.allBut("NotResource", s.NotResource)...)
	}
	return out
}

func (w Wildcard) among(element string, texts []string, width func(string) Width) []Wildcard {
	var out []Wildcard
	for i, text := range texts {
		if strings.ContainsAny(beside(element, text), "*?") {
			w.Element, w.Index, w.Text, w.Width = element, i, text, width(text)
			out = append(out, w)
		}
	}
	return out
}

func (w Wildcard) allBut(element string, texts []string) []Wildcard {
	if len(texts) == 0 {
		return nil
	}
	w.Element, w.Index, w.Text, w.Width = element, -1, strings.Join(texts, ", "), All
	return []Wildcard{w}
}

// beside is a resource without its region and its account: a star there is how resources
// are written, and not counted.
func beside(element, text string) string {
	fields := strings.SplitN(text, ":", 5)
	if element != "Resource" || len(fields) < 5 {
		return text
	}
	return fields[0] + fields[1] + fields[4]
}

// stars says whether a text is nothing but stars.
func stars(text string) bool { return text != "" && strings.Trim(text, "*") == "" }

func actionWidth(text string) Width {
	service, name, named := strings.Cut(text, ":")
	switch {
	case stars(text) || stars(service) && stars(name):
		return All
	case named && stars(name):
		return WholeService
	}
	return Part
}

// resourceWidth tells by the service and what comes after the account.
func resourceWidth(text string) Width {
	if stars(text) {
		return All
	}
	fields := strings.SplitN(text, ":", 5)
	last := fields[len(fields)-1]
	switch {
	case !stars(last) || !strings.EqualFold(fields[0], "acs"):
		return Part
	case len(fields) < 3 || stars(fields[1]):
		return All
	}
	return WholeService
}
