package kernel

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// A shelf with boxes is a kind with every sort of field that a table knows.
type shelf struct {
	Resource `yaml:",inline"`
	Colour   string `yaml:"colour,omitempty"` // default grey
	Full     bool   `yaml:"full"`
	Serial   string `yaml:"-"`
	Boxes    []*box `yaml:"boxes,omitempty" dump:"after tags"`
}

type box struct {
	Size   int    `yaml:"size,omitempty"` // default that of the one before
	Colour string `yaml:"colour,omitempty"`
}

type storeroom struct {
	Shelves Table[*shelf] `yaml:"shelves,omitempty"`
	made    int
}

func (s *shelf) Defaults(*storeroom) {
	s.Colour = cmp.Or(s.Colour, "grey")
	size := 1
	for _, b := range s.Boxes {
		b.Size, b.Colour = cmp.Or(b.Size, size), cmp.Or(b.Colour, s.Colour)
		size = b.Size
	}
}

func (s *shelf) Check(*storeroom) error {
	for i, b := range s.Boxes {
		if b.Size > 9 {
			return At(errors.New("too large"), ".boxes[%d]", i)
		}
	}
	return nil
}

func (s *shelf) Complete(_ *Loader, r *storeroom) error {
	r.made++
	s.Serial = "made up"
	return nil
}

func (s *shelf) Implied(*storeroom) bool { return s.Name == "implied" }

func (r *storeroom) tables() []Rows[*storeroom] {
	return []Rows[*storeroom]{RowsOf(&r.Shelves, Kind{Key: "shelves", Prefix: "sh", Tagged: "shelf"})}
}

func loadShelves(t *testing.T, document string) (*storeroom, error) {
	t.Helper()
	r := &storeroom{}
	if err := yaml.UnmarshalWithOptions([]byte(document), r, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	l := Loader{home: "cn-hangzhou", Seen: map[string]bool{}}
	return r, LoadTables(&l, r, "$", r.tables())
}

func TestATableIsWrittenShort(t *testing.T) {
	r, err := loadShelves(t, `
shelves:
  - {id: sh-2, colour: grey, full: false, region: cn-hangzhou}
  - {id: sh-1, name: one, colour: red, full: true, region: cn-beijing, tags: {a: b}, boxes: [{size: 1}, {size: 3, colour: red}, {size: 3}, {colour: grey}]}
  - {id: sh-3, name: implied, full: false}
`)
	if err != nil || r.made != 3 {
		t.Fatal(err, r.made)
	}
	const want = `shelves:
  - id: sh-1
    name: one
    region: cn-beijing
    colour: red
    full: true
    tags:
      a: b
    boxes:
      - {}
      - size: 3
      - size: 3
      - size: 3
        colour: grey
  - id: sh-2
    full: false
`
	dump := func() string {
		b, err := yaml.MarshalWithOptions(DumpTables(r, "cn-hangzhou", r, r.tables()), yaml.Indent(2), yaml.IndentSequence(true))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for range 2 { // a dump changes nothing
		if got := dump(); got != want {
			t.Errorf("%s", got)
		}
	}
	if r.Shelves[1].Boxes[1].Size != 3 || r.Shelves[1].Serial != "made up" {
		t.Errorf("%+v", r.Shelves[1])
	}
}

func TestMistakesInATableHaveTheirPlace(t *testing.T) {
	for document, says := range map[string]string{
		"shelves: [{id: sh-1, full: true}, {id: sh-1, full: true}]":             `$.shelves[1]: id "sh-1" is used twice`,
		"shelves: [{id: box-1, full: true}]":                                    `$.shelves[0]: id "box-1" does not begin with "sh-"`,
		"shelves: [{id: sh-1, full: true, region: nowhere}]":                    `$.shelves[0]: no region "nowhere"`,
		"shelves: [{id: sh-1, full: true, boxes: [{size: 2}, {size: 12}, {}]}]": `$.shelves[0].boxes[1]: too large`,
	} {
		_, err := loadShelves(t, document)
		var placed *placedError
		if !errors.As(err, &placed) || !strings.HasPrefix(placed.path+": "+placed.Error(), says) {
			t.Errorf("%s: %v", document, err)
		}
	}
}
