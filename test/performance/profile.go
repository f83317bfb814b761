package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/account"
)

// profiled makes the functions write a profile: it is compiled into them without being
// written to the sources. One signal begins it, the next one ends it.
const profiled = `package cloud

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"
)

func init() {
	if os.Getenv("FC_FUNCTION_NAME") != %[1]q {
		return
	}
	turn := make(chan os.Signal, 2)
	signal.Notify(turn, syscall.SIGUSR1)
	go func() {
		<-turn
		f, err := os.Create(%[2]q + ".part")
		if err != nil {
			panic(err)
		}
		runtime.SetCPUProfileRate(250) // as often as the kernel's clock allows
		if err := pprof.StartCPUProfile(f); err != nil {
			panic(err)
		}
		<-turn
		pprof.StopCPUProfile()
		f.Close()
		os.Rename(%[2]q+".part", %[2]q)
	}()
}
`

// profiles is how often the work is done under the profile, a sample of which is 4 ms.
const profiles = 250

// profile measures which part of a practice's work is done in ecsguard's own packages.
func (l labour) profile(root string) ([]sample, error) {
	dir, err := os.MkdirTemp("", "ecsguard-profile-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "cpu.profile")
	flags, err := overlay(root, dir, fmt.Sprintf(profiled, practice.FunctionName(risky), file))
	if err != nil {
		return nil, err
	}
	before := os.Getenv("GOFLAGS")
	os.Setenv("GOFLAGS", before+" "+flags)
	err = account.Build(root, dir)
	os.Setenv("GOFLAGS", before)
	if err != nil {
		return nil, err
	}
	w, err := begin(root, dir, profiles+batch, risky)
	if err != nil {
		return nil, err
	}
	defer w.end()
	w.withoutTriage()
	if _, err := w.work(l, 0, batch); err != nil {
		return nil, err
	}
	pid := w.Processes(practice.FunctionName(risky))[0]
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		return nil, err
	}
	r, err := w.work(l, batch, profiles)
	if err != nil {
		return nil, err
	}
	if err := finish(pid, file); err != nil {
		return nil, err
	}
	traces, err := exec.Command("go", "tool", "pprof", "-traces", file).Output()
	if err != nil {
		return nil, fmt.Errorf("go tool pprof: %w", err)
	}
	parts, err := attribute(string(traces))
	if err != nil {
		return nil, err
	}
	total := milliseconds(r.cpu) / profiles
	s := sample{}
	for name, share := range parts {
		s["profile-"+name] = total * share
	}
	fmt.Fprintf(os.Stderr, "  %s: %v of %.2f ms\n", l.id, s, total)
	return []sample{s}, nil
}

// finish wakes a frozen process, so that it ends its profile.
func finish(pid int, file string) error {
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGCONT} {
		if err := syscall.Kill(pid, s); err != nil {
			return err
		}
	}
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.New("the profile did not end")
}

// attribute says which share of the time in a profile (go tool pprof -traces) was spent
// where. A sample is of whoever comes first on the way up from where the processor was:
// ecsguard's packages, with the standard library and the parts that they call, or an SDK,
// HTTP and TLS. What has neither on its stack is the runtime's: collecting garbage,
// waking and parking.
func attribute(traces string) (share map[string]float64, err error) {
	share = map[string]float64{"own": 0, "sdk": 0, "runtime": 0}
	var total time.Duration
	for i, block := range strings.Split(traces, "-----------+") {
		if i == 0 {
			continue // the head
		}
		_, block, _ = strings.Cut(block, "\n")
		value, stack, ok := strings.Cut(strings.TrimSpace(block), " ")
		if !ok {
			continue
		}
		took, err := time.ParseDuration(value)
		if err != nil {
			return nil, fmt.Errorf("a sample of %q", value)
		}
		total += took
		share[owner(stack)] += float64(took)
	}
	if total == 0 {
		return nil, errors.New("the profile is empty")
	}
	for name := range share {
		share[name] /= float64(total)
	}
	return share, nil
}

func owner(stack string) string {
	for frame := range strings.Lines(stack) {
		frame = strings.TrimSpace(frame)
		switch {
		case strings.HasPrefix(frame, "github.com/ecsguard/"):
			return "own"
		case strings.HasPrefix(frame, "github.com/aliyun/"), strings.HasPrefix(frame, "github.com/alibabacloud-go/"),
			strings.HasPrefix(frame, "net/http."), strings.HasPrefix(frame, "crypto/tls."):
			return "sdk"
		}
	}
	return "runtime"
}
