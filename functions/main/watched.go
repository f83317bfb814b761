package main

import (
	"cmp"
	"log/slog"
	"slices"

	"github.com/ecsguard/ecsguard/deploy/eventbridge"
	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// canaryClosers are the practices that close what a canary opens: SSH to everyone.
var canaryClosers = []string{"sg-public-ingress", "sg-risky-port-ingress"}

// watcher is one of the two that look after each other and the rest, for the life of the
// process.
func watcher(name string, set settings.Settings, log *slog.Logger) (*watch.Watcher, error) {
	d, err := deployment(set)
	return &watch.Watcher{Name: name, Deployment: d, TellsLedger: name == watch.Triage, Log: log}, err
}

// deployment is what there should be, by the settings and the files that are generated
// from the practices. A test compares it with s.yaml.
func deployment(set settings.Settings) (watch.Deployment, error) {
	d := watch.Deployment{Mode: string(set.Mode), Pattern: eventbridge.Pattern, Documents: map[string][]string{}}
	var err error
	if d.Trust, err = ram.Trust(); err != nil {
		return d, err
	}
	policies := map[string][]string{} // by role
	// In this order: what a function needs to do all it may is first among its documents.
	for _, may := range []struct{ observe, canary bool }{{false, true}, {false, false}, {true, false}} {
		roles, err := ram.Roles(may.observe, may.canary)
		if err != nil {
			return d, err
		}
		for _, r := range roles {
			policies[r.Name] = nil
			for _, p := range r.Policies {
				policies[r.Name] = append(policies[r.Name], p.Name)
				if !slices.Contains(d.Documents[p.Name], p.Document) {
					d.Documents[p.Name] = append(d.Documents[p.Name], p.Document)
				}
			}
			if !slices.Contains(d.Known, r.Name) {
				d.Known = append(d.Known, r.Name)
			}
		}
	}
	triage := watch.Function{Name: watch.Triage, Role: watch.Triage, Triggers: map[string]string{watch.Minute: "timer", watch.Events: "eventbridge", watch.Trail: "log"}}
	d.Functions = []watch.Function{
		{Name: watch.Notify, Role: watch.Notify, Acts: canary(set).Group != "" && canary(set).Acts, Triggers: map[string]string{watch.Audit: "log", watch.Watch: "timer"}},
	}
	for _, p := range set.Deployed(functions.All) {
		mode := set.ModeOf(p)
		d.Functions = append(d.Functions, watch.Function{Name: practice.FunctionName(p.ID), Role: ram.Name(p.ID), Acts: mode == practice.Enforce || mode == practice.Approve})
		if every := p.Sweep.Every; every != 0 && !slices.Contains(d.Intervals, every) {
			d.Intervals = append(d.Intervals, every)
			triage.Triggers[practice.SweepTimer(every)] = "timer"
		}
	}
	slices.Sort(d.Intervals)
	d.Functions = append(d.Functions, triage)
	for i, f := range d.Functions {
		d.Functions[i].Policies = policies[f.Role]
	}
	slices.SortFunc(d.Functions, func(a, b watch.Function) int { return cmp.Compare(a.Name, b.Name) })
	return d, nil
}

// canary is the group in which a port is opened, and whether something would close it.
func canary(set settings.Settings) watch.Canary {
	c := watch.Canary{Group: set.Heartbeat.Canary}
	for _, p := range set.Deployed(functions.All) {
		c.Acts = c.Acts || slices.Contains(canaryClosers, p.ID) && set.ModeOf(p) == practice.Enforce
	}
	return c
}
