package output

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	root := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		if err := write(filepath.Join(root, path), text); err != nil {
			t.Fatal(err)
		}
	}
	put("ram/fresh.json", "1")
	put("ram/changed.json", "old")
	put("ram/gone.json", "3")
	put("f/old/main.go", Header+"package main\n")
	put("f/hand/main.go", "package main\n")
	o := Output{
		Files: map[string]string{"ram/fresh.json": "1", "ram/changed.json": "new", "deep/missing.md": "4"},
		Owned: []string{"ram/*.json", "f/*/main.go"},
	}

	err := o.Apply(root, true)
	if err == nil {
		t.Fatal("stale files were not noticed")
	}
	want := []string{"stale: deep/missing.md", "stale: f/old/main.go", "stale: ram/changed.json", "stale: ram/gone.json", "run: " + Command}
	if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("the error is %q, want %q", got, want)
	}
	if text, _ := os.ReadFile(filepath.Join(root, "ram/changed.json")); string(text) != "old" {
		t.Error("checking has written")
	}

	if err := o.Apply(root, false); err != nil {
		t.Fatal(err)
	}
	if err := o.Apply(root, true); err != nil {
		t.Errorf("after writing: %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, "f/hand/main.go")); err != nil {
		t.Error("a file that a person wrote was removed")
	}
}

// What is laid over the project is what would be written, by the paths of both.
func TestOverlay(t *testing.T) {
	dir := t.TempDir()
	list, err := (Output{Files: map[string]string{"a/b.go": "package b\n"}}).Overlay("/project", dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	var given struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &given); err != nil {
		t.Fatal(err)
	}
	laid, err := os.ReadFile(given.Replace["/project/a/b.go"])
	if err != nil || string(laid) != "package b\n" {
		t.Errorf("%s: %q, %v", text, laid, err)
	}
}
