// Command generate writes everything that follows from the practices: the registry and
// their tests, s.yaml, the EventBridge pattern, the RAM policies and the catalogue. With
// -check it writes nothing, names what is stale, and fails. Practices that are off in the
// ecsguard.yaml of the project's folder are not in s.yaml.
//
// All Go code comes from the folders' names alone. Only when that is fresh can a program
// that imports the practices be compiled, and that program makes the rest.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/deploy/generate/registry"
)

func main() {
	check := flag.Bool("check", false, "write nothing; name what is stale and fail")
	flag.Parse()
	if err := generate(*check); err != nil {
		if _, failed := errors.AsType[*exec.ExitError](err); !failed { // the second step has said why it failed
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

func generate(check bool) error {
	root, err := output.Root()
	if err != nil {
		return err
	}
	registered, err := registry.Output(root)
	if err != nil {
		return err
	}
	if err := registered.Apply(root, check); err != nil {
		return err
	}
	step := exec.Command("go", "run", "./deploy/generate/artefacts/main", fmt.Sprintf("-check=%t", check))
	step.Dir, step.Stdout, step.Stderr = root, os.Stdout, os.Stderr
	if err := step.Run(); err != nil {
		return fmt.Errorf("generating from the practices: %w", err)
	}
	return nil
}
