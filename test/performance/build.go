package main

import (
	"archive/zip"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// built measures make build and what it makes: first with a shared package changed and
// every other one compiled before, then as the sources are, for what follows.
func built(root string) (sample, error) {
	if err := makes(root, nil, "clean", "build"); err != nil { // fills the cache
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ecsguard-touch-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	flags, err := overlay(root, dir, fmt.Sprintf("package cloud\n\n// Added makes this package another one.\nvar Added = %d\n", time.Now().UnixNano()))
	if err != nil {
		return nil, err
	}
	build := command(root, []string{"GOFLAGS=" + os.Getenv("GOFLAGS") + " " + flags}, "clean", "build")
	began := time.Now()
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make build: %w\n%s", err, output)
	}
	s := sample{"wall": time.Since(began).Seconds(), "cpu": (build.ProcessState.UserTime() + build.ProcessState.SystemTime()).Seconds()}
	if err := makes(root, nil, "clean", "build"); err != nil {
		return nil, err
	}
	return s, sizes(filepath.Join(root, "target"), s)
}

func command(root string, env []string, targets ...string) *exec.Cmd {
	c := exec.Command("make", append([]string{"--no-print-directory"}, targets...)...)
	c.Dir, c.Env = root, append(os.Environ(), env...)
	return c
}

func makes(root string, env []string, targets ...string) error {
	if output, err := command(root, env, targets...).CombinedOutput(); err != nil {
		return fmt.Errorf("make %v: %w\n%s", targets, err, output)
	}
	return nil
}

// overlay is a flag for go build that adds a file to a package which everything
// imports, without writing to the sources.
func overlay(root, dir, text string) (flag string, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return "", err
	}
	file, list := filepath.Join(dir, "added.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, "shared", "cloud", "added.go"): file}})
	if err != nil {
		return "", err
	}
	return "-overlay=" + list, os.WriteFile(list, replace, 0o600)
}

// sizes adds how large things are, in MB: all of a folder, the largest program in it, and
// that one packed.
func sizes(folder string, s sample) error {
	var all, largest int64
	var name string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		all += info.Size()
		if info.Mode()&0o111 != 0 {
			s["binaries"]++
			if info.Size() > largest {
				largest, name = info.Size(), path
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	packed, err := zipped(name)
	const mb = 1e6
	s["target"], s["binary"], s["zip"] = float64(all)/mb, float64(largest)/mb, float64(packed)/mb
	return err
}

// zipped is the size of a zip file with one file in it, packed as well as deflate can.
func zipped(name string) (size int64, err error) {
	in, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out := &counter{}
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	w, err := z.Create("main")
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(w, in); err != nil {
		return 0, err
	}
	return out.n, z.Close()
}

// counter counts what is written.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
