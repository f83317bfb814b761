package kernel

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Table holds the resources of a kind in the order of their creation, which is the order in
// which the real services answer. It is a slice, so that Find, Within and range work on it.
type Table[R Based] []R

// Based is what has the fields that every resource has.
type Based interface{ Base() *Resource }

// Row is a resource that stands once: its struct is what the product keeps and what a
// document says, by its yaml tags. What the cloud generates is tagged "-" and not written.
// S is the product's service, with the state that is being built while a document is read.
type Row[S any] interface {
	Based

	// Defaults sets what is empty and may be left out of a document. It must come to the same
	// for the same service, and look at nothing that is made up: a dump leaves out each field
	// that Defaults would put back.
	Defaults(s S)

	// Check refuses what the real service could not hold. The rows of this table have their
	// defaults by now, and those of the tables before it are complete.
	Check(s S) error
}

// Completed is a Row that is given more on loading, once it has been checked: what is made up,
// such as a free address, and what it means for other resources. A dump writes all of that.
type Completed[S any] interface{ Complete(l *Loader, s S) error }

// Abridged is a Row of which a dump writes something else than what it holds: without a key
// that the cloud made up, say. The answer is a copy.
type Abridged[S, R any] interface{ Abridged(s S) R }

// Implied is a Row that need not be written where something else says all of it.
type Implied[S any] interface{ Implied(s S) bool }

// Configured is a Row that Cloud Config records, as this.
type Configured[S any] interface{ Configuration(s S) map[string]any }

// Kind says what the resources of a table are called, by whom.
type Kind struct {
	Key    string // the list in a document: "disks"
	Prefix string // of ids, without the dash: "d". None: the name is the id
	Tagged string // the type in calls of TagResources and in ARNs: "disk". None: it carries no tags
	Type   string // the type in ActionTrail and Cloud Config: "ACS::ECS::Disk"
}

// Rows is a table of a service, whatever its kind: to load, dump and list it.
type Rows[S any] struct {
	Kind
	load  func(l *Loader, s S, path string) error
	dump  func(s S, home string) []yaml.MapSlice
	note  func(s S, add NoteItem)
	Bases func() []*Resource
}

// RowsOf describes a table of a service.
// Rows of the document begin all before any is finished, so that one may refer to a later one of
// its table by its id. Those behind them, which the product put there, have a time of creation
// already.
func RowsOf[S any, R Row[S]](t *Table[R], k Kind) Rows[S] {
	return Rows[S]{
		Kind: k,
		load: func(l *Loader, s S, path string) error {
			var begun []R
			for i, r := range *t {
				if !r.Base().Created.IsZero() { // not of the document: the product put it there
					break
				}
				if err := begin(l, s, k, r); err != nil {
					return At(err, "%s.%s[%d]", path, k.Key, i)
				}
				begun = append(begun, r)
			}
			for i, r := range begun {
				if err := finish(l, s, r); err != nil {
					return At(err, "%s.%s[%d]", path, k.Key, i)
				}
			}
			return nil
		},
		dump: func(s S, home string) (all []yaml.MapSlice) {
			for _, r := range ByID(*t) {
				if quiet, ok := any(r).(Implied[S]); ok && quiet.Implied(s) {
					continue
				}
				if short, ok := any(r).(Abridged[S, R]); ok {
					r = short.Abridged(s)
				}
				w := &writer[S, R]{s: s, home: home, row: r}
				all = append(all, w.write(k))
			}
			return all
		},
		note: func(s S, add NoteItem) {
			for _, r := range *t {
				if c, ok := any(r).(Configured[S]); ok {
					b := r.Base()
					add(k.Type, b.ID, b.Name, b.Region, b.Created, b.Tags, c.Configuration(s))
				}
			}
		},
		Bases: func() []*Resource { return Bases(*t) },
	}
}

// LoadTables gives the rows of every table what a document left out, and checks them. The
// order is that of tables: a row may look at those of the tables before its own. Rows that
// the product put behind those of the document have been made already, and are left alone.
func LoadTables[S any](l *Loader, s S, path string, tables []Rows[S]) error {
	for _, t := range tables {
		if err := t.load(l, s, path); err != nil {
			return err
		}
	}
	return nil
}

// LoadRow does for one row what LoadTables does for all.
func LoadRow[S any, R Row[S]](l *Loader, s S, k Kind, r R) error {
	if err := begin(l, s, k, r); err != nil {
		return err
	}
	return finish(l, s, r)
}

// Without a prefix a name is unique in its region.
func begin[S any, R Row[S]](l *Loader, s S, k Kind, r R) error {
	b := r.Base()
	id := b.ID
	if k.Prefix == "" { // two regions may use a name
		if b.ID != "" {
			return errors.New(`unknown field "id": its name is its id`)
		}
		if b.Name == "" {
			return errors.New("it needs a name")
		}
		id = k.Key + "/" + cmp.Or(b.Region, l.home) + "/" + b.Name
	}
	made, err := l.Resource(id, b.Name, b.Region, k.Prefix, b.Tags)
	if err != nil {
		return err
	}
	if k.Prefix == "" {
		made.ID = b.Name
	}
	// Resource has copied everything else.
	made.Description, made.CreatedAt = b.Description, b.CreatedAt
	if b.CreatedAt != "" {
		if made.Created, err = time.Parse(time.RFC3339, b.CreatedAt); err != nil {
			return err
		}
	}
	*b = made
	r.Defaults(s)
	return nil
}

func finish[S any, R Row[S]](l *Loader, s S, r R) error {
	if err := r.Check(s); err != nil {
		return err
	}
	if more, ok := any(r).(Completed[S]); ok {
		return more.Complete(l, s)
	}
	return nil
}

// DumpTables writes the state of a product in the order of its struct's fields: a table as
// its rows, sorted by id, and everything else as it is. Nothing is written of nothing.
func DumpTables[S any](s S, home string, state any, tables []Rows[S]) yaml.MapSlice {
	var all yaml.MapSlice
	v := reflect.ValueOf(state).Elem()
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		if f.short && empty(value) {
			continue
		}
		i := slices.IndexFunc(tables, func(t Rows[S]) bool { return t.Key == f.name })
		if i < 0 {
			all = append(all, yaml.MapItem{Key: f.name, Value: value.Interface()})
		} else if rows := tables[i].dump(s, home); len(rows) > 0 {
			all = append(all, yaml.MapItem{Key: f.name, Value: rows})
		}
	}
	return all
}

// A field is one that is written, by the tag yaml. The tag dump says what that tag cannot:
// "after tags" puts a field behind the tags, which otherwise are the last; "no description"
// and "no tags" stand at the embedded Resource of a kind of which these are not written, and
// in whose document they are refused.
type field struct {
	name      string
	index     []int
	short     bool // left out where it is empty, or by default
	afterTags bool
}

// fieldsOf are the fields of a struct in the order in which they are written.
func fieldsOf(t reflect.Type) []field {
	var before, tags, after []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for _, part := range fieldsOf(f.Type) {
				part.index = append([]int{i}, part.index...)
				switch {
				case strings.Contains(f.Tag.Get("dump"), "no "+part.name):
				case part.name == "tags":
					tags = append(tags, part)
				default:
					before = append(before, part)
				}
			}
		case name == "" || name == "-":
		case f.Tag.Get("dump") == "after tags":
			after = append(after, field{name, f.Index, options == "omitempty", true})
		default:
			before = append(before, field{name, f.Index, options == "omitempty", false})
		}
	}
	return slices.Concat(before, tags, after)
}

func empty(v reflect.Value) bool {
	return v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}

// writer writes one row.
type writer[S any, R Row[S]] struct {
	s    S
	home string // the region that need not be named
	row  R
}

// A field that may be left out is, if Defaults would put the same value back: it is tried on a
// copy.
func (w *writer[S, R]) write(k Kind) (all yaml.MapSlice) {
	v := reflect.ValueOf(w.row).Elem()
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		switch {
		case f.name == "id" && k.Prefix == "":
		case f.short && empty(value):
		case f.short && same(value, w.without(func(c reflect.Value) { c.FieldByIndex(f.index).SetZero() }).FieldByIndex(f.index)):
		case ofRows(value.Type()):
			all = append(all, yaml.MapItem{Key: f.name, Value: w.writeEach(value, f.index)})
		default:
			all = append(all, yaml.MapItem{Key: f.name, Value: value.Interface()})
		}
	}
	return all
}

// without is a copy of the row with something taken away, and its defaults put back.
func (w *writer[S, R]) without(change func(c reflect.Value)) reflect.Value {
	v := reflect.ValueOf(w.row).Elem()
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	for _, f := range fieldsOf(v.Type()) {
		if inner := c.Elem().FieldByIndex(f.index); ofRows(inner.Type()) {
			inner.Set(cloneRows(inner)) // Defaults may write to them
		}
	}
	change(c.Elem())
	r := c.Interface().(R)
	r.Base().Region = cmp.Or(r.Base().Region, w.home)
	r.Defaults(w.s)
	return c.Elem()
}

// writeEach writes the rows that a row has of its own. A field is taken away from all of
// them at once, which is as a document would leave it out.
func (w *writer[S, R]) writeEach(rows reflect.Value, index []int) []yaml.MapSlice {
	all := make([]yaml.MapSlice, rows.Len())
	for _, f := range fieldsOf(structOf(rows.Type().Elem())) {
		var usual reflect.Value
		if f.short {
			usual = w.without(func(c reflect.Value) {
				inner := c.FieldByIndex(index)
				for i := range inner.Len() {
					reflect.Indirect(inner.Index(i)).FieldByIndex(f.index).SetZero()
				}
			}).FieldByIndex(index)
		}
		for i := range rows.Len() {
			value := reflect.Indirect(rows.Index(i)).FieldByIndex(f.index)
			if f.short && (empty(value) || same(value, reflect.Indirect(usual.Index(i)).FieldByIndex(f.index))) {
				continue
			}
			all[i] = append(all[i], yaml.MapItem{Key: f.name, Value: value.Interface()})
		}
	}
	return all
}

func same(a, b reflect.Value) bool { return reflect.DeepEqual(a.Interface(), b.Interface()) }

// ofRows says that a type is a list of structs, or of pointers to them.
func ofRows(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && structOf(t.Elem()).Kind() == reflect.Struct && len(fieldsOf(structOf(t.Elem()))) > 0
}

func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func cloneRows(rows reflect.Value) reflect.Value {
	c := reflect.MakeSlice(rows.Type(), rows.Len(), rows.Len())
	for i := range rows.Len() {
		if rows.Type().Elem().Kind() == reflect.Pointer {
			one := reflect.New(rows.Type().Elem().Elem())
			one.Elem().Set(rows.Index(i).Elem())
			c.Index(i).Set(one)
		} else {
			c.Index(i).Set(rows.Index(i))
		}
	}
	return c
}

// TaggedRows are the tables whose resources carry tags.
func TaggedRows[S any](tables []Rows[S]) []Rows[S] {
	return slices.DeleteFunc(slices.Clone(tables), func(t Rows[S]) bool { return t.Tagged == "" })
}

// NoteRows tells of every resource that Cloud Config records.
func NoteRows[S any](s S, tables []Rows[S], add NoteItem) {
	for _, t := range tables {
		t.note(s, add)
	}
}

// StateSection is the section of a product whose state is its own document: F is the state's
// struct. A dump that is empty is left out.
func StateSection[F any](name string, load func(f *F, built map[string]any) (place func(), err error), dump func() yaml.MapSlice) section {
	s := SectionOf(name, load, nil)
	s.dump = func() (any, error) {
		if all := dump(); len(all) > 0 {
			return all, nil
		}
		return nil, nil
	}
	return s
}
