package main

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// rest are products that cannot be begun here: their APIs are REST.
var rest = []string{"cr", "cs", "fc", "log", "mns", "oss", "ots", "sls"}

// taken are names that a resource cannot have: a product's package, its file service.go, or the
// page of a list, has each for something else.
var taken = []string{"action", "cmp", "fmt", "item", "kernel", "request", "service", "state", "tables"}

// scaffoldProduct is the files of a product of the local cloud with one resource, and its side
// in what practices read. They compile and pass their test; what they answer is made up until
// somebody has put in its place what the API's pages say.
func scaffoldProduct(root, name, of string) (map[string]string, error) {
	if err := registry.ValidProduct(name); err != nil {
		return nil, err
	}
	if slices.Contains(rest, name) {
		return nil, fmt.Errorf("%s has a REST API, and what is begun here answers RPC calls: write it by hand, as test/cloud/logservice is", name)
	}
	if of == "" {
		return nil, fmt.Errorf("say which resource %s has: make new PRODUCT=%[1]s RESOURCE=key", name)
	}
	if err := registry.ValidProduct(of); err != nil || slices.Contains(taken, of) || types.Universe.Lookup(of) != nil {
		return nil, fmt.Errorf("the resource %q: %w", of, cmp.Or(err, errors.New("the product's package has this name for something else")))
	}
	for _, path := range []string{"test/cloud/" + name, "shared/resource/" + name + ".go"} {
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			return nil, fmt.Errorf("%s is there already", path)
		}
	}
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	from := struct{ Product, Code, Resource, Type, Kin, Kind string }{
		name, title(name), of, title(of), title(name) + title(of), "ACS::" + strings.ToUpper(name) + "::" + title(of),
	}
	files, err := fill("test/cloud/"+name, from, map[string]string{
		"product.go.tmpl":         "service.go",
		"productresource.go.tmpl": of + ".go",
		"product_test.go.tmpl":    name + "_test.go",
	})
	if err != nil {
		return nil, err
	}
	shared, err := fill("shared/resource", from, map[string]string{"resource.go.tmpl": name + ".go"})
	maps.Copy(files, shared)
	return files, err
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
