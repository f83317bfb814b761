package main

import (
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"
)

// A scenario is something that happens in the account.
type scenario struct {
	id, title string
	enforce   []string
	warm      int // times that it happens before it is measured
	repeats   int
	size      int  // groups that each time takes
	changes   bool // something is put right
	several   bool // it is of many resources
	do        func(w *world, n int) error
}

const (
	risky = "sg-risky-port-ingress"
	admin = "sg-admin-backend-ingress"
	imds  = "ecs-imdsv2"
)

var scenarios = []scenario{
	{id: "good", title: "Nothing wrong: a rule for the office", enforce: []string{risky, admin}, warm: 4, repeats: 15, size: 1,
		do: func(w *world, n int) error { return w.open(n, "443/443", "198.51.100.0/24") }},
	{id: "rule", title: "A rule opens port 22 to everyone; one practice enforces", enforce: []string{risky}, warm: 4, repeats: 15, size: 1, changes: true,
		do: func(w *world, n int) error { return w.open(n, "22/22", "0.0.0.0/0") }},
	{id: "rule-two", title: "A rule opens port 22 to everyone; two practices of the family enforce", enforce: []string{risky, admin}, warm: 4, repeats: 15, size: 1, changes: true,
		do: func(w *world, n int) error { return w.open(n, "22/22", "0.0.0.0/0") }},
	{id: "wide", title: "A rule opens every TCP port to everyone; two practices of the family enforce", enforce: []string{risky, admin}, warm: 4, repeats: 15, size: 1, changes: true,
		do: func(w *world, n int) error { return w.open(n, "1/65535", "0.0.0.0/0") }},
	{id: "launch", title: "A launch of one machine; one practice enforces", enforce: []string{imds}, warm: 4, repeats: 10, changes: true,
		do: func(w *world, _ int) error { return w.launch(1) }},
	{id: "launch-100", title: "A launch of 100 machines; one practice enforces", enforce: []string{imds}, warm: 1, repeats: 3, changes: true, several: true,
		do: func(w *world, _ int) error { return w.launch(100) }},
	{id: "burst", title: "Port 22 opened in 200 groups, as fast as the cloud takes it; two practices enforce", enforce: []string{risky, admin}, repeats: 1, size: burst, changes: true, several: true,
		do: func(w *world, n int) error {
			var calls errgroup.Group
			calls.SetLimit(16)
			for i := range burst {
				calls.Go(func() error { return w.open(n+i, "22/22", "0.0.0.0/0") })
			}
			return calls.Wait()
		}},
	{id: "forged", title: "1,000 forged events: port 22 opened in groups that are not there", enforce: []string{risky, admin}, repeats: 1, several: true,
		do: func(w *world, _ int) error { return w.forge(forged, "AuthorizeSecurityGroup") }},
	{id: "unwanted", title: "5,000 events that concern nobody", repeats: 1, several: true,
		do: func(w *world, _ int) error { return w.forge(unwanted, "DescribeNothing") }},
}

const (
	burst    = 200
	forged   = 1000
	unwanted = 5000
)

// run measures a scenario.
func (s scenario) run(root string) ([]sample, error) {
	w, err := begin(root, root, max(1, (s.warm+s.repeats)*s.size), s.enforce...)
	if err != nil {
		return nil, err
	}
	defer w.end()
	var samples []sample
	for n := range s.warm + s.repeats {
		m, err := w.now()
		if err != nil {
			return nil, err
		}
		if err := s.do(w, n*s.size); err != nil {
			return nil, fmt.Errorf("%s: %w", s.id, err)
		}
		if err := w.quiet(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.id, err)
		}
		p, err := w.since(m)
		if err != nil {
			return nil, err
		}
		got := p.measures()
		fmt.Fprintf(os.Stderr, "  %s %d: %v\n", s.id, n, got)
		if s.changes != (got["changes"] > 0) {
			return nil, fmt.Errorf("%s: %v changes", s.id, got["changes"])
		}
		if n >= s.warm {
			samples = append(samples, got)
		}
	}
	if refused := w.Refused(); len(refused) > 0 {
		return nil, fmt.Errorf("something tried to reach %v", refused)
	}
	return samples, nil
}
