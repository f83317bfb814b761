// Command generate writes everything that follows from the practices: the registry and
// their tests, s.yaml, the EventBridge pattern, the RAM policies and the catalogue. With
// -check it writes nothing, names what is stale or not finished, and fails. Practices that are off in the
// ecsguard.yaml of the project's folder are not in s.yaml.
//
// The lists of practices and channels come from the folders' names alone. The program that
// makes all files imports the practices by these lists, so it is compiled with the lists as
// they should be, laid over those in the project: a folder may have come or gone. It makes and
// compares everything in one pass, and where it does not compile nothing is written.
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
		if _, failed := errors.AsType[*exec.ExitError](err); !failed { // the program has said why it failed
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
	dir, err := os.MkdirTemp("", "ecsguard-generate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := registered.Overlay(root, dir)
	if err != nil {
		return err
	}
	step := exec.Command("go", "run", "-overlay", overlay, "./deploy/generate/artefacts/main", fmt.Sprintf("-check=%t", check))
	step.Dir, step.Stdout, step.Stderr = root, os.Stdout, os.Stderr
	if err := step.Run(); err != nil {
		return fmt.Errorf("generating from the practices: %w", err)
	}
	return nil
}
