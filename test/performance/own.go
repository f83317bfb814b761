package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/performance/script"
)

// A labour is work of a practice whose processor time is measured. The practice is invoked by
// itself and directly: nothing else runs meanwhile.
type labour struct {
	id, title     string
	ports, source string
}

var labours = []labour{
	{"look", "A look at a group with nothing wrong", "443/443", "198.51.100.0/24"},
	{"fix", "A fix: port 22 is closed again", "22/22", "0.0.0.0/0"},
}

const (
	batches = 9 // the first is not counted
	batch   = 12
)

// run measures batches of a practice's work, and after each the same calls made by the
// calibrated program.
func (l labour) run(root string) (samples []sample, err error) {
	w, err := begin(root, root, batches*batch, risky)
	if err != nil {
		return nil, err
	}
	defer w.end()
	w.withoutTriage()
	w.keep(true)
	b, err := bare(root)
	if err != nil {
		return nil, err
	}
	defer b.end()
	for n := range batches {
		r, err := w.work(l, n*batch, batch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.id, err)
		}
		sdk, err := b.repeat(r)
		if err != nil {
			return nil, fmt.Errorf("%s: the same calls again: %w", l.id, err)
		}
		each := func(d time.Duration) float64 { return milliseconds(d) / batch }
		got := sample{"total": each(r.cpu), "sdk": each(sdk), "own": each(r.cpu - sdk), "share": float64(r.cpu-sdk) / float64(sdk), "calls": float64(len(r.exchanges)) / batch}
		fmt.Fprintf(os.Stderr, "  %s %d: %v\n", l.id, n, got)
		if n > 0 {
			samples = append(samples, got)
		}
	}
	return samples, nil
}

// recorded is a batch: what was called, and what it took.
type recorded struct {
	cpu       time.Duration
	scripts   []script.Script
	exchanges []exchange
	events    [][]byte
}

// work does it several times, each in a group of its own.
func (w *world) work(l labour, from, times int) (r recorded, err error) {
	for n := range times {
		if err := w.open(from+n, l.ports, l.source); err != nil {
			return r, err
		}
		all := w.Events()
		event := []byte(all[len(all)-1].Event)
		m, err := w.now()
		if err != nil {
			return r, err
		}
		took, err := invoke(w.Cloud, practice.FunctionName(risky), event)
		if err != nil {
			return r, err
		}
		p, err := w.since(m)
		if err != nil {
			return r, err
		}
		r.cpu += took
		if !w.full {
			continue
		}
		s, exchanges, err := p.script(risky)
		if err != nil {
			return r, err
		}
		r.scripts, r.exchanges, r.events = append(r.scripts, s), append(r.exchanges, exchanges...), append(r.events, event)
	}
	return r, nil
}

// invoke runs a function once, waits for its end, and returns what its processes took.
func invoke(c *cloud.Cloud, name string, payload []byte) (time.Duration, error) {
	before, err := spent(c.Processes(name))
	if err != nil {
		return 0, err
	}
	n := len(c.Invocations())
	if err := c.Invoke(name, payload); err != nil {
		return 0, err
	}
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		for _, i := range c.Invocations()[n:] {
			if i.Function != name {
				continue
			}
			if i.Status != http.StatusOK || i.Error != "" {
				return 0, fmt.Errorf("%s failed: %s %s", name, i.Error, i.Result)
			}
			after, err := spent(c.Processes(name))
			return after - before, err
		}
	}
	return 0, fmt.Errorf("%s did not end", name)
}

// script is what a function called in a period, to be called again.
func (p period) script(name string) (s script.Script, made []exchange, err error) {
	by := map[string]exchange{}
	for _, x := range p.exchanges {
		by[x.id] = x
	}
	var spans []span
	for _, call := range p.calls {
		if function(call) == name {
			x, ok := by[call.RequestID]
			if !ok {
				return s, nil, fmt.Errorf("nothing was seen of the call %s", call.Action)
			}
			made, spans = append(made, x), append(spans, spanOf(call))
		}
	}
	for i, n := range stages(spans) {
		step, err := script.Of(made[i].request, made[i].body)
		if err != nil {
			return s, nil, err
		}
		for len(s.Stages) <= n {
			s.Stages = append(s.Stages, nil)
		}
		s.Stages[n] = append(s.Stages[n], step)
	}
	return s, made, nil
}

// bench is a cloud with nothing in it but the calibrated program, and canned answers.
type bench struct {
	*cloud.Cloud
	*canned
	dir string
}

const replay = "replay"

func bare(root string) (*bench, error) {
	dir, err := os.MkdirTemp("", "ecsguard-replay-")
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, replay)
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./test/performance/replay")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("building the calibrated program: %w\n%s", err, output), os.RemoveAll(dir))
	}
	c, err := cloud.New(cloud.Options{})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	b := &bench{c, &canned{wait: far}, dir}
	c.InstanceIdle = time.Hour
	c.Around(func(http.Handler) http.Handler { return b.canned })
	trust, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`))
	if err == nil {
		err = c.DeployFunction(cloud.Function{
			Name: replay, Binary: binary, TimeoutSec: 60, Role: c.AddRole(replay, trust),
			Env: map[string]string{script.EnvScripts: filepath.Join(dir, "scripts.json")},
		})
	}
	if err != nil {
		b.end()
		return nil, err
	}
	return b, nil
}

func (b *bench) end() {
	b.Close()
	os.RemoveAll(b.dir)
}

// repeat makes the calls of a batch again, from the same payloads.
func (b *bench) repeat(r recorded) (total time.Duration, err error) {
	text, err := json.Marshal(r.scripts)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(b.dir, "scripts.json"), text, 0o600); err != nil {
		return 0, err
	}
	b.load(r.exchanges)
	if _, err := invoke(b.Cloud, replay, []byte(script.Load)); err != nil {
		return 0, err
	}
	for _, event := range r.events {
		took, err := invoke(b.Cloud, replay, event)
		if err != nil {
			return 0, err
		}
		total += took
	}
	if b.missing != "" {
		return 0, fmt.Errorf("no answer was left to %s", b.missing)
	}
	return total, nil
}
