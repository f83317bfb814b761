// The program that makes all generated files. deploy/generate compiles and runs it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/ecsguard/ecsguard/deploy/deployment"
	"github.com/ecsguard/ecsguard/deploy/generate/artefacts"
	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/deploy/generate/registry"
	"github.com/ecsguard/ecsguard/functions"
)

func main() {
	check := flag.Bool("check", false, "write nothing; name what is stale and fail")
	flag.Parse()
	if err := generate(*check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(check bool) error {
	root, err := output.Root()
	if err != nil {
		return err
	}
	table, err := catalogue.Load(root)
	if err != nil {
		return err
	}
	set, err := deployment.Load(root, functions.All...)
	if err == nil {
		err = set.Check(functions.All) // a name that is misspelt would not be off
	}
	if err != nil {
		return err
	}
	made, err := artefacts.Output(functions.All, set.Deployed(functions.All), table)
	if err != nil {
		return err
	}
	const readme = "README.md"
	text, err := os.ReadFile(filepath.Join(root, readme))
	if err == nil {
		made.Files[readme], err = artefacts.Readme(string(text), functions.All, table)
	}
	if err != nil {
		return err
	}
	registered, err := registry.Output(root)
	if err != nil {
		return err
	}
	maps.Copy(made.Files, registered.Files)
	made.Owned = append(made.Owned, registered.Owned...)
	var disagree, unfinished error
	if check {
		unfinished = artefacts.Unfinished(functions.All)
		text, err := os.ReadFile(filepath.Join(root, deployment.File))
		if err != nil {
			return err
		}
		disagree = deployment.Agree(text, set, functions.All)
	}
	return errors.Join(unfinished, disagree, table.Headings(functions.All), made.Apply(root, check))
}
