package triage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions/triage"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

const groupType = "ACS::ECS::SecurityGroup"

// theGroup is the one that the sample is about.
const theGroup = "sg-bp1guard0web00000001"

// wrongs reports something that can be put right.
func wrongs(_ context.Context, pass *practice.Pass) error {
	pass.Report(practice.Finding{Key: "wrong", Title: "it is wrong", Changes: []practice.Change{{Why: "to put it right"}}})
	return nil
}

// member is a practice of a family.
func member(family *practice.Family, id string, severity practice.Severity, check func(context.Context, *practice.Pass) error) *practice.Practice {
	p := finds(id, check, authorized)
	p.Family, p.Severity = family, severity
	return p
}

func enforcing(ids ...string) settings.Settings {
	set := settings.Settings{Practices: map[string]settings.Practice{}}
	for _, id := range ids {
		set.Practices[id] = settings.Practice{Mode: practice.Enforce}
	}
	return set
}

// at sets the time of an event.
func at(when time.Time) func(_, data map[string]any) {
	return func(_, data map[string]any) { data["eventTime"] = when.UTC().Format(time.RFC3339) }
}

// groups has an event name many groups.
func groups(n int) func(_, data map[string]any) {
	return func(_, data map[string]any) {
		params := data["requestParameters"].(map[string]any)
		for i := range n {
			params[fmt.Sprintf("Group.%d.Id", i+1)] = fmt.Sprintf("sg-%04d", i)
		}
	}
}

var manyGroups = practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.Group.*.Id"}

// looks are what a function was asked to look at.
func (f *functions) looks(t *testing.T, function string) (looks []events.Event) {
	t.Helper()
	for _, i := range f.got {
		if i.function != function {
			continue
		}
		some, err := events.Decode(i.body)
		if err != nil || len(some) != 1 {
			t.Fatalf("%s cannot read what it is asked: %v", function, err)
		}
		if len(i.body) > triage.MaxBody {
			t.Errorf("%s gets %d bytes", function, len(i.body))
		}
		looks = append(looks, some[0])
	}
	return looks
}

// lookedAt are the resources that a function was asked to look at, as often as it was.
func (f *functions) lookedAt(t *testing.T, function string) (ids []string) {
	t.Helper()
	for _, e := range f.looks(t, function) {
		for _, a := range e.Asked {
			ids = append(ids, a.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// queue runs what triage has asked of itself, each in an invocation with so much time.
func (f *functions) queue(t *testing.T, r *triage.Triage, time time.Duration) {
	t.Helper()
	for n := 0; n < len(f.got); n++ {
		if f.got[n].function != "ecsguard-triage" || f.got[n].task == "" {
			continue
		}
		body := f.got[n].body
		f.got[n].task = "" // done
		if len(body) > triage.MaxBody {
			t.Errorf("triage gets %d bytes", len(body))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time)
		if _, err := r.Handle(ctx, f.invocation(fmt.Sprintf("request-%d", n)), body); err != nil {
			t.Error(err)
		}
		cancel()
	}
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestNothingIsWrong(t *testing.T) {
	var f functions
	family := &practice.Family{Name: "one"}
	answer, err := route(t, &f, event(t, opened), member(family, "a", practice.High, nothing), member(family, "b", practice.High, nothing), finds("c", nothing, authorized))
	if err != nil || len(f.got) > 0 || len(answer.Invoked) > 0 || len(f.log) > 0 {
		t.Errorf("%v, invoked %v, written %+v", err, f.names(), f.log)
	}
}

// Of each family one is woken: who acts before who only tells, then the worst.
func TestOneSpeakerAFamily(t *testing.T) {
	one, two := &practice.Family{Name: "one"}, &practice.Family{Name: "two"}
	all := []*practice.Practice{
		member(one, "a-tells", practice.Critical, wrongs), member(one, "b-acts", practice.High, wrongs), member(one, "c-acts", practice.Low, wrongs), member(one, "d-good", practice.Critical, nothing),
		member(two, "e-tells", practice.Medium, wrongs), member(two, "f-tells", practice.High, wrongs),
		finds("g", wrongs, authorized),
	}
	set := enforcing("b-acts", "c-acts", "d-good")
	for name, edits := range map[string][]func(_, data map[string]any){"one resource": nil, "several": {groups(2)}} {
		t.Run(name, func(t *testing.T) {
			var f functions
			for _, p := range all {
				p.Triggers = []practice.Trigger{authorized}
				if edits != nil {
					p.Triggers = []practice.Trigger{manyGroups}
				}
			}
			answer, err := f.triage(set, all...).Handle(t.Context(), f.invocation("request"), event(t, opened, edits...))
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "woken", answer.Invoked, "[b-acts f-tells g]")
			for speaker, for_ := range map[string]string{"b-acts": "a-tells c-acts", "f-tells": "e-tells", "g": ""} {
				looks := f.looks(t, speaker)
				if len(looks) != 1 {
					t.Fatalf("%s is asked %d times", speaker, len(looks))
				}
				got := slices.DeleteFunc(looks[0].For, func(id string) bool { return id == "d-good" }) // its verdict may not be in yet
				expect(t, speaker+" speaks for", strings.Join(slices.Sorted(slices.Values(got)), " "), for_)
				expect(t, speaker+" passed", len(looks[0].Passed), 0)
			}
		})
	}
}

// Who is exempt does not speak before one that acts.
func TestAnExemptMemberDoesNotComeFirst(t *testing.T) {
	var f functions
	one := &practice.Family{Name: "one"}
	set := enforcing("a", "b")
	set.Exemptions = []settings.Exemption{{Practice: "a", Resource: "*", Until: settings.Date{Time: time.Now().AddDate(0, 1, 0)}, Because: "a test", By: "me"}}
	answer, err := f.triage(set, member(one, "a", practice.Critical, wrongs), member(one, "b", practice.Low, wrongs)).Handle(t.Context(), f.invocation("request"), event(t, opened))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", answer.Invoked, "[b]")
	expect(t, "for", f.looks(t, "b")[0].For, "[a]")
}

// Who is off or retired is no speaker and nobody's peer.
func TestWhoIsOffDoesNotSpeak(t *testing.T) {
	var f functions
	one := &practice.Family{Name: "one"}
	set := enforcing("a", "b")
	set.Practices["a"] = settings.Practice{Mode: practice.Off}
	gone := member(one, "gone", practice.Critical, wrongs)
	gone.Retired = "it is"
	answer, err := f.triage(set, member(one, "a", practice.Critical, wrongs), gone, member(one, "b", practice.Low, wrongs)).Handle(t.Context(), f.invocation("request"), event(t, opened))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", answer.Invoked, "[b]")
	expect(t, "for", f.looks(t, "b")[0].For, "[]")
}

// Unknown is not good: whoever cannot judge is woken itself, and it is told hourly.
func TestAJudgementThatFails(t *testing.T) {
	forbidden := func(context.Context, *practice.Pass) error {
		return &ours.Error{Action: "ecs:DescribeSecurityGroupAttribute", Code: "Forbidden.RAM", Status: 403}
	}
	slow := func(ctx context.Context, _ *practice.Pass) error {
		<-ctx.Done()
		return ours.TimeUp("ecs:DescribeSecurityGroupAttribute")
	}
	for name, check := range map[string]func(context.Context, *practice.Pass) error{
		"forbidden": forbidden, "slow": slow, "panicking": func(context.Context, *practice.Pass) error { panic("a mistake") },
		"never returning": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := functions{indexed: true}
				release := make(chan struct{})
				defer close(release)
				if check == nil {
					check = func(context.Context, *practice.Pass) error { <-release; return nil }
				}
				one := &practice.Family{Name: "one"}
				r := f.triage(enforcing("b"), member(one, "a", practice.High, check), member(one, "b", practice.High, wrongs), finds("c", nothing, authorized))
				for n, want := range []int{1, 1, 2} {
					again := func(_, data map[string]any) { data["eventId"] = fmt.Sprint("event-", n) }
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					answer, err := r.Handle(ctx, f.invocation("request"), event(t, opened, again))
					cancel()
					if err != nil {
						t.Fatal(err)
					}
					expect(t, "woken", answer.Invoked, "[a b]")
					expect(t, "told", len(f.told()), want)
					for _, x := range f.log { // as this deployment needs it, since b may act
						if command := "run go run ./deploy/ecsguard prepare --region cn-hangzhou --mode enforce, "; x.Advice != "" && !strings.Contains(x.Advice, command) {
							t.Errorf("it advises %q", x.Advice)
						}
					}
					time.Sleep(31 * time.Minute)
				}
				expect(t, "the process is to end", r.Stuck(), name == "never returning")
			})
		})
	}
}

// All of a family unknown: all are woken.
func TestNobodyOfAFamilyCanJudge(t *testing.T) {
	var f functions
	one := &practice.Family{Name: "one"}
	broken := func(context.Context, *practice.Pass) error { return errors.New("broken") }
	answer, err := route(t, &f, event(t, opened), member(one, "a", practice.High, broken), member(one, "b", practice.Low, broken))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", answer.Invoked, "[a b]")
}

// A throttled judgement fails the invocation when all others have been woken; the next
// attempt wakes nobody twice, and after the last one it is looked at again by the timer.
func TestAThrottledJudgement(t *testing.T) {
	f := functions{indexed: true, tasks: map[string]bool{}, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	throttled := true
	check := func(ctx context.Context, pass *practice.Pass) error {
		if throttled {
			return &ours.Error{Action: "ecs:DescribeSecurityGroupAttribute", Code: "Throttling.User", Status: 400}
		}
		return wrongs(ctx, pass)
	}
	r := f.triage(settings.Settings{}, finds("a", check, authorized), finds("b", wrongs, authorized))
	for attempt := range 4 {
		in := f.invocation("request")
		in.Attempt = attempt
		answer, err := r.Handle(t.Context(), in, event(t, opened))
		if err == nil || !strings.Contains(err.Error(), "Throttling") {
			t.Fatal(err)
		}
		expect(t, "woken", answer.Invoked, "[b]")
	}
	expect(t, "invoked", f.names(), "[b]")
	throttled = false
	f.log = append(f.log, closing(f.log, "b")...)
	for range 3 {
		f.clock = f.clock.Add(time.Minute)
		if _, err := r.Handle(t.Context(), f.invocation("minute-"+f.clock.String()), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "invoked in the end", f.names(), "[a b]")
	expect(t, "told", len(f.told()), 0)
}

// Who waits for what another one is refused is not woken in its place, or a cloud that
// refuses to be asked so often would be asked all the more.
func TestWhoWaitsForAThrottledRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f functions
		throttled := func(ctx context.Context, _ *practice.Pass) error {
			<-ctx.Done()
			return &ours.Error{Action: "ecs:DescribeSecurityGroupAttribute", Code: "Throttling.User", Status: 400}
		}
		waits := func(ctx context.Context, _ *practice.Pass) error { <-ctx.Done(); return ctx.Err() }
		answer, err := route(t, &f, event(t, opened), finds("a", throttled, authorized), finds("b", waits, authorized), finds("c", wrongs, authorized))
		if err == nil {
			t.Error("no error")
		}
		expect(t, "woken", answer.Invoked, "[c]")
		expect(t, "told", f.told(), "[]")
	})
}

// What is not ready long after its event is for its own function to wait for.
func TestWhatIsNotReady(t *testing.T) {
	var f functions
	if _, err := route(t, &f, event(t, opened), finds("a", func(context.Context, *practice.Pass) error { return practice.ErrNotYet }, authorized)); err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", f.names(), "[a]")
	expect(t, "told", f.told(), "[]")
}

// Who acts on the one resource of an event is woken before the others of the family have
// looked.
func TestWhoActsDoesNotWaitForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f functions
		one := &practice.Family{Name: "one"}
		slow := func(ctx context.Context, pass *practice.Pass) error {
			time.Sleep(10 * time.Second)
			f.mu.Lock()
			defer f.mu.Unlock()
			expect(t, "woken meanwhile", f.names(), "[b]")
			return nil
		}
		if _, err := f.triage(enforcing("a", "b", "d"), member(one, "a", practice.High, nothing), member(one, "b", practice.High, wrongs), member(one, "c-tells", practice.High, slow), member(one, "d", practice.High, slow)).
			Handle(t.Context(), f.invocation("request"), event(t, opened)); err != nil {
			t.Fatal(err)
		}
		expect(t, "woken", f.names(), "[b]")
	})
}

// A run that dies between waking a practice and noting it leaves the note to the next.
func TestAHandoverThatWasNotNoted(t *testing.T) {
	f := functions{tasks: map[string]bool{}, deaf: true}
	r := f.triage(settings.Settings{}, wants("a", authorized))
	for attempt := range 2 {
		in := f.invocation("request")
		in.Attempt = attempt
		if _, err := r.Handle(t.Context(), in, event(t, opened)); err != nil {
			t.Fatal(err)
		}
		f.deaf = false
	}
	if len(f.log) != 1 || f.log[0].Key != "handed over" || f.log[0].Nonce != f.looks(t, "a")[0].Asked[0].Handover {
		t.Errorf("%+v", f.log)
	}
}

// closing are the answers of a practice to all that was handed over to it.
func closing(log []ledger.Record, id string) (records []ledger.Record) {
	for _, x := range log {
		if x.Key == "handed over" && x.Practice == id && x.Outcome == practice.Deferred {
			y := x
			y.Nonce, y.Outcome, y.Closes, y.Time = x.Nonce+"-done", practice.Good, []string{x.Nonce}, x.Time.Add(time.Second)
			records = append(records, y)
		}
	}
	return records
}

// What an event did shows after a while: it is found by whoever looks next, once.
func TestWhatShowsLate(t *testing.T) {
	for _, after := range []time.Duration{0, 5 * time.Second, 15 * time.Second, 20 * time.Second, 40 * time.Second, 75 * time.Second} {
		for what, early := range map[string]func(*practice.Pass) error{
			"a new resource": func(*practice.Pass) error { return practice.ErrGone },
			"a rule":         func(pass *practice.Pass) error { pass.Unseen("the rule"); return nil },
			"not ready":      func(*practice.Pass) error { return practice.ErrNotYet },
		} {
			t.Run(fmt.Sprint(what, " after ", after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f, began := functions{indexed: true, tasks: map[string]bool{}}, time.Now()
					p := finds("a", func(ctx context.Context, pass *practice.Pass) error {
						if time.Since(began) < after {
							return early(pass)
						}
						return wrongs(ctx, pass)
					}, authorized)
					p.Triggers[0].New = what == "a new resource"
					r := f.triage(enforcing("a"), p)
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					defer cancel()
					if _, err := r.Handle(ctx, f.invocation("request"), event(t, opened, at(began))); err != nil {
						t.Fatal(err)
					}
					for range 5 {
						f.log = append(f.log, closing(f.log, "a")...)
						time.Sleep(time.Minute)
						if _, err := r.Handle(t.Context(), f.invocation("minute-"+time.Now().String()), []byte(minutely)); err != nil {
							t.Fatal(err)
						}
					}
					expect(t, "woken", f.names(), "[a]")
					expect(t, "told", len(f.told()), 0)
				})
			})
		}
	}
}

// One of a family acts on what shows at once, which is known before the others have looked;
// what shows later is another one's and not lost.
func TestWhatShowsLateToAnotherOfTheFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, began := functions{}, time.Now()
		one := &practice.Family{Name: "one"}
		late := func(ctx context.Context, pass *practice.Pass) error {
			if time.Since(began) < 5*time.Second {
				pass.Unseen("the rule")
				return nil
			}
			return wrongs(ctx, pass)
		}
		r := f.triage(enforcing("a", "b"), member(one, "a", practice.High, wrongs), member(one, "b", practice.High, late), member(one, "c-tells", practice.High, late))
		if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened, at(began))); err != nil {
			t.Fatal(err)
		}
		expect(t, "woken", f.names(), "[a b]")
		r = f.triage(enforcing("a"), member(one, "a", practice.High, wrongs), member(one, "c-tells", practice.High, late))
		f.got, began = nil, time.Now()
		if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened, at(began))); err != nil {
			t.Fatal(err)
		}
		expect(t, "woken where the other only tells", f.names(), "[a c-tells]")
	})
}

// An event without its time may be new.
func TestAnEventWithoutItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f functions
		timeless := func(_, data map[string]any) {
			delete(data, "eventTime")
			delete(data, "acsRegion")
			delete(data, "recipientAccountId")
		}
		r := f.triage(settings.Settings{}, finds("a", func(_ context.Context, pass *practice.Pass) error { pass.Unseen("the rule"); return nil }, authorized))
		if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened, timeless, func(envelope, _ map[string]any) { delete(envelope, "time") })); err != nil {
			t.Fatal(err)
		}
		if len(f.log) != 1 || f.log[0].Key != "not seen yet" || f.log[0].Region != "cn-hangzhou" || f.log[0].Account != "1098765432101234" {
			t.Errorf("%+v", f.log)
		}
	})
}

// An event that comes twice shows nothing the second time because ecsguard has put it
// right: nobody waits for it. What was changed because of another event says nothing of it.
func TestAnEventThatComesTwice(t *testing.T) {
	for name, c := range map[string]struct {
		because string
		cases   int
	}{"its own change": {"", 0}, "another's": {"actiontrail/another", 1}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, began := functions{indexed: true}, time.Now()
				payload := event(t, opened, at(began))
				because := c.because
				if because == "" {
					because = keyOf(t, payload)
				}
				f.log = []ledger.Record{{Kind: ledger.Result, Outcome: practice.Fixed, CallsMade: 1, Resource: theGroup, Region: "cn-hangzhou", Account: "1098765432101234",
					Time: began.Add(3 * time.Second), Event: because, Practice: "a", Key: "wrong"}}
				time.Sleep(5 * time.Second)
				r := f.triage(settings.Settings{}, finds("a", func(_ context.Context, pass *practice.Pass) error { pass.Unseen("the rule"); return nil }, authorized))
				if _, err := r.Handle(t.Context(), f.invocation("request"), payload); err != nil {
					t.Fatal(err)
				}
				expect(t, "waited", time.Since(began)-5*time.Second, time.Duration(0))
				expect(t, "woken", f.names(), "[]")
				expect(t, "cases", len(f.log)-1, c.cases)
			})
		})
	}
}

// The second delivery of an event does not leave a handover that nobody answers.
func TestASecondDeliveryIsNotSilence(t *testing.T) {
	f := functions{indexed: true, tasks: map[string]bool{}, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	one := &practice.Family{Name: "one"}
	r := f.triage(enforcing("a", "b"), member(one, "a", practice.High, wrongs), member(one, "b", practice.High, nothing))
	for n, after := range []time.Duration{0, 2 * time.Second, 20 * time.Minute} {
		f.clock = f.clock.Add(after)
		if _, err := r.Handle(t.Context(), f.invocation(fmt.Sprint("delivery-", n)), event(t, opened)); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			f.log = append(f.log, closing(f.log, "a")...)
		}
	}
	for range 10 {
		f.clock = f.clock.Add(time.Minute)
		if _, err := r.Handle(t.Context(), f.invocation("minute-"+f.clock.String()), []byte(minutely)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "woken", f.names(), "[a]")
	expect(t, "told", f.told(), "[]")
}

// A handover that is not answered goes to the next of the family, and to the one after
// that, and people are told once a day.
func TestAHandoverThatIsNotAnswered(t *testing.T) {
	start := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	begin := func(t *testing.T) (*functions, func()) {
		f := &functions{indexed: true, tasks: map[string]bool{}, clock: start}
		one := &practice.Family{Name: "one"}
		r := f.triage(enforcing("a", "b", "c"), member(one, "a", practice.Critical, wrongs), member(one, "b", practice.High, wrongs), member(one, "c", practice.High, wrongs))
		if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened)); err != nil {
			t.Fatal(err)
		}
		return f, func() {
			f.clock = f.clock.Add(time.Minute)
			if _, err := r.Handle(t.Context(), f.invocation("minute-"+f.clock.String()), []byte(minutely)); err != nil {
				t.Fatal(err)
			}
		}
	}
	order := func(f *functions) (ids []string) {
		for _, i := range f.got {
			ids = append(ids, i.function)
		}
		return ids
	}
	t.Run("by nobody", func(t *testing.T) {
		f, minute := begin(t)
		for range 90 {
			minute()
		}
		expect(t, "asked", order(f), "[a b c a a]")
		expect(t, "told", f.told(), "[a]")
		expect(t, "in whose place", f.looks(t, "c")[0].Passed, "[b a]")
	})
	t.Run("in time", func(t *testing.T) {
		f, minute := begin(t)
		f.log = append(f.log, closing(f.log, "a")...)
		for range 10 {
			minute()
		}
		expect(t, "asked", order(f), "[a]")
		expect(t, "told", f.told(), "[]")
	})
	t.Run("by one that stands in", func(t *testing.T) {
		f, minute := begin(t)
		for range 3 {
			minute()
		}
		expect(t, "asked", order(f), "[a b]")
		done := closing(f.log, "a")
		for i := range done {
			done[i].Practice, done[i].Time = "b", f.clock
			if !slices.Contains(done[i].Closes, f.looks(t, "b")[0].Asked[0].Handover) {
				t.Errorf("b is given %+v", f.looks(t, "b")[0].Asked)
			}
		}
		f.log = append(f.log, done...)
		for range 10 {
			minute()
		}
		expect(t, "asked in the end", order(f), "[a b]")
	})
	t.Run("by one that has said what keeps it", func(t *testing.T) {
		f, minute := begin(t)
		said := f.log[0]
		said.Key, said.Nonce, said.Outcome, said.Quiet, said.Time, said.Due = "unreadable", "said", practice.Failed, true, f.clock.Add(time.Second), time.Time{}
		f.log = append(f.log, said)
		for range 4 {
			minute()
		}
		expect(t, "told", f.told(), "[]")
	})
}

// What is good again and was told of wakes its practice, which says so.
func TestWhatWasPutRightByHand(t *testing.T) {
	f := functions{indexed: true, clock: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	told := ledger.Record{Kind: ledger.Result, Outcome: practice.Observed, Practice: "a", Key: "22", Resource: theGroup, Region: "cn-hangzhou", Account: "1098765432101234", Time: f.clock.Add(-10 * time.Second)}
	f.log = []ledger.Record{told}
	r := f.triage(settings.Settings{}, finds("a", nothing, authorized), finds("b", nothing, authorized))
	if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened)); err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", f.names(), "[a]")
	good := told
	good.Outcome, good.Time = practice.Good, f.clock
	f.log = append([]ledger.Record{good}, f.log...) // the index gives them in any order
	f.clock = f.clock.Add(2 * time.Minute)
	if _, err := r.Handle(t.Context(), f.invocation("another"), event(t, opened, func(_, data map[string]any) { data["eventId"] = "another" })); err != nil {
		t.Fatal(err)
	}
	expect(t, "woken in the end", f.names(), "[a]")
}

// A log that does not answer keeps nobody from being woken, nor the function's instances.
func TestALogThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := functions{silent: true}
		broken := func(context.Context, *practice.Pass) error { return errors.New("broken") }
		r := f.triage(enforcing("a", "b"), finds("a", wrongs, manyGroups), finds("b", broken, manyGroups), finds("c", wrongs, manyGroups))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		began := time.Now()
		_, err := r.Handle(ctx, f.invocation("request"), event(t, opened, groups(200)))
		if err == nil {
			t.Error("what cannot be told is no error")
		}
		for _, id := range []string{"a", "b", "c"} {
			checkOnce(t, id, f.lookedAt(t, id), 200)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		began = time.Now()
		if _, err := r.Handle(ctx, f.invocation("minute"), []byte(minutely)); err == nil || time.Since(began) > time.Minute {
			t.Errorf("the minute took %s: %v", time.Since(began), err)
		}
	})
}

// What an event says about ecsguard's own words is its sender's: it is an event.
func TestAnEventThatLooksLikeAPartOfASweep(t *testing.T) {
	var f functions
	hostile := func(_, data map[string]any) {
		data["requestParameters"].(map[string]any)["ecsguard"] = "sweep"
		data["requestParameters"].(map[string]any)["requestContext"] = "x"
	}
	if _, err := route(t, &f, event(t, opened, hostile), wants("a", authorized)); err != nil {
		t.Fatal(err)
	}
	expect(t, "woken", f.names(), "[a]")
	var g functions
	if _, err := route(t, &g, []byte(`{"ecsguard":"sweep"}`), wants("a", authorized)); err == nil {
		t.Error("a part of a sweep that says nothing is no error")
	}
}

// An event that is as large as it may be, of signs that JSON may escape.
func TestALargeEventWakes(t *testing.T) {
	var f functions
	large := []byte(strings.Replace(string(event(t, opened, groups(60))), `"userAgent":"`, `"userAgent":"`+strings.Repeat("<", 105<<10), 1))
	if _, err := route(t, &f, large, wants("a", manyGroups)); err != nil {
		t.Fatal(err)
	}
	expect(t, "looked at", len(f.lookedAt(t, "a")), 60)
}

// An id that no resource has does not take the room of the others.
func TestAHostileID(t *testing.T) {
	var f functions
	long := func(_, data map[string]any) {
		data["requestParameters"].(map[string]any)["Group.9.Id"] = strings.Repeat("x", 60<<10)
	}
	odd := func(_, data map[string]any) {
		data["requestParameters"].(map[string]any)["Group.8.Id"] = "sg-\x00\"}],\u2028<script>"
	}
	if _, err := route(t, &f, event(t, opened, groups(3), long, odd), wants("a", manyGroups)); err != nil {
		t.Fatal(err)
	}
	looks := f.looks(t, "a")
	if len(looks) != 2 || len(looks[0].Asked) != 0 || len(looks[1].Asked) != 4 {
		t.Errorf("%d looks", len(looks))
	}
}

// Three practices, of which one judges alone, and 600 resources: the event is worked off in
// pieces and handed on, killed at any time and run again, and nothing is missed or doubled.
func TestManyResources(t *testing.T) {
	for _, killed := range []time.Duration{0, time.Second, 7 * time.Second, 33 * time.Second, 61 * time.Second, 95 * time.Second} {
		t.Run(fmt.Sprint("killed after ", killed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, began := functions{tasks: map[string]bool{}}, time.Now()
				third := func(ctx context.Context, pass *practice.Pass) error {
					time.Sleep(time.Second)
					if strings.HasSuffix(pass.Resource.ID, "3") {
						return wrongs(ctx, pass)
					}
					return nil
				}
				alone := finds("alone", nil, manyGroups)
				alone.Alone = true
				other := finds("other", wrongs, practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId", Type: "ACS::ECS::Other"})
				payload, practices := event(t, opened, groups(600)), []*practice.Practice{finds("a", third, manyGroups), alone, other}
				if killed > 0 {
					f.dead = func() bool { return time.Since(began) >= killed }
					ctx, cancel := context.WithTimeout(t.Context(), 200*time.Second)
					_, _ = f.triage(enforcing("a"), practices...).Handle(ctx, f.invocation("request"), payload) // nobody hears what a killed one says
					cancel()
					f.dead = nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Second)
				defer cancel()
				in, r := f.invocation("request"), f.triage(enforcing("a"), practices...)
				in.Attempt = 1
				if _, err := r.Handle(ctx, in, payload); err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(f.names(), "ecsguard-triage") {
					t.Error("nothing was handed on")
				}
				f.queue(t, r, 200*time.Second)
				checkOnce(t, "a", f.lookedAt(t, "a"), 60)
				checkOnce(t, "alone", f.lookedAt(t, "alone"), 600)
				checkOnce(t, "other", f.lookedAt(t, "other"), 1)
			})
		})
	}
}

func checkOnce(t *testing.T, who string, ids []string, want int) {
	t.Helper()
	if once := slices.Compact(slices.Clone(ids)); len(once) != want || len(ids) != want {
		t.Errorf("%s looks %d times at %d resources, want %d", who, len(ids), len(once), want)
	}
}

// More resources than one invocation can name are handed on in several.
func TestMoreThanOneInvocationCanName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := functions{tasks: map[string]bool{}}
		slow := func(ctx context.Context, pass *practice.Pass) error {
			time.Sleep(time.Second)
			return wrongs(ctx, pass)
		}
		p := finds("a", slow, practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId", Type: "List"})
		p.Family = &practice.Family{Name: "lists"}
		p.Family.Spread = func(_ context.Context, pass *practice.Pass) (parts []practice.Resource, err error) {
			for n := range 3000 {
				parts = append(parts, practice.Resource{Type: groupType, ID: fmt.Sprintf("sg-%s-%04d", strings.Repeat("x", 40), 2999-n)})
			}
			return parts, nil
		}
		list, turns := p.Family.Spread, 0
		p.Family.Spread = func(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
			some, err := list(ctx, pass)
			if turns++; turns > 1 {
				slices.Reverse(some)
			}
			return some, err
		}
		r := f.triage(settings.Settings{}, p)
		large := func(_, data map[string]any) {
			data["additionalEventData"] = map[string]any{"More": strings.Repeat("x", 110<<10)}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		for range 2 { // the event comes twice, and the API lists in another order
			if _, err := r.Handle(ctx, f.invocation("request"), event(t, opened, large)); err != nil {
				t.Fatal(err)
			}
			var again context.CancelFunc
			ctx, again = context.WithTimeout(t.Context(), 10*time.Minute)
			defer again()
		}
		f.queue(t, r, 10*time.Minute)
		checkOnce(t, "a", f.lookedAt(t, "a"), 3000)
	})
}

// A prefix list stands for its groups. Where they cannot be found out it is judged itself.
func TestAPrefixListOfManyGroups(t *testing.T) {
	list := practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId", Type: "ACS::ECS::PrefixList"}
	for name, c := range map[string]struct {
		spread func(context.Context, *practice.Pass) ([]practice.Resource, error)
		want   int
	}{
		"600": {func(context.Context, *practice.Pass) (some []practice.Resource, err error) {
			for n := range 600 {
				some = append(some, practice.Resource{Type: groupType, ID: fmt.Sprintf("sg-%d", n)})
			}
			return some, nil
		}, 600},
		"none": {func(context.Context, *practice.Pass) ([]practice.Resource, error) { return nil, nil }, 1},
		"forbidden": {func(context.Context, *practice.Pass) ([]practice.Resource, error) {
			return nil, errors.New("forbidden")
		}, 1},
		"panics": {func(context.Context, *practice.Pass) ([]practice.Resource, error) { panic("a mistake") }, 1},
		"slow": {func(ctx context.Context, _ *practice.Pass) ([]practice.Resource, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f functions
				var practices []*practice.Practice
				for _, id := range []string{"a", "b", "c"} {
					p := member(&practice.Family{Name: id, Spread: c.spread}, id, practice.High, wrongs)
					p.Triggers = []practice.Trigger{list}
					practices = append(practices, p)
				}
				began := time.Now()
				if _, err := f.triage(settings.Settings{}, practices...).Handle(t.Context(), f.invocation("request"), event(t, opened)); err != nil {
					t.Fatal(err)
				}
				for _, id := range []string{"a", "b", "c"} {
					checkOnce(t, id, f.lookedAt(t, id), c.want)
				}
				if time.Since(began) > time.Minute {
					t.Errorf("it took %s", time.Since(began))
				}
			})
		})
	}
}

// A batch that there is no time for is handed on, event by event.
func TestABatchThatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := functions{tasks: map[string]bool{}}
		slow := func(ctx context.Context, pass *practice.Pass) error {
			time.Sleep(15 * time.Second)
			return wrongs(ctx, pass)
		}
		r := f.triage(settings.Settings{}, finds("a", slow, authorized))
		var batch []string
		for n := range 40 {
			batch = append(batch, string(event(t, opened, func(_, data map[string]any) { data["eventId"] = fmt.Sprint("event-", n) })))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		if _, err := r.Handle(ctx, f.invocation("request"), []byte("["+strings.Join(batch, ",")+"]")); err != nil {
			t.Fatal(err)
		}
		f.queue(t, r, 4*time.Minute)
		expect(t, "looks", len(f.looks(t, "a")), 40)
	})
}

// Two pieces of one event are two tasks.
func TestPiecesAreTasksOfTheirOwn(t *testing.T) {
	var f functions
	if _, err := route(t, &f, event(t, opened, groups(60)), wants("a", manyGroups)); err != nil {
		t.Fatal(err)
	}
	tasks := map[string]bool{}
	for _, i := range f.got {
		tasks[i.task] = true
	}
	expect(t, "tasks", len(tasks), 3)
}

func TestForeign(t *testing.T) {
	f := functions{indexed: true}
	set := settings.Settings{Regions: settings.List{"cn-hangzhou"}}
	r := f.triage(set, wants("a", authorized))
	for range 3 {
		for _, edit := range []func(envelope, data map[string]any){
			func(_, data map[string]any) { data["recipientAccountId"] = "42" },
			func(_, data map[string]any) { data["acsRegion"] = "cn-beijing" },
		} {
			if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened, edit)); err != nil {
				t.Fatal(err)
			}
		}
	}
	expect(t, "woken", f.names(), "[]")
	expect(t, "told", f.told(), "[ecsguard-triage ecsguard-triage]")
	for n := range 1000 { // whoever can make up one can make up a thousand
		made := func(_, data map[string]any) { data["recipientAccountId"] = fmt.Sprint(1000 + n) }
		if _, err := r.Handle(t.Context(), f.invocation("request"), event(t, opened, made)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "told in the end", len(f.told()), 10)
}
