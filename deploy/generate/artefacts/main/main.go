// The second step of deploy/generate: it imports the practices.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

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
	made, err := artefacts.Output(functions.All, table)
	if err != nil {
		return err
	}
	programs, err := registry.Programs(root, artefacts.Peers(functions.All))
	if err != nil {
		return err
	}
	return errors.Join(made.Apply(root, check), programs.Apply(root, check))
}
