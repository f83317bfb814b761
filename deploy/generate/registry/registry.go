// Package registry generates the Go files that name the practices, the channels and the products
// of the local cloud. They come from the names of folders alone, and registry must not import
// them: one that no longer compiles could then never be mended.
package registry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/shared/practice"
)

const module = "github.com/ecsguard/ecsguard"

var idForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// ValidID tells what keeps an ID from naming a folder, a function and a role.
func ValidID(id string) error {
	if !idForm.MatchString(id) || len(id) > 40 {
		return fmt.Errorf("%q is not kebab-case with at most 40 characters, such as sg-public-ingress", id)
	}
	if strings.HasPrefix(id, "ecsguard-") && id != "ecsguard-tamper" { // that one is about ecsguard itself
		return fmt.Errorf("%q begins with ecsguard-, which is put before the names of all functions", id)
	}
	return nil
}

// IDs are the practices that have a folder, sorted: a folder of functions/ is one
// if it holds a practice.go.
func IDs(root string) ([]string, error) {
	return folders(root, "functions", "practice", ValidID)
}

// ValidChannel tells what keeps a name from naming a channel.
func ValidChannel(name string) error {
	if !idForm.MatchString(name) || len(name) > 20 {
		return fmt.Errorf("%q is not kebab-case with at most 20 characters, such as dingtalk", name)
	}
	if name == "all" || name == "channel" {
		return fmt.Errorf("%q is the name of a package that is no channel", name)
	}
	return nil
}

// Channels are the names of the channels that have a folder, sorted: a folder of
// shared/channel is one if it holds a channel.go.
func Channels(root string) ([]string, error) {
	return folders(root, "shared/channel", "channel", ValidChannel)
}

// folders are the names of the folders in a place that hold a file named for what they are.
func folders(root, place, what string, valid func(string) error) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(root, place, "*", what+".go"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		if _, err := os.Stat(filepath.Join(root, place)); err != nil {
			return nil, fmt.Errorf("looking for each %s: %w", what, err)
		}
	}
	var names []string
	var faults []error
	for _, file := range found {
		name := filepath.Base(filepath.Dir(file))
		if err := valid(name); err != nil {
			faults = append(faults, fmt.Errorf("%s/%s: a folder of a %s has its name: %w", place, name, what, err))
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, errors.Join(faults...)
}

// Output is the three lists, and the test that runs the scenarios of each practice.
func Output(root string) (output.Output, error) {
	ids, err := IDs(root)
	if err != nil {
		return output.Output{}, err
	}
	names, err := Channels(root)
	if err != nil {
		return output.Output{}, err
	}
	served, err := Products(root)
	if err != nil {
		return output.Output{}, err
	}
	files := map[string]string{"functions/functions.go": functions(ids), "shared/channel/all/all.go": channels(names), productsFile: products(served)}
	for _, id := range ids {
		files["functions/"+id+"/practice_test.go"] = test(id)
	}
	return output.Output{Files: files, Owned: []string{"functions/*/practice_test.go"}}, nil
}

func test(id string) string {
	return output.Header + `package ` + practice.PackageName(id) + `_test

import (
	"testing"

	` + spec(id) + `
	"` + module + `/test/scenario"
)

func TestPractice(t *testing.T) { scenario.Run(t, ` + practice.PackageName(id) + `.Practice) }
`
}

func functions(ids []string) string {
	var b strings.Builder
	b.WriteString(output.Header + `// Package functions lists the practices.
package functions

import (
`)
	for _, id := range ids {
		b.WriteString("\t" + spec(id) + "\n")
	}
	if len(ids) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("\t\"" + module + `/shared/practice"
)

// All are the practices, by ID.
var All = []*practice.Practice{`)
	for _, id := range ids {
		b.WriteString("\n\t" + practice.PackageName(id) + ".Practice,")
	}
	if len(ids) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func channels(names []string) string {
	var b strings.Builder
	b.WriteString(output.Header + `// Package all lists the channels.
package all

import (
	"` + module + `/shared/channel"
`)
	for _, name := range names {
		alias := ""
		if pack := practice.PackageName(name); pack != name { // the folder has hyphens, the package clause none
			alias = pack + " "
		}
		b.WriteString("\t" + alias + `"` + module + "/shared/channel/" + name + "\"\n")
	}
	b.WriteString(`)

// Channels are the channels for alerts, by name.
var Channels = []*channel.Declaration{`)
	for _, name := range names {
		b.WriteString("\n\t" + practice.PackageName(name) + ".Declaration,")
	}
	if len(names) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// spec names the package outright: the folder has hyphens, the package clause none.
func spec(id string) string {
	return practice.PackageName(id) + ` "` + module + `/functions/` + id + `"`
}
