package channel

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Declaration is what there is to know of a channel before it is opened.
type Declaration struct {
	Name   string // of its folder
	Title  string // in the middle of a sentence
	Doc    string // what it is, in a sentence or two
	Limits Limits

	// Settings are the variables of the environment, the one first that switches the
	// channel on. Also says of the others, to whoever has set none, which are needed too.
	Settings []Setting
	Also     string

	// Check finds what only several values together show. Where it fails they are not
	// checked one by one. It repeats no value. It may be nil.
	Check func(Values) error

	// Open makes the channel of values that have passed.
	Open func(Values, Transport) Channel
}

// A Setting is a variable of the environment.
type Setting struct {
	Name   string
	Doc    string // what goes there
	Secret bool
	Check  func(value string) error // of a value that is set; its error does not repeat it. It may be nil
}

// Values are what is set, by the names of variables, without space around it.
type Values map[string]string

// Open opens the channels that are set. It refuses all if a value of one cannot be right:
// whoever has set it relies on it.
func Open(all []*Declaration, getenv func(string) string, t Transport) ([]Channel, error) {
	var open []Channel
	var faults []error
	for _, d := range all {
		set := d.values(getenv)
		if len(set) == 0 {
			continue
		}
		if err := d.check(set); err != nil {
			faults = append(faults, err)
			continue
		}
		open = append(open, d.Open(set, t))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if len(open) == 0 {
		return nil, fmt.Errorf("no channel for alerts: set %s", strings.Join(ways(all), ", or "))
	}
	return open, nil
}

// ways are the variables that switch a channel on.
func ways(all []*Declaration) (names []string) {
	for _, d := range all {
		name := d.Settings[0].Name
		if d.Also != "" {
			name += " (" + d.Also + ")"
		}
		names = append(names, name)
	}
	return names
}

func (d *Declaration) values(getenv func(string) string) Values {
	set := Values{}
	for _, s := range d.Settings {
		if value := strings.TrimSpace(getenv(s.Name)); value != "" {
			set[s.Name] = value
		}
	}
	return set
}

func (d *Declaration) check(set Values) error {
	if first := d.Settings[0].Name; set[first] == "" {
		return fmt.Errorf("%s is not set, but another setting of %s is", first, d.Title)
	}
	if d.Check != nil {
		if err := d.Check(set); err != nil {
			return err
		}
	}
	var faults []error
	for _, s := range d.Settings {
		if value := set[s.Name]; value != "" && s.Check != nil {
			if err := s.Check(value); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", s.Name, err))
			}
		}
	}
	return errors.Join(faults...)
}

// Variables are the names of all settings, in order.
func Variables(all []*Declaration) (names []string) {
	for _, d := range all {
		for _, s := range d.Settings {
			names = append(names, s.Name)
		}
	}
	return names
}

var variable = regexp.MustCompile(`^ECSGUARD_[A-Z0-9]+(_[A-Z0-9]+)*$`)

// Validate tells what a declaration lacks.
func (d *Declaration) Validate() error {
	var faults []error
	lacks := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("channel %s: "+format, append([]any{d.Name}, args...)...))
	}
	text := func(what, s string) {
		if s == "" || strings.Contains(s, "TODO") || strings.ContainsAny(s, "\n\r") {
			lacks("%s says nothing yet, or more than a line: %q", what, s)
		}
	}
	text("Title", d.Title)
	text("Doc", d.Doc)
	if d.Limits.Bytes < leastBytes || d.Limits.Commands <= 0 || d.Limits.Lines < 0 {
		lacks("Limits: %+v: at least %d bytes, and so many of commands as its receiver shows", d.Limits, leastBytes)
	}
	if len(d.Settings) == 0 {
		lacks("Settings: nothing would switch it on")
	}
	own := "ECSGUARD_" + strings.ToUpper(strings.ReplaceAll(d.Name, "-", "_")) + "_"
	for _, s := range d.Settings {
		if !variable.MatchString(s.Name) || !strings.HasPrefix(s.Name, own) {
			lacks("the variable %q does not begin with %s, or is not in capitals", s.Name, own)
		}
		text(s.Name, s.Doc)
	}
	if d.Open == nil {
		lacks("Open is missing")
	}
	return errors.Join(faults...)
}
