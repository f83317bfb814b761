package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/deployment"
	"github.com/ecsguard/ecsguard/deploy/generate/artefacts"
	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/deploy/generate/registry"
	"github.com/ecsguard/ecsguard/functions"
)

// What is checked in is what the practices give.
func TestFresh(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	registered, err := registry.Output(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := registered.Apply(root, true); err != nil {
		t.Fatal(err) // the rest would be compared with the wrong practices
	}
	table, err := catalogue.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	set, err := deployment.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	made, err := artefacts.Output(functions.All, set.Deployed(functions.All), table)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Apply(root, true); err != nil {
		t.Error(err)
	}
}

// The folder, the function, the role and the docs have one name.
func TestFolderIsID(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	folders, err := registry.IDs(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) != len(functions.All) {
		t.Fatalf("%d folders and %d practices; run: %s", len(folders), len(functions.All), output.Command)
	}
	for i, p := range functions.All {
		if p.ID != folders[i] {
			t.Errorf("functions/%s: its practice has the ID %s", folders[i], p.ID)
		}
	}
}

// What a practice says of the guide is a heading of the guide.
func TestGuideIsVerbatim(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	table, err := catalogue.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Headings(functions.All); err != nil {
		t.Error(err)
	}
}

// The practice that the docs show whole is the one that there is.
func TestTheExampleIsAPractice(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/adding-a-practice.md"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(root, "functions/ecs-disk-default-encryption/practice.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```go\n"+string(file)+"```\n") {
		t.Error("docs/adding-a-practice.md does not show functions/ecs-disk-default-encryption/practice.go as it is")
	}
}
