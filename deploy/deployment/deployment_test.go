package deployment

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

var all = []*practice.Practice{{ID: "a"}, {ID: "b"}, {ID: "old", Retired: "replaced"}}

func deploying(functions ...string) []byte {
	var b strings.Builder
	b.WriteString("resources:\n")
	for _, f := range append(functions, "triage") {
		b.WriteString("  " + f + ":\n    component: fc3\n    props: {functionName: " + practice.FunctionName(f) + "}\n")
	}
	return []byte(b.String())
}

func TestAgree(t *testing.T) {
	for _, x := range []struct {
		functions []string
		settings  string
		want      []string
	}{
		{[]string{"a", "b"}, "", nil},
		{[]string{"a"}, "practices: {b: {mode: off}}", nil},
		{[]string{"a", "b"}, "practices: {b: {mode: off}}", []string{"s.yaml deploys what is off in ecsguard.yaml (b): for each that was deployed run s <name> remove; then run make generate"}},
		{[]string{"b"}, "mode: enforce", []string{"s.yaml lacks what is not off in ecsguard.yaml (a): run make generate"}},
		{[]string{"a", "b", "old"}, "", []string{"s.yaml deploys what is retired (old)"}},
		{[]string{"b"}, "practices: {b: {mode: off}}", []string{"s.yaml lacks what is not off in ecsguard.yaml (a)", "s.yaml deploys what is off in ecsguard.yaml (b)"}},
	} {
		root := t.TempDir()
		if x.settings != "" {
			if err := os.WriteFile(filepath.Join(root, Settings), []byte(x.settings), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		set, err := Load(root)
		if err != nil {
			t.Fatal(err)
		}
		err = Agree(deploying(x.functions...), set, all)
		if (err == nil) != (x.want == nil) {
			t.Errorf("%v with %q: %v", x.functions, x.settings, err)
		}
		for _, words := range x.want {
			if err != nil && !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.HasPrefix(line, words) }) {
				t.Errorf("%v with %q: %v, want %q", x.functions, x.settings, err, words)
			}
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, Settings), []byte("mode: off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(root); err == nil || !strings.Contains(err.Error(), "uninstall") {
		t.Errorf("everything off: %v", err)
	}
	set, err := Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := Agree([]byte("resources: ["), set, all); err == nil || !strings.Contains(err.Error(), "s.yaml: ") {
		t.Errorf("a file that is no YAML: %v", err)
	}
}

// Without its mode the command would make other roles than those that the settings need.
func TestPrepare(t *testing.T) {
	id := all[0].ID
	for text, want := range map[string]string{
		"mode: observe\n": "prepare --mode observe",
		"mode: observe\npractices:\n  " + id + ": {mode: enforce}\n": "prepare --mode enforce",
		"mode: observe\npractices:\n  " + id + ": {mode: approve}\n": "prepare --mode enforce",
	} {
		set, err := settings.Parse(Settings, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := Prepare(set, all); !strings.HasSuffix(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Which file is read is said, and that there is none.
func TestWhich(t *testing.T) {
	root := t.TempDir()
	if Has(root) || Which(root) != "settings: no ecsguard.yaml in "+root+", so the defaults hold" {
		t.Error(Which(root))
	}
	if err := os.WriteFile(filepath.Join(root, Settings), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !Has(root) || Which(root) != "settings: "+filepath.Join(root, "ecsguard.yaml") {
		t.Error(Which(root))
	}
}
