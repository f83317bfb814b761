package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A section is what one product keeps, as people write it in a scenario. What the product
// generates by itself (times, ids of sessions, secrets) is left out, so that two dumps can
// be compared. mu is held at every call.
// load sees the parts of the document that were built before (built), and must not look at what is
// there now where the document says it anew.
type section struct {
	name string

	// load builds what the document says, and changes nothing before place is called:
	// when every section has been built.
	load func(node ast.Node, built map[string]any) (place func(), err error)

	dump func() (any, error) // nil: nothing is written
	Last bool                // it fits to what others build, and is loaded after them
}

// SectionOf makes a section of a product. What load builds for others to fit to it puts
// into built, under the section's name. A dump that is nil is left out.
func SectionOf[F any](name string, load func(f *F, built map[string]any) (place func(), err error), dump func() (*F, error)) section {
	s := section{name: name, load: func(node ast.Node, built map[string]any) (func(), error) {
		f := new(F)
		if err := yaml.NodeToValue(node, f, yaml.Strict()); err != nil {
			return nil, err
		}
		if err := countEach(reflect.ValueOf(f), "$."+name); err != nil {
			return nil, err
		}
		return load(f, built)
	}}
	s.dump = func() (any, error) {
		if dump == nil {
			return nil, nil
		}
		f, err := dump()
		if f == nil || err != nil {
			return nil, err
		}
		return f, nil
	}
	return s
}

// AddSection adds a section. They are loaded in this order, and so one may fit to those before it.
// The same order is that of a dump.
func (c *Cloud) AddSection(s section) { c.sections = append(c.sections, s) }

// Load sets the state of the products that the document speaks of; the others
// stay as they are, and so do users and roles that were added. On an error
// nothing is changed.
func (c *Cloud) Load(document []byte) error {
	if err := checkState(document); err != nil {
		return fmt.Errorf("loading the cloud's state: %w", err)
	}
	var parts map[string]ast.Node
	dec := yaml.NewDecoder(bytes.NewReader(document), yaml.Strict())
	if err := dec.Decode(&parts); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("loading the cloud's state: %w", err)
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if err := c.load(parts); err != nil {
		return fmt.Errorf("loading the cloud's state: %w", withLine(document, err))
	}
	return nil
}

// load builds everything before it changes anything. mu is held.
// Sections that are Last come second, whatever their place. An unknown name is refused after all
// has been built: an error within a section is told first.
func (c *Cloud) load(parts map[string]ast.Node) error {
	var places []func()
	built := map[string]any{}
	for _, last := range []bool{false, true} {
		for _, s := range c.sections {
			node := parts[s.name]
			if s.Last != last || node == nil || node.Type() == ast.NullType {
				continue
			}
			place, err := s.load(node, built)
			if err != nil {
				return err
			}
			places = append(places, place)
		}
	}
	for _, s := range c.sections {
		delete(parts, s.name)
	}
	// The first by name, so that the error is the same each time.
	for _, name := range SortedKeys(parts) {
		return At(fmt.Errorf("unknown field %q: there is no such product", name), "$.%s", name)
	}
	for _, f := range c.BeforeLoad {
		f()
	}
	for _, place := range places {
		place()
	}
	return nil
}

// Dump writes the state as Load reads it, in a form that compares: sorted, and
// without what the cloud generates. Roles are not in it, nor policies that only
// they have, nor the earlier versions of a policy, nor logs.
// Two dumps of one state are the same bytes: sorted rows, fields in the order of the structs,
// nothing that the clock decides.
func (c *Cloud) Dump() ([]byte, error) {
	var all yaml.MapSlice
	err := func() error {
		c.Mu.Lock()
		defer c.Mu.Unlock()
		for _, s := range c.sections {
			f, err := s.dump()
			if err != nil {
				return err
			}
			if f != nil {
				all = append(all, yaml.MapItem{Key: s.name, Value: f})
			}
		}
		return nil
	}()
	if err != nil {
		return nil, err
	}
	b, err := yaml.MarshalWithOptions(all, yaml.Indent(2), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("dumping the cloud's state: %w", err)
	}
	return b, nil
}
