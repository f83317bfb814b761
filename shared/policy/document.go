package policy

import (
	"fmt"
	"slices"
)

// A Document is one RAM policy as it was read. Its fields may be changed and the
// document written again with [Document.JSON].
type Document struct {
	// Name is for people: what the caller calls the policy.
	Name       string
	Statements []Statement
	// Unread are elements beside Version and Statement. What they do is not known,
	// so every statement of the document may or may not hold.
	Unread []Unread
}

// A Statement allows or denies. Exactly one of Action and NotAction is there; of
// Resource and NotResource one in a permission, and none in a trust policy.
type Statement struct {
	Sid         string // a label that decides nothing
	Deny        bool
	Action      []string
	NotAction   []string
	Resource    []string
	NotResource []string
	Principal   []Name // of a trust policy
	Conditions  []Condition
	// Unread are elements that are not RAM's. The statement may or may not hold.
	Unread []Unread
}

// A Condition is one test of one key: true when the operator holds for one of the
// values, or, where it negates, for all. All conditions of a statement have to hold.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// A Name is one principal of a trust policy.
type Name struct {
	Kind string // RAM, Service or Federated
	Name string
}

// Unread is an element that this package does not know.
type Unread struct {
	Element string
	Value   string // as JSON
}

// A Place says where something stands: "statement 2 of backup-operators".
type Place struct {
	Document  string
	Statement int // from 1
}

func (p Place) String() string {
	if p.Document == "" {
		return fmt.Sprintf("statement %d", p.Statement)
	}
	return fmt.Sprintf("statement %d of %s", p.Statement, p.Document)
}

// An Access is everything that decides what one principal may do.
//
// Control policies do not apply to the root account, to principals in the management account of
// the resource directory, or to service roles: leave Control empty for those.
type Access struct {
	// Policies are those of the user and of all its groups, or those of the role.
	Policies []*Document
	// Session is the policy that was given when the role was assumed; nil is none.
	Session *Document
	// Control are the control policies by level: of the root folder, of each folder
	// below it, and of the member. Each level has to allow.
	Control [][]*Document
}

// With is the access with one more policy.
func (a Access) With(d *Document) Access {
	a.Policies = append(slices.Clip(slices.Clone(a.Policies)), d)
	return a
}

// Of is the access of a principal that has these policies and nothing else.
func Of(documents ...*Document) Access { return Access{Policies: documents} }

// A Scope is a part of all requests: those of some actions to some resources, as
// patterns. An empty list is all of them.
type Scope struct {
	Actions   []string
	Resources []string
}

// layers gives the documents level by level. Each level must allow, and none deny.
func (a Access) layers() [][]*Document {
	out := [][]*Document{a.Policies}
	if a.Session != nil {
		out = append(out, []*Document{a.Session})
	}
	return append(out, a.Control...)
}

// Clone is a copy that can be edited without the other changing.
func (d *Document) Clone() *Document {
	out := *d
	out.Unread = slices.Clone(d.Unread)
	out.Statements = make([]Statement, len(d.Statements))
	for i, s := range d.Statements {
		out.Statements[i] = s.clone()
	}
	return &out
}

func (s Statement) clone() Statement {
	for _, list := range []*[]string{&s.Action, &s.NotAction, &s.Resource, &s.NotResource} {
		*list = slices.Clone(*list)
	}
	s.Principal, s.Unread = slices.Clone(s.Principal), slices.Clone(s.Unread)
	s.Conditions = slices.Clone(s.Conditions)
	for i := range s.Conditions {
		s.Conditions[i].Values = slices.Clone(s.Conditions[i].Values)
	}
	return s
}
