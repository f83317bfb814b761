// Performance measures ecsguard as it is deployed: the real binaries on the local
// cloud, every answer of which takes 30 ms. It writes docs/performance.md, in which
// what was measured before a change stands beside what is measured now.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

type options struct {
	root, only, save, from string
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the project's folder")
	flag.StringVar(&o.only, "only", "", "measure some only, by `ids` with commas between them, and print what they come to")
	flag.StringVar(&o.save, "save", "", "keep the figures in a `file`, such as before.json, and write no document")
	flag.StringVar(&o.from, "from", "", "write the document of figures that were saved in `files` with commas between them, and measure nothing")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	now := Run{Commit: commit(o.root), Machine: machine(), Load: load(), Figures: map[string]Figure{}}
	if o.from != "" {
		saved, err := merged(strings.Split(o.from, ","))
		if err != nil {
			return err
		}
		now = saved
	}
	for _, x := range experiments() {
		if o.from != "" {
			break
		}
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), x.id) {
			continue
		}
		fmt.Fprintln(os.Stderr, x.title)
		samples, err := x.run(o.root)
		if err != nil {
			return err
		}
		figures(x.id, samples, now.Figures)
	}
	if o.from == "" {
		now.Load += ", " + load()
	}
	folder := filepath.Join(o.root, "test", "performance")
	switch {
	case o.save != "":
		return now.print(o.save)
	case o.only != "":
		return now.print("/dev/stdout")
	}
	var before Run
	if err := readJSON(filepath.Join(folder, "before.json"), &before); err != nil {
		return err
	}
	var noted []Noted
	if err := readJSON(filepath.Join(folder, "recorded.json"), &noted); err != nil {
		return err
	}
	return write(filepath.Join(o.root, "docs", "performance.md"), before, now, noted)
}

// merged is what several runs have measured, each some of it.
func merged(files []string) (all Run, err error) {
	for _, file := range files {
		var one Run
		if err := readJSON(file, &one); err != nil {
			return all, err
		}
		if all.Figures == nil {
			all = one
			continue
		}
		maps.Copy(all.Figures, one.Figures)
		all.Load += "; " + one.Load
	}
	return all, nil
}

// experiment is something that is measured several times.
type experiment struct {
	id, title string
	run       func(root string) ([]sample, error)
}

// experiments are all of them. What make build makes is measured first: the others use it.
func experiments() []experiment {
	all := []experiment{{"build", "make build", func(root string) ([]sample, error) {
		s, err := built(root)
		return []sample{s}, err
	}}}
	for _, l := range labours {
		all = append(all, experiment{l.id, l.title, l.run}, experiment{l.id, l.title + ", by profile", l.profile})
	}
	for _, s := range scenarios {
		all = append(all, experiment{s.id, s.title, s.run})
	}
	for _, s := range sweeps {
		all = append(all, experiment{s.id(), fmt.Sprintf("a sweep of %d security groups", s.groups), s.run})
	}
	return all
}

func commit(root string) string {
	c := exec.Command("git", "describe", "--always", "--dirty")
	c.Dir = root
	text, err := c.Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s", runtime.NumCPU(), model, runtime.Version())
}

// load is the load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
