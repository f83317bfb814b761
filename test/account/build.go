package account

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build compiles every function for this machine, as make build does for the cloud:
// a folder a function, with a binary called main.
func Build(root, to string) error {
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main", "main.go"))
	if err != nil {
		return err
	}
	for _, file := range mains {
		name := filepath.Base(filepath.Dir(filepath.Dir(file)))
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(to, deployed(name), "main"), "./functions/"+name+"/main")
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", name, err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}

// deployed is the name under which a folder's function is deployed. A practice's is
// its ID; the others could meet a namesake in the account.
func deployed(folder string) string {
	if folder == "router" || folder == "notify" {
		return "ecsguard-" + folder
	}
	return folder
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
