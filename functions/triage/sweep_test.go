package triage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/functions/triage"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

const daily = `{"triggerTime":"2026-03-01T03:00:00Z","triggerName":"sweep-24h","payload":"sweep-24h"}`

// sweeper is a practice that sweeps daily what ids gives.
func sweeper(id string, ids func() []string, check func(context.Context, *practice.Pass) error) *practice.Practice {
	p := finds(id, check)
	p.Sweep = practice.Sweep{Every: 24 * time.Hour, List: func(context.Context, *practice.Pass) (some []practice.Resource, err error) {
		for _, id := range ids() {
			some = append(some, practice.Resource{Type: groupType, ID: id, Name: "a name"})
		}
		return some, nil
	}}
	return p
}

// numbered are so many ids, the last first.
func numbered(n int) func() []string {
	return func() (ids []string) {
		for i := range n {
			ids = append(ids, fmt.Sprintf("sg-%05d", n-1-i))
		}
		return ids
	}
}

// every finds something wrong with one resource in so many.
func every(n int) func(context.Context, *practice.Pass) error {
	return func(ctx context.Context, pass *practice.Pass) error {
		time.Sleep(time.Second)
		var number int
		if _, err := fmt.Sscanf(pass.Resource.ID, "sg-%d", &number); err != nil || number%n > 0 {
			return err
		}
		return wrongs(ctx, pass)
	}
}

// A sweep is worked off in chunks and parts, killed anywhere and run again: each is looked
// at, those that are wrong are handed over once, with what is left of the sweep's budget.
func TestASweepIsWorkedOffInParts(t *testing.T) {
	for _, killed := range []time.Duration{0, time.Second, 26 * time.Second, 200 * time.Second, 400 * time.Second, 590 * time.Second} {
		t.Run(fmt.Sprint("killed after ", killed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, began := functions{tasks: map[string]bool{}}, time.Now()
				alone := sweeper("alone", numbered(30), nil)
				alone.Alone = true
				practices := []*practice.Practice{sweeper("a", numbered(5000), every(50)), alone}
				set := enforcing("a")
				set.PerSweep = 35
				run := func(attempt int) error {
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					defer cancel()
					in := f.invocation("request")
					in.Attempt = attempt
					r := f.triage(set, practices...)
					r.Limits = nil
					_, err := r.Handle(ctx, in, []byte(daily))
					return err
				}
				if killed > 0 {
					f.dead = func() bool { return time.Since(began) >= killed }
					_ = run(0) // nobody hears what a killed one says
					f.dead = nil
				}
				if err := run(1); err != nil {
					t.Fatal(err)
				}
				f.queue(t, f.triage(set, practices...), 10*time.Minute)
				checkOnce(t, "a", f.lookedAt(t, "a"), 100)
				checkOnce(t, "alone", f.lookedAt(t, "alone"), 30)
				left, parts := 0, 0
				for _, e := range f.looks(t, "a") {
					left += e.Left
					if !e.Sweep || e.Left > len(e.Asked) {
						t.Errorf("a look of %d with a budget of %d", len(e.Asked), e.Left)
					}
				}
				for _, i := range f.got {
					if i.function == "ecsguard-triage" {
						parts++
					}
				}
				if left > 35 || killed == 0 && left != 35 {
					t.Errorf("%d may be acted on, of 35", left)
				}
				if parts < 1 {
					t.Error("it was done in one part")
				}
				last := f.log[len(f.log)-1]
				if last.Kind != ledger.Sweep || last.Reason != "it is through" || killed == 0 && last.Facts["looked"] != "5000" {
					t.Errorf("the last record is %+v", last)
				}
			})
		})
	}
}

// A list that changes meanwhile: what is added behind is looked at, what is added before is
// the next sweep's, what goes is not missed, and nobody is looked at twice.
func TestAListThatChangesUnderASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := functions{tasks: map[string]bool{}}
		ids, looked := numbered(3000)(), map[string]int{}
		p := sweeper("a", func() []string { return ids }, nil)
		p.Check = func(_ context.Context, pass *practice.Pass) error {
			time.Sleep(time.Second)
			f.mu.Lock()
			defer f.mu.Unlock()
			looked[pass.Resource.ID]++
			return nil
		}
		r := f.triage(settings.Settings{}, p)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
		defer cancel()
		if _, err := r.Handle(ctx, f.invocation("request"), []byte(daily)); err != nil {
			t.Fatal(err)
		}
		cursor := len(looked)
		if cursor < 500 || cursor > 2000 {
			t.Fatalf("%d in the first part", cursor)
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == fmt.Sprintf("sg-%05d", cursor-1) || id == "sg-02500" }) // the cursor itself is one of them
		ids = append(ids, "sg-00000-new", "sg-02600-new")
		f.queue(t, r, 6*time.Minute)
		for _, id := range ids {
			want := 1
			if id == "sg-00000-new" {
				want = 0
			}
			if looked[id] != want {
				t.Errorf("%s is looked at %d times, want %d", id, looked[id], want)
			}
		}
		expect(t, "what went", looked["sg-02500"], 0)
	})
}

// A throttled read ends a part, and the next attempt goes on from there; at the last it
// goes on past it. What cannot be mended by waiting does not stop it at all.
func TestASweepGoesOnPastWhatDoesNotWork(t *testing.T) {
	throttled := &ours.Error{Action: "ecs:DescribeSecurityGroupAttribute", Code: "Throttling.User", Status: 400}
	f := functions{indexed: true, tasks: map[string]bool{}, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), fail: map[string]error{"out-of-reach": errors.New("AccessDenied")}}
	check := func(ctx context.Context, pass *practice.Pass) error {
		if pass.Resource.ID == "sg-00150" {
			return throttled
		}
		return wrongs(ctx, pass)
	}
	r := f.triage(settings.Settings{}, sweeper("a", numbered(1000), check), sweeper("out-of-reach", numbered(300), wrongs))
	for attempt, want := range []int{199, 199, 199, 999} {
		in := f.invocation("request")
		in.Attempt = attempt
		if _, err := r.Handle(t.Context(), in, []byte(daily)); err == nil {
			t.Fatal("no error")
		}
		expect(t, fmt.Sprint("looked at after attempt ", attempt), len(slices.Compact(f.lookedAt(t, "a"))), want)
	}
	if !slices.ContainsFunc(f.log, func(x ledger.Record) bool { return x.Resource == "sg-00150" && x.Key == "not seen yet" && x.Opens() }) {
		t.Error("nobody looks again at what was throttled")
	}
}

// What cannot be listed is told, and the others are swept: at once where it is forbidden,
// and at the last attempt where it might have passed.
func TestAListThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		list func(context.Context) error
		at   int // the attempt at which the others are swept
	}{
		"forbidden": {func(context.Context) error {
			return &ours.Error{Action: "ecs:Describe", Code: "Forbidden.RAM", Status: 403}
		}, 0},
		"panics": {func(context.Context) error { panic("a mistake") }, 0},
		"slow":   {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 0},
		"throttled": {func(context.Context) error {
			return &ours.Error{Action: "ecs:Describe", Code: "Throttling", Status: 429}
		}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := functions{indexed: true, tasks: map[string]bool{}}
				bad := sweeper("bad", nil, wrongs)
				bad.Sweep.List = func(ctx context.Context, _ *practice.Pass) ([]practice.Resource, error) { return nil, c.list(ctx) }
				r := f.triage(settings.Settings{}, bad, sweeper("a", numbered(3), wrongs))
				for attempt := range 4 {
					in := f.invocation("request")
					in.Attempt = attempt
					if _, err := r.Handle(t.Context(), in, []byte(daily)); (err == nil) != (attempt >= c.at) {
						t.Fatalf("attempt %d: %v", attempt, err)
					}
					if attempt >= c.at {
						break
					}
					expect(t, "looked at", f.lookedAt(t, "a"), "[]")
				}
				expect(t, "looked at", len(f.lookedAt(t, "a")), 3)
				expect(t, "told", f.told(), "[bad]")
			})
		})
	}
}

// Practices that list alike are asked once, and one with parameters of its own for itself.
func TestWhoListsAlikeIsAskedOnce(t *testing.T) {
	var f functions
	var asked []string
	list := func(_ context.Context, pass *practice.Pass) ([]practice.Resource, error) {
		asked = append(asked, pass.Practice.ID)
		return []practice.Resource{{Type: groupType, ID: "sg-1", Name: pass.Practice.ID}, {Type: groupType, ID: "sg-1", Region: "cn-hangzhou"}}, nil
	}
	var practices []*practice.Practice
	for _, id := range []string{"a", "b", "c"} {
		p := sweeper(id, nil, wrongs)
		p.Params = []practice.Param{{Name: "ports"}}
		p.Sweep.List = list
		practices = append(practices, p)
	}
	set := settings.Settings{Practices: map[string]settings.Practice{"c": {Params: map[string]settings.List{"ports": {"22"}}}}}
	if _, err := f.triage(set, practices...).Handle(t.Context(), f.invocation("request"), []byte(daily)); err != nil {
		t.Fatal(err)
	}
	expect(t, "who lists", asked, "[a c]")
	for _, id := range []string{"a", "b", "c"} {
		checkOnce(t, id, f.lookedAt(t, id), 1)
	}
}

func TestSweepsDoNotOverlap(t *testing.T) {
	f := functions{indexed: true, tasks: map[string]bool{}, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	r := f.triage(settings.Settings{}, sweeper("a", numbered(3), wrongs))
	timer := func(hour int) []byte {
		return fmt.Appendf(nil, `{"triggerTime":"2026-03-01T%02d:00:00Z","triggerName":"sweep-24h","payload":"sweep-24h"}`, hour)
	}
	f.log = []ledger.Record{{Kind: ledger.Sweep, Key: "24h0m0s", Task: "another", Reason: "it goes on", Time: f.clock.Add(-10 * time.Minute), Region: "cn-hangzhou", Account: "1098765432101234"}}
	if _, err := r.Handle(t.Context(), f.invocation("request-1"), timer(3)); err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", f.names(), "[]")
	expect(t, "told", f.told(), "[ecsguard-triage]")
	f.clock = f.clock.Add(time.Hour) // nothing has been heard of it for long: it is dead
	if _, err := r.Handle(t.Context(), f.invocation("request-2"), timer(4)); err != nil {
		t.Fatal(err)
	}
	expect(t, "woken then", f.names(), "[a]")
}

func TestNoSweeps(t *testing.T) {
	var f functions
	set := settings.Settings{NoSweeps: true}
	r := f.triage(set, sweeper("a", numbered(3), wrongs))
	for _, payload := range []string{daily, `{"ecsguard":"sweep","id":"timer/1","every":86400000000000,"part":3}`} {
		if _, err := r.Handle(t.Context(), f.invocation("request"), []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "woken", f.names(), "[]")
	expect(t, "recorded", f.log[len(f.log)-1].Reason, "it is through")
}

// A sweep that never ends is stopped, and that is a failure, which people are told of.
func TestASweepHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := functions{tasks: map[string]bool{}}
		r := f.triage(settings.Settings{}, sweeper("a", numbered(5000), every(50)))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		last := `{"ecsguard":"sweep","id":"timer/1","every":86400000000000,"part":199}`
		if _, err := r.Handle(ctx, f.invocation("request"), []byte(last)); err == nil || !strings.Contains(err.Error(), "not finished after 200 runs") {
			t.Error(err)
		}
	})
}

// Who stands in at a sweep for a function that is missing may act on as much.
func TestTheBudgetOfWhoStandsIn(t *testing.T) {
	f := functions{fail: map[string]error{"a": notFound}}
	one := &practice.Family{Name: "one"}
	a, b := sweeper("a", numbered(3), wrongs), sweeper("b", numbered(3), wrongs)
	a.Family, b.Family = one, one
	if _, err := f.triage(enforcing("a", "b"), a, b).Handle(t.Context(), f.invocation("request"), []byte(daily)); err != nil {
		t.Fatal(err)
	}
	looks := f.looks(t, "b")
	if len(looks) != 1 || looks[0].Left != 3 || !looks[0].Sweep || !slices.Equal(looks[0].Passed, []string{"a"}) {
		t.Errorf("%+v", looks)
	}
}

// What a sweep hands over may wait for its turn: a practice that has much to do is not
// called silent after minutes.
func TestASweepsHandoverMayWait(t *testing.T) {
	f := functions{indexed: true, tasks: map[string]bool{}, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	r := f.triage(settings.Settings{}, sweeper("a", numbered(300), wrongs))
	if _, err := r.Handle(t.Context(), f.invocation("request"), []byte(daily)); err != nil {
		t.Fatal(err)
	}
	woken := len(f.got)
	for range 30 {
		f.clock = f.clock.Add(time.Minute)
		if _, err := r.Handle(t.Context(), f.invocation("minute-"+f.clock.String()), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "woken again", len(f.got)-woken, 0)
	expect(t, "told", f.told(), "[]")
	f.clock = f.clock.Add(31 * time.Minute)
	if _, err := r.Handle(t.Context(), f.invocation("the end"), []byte(minutely)); err != nil {
		t.Fatal(err)
	}
	expect(t, "told in the end", f.told(), "[a]")
}

// The last attempt is the one that s.yaml says is the last.
func TestTheLastAttempt(t *testing.T) {
	text, err := os.ReadFile("../../s.yaml")
	if err != nil || !strings.Contains(string(text), fmt.Sprintf("maxAsyncRetryAttempts: %d\n", triage.LastAttempt)) {
		t.Errorf("%v: s.yaml does not say %d", err, triage.LastAttempt)
	}
}
