// Package registry generates the Go files that name the practices. Package functions
// comes from the names of their folders alone, and registry must not import it: a
// registry that no longer compiles could then never be mended.
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
	if strings.HasPrefix(id, "ecsguard-") {
		return fmt.Errorf("%q begins with ecsguard-, which is put before the names of all functions", id)
	}
	return nil
}

// IDs are the practices that have a folder, sorted: a folder of functions/ is one
// if it holds a practice.go.
func IDs(root string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(root, "functions", "*", "practice.go"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		if _, err := os.Stat(filepath.Join(root, "functions")); err != nil {
			return nil, fmt.Errorf("looking for practices: %w", err)
		}
	}
	var ids []string
	var faults []error
	for _, file := range found {
		id := filepath.Base(filepath.Dir(file))
		if err := ValidID(id); err != nil {
			faults = append(faults, fmt.Errorf("functions/%s: a practice's folder is named by its ID: %w", id, err))
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, errors.Join(faults...)
}

// Output is the registry, and the test that runs the scenarios of each practice.
func Output(root string) (output.Output, error) {
	ids, err := IDs(root)
	if err != nil {
		return output.Output{}, err
	}
	files := map[string]string{"functions/functions.go": functions(ids)}
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

// spec names the package outright: the folder has hyphens, the package clause none.
func spec(id string) string {
	return practice.PackageName(id) + ` "` + module + `/functions/` + id + `"`
}
