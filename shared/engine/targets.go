package engine

import (
	"cmp"
	"slices"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// targets are what an event asks the practice to look at.
func (d *Driver) targets(e *events.Event) []practice.Target {
	targets := Targets(d.Practice, e)
	for _, p := range d.Peers { // in whose place this look is made, and whose event it may be alone
		if len(targets) == 0 && slices.Contains(e.Passed, p.ID) {
			targets = p.Match(e)
		}
	}
	return targets
}

// Targets are what an event asks a practice to look at: the resources it is about or, if
// another function of ecsguard asked for the look, the part of these (and of what they lead to)
// that it named.
func Targets(p *practice.Practice, e *events.Event) (targets []practice.Target) {
	var matched []practice.Target
	if e.Kind != events.KindLook {
		matched = p.Match(e)
	}
	if len(e.Asked) == 0 {
		return matched
	}
	for _, a := range e.Asked {
		i := slices.IndexFunc(matched, func(t practice.Target) bool { return t.Resource.Type == a.Type && t.Resource.ID == a.ID })
		if i >= 0 {
			targets = append(targets, matched[i])
			continue
		}
		targets = append(targets, practice.Target{Resource: practice.Resource{
			Type: a.Type, ID: a.ID, Region: cmp.Or(a.Region, e.Region), Account: cmp.Or(a.Account, e.Account),
		}.Placed()})
	}
	return targets
}

// reader is shared by the first checks of several targets: identical reads are batched or made
// once, and a sweep leaves part of the account's API quota to others.
func (d *Driver) reader(targets []practice.Target, sweeps bool) cloud.Reader {
	var reader cloud.Reader = d
	if sweeps && d.Limits != nil {
		reader = cloud.Limited(reader, d.Limits)
	}
	return Together(reader, targets)
}

// Together is a reader that combines the reads of many resources into one call where the API
// allows it.
func Together(reader cloud.Reader, targets []practice.Target) cloud.Reader {
	if len(targets) < 2 {
		return reader
	}
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = t.Resource.ID
	}
	return cloud.NewPages(reader, ids...)
}

// Complete fills in what an event did not say of a target.
func Complete(t practice.Target, region, account string) practice.Target {
	t.Resource.Region, t.Resource.Account = cmp.Or(t.Resource.Region, region), cmp.Or(t.Resource.Account, account)
	t.Resource = t.Resource.Placed()
	return t
}
