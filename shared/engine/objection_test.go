package engine

import (
	"slices"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// thing is what the objections of these tests are about.
var thing = practice.Resource{Type: "thing", ID: "t-1", Region: "cn-hangzhou", Account: "1"}

// objects makes an objection to some ports of the thing.
func objects(by string, s practice.Severity, rank, from, to int) objection {
	return objection{
		id: by, by: &practice.Practice{ID: by, Severity: s}, rank: rank,
		finding: practice.Finding{Key: by, Resource: thing, Scope: practice.Scope{"rule": {{From: from, To: to}}}},
	}
}

// Of a family the one speaks who goes further, then who says more, then the worse; whoever
// acts has all put right that want to be.
func TestSettle(t *testing.T) {
	const own, other = "own", "other"
	for name, c := range map[string]struct {
		own, other   objection
		event        events.Event
		act, tell    []string
		silent       []string
		withoutOwner bool // the practice itself has found nothing
	}{
		"both act": {
			own: objects(own, practice.High, acts, 22, 22), other: objects(other, practice.Critical, acts, 80, 80),
			act: []string{other, own},
		},
		"who tells beside who acts": {
			own: objects(own, practice.High, tells, 22, 22), other: objects(other, practice.High, acts, 22, 22),
			silent: []string{own},
		},
		"who acts beside who tells": {
			own: objects(own, practice.High, acts, 22, 22), other: objects(other, practice.Critical, tells, 1, 65535),
			act: []string{own},
		},
		"more is said by the other": {
			own: objects(own, practice.High, tells, 22, 22), other: objects(other, practice.Low, tells, 20, 25),
			silent: []string{own},
		},
		"more is said by this one": {
			own: objects(own, practice.Low, tells, 20, 25), other: objects(other, practice.High, tells, 22, 22),
			tell: []string{own},
		},
		"as much, and the other is worse": {
			own: objects(own, practice.High, tells, 22, 22), other: objects(other, practice.Critical, tells, 22, 22),
			silent: []string{own},
		},
		"as much and as bad: the first by name": {
			own: objects("a", practice.High, tells, 22, 22), other: objects("b", practice.High, tells, 22, 22),
			tell: []string{"a"},
		},
		"something else": {
			own: objects(own, practice.High, tells, 22, 22), other: objects(other, practice.Critical, acts, 80, 80),
			tell: []string{own},
		},
		"an exemption is on record": {
			own: objects(own, practice.High, exempt, 22, 22), other: objects(other, practice.Critical, acts, 22, 22),
			tell: []string{own},
		},
		"for one who only tells and is not woken": {
			own: objects(own, practice.High, tells, 22, 22), other: objects(other, practice.Low, tells, 80, 80), event: events.Event{For: []string{other}},
			tell: []string{own, other},
		},
		"for one who cannot act": {
			other: objects(other, practice.High, acts, 22, 22), event: events.Event{Passed: []string{other}}, withoutOwner: true,
			act: []string{other},
		},
		"for nobody": {
			other: objects(other, practice.High, acts, 22, 22), withoutOwner: true,
		},
		"who could not speak silences nobody": {
			own: objects(own, practice.High, tells, 22, 22), other: objects(other, practice.Critical, tells, 20, 25), event: events.Event{Passed: []string{other}},
			tell: []string{own, other},
		},
	} {
		var mine []objection
		if !c.withoutOwner {
			mine = []objection{c.own}
		}
		act, tell, silent := settle(&assignment{event: &c.event}, mine, []objection{c.other})
		var by []string
		for _, s := range silent {
			by = append(by, s.id)
		}
		if !slices.Equal(ids(act), c.act) || !slices.Equal(ids(tell), c.tell) || !slices.Equal(by, c.silent) {
			t.Errorf("%s: act %v, tell %v, silent %v; want %v, %v, %v", name, ids(act), ids(tell), by, c.act, c.tell, c.silent)
		}
	}
}

func ids(all []objection) (ids []string) {
	for _, o := range all {
		ids = append(ids, o.id)
	}
	return ids
}

// What edits a resource for a family is one edit; what has nothing to join is one each.
func TestEdits(t *testing.T) {
	joined := func(by string) objection {
		o := objects(by, practice.High, acts, 22, 22)
		o.finding.Wants = "closed"
		return o
	}
	alone := objects("c", practice.High, acts, 22, 22)
	elsewhere := joined("d")
	elsewhere.finding.Resource.ID = "t-2"
	var got [][]string
	for _, members := range edits([]objection{joined("a"), alone, joined("b"), elsewhere}) {
		got = append(got, ids(members))
	}
	want := [][]string{{"a", "b"}, {"c"}, {"d"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v, want %v", got, want)
	}
}
