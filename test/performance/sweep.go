package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/triage"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	engine "github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	chosen "github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A swept is an account that a sweep goes through. One group in a thousand is open, every
// tenth names one of ten prefix lists, and every other shares its interface with the next.
type swept struct{ groups int }

var sweeps = []swept{{1_000}, {10_000}, {100_000}}

func (s swept) id() string { return fmt.Sprintf("sweep-%d", s.groups) }

const wrongOneIn = 1000

func (s swept) state() []byte {
	var b strings.Builder
	b.WriteString("ecs:\n  prefix-lists:\n")
	for n := range 10 {
		fmt.Fprintf(&b, "    - {id: pl-%d, name: partners-%d, entries: [198.51.100.0/24, 203.0.113.%d/32]}\n", n, n, n)
	}
	b.WriteString("  security-groups:\n")
	for n := range s.groups {
		source := "source: 10.0.0.0/8"
		if n%10 == 0 {
			source = fmt.Sprintf("prefix-list: pl-%d", n/10%10)
		}
		if n%wrongOneIn == 1 {
			source = "source: 0.0.0.0/0"
		}
		fmt.Fprintf(&b, "    - {id: sg-%06d, name: app-%06d, vpc: vpc-1, rules: [{protocol: TCP, ports: 22/22, %s}]}\n", n, n, source)
	}
	b.WriteString("  instances:\n")
	for n := 0; n+1 < s.groups; n += 2 {
		fmt.Fprintf(&b, "    - {id: i-%06d, http-tokens: required, security-groups: [sg-%06d, sg-%06d], disks: [{id: d-%06d, encrypted: true, type: system}]}\n", n, n, n+1, n)
	}
	return []byte(b.String())
}

// errKilled ends a part of a sweep in the middle.
var errKilled = errors.New("killed")

// run sweeps once from beginning to end, in this process: what the sockets take is
// left out, and no limit of our own holds. The first part is killed when half of the groups
// have been read, and run again.
func (s swept) run(string) ([]sample, error) {
	c, err := cloud.New(cloud.Options{})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.Load(s.state()); err != nil {
		return nil, err
	}
	index := ledger.Index()
	if err := c.AddLogStore("ecsguard-sweep", "audit", 1, &index); err != nil {
		return nil, err
	}
	admin, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return nil, err
	}
	user := c.AddUser("sweeper", admin)
	keys := ours.Credentials{AccessKeyID: user.AccessKeyID, AccessKeySecret: user.AccessKeySecret}
	began := len(c.Calls())
	var mu sync.Mutex
	handed := map[string]int{}
	var queue [][]byte
	in := triage.Invocation{
		Request: "sweep", Region: c.Region, Account: c.Account, Version: "performance", Now: time.Now,
		Ledger: ledger.Open(ledger.Config{Project: "ecsguard-sweep", Store: "audit", Region: c.Region, Credentials: keys, Transport: c.InProcess(), Shards: &ledger.ShardCache{}}),
		Reader: &engine.Driver{Cloud: ours.NewClient(ours.Config{Credentials: keys, Transport: c.InProcess()})},
		Invoke: func(_ context.Context, function, task string, body []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if function == "ecsguard-triage" {
				queue = append(queue, body)
				return nil
			}
			var look events.Look
			if err := json.Unmarshal(body, &look); err != nil {
				return err
			}
			if handed[task]++; handed[task] == 1 { // Function Compute takes a task once
				for _, t := range look.Targets {
					handed[practice.OfFunction(function)+" "+t.ID]++
				}
			}
			return nil
		},
	}
	r := triage.New(functions.All, chosen.Settings{}, slog.New(slog.DiscardHandler))
	r.Limits = ours.NoLimits()
	timer := fmt.Appendf(nil, `{"triggerName":"sweep-24h","triggerTime":"%s","payload":"sweep-24h"}`, time.Now().UTC().Format(time.RFC3339))
	ctx, kill := context.WithCancelCause(context.Background())
	var reads atomic.Int64
	remove := c.Gate(func(call cloud.Call) func() {
		if call.Action == "ecs:DescribeSecurityGroupAttribute" && reads.Add(1) == int64(s.groups/2) {
			kill(errKilled)
		}
		return nil
	})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := watchHeap(&before)
	start := time.Now()
	if _, err := r.Handle(ctx, in, timer); err == nil {
		return nil, errors.New("the first part was not killed")
	}
	remove()
	in.Attempt = 1
	if _, err := r.Handle(context.Background(), in, timer); err != nil {
		return nil, err
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		in.Attempt = 0
		if _, err := r.Handle(context.Background(), in, next); err != nil {
			return nil, err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	calls, listed, logged := 0, 0, 0
	for _, call := range c.Calls()[began:] {
		switch {
		case call.Product == "sls":
			logged++
		case call.Action == "ecs:DescribeSecurityGroups" && call.Params["SecurityGroupIds"] == "":
			listed++
			calls++
		default:
			calls++
		}
	}
	missed, twice := 0, 0
	for n := 1; n < s.groups; n += wrongOneIn {
		switch got := handed[fmt.Sprintf("sg-public-ingress sg-%06d", n)]; {
		case got == 0:
			missed++
		case got > 1:
			twice++
		}
	}
	got := sample{
		"calls": float64(calls), "each": float64(calls) / float64(s.groups), "listed": float64(listed), "log": float64(logged),
		"time": took.Seconds(), "memory": float64(peak()) / 1e6, "missed": float64(missed), "twice": float64(twice),
	}
	fmt.Fprintf(os.Stderr, "  %s: %v\n", s.id(), got)
	return []sample{got}, nil
}

// watchHeap looks how far the heap grows beyond what there was, the local cloud's record
// of calls included.
func watchHeap(before *runtime.MemStats) (peak func() uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc {
				most = max(most, now.HeapAlloc-before.HeapAlloc)
			}
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}
