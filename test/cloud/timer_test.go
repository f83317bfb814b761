package cloud

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestTimesOfTimers(t *testing.T) {
	const layout = "2006-01-02T15:04:05Z"
	for name, test := range map[string]struct{ expression, from, want string }{
		"every":                    {"@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"},
		"the next second":          {"* * * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"},
		"daily, later today":       {"0 30 4 * * *", "2026-01-01T04:29:59Z", "2026-01-01T04:30:00Z"},
		"daily, now is too late":   {"0 30 4 * * *", "2026-01-01T04:30:00Z", "2026-01-02T04:30:00Z"},
		"in a zone":                {"CRON_TZ=Asia/Shanghai 0 0 4 * * *", "2026-01-01T00:00:00Z", "2026-01-01T20:00:00Z"},
		"every five minutes":       {"0 */5 * * * *", "2026-01-01T00:57:10Z", "2026-01-01T01:00:00Z"},
		"a range with steps":       {"0 10-30/10 9 * * *", "2026-01-01T09:21:00Z", "2026-01-01T09:30:00Z"},
		"from a value, with steps": {"0 50/4 * * * *", "2026-01-01T00:55:00Z", "2026-01-01T00:58:00Z"},
		"a list":                   {"0 0 3,15 * * *", "2026-01-01T03:00:00Z", "2026-01-01T15:00:00Z"},
		"weekdays by name":         {"0 0 9 ? * MON-FRI", "2026-01-03T00:00:00Z", "2026-01-05T09:00:00Z"},
		"Sunday is 7":              {"0 0 0 ? * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
		"Sunday is the last":       {"0 0 0 ? * SAT-SUN", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"},
		"a day or a weekday":       {"0 0 0 15 * MON", "2026-01-06T00:00:00Z", "2026-01-12T00:00:00Z"},
		"the 31st":                 {"0 0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"},
		"a leap day":               {"0 0 0 29 FEB *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		"never":                    {"0 0 0 30 2 *", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		// On 29 March 2026 clocks in Berlin go from 2:00 to 3:00.
		"an hour that is skipped": {"CRON_TZ=Europe/Berlin 0 30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"},
	} {
		s, err := fc.ParseSchedule(test.expression)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		from := must[time.Time](t)(time.Parse(layout, test.from))
		if got := s.After(from).UTC().Format(layout); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestTimersThatAreNone(t *testing.T) {
	for _, expression := range []string{
		"", "@every", "@every x", "@every 0s", "@every -1m", "@every 1500ms", "@hourly", "* * * * *", "* * * * * * *", "60 * * * * *", "* * * 0 * *",
		"* * * * 13 *", "* * * * * 8", "* * * * * MON-FOO", "5-1 * * * * *", "*/0 * * * * *", "1,, * * * * *", "CRON_TZ=Nowhere/Atall 0 0 0 * * *",
	} {
		if s, err := fc.ParseSchedule(expression); err == nil {
			t.Errorf("%q is read as %v", expression, s)
		}
	}
}

// movable is a clock that a test moves.
type movable struct{ offset atomic.Int64 }

func (m *movable) now() time.Time          { return time.Now().Add(time.Duration(m.offset.Load())) }
func (m *movable) forward(d time.Duration) { m.offset.Add(int64(d)) }

// eventually waits for what happens by itself, as long as tests may take.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for look := time.NewTicker(5 * time.Millisecond); !ok(); <-look.C {
		if t.Context().Err() != nil {
			t.Fatal("waited in vain: ", what)
		}
	}
}

// due is how many timers would fire now.
func due(c *Cloud) int { return len(c.DueTimers()) }

func TestTimersFireByTheClock(t *testing.T) {
	clock := &movable{}
	c := must[*Cloud](t)(New(kernel.Options{Clock: clock.now}))
	t.Cleanup(c.Close)
	deploy(t, c, fc.Function{Name: "sweeper"})
	for _, timer := range []fc.Timer{
		{Name: "minutes", Expression: "@every 1m", Payload: "sweep"},
		{Name: "off", Expression: "@every 1m", Disabled: true},
		{Name: "weekly", Expression: "0 0 0 ? * MON"},
	} {
		timer.Function = "sweeper"
		if err := c.AddTimer(timer); err != nil {
			t.Fatal(err)
		}
	}
	if n := due(c); n != 0 {
		t.Fatalf("%d are due before their time", n)
	}
	clock.forward(10 * time.Minute) // ten times missed are made up for once
	if first, then := due(c), due(c); first != 1 || then != 0 {
		t.Fatalf("%d are due, and then %d", first, then)
	}
	c.Timers = true
	if err := c.AddTimer(fc.Timer{Name: "minutes", Function: "sweeper", Expression: "@every 1m", Payload: "sweep"}); err != nil {
		t.Fatal(err)
	}
	idle(t, c) // timers that wait are no work under way
	for want := 1; want <= 2; want++ {
		clock.forward(time.Minute + time.Second)
		eventually(t, "the timer", func() bool { return len(attempts(c, "sweeper")) >= want })
	}
	idle(t, c)
	inv := attempts(c, "sweeper")
	if inv[0].Trigger != "timer" || !strings.Contains(inv[0].Payload, `"payload":"sweep"`) || !strings.Contains(inv[0].Payload, `"triggerName":"minutes"`) {
		t.Errorf("%+v", inv)
	}
	// A new version of the function keeps its timers.
	deploy(t, c, fc.Function{Name: "sweeper"})
	clock.forward(8 * 24 * time.Hour)
	eventually(t, "both timers", func() bool { return len(attempts(c, "sweeper")) >= 4 })
	c.Close() // waits for what looks at the clock, so that nothing fires afterwards
	if c.Sleep(time.Hour) {
		t.Error("a closed cloud goes on")
	}
}

func TestTimersWaitForFireTimerUnlessSwitchedOn(t *testing.T) {
	clock := &movable{}
	c := must[*Cloud](t)(New(kernel.Options{Clock: clock.now}))
	t.Cleanup(c.Close)
	deploy(t, c, fc.Function{Name: "sweeper"})
	if err := c.AddTimer(fc.Timer{Name: "t", Function: "sweeper", Expression: "@every 1s", Payload: "p"}); err != nil {
		t.Fatal(err)
	}
	clock.forward(time.Hour)
	if c.TimersRun {
		t.Error("somebody looks at the clock")
	}
	if err := c.FireTimer("sweeper", "t", ""); err != nil {
		t.Fatal(err)
	}
	idle(t, c)
	if inv := attempts(c, "sweeper"); len(inv) != 1 || !strings.Contains(inv[0].Payload, `"payload":"p"`) {
		t.Errorf("%+v", inv)
	}
	if err := c.AddTimer(fc.Timer{Name: "t", Function: "nosuch", Expression: "@every 1s"}); err == nil {
		t.Error("a timer without a function")
	}
}
