package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

const smallest = `A trail is stopped.

-- event --
sample actiontrail/stop-logging
-- before.yaml --
-- outcome --
good
-- calls --
`

func loaded(t *testing.T, text string) (scenario, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "01-some.txtar")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return load(path)
}

// An empty section asks for none, and one that is not there asks for nothing.
func TestEmptySectionsAskForNone(t *testing.T) {
	told := []ledger.Record{{ID: "1", Kind: ledger.Result, Outcome: practice.Observed, Severity: practice.High, Finding: "Port 22 is open"}}
	for _, c := range []struct {
		sections      string
		alert, record string // what is wrong, in part
	}{
		{"", "", ""},
		{"-- alert --\n-- records --\n", "none is due", "1 audit records, want 0"},
		{"-- alert --\n# nobody\n\n-- records --\n# nothing\n", "none is due", "1 audit records, want 0"},
		{"-- alert --\nPort 22\n-- records --\nresult observed finding=Port\n", "", `finding is "Port 22 is open", want "Port"`},
		{"-- alert --\nPort 23\n-- records --\nresult observed\n", `does not say "Port 23"`, ""},
		{"-- records --\nresult observed\nresult fixed\n", "", "1 audit records, want 2"},
	} {
		s, err := loaded(t, smallest+c.sections)
		if err != nil {
			t.Fatal(err)
		}
		alert, record := strings.Join(matchAlert(told, s.alert), "\n"), strings.Join(matchRecords(told, s.records), "\n")
		if !strings.Contains(alert, c.alert) || c.alert == "" && alert != "" {
			t.Errorf("%q: %q, want %q", c.sections, alert, c.alert)
		}
		if !strings.Contains(record, c.record) || c.record == "" && record != "" {
			t.Errorf("%q: %q, want %q", c.sections, record, c.record)
		}
	}
	if faults := append(matchAlert(nil, []string{}), matchRecords(nil, []string{})...); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestScenariosAreReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		smallest: "",
		strings.Replace(smallest, "A trail", "TODO", 1):   "begin with a sentence",
		smallest + "-- alerts --\n":                       "unknown or there twice",
		smallest + "-- calls --\n":                        "unknown or there twice",
		strings.Replace(smallest, "-- calls --\n", "", 1): `"calls" is missing`,
		strings.Replace(smallest, "good", "fine", 1):      `outcome "fine"`,
		smallest + "-- busy --\nlong\n":                   "busy is a time",
	} {
		if _, err := loaded(t, text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
	}
}

// Whoever writes a scenario finds each outcome on the page, and no other.
func TestOutcomesAreDescribed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(), "docs", "adding-a-practice.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| outcome | |\n|---|---|\n")
	table, _, ends := strings.Cut(table, "\n\n")
	if !found || !ends {
		t.Fatal("docs/adding-a-practice.md has no table of outcomes")
	}
	rows := map[string]bool{}
	for row := range strings.Lines(table) {
		rows[strings.Trim(strings.Fields(row)[1], "`")] = true
	}
	for _, o := range practice.Outcomes {
		if !rows[string(o)] {
			t.Errorf("the table does not have %s", o)
		}
	}
	if len(rows) != len(practice.Outcomes) {
		t.Errorf("the table has %d outcomes, and there are %d: %v", len(rows), len(practice.Outcomes), rows)
	}
}
