package catalogue

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/shared/practice"
)

func load(t *testing.T) (string, Catalogue) {
	t.Helper()
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return root, c
}

// material reads what the catalogue was made from. It is not part of the project.
func material(t *testing.T, root, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "..", "shared", name))
	if err != nil {
		t.Skipf("nothing to compare with: %v", err)
	}
	return text
}

func TestSameIDs(t *testing.T) {
	root, c := load(t)
	var rows []struct{ ID string }
	if err := json.Unmarshal(material(t, root, "practices.json"), &rows); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, row := range rows {
		want[row.ID] = true
		if _, ok := c.Find(row.ID); !ok {
			t.Errorf("%s is not in the catalogue", row.ID)
		}
	}
	for _, s := range c {
		for _, e := range s.Practices {
			if !want[e.ID] {
				t.Errorf("%s is in the catalogue only", e.ID)
			}
		}
	}
}

// A heading that is cited can be found in the guide.
func TestHeadings(t *testing.T) {
	root, c := load(t)
	guide := string(material(t, root, "seed.ja.txt"))
	for _, s := range c {
		if !strings.Contains(guide, s.Guide) {
			t.Errorf("section %s: the guide has no %q", s.Title, s.Guide)
		}
		for _, e := range s.Practices {
			if !strings.Contains(guide, e.Guide) {
				t.Errorf("%s: the guide has no %q", e.ID, e.Guide)
			}
		}
	}
}

// A practice that the guide does not ask for has a standard of its own; a heading that the
// guide does not have is refused.
func TestAHeadingThatDoesNotExist(t *testing.T) {
	c := Catalogue{{Guide: "章", Practices: []Entry{{ID: "a-b", Guide: "見出し"}}}}
	good := []*practice.Practice{{ID: "a-b", Guide: []string{"見出し", "章"}}, {ID: "own", Standard: "CIS Alibaba Cloud 1.16"}}
	if err := c.Headings(good); err != nil {
		t.Error(err)
	}
	err := c.Headings(append(good, &practice.Practice{ID: "c-d", Guide: []string{"見出し "}}))
	if err == nil || !strings.Contains(err.Error(), `practice c-d: the guide has no heading "見出し "`) {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	good := Entry{ID: "a-b", Title: "t", Guide: "g", Severity: "low", Class: "fix"}
	for name, change := range map[string]func(*Entry){
		"kebab-case": func(e *Entry) { e.ID = "A" },
		"title":      func(e *Entry) { e.Title = "" },
		"severity":   func(e *Entry) { e.Severity = "info" },
		"class":      func(e *Entry) { e.Class = "auto" },
	} {
		e := good
		change(&e)
		if err := (Catalogue{{Practices: []Entry{e}}}).validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Catalogue{{Practices: []Entry{good, good}}}).validate(); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("one ID in two rows: %v", err)
	}
}
