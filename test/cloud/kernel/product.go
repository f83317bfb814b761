package kernel

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// Of is the product that make adds to a cloud. It is made once, whoever asks first: a product
// that needs another says so by asking for it, and nobody has to know in which order they are
// made. Two that need each other cannot both ask; one of them offers a hook.
func Of[S any](c *Cloud, make func(*Cloud) *S) *S {
	kind := reflect.TypeFor[S]()
	made, begun := c.products[kind]
	if !begun {
		// Begun and not made yet: whoever asks for it now is in a ring.
		c.products[kind] = (*S)(nil)
		s := make(c)
		c.products[kind] = s
		return s
	}
	s := made.(*S)
	if s == nil {
		panic(fmt.Sprintf("%s needs a product that needs it: one of the two has to offer a hook", kind))
	}
	return s
}

// Keep gives what a product keeps its part of the document, and shows its resources to the
// product Tag and to Cloud Config. The name is that of the section, and the one by which ARNs
// call the product. state is where the service has what it keeps: what a document says is
// built in a copy of the service, so that a document with a fault changes nothing; what no
// document can say stays.
func Keep[S, F any](c *Cloud, s *S, name string, state func(*S) *F, tables func(*S) []Rows[*S]) {
	Show(c, s, name, tables)
	c.AddSection(StateSection(name, func(f *F, _ map[string]any) (func(), error) {
		next, l := *s, c.NewLoader()
		// Only fields with a yaml tag are taken from the document.
		said, kept := reflect.ValueOf(f).Elem(), reflect.ValueOf(state(&next)).Elem()
		for _, field := range fieldsOf(kept.Type()) {
			kept.FieldByIndex(field.index).Set(said.FieldByIndex(field.index))
		}
		if err := LoadTables(&l, &next, "$."+name, tables(&next)); err != nil {
			return nil, err
		}
		return func() { *state(s) = *state(&next) }, nil
	}, func() yaml.MapSlice { return DumpTables(s, c.Region, state(s), tables(s)) }))
}

// Show has the product Tag and Cloud Config find the resources of a product.
func Show[S any](c *Cloud, s *S, name string, tables func(*S) []Rows[*S]) {
	c.Taggables = append(c.Taggables, func(add func(product, kind string, all []*Resource)) {
		for _, t := range TaggedRows(tables(s)) {
			add(name, t.Tagged, t.Bases())
		}
	})
	c.Inventory = append(c.Inventory, func(add NoteItem) { NoteRows(s, tables(s), add) })
}

// Host is the host of a product in a region, {region} being the region's id. One without it
// serves all regions.
func Host(form string) func(region string) string {
	return func(region string) string { return strings.ReplaceAll(form, "{region}", region) }
}

// Regional is how most hosts are written.
func Regional(name string) func(region string) string { return Host(name + ".{region}.aliyuncs.com") }

// AddEndpoint tells clients that ask the location service where a product is, by each name
// that one of them has for it.
// Names are found in any case.
func (c *Cloud) AddEndpoint(host func(region string) string, names ...string) {
	for _, name := range names {
		c.endpoints[strings.ToLower(name)] = host
	}
}
