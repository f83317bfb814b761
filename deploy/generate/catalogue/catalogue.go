// Package catalogue reads the table of everything that the guide asks for, built
// or not.
package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/deploy/generate/registry"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Path is the file, from the root of the project.
const Path = "deploy/generate/catalogue.yaml"

// Catalogue is the table, by sections of the guide.
type Catalogue []Section

// A Section is a part of the guide.
type Section struct {
	Title     string  `yaml:"section"`
	Guide     string  `yaml:"guide"` // its heading there
	Practices []Entry `yaml:"practices"`
}

// An Entry is one practice.
type Entry struct {
	ID       string            `yaml:"id"`
	Title    string            `yaml:"title"`
	Guide    string            `yaml:"guide"` // the heading under which the guide asks for it
	Severity practice.Severity `yaml:"severity"`
	CIS      []string          `yaml:"cis"`
	Class    Class             `yaml:"class"`
}

// Class is what ecsguard does about a departure.
type Class string

// Classes says what each class means.
var Classes = map[Class]string{
	"fix":    "fixes",
	"opt-in": "fixes, only if named",
	"ask":    "alerts, and proposes a change",
	"alert":  "alerts",
}

// Load reads the table of a project.
func Load(root string) (Catalogue, error) {
	text, err := os.ReadFile(filepath.Join(root, Path))
	if err != nil {
		return nil, err
	}
	var c Catalogue
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&c); err != nil {
		return nil, fmt.Errorf("reading %s: %w", Path, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", Path, err)
	}
	return c, nil
}

// Find returns the row of a practice.
func (c Catalogue) Find(id string) (Entry, bool) {
	for _, s := range c {
		for _, e := range s.Practices {
			if e.ID == id {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// Headings says which practices name a heading that the guide does not have. The guide is not
// part of the project: its headings are those of the catalogue.
func (c Catalogue) Headings(all []*practice.Practice) error {
	known := map[string]bool{}
	for _, s := range c {
		known[s.Guide] = true
		for _, e := range s.Practices {
			known[e.Guide] = true
		}
	}
	var faults []error
	for _, p := range all {
		for _, heading := range p.Guide {
			if !known[heading] {
				faults = append(faults, fmt.Errorf("practice %s: the guide has no heading %q that %s would know: "+
					"write it as it stands there, or give the practice a Standard instead", p.ID, heading, Path))
			}
		}
	}
	return errors.Join(faults...)
}

func (c Catalogue) validate() error {
	var faults []error
	fault := func(id, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: "+format, append([]any{id}, args...)...))
	}
	seen := map[string]bool{}
	for _, s := range c {
		for _, e := range s.Practices {
			if err := registry.ValidID(e.ID); err != nil {
				fault(e.ID, "%w", err)
			}
			if seen[e.ID] {
				fault(e.ID, "is there twice")
			}
			seen[e.ID] = true
			if e.Title == "" || e.Guide == "" {
				fault(e.ID, "needs a title and a guide")
			}
			if !e.Severity.Known() {
				fault(e.ID, "severity %q is none of critical, high, medium, low", e.Severity)
			}
			if Classes[e.Class] == "" {
				fault(e.ID, "class %q is none of fix, opt-in, ask, alert", e.Class)
			}
		}
	}
	return errors.Join(faults...)
}
