package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

type check = func(context.Context, *practice.Pass) error

// objects reports the rules of some ports as one finding.
func objects(from, to int) check {
	return func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		f := practice.Finding{Key: fmt.Sprintf("%d-%d", from, to), Title: "open", Scope: practice.Scope{"tcp": {{From: from, To: to}}}}
		for _, r := range found {
			if port, _ := strconv.Atoi(r.key()); from <= port && port <= to {
				f.Changes = append(f.Changes, r.close())
			}
		}
		if len(f.Changes) > 0 {
			pass.Report(f)
		}
		return err
	}
}

// peer is another practice of the family.
func (w *world) peer(id string, severity practice.Severity, check check) *practice.Practice {
	p := *w.practice
	p.ID, p.Severity, p.Check = id, severity, check
	w.peers = append(w.peers, &p)
	return &p
}

func (w *world) mode(id string, m practice.Mode) {
	if w.settings.Practices == nil {
		w.settings.Practices = map[string]settings.Practice{}
	}
	w.settings.Practices[id] = settings.Practice{Mode: m}
}

// reads is how often the rules were read.
func (w *world) reads() (n int) {
	for _, c := range w.cloud.Calls() {
		if c.Action == readRules {
			n++
		}
	}
	return n
}

func TestOneOfAFamilySpeaks(t *testing.T) {
	w := begin(t, objects(22, 23), 22, 25)
	w.peer("sg-wide", practice.Low, objects(20, 30))
	w.deliver(event(t, 1), practice.Ignored)
	w.tells()
	if !strings.Contains(w.log.String(), "sg-wide speaks of it") || len(w.changes()) > 0 || w.reads() != 1 {
		t.Errorf("%d reads, changes %v, the log: %s", w.reads(), w.changes(), &w.log)
	}
}

// Of several that say it, the log names one that is not silent itself.
func TestWhoSpeaksIsNotSilent(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-middle", practice.Critical, objects(22, 23))
	w.peer("sg-wide", practice.Low, objects(20, 30))
	w.deliver(event(t, 1), practice.Ignored)
	if !strings.Contains(w.log.String(), "sg-wide speaks of it") {
		t.Errorf("the log: %s", &w.log)
	}
}

// What was read for the family is read again after the change.
func TestOneSpeaksAndNamesTheOthers(t *testing.T) {
	w := begin(t, objects(20, 30), 22, 25)
	for _, id := range []string{"sg-b", "sg-a"} {
		w.peer(id, practice.Critical, objects(22, 22))
	}
	w.peer("sg-far", practice.Critical, objects(80, 80))
	w.deliver(event(t, 1), practice.Fixed)
	w.tells("intent 20-30", "result 20-30 fixed")
	for _, r := range w.records() {
		if !slices.Equal(r.Also, []string{"sg-a", "sg-b"}) {
			t.Errorf("%s names %v", r.Kind, r.Also)
		}
	}
	if w.reads() != 2 || w.ports() != "" {
		t.Errorf("%d reads, open %s", w.reads(), w.ports())
	}
}

// The one that acts does not silence the one that covers more, nor the other way round.
func TestOneActsAndOneThatCoversMoreTells(t *testing.T) {
	w := begin(t, objects(20, 30), 22, 25)
	w.mode("test-practice", practice.Observe)
	w.peer("sg-acts", practice.Critical, objects(22, 22))
	w.deliver(event(t, 1), practice.Observed)
	if r := w.result("20-30"); !slices.Equal(r.Also, []string{"sg-acts"}) {
		t.Errorf("names %v", r.Also)
	}
	w = begin(t, objects(22, 22), 22, 25)
	w.mode("sg-observes", practice.Observe)
	w.peer("sg-observes", practice.Critical, objects(20, 30))
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("22-22"); !slices.Equal(r.Also, []string{"sg-observes"}) || w.ports() != "25/25" {
		t.Errorf("names %v, open %s", r.Also, w.ports())
	}
}

func TestOfTwoThatAreAlikeTheFirstSpeaks(t *testing.T) {
	for _, x := range []struct {
		id       string
		severity practice.Severity
		mode     practice.Mode
		want     practice.Outcome
	}{
		{"z", practice.Critical, practice.Enforce, practice.Ignored},
		{"a", practice.High, practice.Enforce, practice.Ignored},
		{"z", practice.High, practice.Enforce, practice.Fixed},
		{"a", practice.Low, practice.Enforce, practice.Fixed},
		{"a", practice.Critical, practice.Approve, practice.Fixed},
		{"a", practice.Critical, practice.Observe, practice.Fixed},
	} {
		t.Run(fmt.Sprint(x), func(t *testing.T) {
			w := begin(t, objects(22, 22), 22)
			w.mode(x.id, x.mode)
			w.peer(x.id, x.severity, objects(22, 22))
			w.deliver(event(t, 1), x.want)
		})
	}
}

func TestAnExemptionOfOneIsNoneOfTheOthers(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	day, _ := settings.ParseDate("2999-12-31")
	w.settings.Exemptions = []settings.Exemption{{Practice: "sg-exempt", Resource: "*", Until: day, Because: "test", By: "test"}}
	w.peer("sg-exempt", practice.Critical, objects(20, 30))
	w.deliver(event(t, 1), practice.Fixed)
	if also := w.result("22-22").Also; len(also) > 0 {
		t.Errorf("names %v, which accept it", also)
	}
}

// That something is accepted is on record, whoever else speaks of it.
func TestAnExemptionIsNotLeftToAnother(t *testing.T) {
	for _, mode := range []practice.Mode{practice.Observe, practice.Enforce} {
		w := begin(t, objects(22, 22), 22)
		day, _ := settings.ParseDate("2999-12-31")
		w.settings.Exemptions = []settings.Exemption{{Practice: "test-practice", Resource: "*", Until: day, Because: "test", By: "test"}}
		w.mode("sg-wide", mode)
		w.peer("sg-wide", practice.Critical, objects(20, 30))
		w.deliver(event(t, 1), practice.Exempt)
		if also := w.result("22-22").Also; !slices.Equal(also, []string{"sg-wide"}) {
			t.Errorf("names %v", also)
		}
	}
}

func TestAPeerThatFailsIsNamedAndStopsNothing(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-panics", practice.Critical, func(context.Context, *practice.Pass) error { panic("no such param") })
	w.peer("sg-fails", practice.Critical, func(context.Context, *practice.Pass) error { return errors.New("out of order") })
	w.peer("sg-gone", practice.Critical, func(context.Context, *practice.Pass) error { return practice.ErrGone })
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("22-22"); r.Facts["could not be asked"] != "sg-fails, sg-panics" || len(r.Also) > 0 {
		t.Errorf("%v %v", r.Facts, r.Also)
	}
	if log := w.log.String(); !strings.Contains(log, "out of order") || !strings.Contains(log, "no such param") {
		t.Errorf("the log: %s", log)
	}
}

// A panic in a read that is made beside others does not end the process either.
func TestAPeerThatPanicsBesideItself(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-panics", practice.Critical, panicking)
	w.deliver(event(t, 1), practice.Fixed)
	if r := w.result("22-22"); r.Facts["could not be asked"] != "sg-panics" {
		t.Errorf("%v", r.Facts)
	}
}

func panicking(ctx context.Context, pass *practice.Pass) error {
	return pass.Together(ctx, func(context.Context) error { panic("no such param") },
		func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
}

// Not asked: who needs more than the role may read, and anybody where nothing is wrong
// that others could object to.
func TestWhoIsNotAsked(t *testing.T) {
	never := func(context.Context, *practice.Pass) error { t.Error("asked"); return nil }
	w := begin(t, objects(22, 22), 22)
	w.peer("sg-more", practice.Critical, never).Reads = []string{readRules, "ecs:DescribeInstances"}
	w.deliver(event(t, 1), practice.Fixed)
	w = begin(t, each, 22)
	w.peer("sg-wide", practice.Critical, never)
	w.deliver(event(t, 1), practice.Fixed)
	w.deliver(event(t, 2), practice.Good)
	if w.reads() != 3 {
		t.Errorf("%d reads", w.reads())
	}
}

// Nor is one asked whom such an event does not start. A sweep asks all.
func TestAnEventOfOneAlone(t *testing.T) {
	w := begin(t, objects(22, 22), 22)
	p := w.peer("sg-wide", practice.Critical, objects(20, 30))
	p.Triggers = slices.DeleteFunc(slices.Clone(p.Triggers), func(t practice.Trigger) bool { return t.Name == "AuthorizeSecurityGroup" })
	w.deliver(event(t, 1), practice.Fixed)
	w.load(group, 22)
	w.practice.Sweep = practice.Sweep{Every: time.Hour, List: func(context.Context, *practice.Pass) ([]practice.Resource, error) {
		return []practice.Resource{{Type: w.practice.Resource, ID: group}}, nil
	}}
	w.deliver(timer(t), practice.Ignored)
}

// What a fix uncovers may be another's to say.
func TestAnotherSpeaksOfWhatAFixUncovers(t *testing.T) {
	next := func(ctx context.Context, pass *practice.Pass) error {
		found, err := rules(ctx, pass)
		if len(found) > 0 {
			port, _ := strconv.Atoi(found[0].key())
			return objects(port, port)(ctx, pass)
		}
		return err
	}
	w := begin(t, next, 22, 23)
	w.peer("sg-23", practice.Critical, objects(23, 23))
	w.deliver(event(t, 1), practice.Ignored, practice.Fixed)
	w.tells("intent 22-22", "result 22-22 fixed")
	if w.ports() != "23/23" {
		t.Errorf("open %s", w.ports())
	}
}

// What an attempt has begun it ends, whoever else has come to speak of it since.
func TestWhatWasBegunIsNotLeftToAnother(t *testing.T) {
	for name, other := range map[string]check{"covers": objects(20, 30), "overlaps": objects(20, 22)} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, objects(22, 23), 22, 23)
			w.fails(w.dies(writeLog, 1), event(t, 1), firstAttempt)
			w.tells("intent 22-23")
			w.peer("sg-first", practice.Critical, other)
			before := w.reads()
			w.attempt(event(t, 1), secondAttempt, practice.Fixed)
			w.tells("intent 22-23", "result 22-23 fixed")
			if n := w.reads() - before; n != 2 {
				t.Errorf("%d reads: it has waited", n)
			}
			if w.of(audit.Result)[0].CallsMade != 2 {
				t.Errorf("%+v", w.of(audit.Result)[0])
			}
		})
	}
}
