package account

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build compiles the program of the functions for this machine, as make build does for
// the cloud: target/ecsguard/main in a folder.
func Build(root, folder string) error {
	to, err := filepath.Abs(filepath.Join(folder, "target", "ecsguard", "main"))
	if err != nil {
		return err
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to, "./functions/main")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the functions: %w\n%s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// BuildOnce builds the functions into a folder of their own, runs and removes it; it is
// the body of a TestMain.
func BuildOnce(root string, run func(binaries string) int) int {
	dir, err := os.MkdirTemp("", "ecsguard-functions-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := Build(root, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run(dir)
}
