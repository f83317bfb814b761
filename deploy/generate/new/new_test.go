package main

import (
	"errors"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/deploy/generate/registry"
)

var table = catalogue.Catalogue{{Practices: []catalogue.Entry{
	{ID: "zz-known", Title: "things are right", Guide: "見出し", Severity: "high", Class: "fix", CIS: []string{"1.2", "1.3"}},
}}}

func TestScaffold(t *testing.T) {
	for _, id := range []string{"zz-known", "zz-unknown"} {
		files, err := scaffold(t.TempDir(), id, table)
		if err != nil {
			t.Fatal(err)
		}
		folder := "functions/" + id + "/"
		for _, name := range []string{"doc.go", "practice.go", "testdata/01-todo.txtar"} {
			text := files[folder+name]
			if !strings.Contains(text, "TODO") {
				t.Errorf("%s%s does not say what is to be done:\n%s", folder, name, text)
			}
			if formatted, err := format.Source([]byte(text)); strings.HasSuffix(name, ".go") && (err != nil || string(formatted) != text) {
				t.Errorf("%s%s is not Go as gofmt writes it: %v", folder, name, err)
			}
		}
	}
}

func TestFilledIn(t *testing.T) {
	files, err := scaffold(t.TempDir(), "zz-known", table)
	if err != nil {
		t.Fatal(err)
	}
	text := files["functions/zz-known/doc.go"] + files["functions/zz-known/practice.go"]
	for _, want := range []string{"// Package zzknown: things are right.\n", "practice.High,", `[]string{"見出し"}`, `"CIS Alibaba Cloud 1.2, 1.3"`} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %s:\n%s", want, text)
		}
	}
}

func TestRefused(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "functions", "triage"), 0o755); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"":                      "say which",
		"triage":                "there already",
		"Bad_ID":                "kebab-case",
		strings.Repeat("a", 41): "40 characters",
		"ecsguard-x":            "begins with ecsguard-",
	} {
		if _, err := scaffold(root, id, table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", id, err, want)
		}
	}
}

// What is scaffolded compiles, and says all that it lacks. The files are laid over
// the project for one run and are never in it.
func TestTellsWhatItLacks(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := scaffold(root, "zz-unknown", table)
	if err != nil {
		t.Fatal(err)
	}
	files["functions/zz-unknown/say/main.go"] = `package main

import (
	"fmt"

	zzunknown "github.com/ecsguard/ecsguard/functions/zz-unknown"
)

func main() { fmt.Println(zzunknown.Practice.Validate()) }
`
	said := overlaid(t, root, files, "./functions/zz-unknown/say")
	for _, want := range []string{`"# What is wrong"`, `"# What is done"`, `"# What may break"`, `"# References"`, "Severity", "Resource", "Guide", "Standard", "Reads is empty"} {
		if !strings.Contains(said, want) {
			t.Errorf("Validate does not speak of %s:\n%s", want, said)
		}
	}
}

// A channel that is scaffolded compiles and passes its tests, and the list of channels is not
// green before it says what it is.
func TestChannelPassesItsTests(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zzchat", "zz-chat"} {
		files, err := scaffoldChannel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		folder := "shared/channel/" + name
		for path, text := range files {
			if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
				t.Errorf("%s is not Go as gofmt writes it: %v", path, err)
			}
		}
		files[folder+"/say/main.go"] = `package main

import (
	"fmt"

	chat "github.com/ecsguard/ecsguard/` + folder + `"
)

func main() { fmt.Println(chat.Declaration.Validate()) }
`
		said := overlaid(t, root, files, "./"+folder+"/say")
		for _, want := range []string{"Title", "Doc", "ECSGUARD_ZZ"} {
			if !strings.Contains(said, want) || strings.Contains(said, "Limits") || strings.Contains(said, "does not begin") {
				t.Errorf("Validate does not speak of %s, or of more than is missing:\n%s", want, said)
			}
		}
		// The folder is nowhere but in the overlay, so that neither a test nor vet can be run in it.
		program := filepath.Join(t.TempDir(), "test")
		compile := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", overlay(t, root, files), "-c", "-o", program, "./"+folder)
		compile.Dir = root
		if out, err := compile.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), program, "-test.v").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestChannel/limits") || !strings.Contains(string(out), "--- PASS: TestRequest") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	for name, want := range map[string]string{"webhook": "there already", "Some_Chat": "kebab-case", "all": "no channel", "": "kebab-case"} {
		if _, err := scaffoldChannel(root, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

// A product that is scaffolded compiles, is found by its folder, and passes its test, and what
// practices read of it is among the types of resources.
func TestProductPassesItsTest(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := scaffoldProduct(root, "zzkms", "key")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
			t.Errorf("%s is not Go as gofmt writes it: %v", path, err)
		}
		if !strings.HasSuffix(path, "_test.go") && !strings.Contains(text, "TODO") {
			t.Errorf("%s does not say what is to be done", path)
		}
	}
	// What is generated from the folders of the project and the new one.
	with := t.TempDir()
	if err := (output.Output{Files: files}).Write(with); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"functions/*/practice.go", "shared/channel/*/channel.go", "test/cloud/*/service.go"} {
		found, err := filepath.Glob(filepath.Join(root, place))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			path, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			if err := (output.Output{Files: map[string]string{path: ""}}).Write(with); err != nil {
				t.Fatal(err)
			}
		}
	}
	registered, err := registry.Output(with)
	if err != nil {
		t.Fatal(err)
	}
	const list = "test/cloud/products.go"
	if files[list] = registered.Files[list]; !strings.Contains(files[list], "kernel.Of(k, zzkms.New)") {
		t.Fatalf("%s has no zzkms:\n%s", list, files[list])
	}
	for path, want := range map[string]string{
		"test/cloud/zzkms": "--- PASS: TestState --- PASS: TestReadAndWrite --- PASS: TestRefused",
		"shared/resource":  "--- PASS: TestRows",
	} {
		program := filepath.Join(t.TempDir(), "test")
		compile := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", overlay(t, root, files), "-c", "-o", program, "./"+path)
		compile.Dir = root
		if out, err := compile.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), program, "-test.v").CombinedOutput()
		passed := strings.Join(regexp.MustCompile(`(?m)^--- PASS: \w+`).FindAllString(string(out), -1), " ")
		if err != nil || !strings.Contains(passed, want) {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

func TestProductRefused(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ name, of, want string }{
		{"vpc", "key", "test/cloud/vpc is there already"},
		{"disk", "key", "shared/resource/disk.go is there already"},
		{"Kms", "key", "small letters"},
		{"kernel", "key", "no product"},
		{"", "key", "small letters"},
		{"kms", "master-key", `the resource "master-key"`},
		{"kms", "state", `the resource "state"`},
		{"kms", "", "say which resource kms has"},
		{"kms", "item", `the resource "item"`},
		{"kms", "service", `the resource "service"`}, // its file would take the place of the product's
		{"kms", "string", `the resource "string"`},
		{"kms", "any", `the resource "any"`},
		{"oss", "bucket", "REST"},
		{"log", "project", "REST"},
	} {
		if _, err := scaffoldProduct(root, x.name, x.of); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q of %q: %v, want %q", x.of, x.name, err, x.want)
		}
	}
}

// What does not compile is not left behind, whatever is wrong with it.
func TestWhatDoesNotCompileIsNotWritten(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	const path = "functions/zz-broken/practice.go"
	err = leave(root, map[string]string{path: "package zzbroken\n\nvar _ = nothing\n"}, "./functions/zz-broken")
	if err == nil || !strings.Contains(err.Error(), "nothing is written") || !strings.Contains(err.Error(), "undefined: nothing") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it was written:", err, os.RemoveAll(filepath.Join(root, "functions/zz-broken")))
	}
}

// Whatever a resource is called, what is made of it compiles or is refused.
func TestNamesOfResources(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"page", "tag", "name", "reader", "context", "cloud", "resource", "call", "zzkms"} {
		files, err := scaffoldProduct(root, "zzkms", of)
		if err != nil {
			t.Errorf("%s: %v", of, err)
			continue
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay(t, root, files), "./test/cloud/zzkms", "./shared/resource")
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", of, err, out)
		}
	}
}

func overlaid(t *testing.T, root string, files map[string]string, main string) string {
	t.Helper()
	run := exec.CommandContext(t.Context(), "go", "run", "-overlay", overlay(t, root, files), main)
	run.Dir = root
	said, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return string(said)
}

// overlay lays files over the project, and returns the list that Go's command takes.
func overlay(t *testing.T, root string, files map[string]string) string {
	t.Helper()
	list, err := output.Output{Files: files}.Overlay(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return list
}
