// Package settings is what operators set: the environment of a function and one YAML file
// deployed beside its binary. The zero value of every field is usable and safe: with nothing
// set, nothing is changed in the account.
package settings

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Settings are the operator's choices.
type Settings struct {
	Mode       practice.Mode // of every practice that sets none; empty is observe
	Practices  map[string]Practice
	BreakGlass List // addresses and blocks that no practice shuts out: the way in for emergencies
	Users      List // names of the RAM users that no practice locks out: the way in for emergencies
	Protected  List // identities, as resource.IdentityOf reads them, that no practice touches: who deploys ecsguard above all
	Admins     List // names of the RAM users, and role/ and names of roles, that may be administrators
	Regions    List // that are watched; none: all
	Exemptions []Exemption
	IgnoreTags bool      // where those who make resources must not exempt them
	PerHour    int       // calls for a resource, at most; 0 is 100
	Touches    int       // machines, keys and users that are touched, at most; 0 is 5
	NoSweeps   bool      // stops sweeps, those under way too
	PerSweep   int       // edits of each practice that one sweep makes, at most; 0 is 10
	Heartbeat  Heartbeat // how somebody outside knows that ecsguard is at work

	Project string // of the audit log, from the environment
	Store   string

	known  []string       // IDs of the practices there are
	file   string         // where the rest was read
	lines  map[string]int // of practices and their params, by path
	doubts []string
}

// Practice is what is set for one practice.
type Practice struct {
	Mode    practice.Mode
	Params  map[string]List
	PerHour int
}

// A Heartbeat shows that ecsguard is at work. Both may be left out.
type Heartbeat struct {
	URL    string // https: asked for with a GET every two minutes as long as all is well; whoever expects it raises the alarm when it does not come
	Canary string // id of a security group that nothing uses, in which a port is opened each hour to see that it is closed
}

// An Exemption says: not this resource, until this date, because. It names who
// answers for it.
type Exemption struct {
	Practice string // an ID, or * for all
	Resource string // an id; * stands for any run of characters
	Until    Date   // the last day, in UTC
	Because  string
	By       string

	line int
}

// Covers tells whether the exemption speaks of a finding of a practice on a resource.
func (e Exemption) Covers(practiceID, resource string) bool {
	return (e.Practice == "*" || e.Practice == practiceID) && matches(e.Resource, resource)
}

// matches compares with * as any run of characters. Resource ids hold no slash, so
// path.Match's star does that.
func matches(pattern, s string) bool {
	ok, err := path.Match(pattern, s)
	return err == nil && ok
}

// Date is a day, written 2026-12-31.
type Date struct{ time.Time }

// Over tells whether the day has passed, in UTC.
func (d Date) Over(now time.Time) bool { return !now.Before(d.AddDate(0, 0, 1)) }

// String is the day as it is written.
func (d Date) String() string { return d.Format(time.DateOnly) }

// ParseDate reads 2026-12-31.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	return Date{t}, err
}

// Knowing is the settings where it is known which practices there are: what an exemption
// names beside them is a mistake.
func (s Settings) Knowing(practices []*practice.Practice) Settings {
	s.known = nil
	for _, p := range practices {
		s.known = append(s.known, p.ID)
	}
	return s
}

// Known are the IDs of the practices there are; none: that is not known.
func (s Settings) Known() []string { return s.known }

// List is words; in YAML, one word may stand without its list.
type List []string

// ModeOf is how far a practice may go. A practice whose changes can break something
// goes beyond observing only where it is named itself. Only a practice that is named
// can be off.
func (s Settings) ModeOf(p *practice.Practice) practice.Mode {
	own := s.Practices[p.ID].Mode
	if own == "" && p.Disruptive == "" {
		own = s.Mode
	}
	return cmp.Or(own, practice.Observe)
}

// Deployed are the practices that are in use: neither retired nor off.
func (s Settings) Deployed(all []*practice.Practice) (deployed []*practice.Practice) {
	for _, p := range all {
		if p.Retired == "" && s.ModeOf(p) != practice.Off {
			deployed = append(deployed, p)
		}
	}
	return deployed
}

// Off are the IDs of the practices that are switched off, sorted.
func (s Settings) Off() (ids []string) {
	for id, p := range s.Practices {
		if p.Mode == practice.Off {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Params are the knobs that are set for a practice. The way in for emergencies is
// trusted by all that trust somebody, and who may be an administrator is one to all.
func (s Settings) Params(p *practice.Practice) map[string][]string {
	params := map[string][]string{}
	for name, value := range s.Practices[p.ID].Params {
		params[name] = value
	}
	for _, param := range p.Params {
		if value, set := params[param.Name]; param.Name == practice.Trusted && len(s.BreakGlass) > 0 {
			if !set {
				value = param.Default
			}
			params[param.Name] = slices.Concat(value, s.BreakGlass)
		}
		if param.Name == practice.Administrators && len(s.Admins) > 0 {
			params[param.Name] = slices.Concat(params[param.Name], s.Admins)
		}
		if param.Name == practice.Needed {
			params[param.Name] = slices.Concat(params[param.Name], s.Protected, s.Users)
		}
	}
	return params
}

// Ceiling is how many changes are made to one resource in an hour at most. It is
// against a fault of ecsguard's own: nobody else can use it up.
func (s Settings) Ceiling(practiceID string) int {
	return cmp.Or(s.Practices[practiceID].PerHour, s.PerHour, 100)
}

// Lockouts is how many machines, keys and users are touched in an hour at most.
func (s Settings) Lockouts() int { return cmp.Or(s.Touches, 5) }

// SweepBudget is how many edits of each practice one sweep makes, at most.
func (s Settings) SweepBudget() int { return cmp.Or(s.PerSweep, 10) }
