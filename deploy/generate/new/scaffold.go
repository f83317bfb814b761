package main

import (
	"embed"
	"errors"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/registry"
	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed *.tmpl
var templates embed.FS

// scaffold is the files of a practice that nobody has written yet, by path. What
// the catalogue knows is filled in. What it does not know is left empty or says
// TODO, and Validate refuses both: a practice cannot be forgotten half-way.
func scaffold(root, id string, table catalogue.Catalogue) (map[string]string, error) {
	if id == "" {
		return nil, errors.New("say which practice: -id some-practice")
	}
	if err := registry.ValidID(id); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "functions", id)); err == nil {
		return nil, fmt.Errorf("functions/%s is there already", id)
	}
	e, _ := table.Find(id)
	e.ID = id
	return fill("functions/"+id, e, map[string]string{
		"doc.go.tmpl":         "doc.go",
		"practice.go.tmpl":    "practice.go",
		"scenario.txtar.tmpl": "testdata/01-todo.txtar",
	})
}

// scaffoldChannel is the files of a channel that sends plain text, and passes its tests. What
// its declaration lacks Validate refuses.
func scaffoldChannel(root, name string) (map[string]string, error) {
	if err := registry.ValidChannel(name); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "shared/channel", name)); err == nil {
		return nil, fmt.Errorf("shared/channel/%s is there already", name)
	}
	prefix := "ECSGUARD_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
	return fill("shared/channel/"+name, struct{ Name, Package, Prefix string }{name, practice.PackageName(name), prefix}, map[string]string{
		"channel.go.tmpl":      "channel.go",
		"channel_test.go.tmpl": "channel_test.go",
	})
}

// fill makes the files of a folder from templates.
func fill(folder string, from any, paths map[string]string) (map[string]string, error) {
	t := template.Must(template.New("").Funcs(template.FuncMap{
		"package": practice.PackageName, "join": strings.Join, "constant": constant,
	}).ParseFS(templates, "*.tmpl"))
	files := map[string]string{}
	for name, path := range paths {
		var b strings.Builder
		if err := t.ExecuteTemplate(&b, name, from); err != nil {
			return nil, err
		}
		text := []byte(b.String())
		if strings.HasSuffix(path, ".go") {
			// How far comments are indented depends on what was filled in before them.
			var err error
			if text, err = format.Source(text); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		files[folder+"/"+path] = string(text)
	}
	return files, nil
}

// constant is the name of a severity: "high" is practice.High.
func constant(s practice.Severity) string {
	return strings.ToUpper(string(s[:1])) + string(s[1:])
}
