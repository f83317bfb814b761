package fc

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // CRON_TZ means the same on every machine

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Timer is a timer trigger of a function.
type Timer struct {
	Name       string
	Function   string
	Expression string // "@every 5m", or six fields, with "CRON_TZ=Asia/Tokyo " before them or in UTC
	Payload    string
	Disabled   bool
}

// timerTrigger is a Timer that has been read. It fires by the cloud's clock if
// Timers is set, and by FireTimer always.
// due is when it fires next, zero for never.
type timerTrigger struct {
	Timer
	schedule schedule
	due      time.Time
}

// schedule says when a timer fires next.
type schedule interface {
	After(t time.Time) time.Time // zero: never
}

// AddTimer adds a timer trigger to a function, or replaces that of the name.
func (c *Service) AddTimer(t Timer) error {
	s, err := ParseSchedule(t.Expression)
	if err != nil {
		return kernel.Refuse(400, "InvalidArgument", "%v", err)
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f := c.Functions[t.Function]
	switch {
	case f == nil:
		return kernel.Refuse(404, "FunctionNotFound", "function '%s' does not exist", t.Function)
	case t.Name == "":
		return kernel.Refuse(400, "InvalidArgument", "triggerName is required")
	}
	f.Timers[t.Name] = &timerTrigger{t, s, s.After(c.Clock())}
	if c.Timers && !c.TimersRun && !c.Closed {
		c.TimersRun = true
		c.Work.Go(c.runTimers)
	}
	return nil
}

// TimersOf returns a function's timers, in the order of their names.
func (c *Service) TimersOf(function string) (timers []Timer) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f := c.Functions[function]
	if f == nil {
		return nil
	}
	for _, name := range kernel.SortedKeys(f.Timers) {
		timers = append(timers, f.Timers[name].Timer)
	}
	return timers
}

// timerStep is how often the cloud looks at its clock, which may be one that a
// test moves.
const timerStep = 20 * time.Millisecond

// runTimers fires what is due until the cloud closes. A timer that missed
// several of its times fires once.
func (c *Service) runTimers() {
	for c.Sleep(timerStep) {
		for _, t := range c.DueTimers() {
			if err := c.FireTimer(t.Function, t.Name, t.Payload); err != nil {
				c.Log.Error("a timer did not fire", "function", t.Function, "timer", t.Name, "error", err)
			}
		}
	}
}

// It moves each on to its next time: asking is firing.
func (c *Service) DueTimers() []Timer {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	now := c.Clock()
	var due []Timer
	for _, name := range kernel.SortedKeys(c.Functions) {
		timers := c.Functions[name].Timers
		for _, n := range kernel.SortedKeys(timers) {
			t := timers[n]
			if t.Disabled || t.due.IsZero() || now.Before(t.due) {
				continue
			}
			due = append(due, t.Timer)
			// From now, not from when it was due: times that were missed are not made up for.
			t.due = t.schedule.After(now)
		}
	}
	return due
}

// Times are UTC unless the expression names a zone, as Function Compute has it.
func ParseSchedule(expression string) (schedule, error) {
	if text, ok := strings.CutPrefix(expression, "@every "); ok {
		d, err := time.ParseDuration(text)
		if err != nil || d < time.Second || d%time.Second != 0 {
			return nil, fmt.Errorf("cronExpression %q: want @every and a duration in s, m or h", expression)
		}
		return every(d), nil
	}
	s, err := parseCron(expression)
	if err != nil {
		return nil, fmt.Errorf("cronExpression %q: %w", expression, err)
	}
	return s, nil
}

// every fires so long after it was made, and after it fired.
type every time.Duration

func (e every) After(t time.Time) time.Time { return t.Add(time.Duration(e)) }

// cron is a set of bits for each field.
type cron struct {
	second, minute, hour, day, month, weekday uint64
	anyDay, anyWeekday                        bool
	zone                                      *time.Location
}

var (
	months   = []string{"", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

func parseCron(expression string) (*cron, error) {
	c := &cron{zone: time.UTC}
	if rest, ok := strings.CutPrefix(expression, "CRON_TZ="); ok {
		var name string
		name, expression, _ = strings.Cut(rest, " ")
		var err error
		if c.zone, err = time.LoadLocation(name); err != nil {
			return nil, err
		}
	}
	fields := strings.Fields(expression)
	if len(fields) != 6 {
		return nil, fmt.Errorf("want six fields (second minute hour day month weekday), or @every and a duration in s, m or h; there are %d", len(fields))
	}
	for i, f := range []struct {
		name      string
		low, high int
		words     []string
		into      *uint64
	}{
		{"second", 0, 59, nil, &c.second}, {"minute", 0, 59, nil, &c.minute}, {"hour", 0, 23, nil, &c.hour},
		{"day", 1, 31, nil, &c.day}, {"month", 1, 12, months, &c.month}, {"weekday", 0, 7, weekdays, &c.weekday},
	} {
		bits, err := parseCronField(fields[i], f.low, f.high, f.words)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", f.name, fields[i], err)
		}
		*f.into = bits
	}
	c.weekday |= c.weekday >> 7 // 7 is Sunday, and so is 0
	c.anyDay, c.anyWeekday = strings.ContainsAny(fields[3][:1], "*?"), strings.ContainsAny(fields[5][:1], "*?")
	return c, nil
}

// parseCronField reads "*", "?", "5", "MON-FRI", "1,2,3", "*/5" and "10-30/5".
func parseCronField(field string, low, high int, words []string) (uint64, error) {
	number := func(s string) (int, error) {
		for i, w := range words {
			if w != "" && strings.EqualFold(w, s) {
				return i, nil
			}
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("%q is not from %d to %d", s, low, high)
		}
		return n, nil
	}
	var bits uint64
	for _, part := range strings.Split(field, ",") {
		span, text, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return 0, fmt.Errorf("%q is not a step", text)
			}
			step = n
		}
		from, to := low, high
		if span != "*" && span != "?" {
			first, last, ranged := strings.Cut(span, "-")
			var err error
			if from, err = number(first); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = number(last); err != nil {
					return 0, err
				}
				if to == 0 && words != nil { // MON-SUN
					to = high
				}
			case !stepped:
				to = from
			}
		}
		if from > to {
			return 0, fmt.Errorf("%q goes backwards", span)
		}
		for n := from; n <= to; n += step {
			bits |= 1 << n
		}
	}
	return bits, nil
}

func (c *cron) dayMatches(t time.Time) bool {
	day, weekday := c.day>>t.Day()&1 == 1, c.weekday>>int(t.Weekday())&1 == 1
	if c.anyDay || c.anyWeekday {
		return day && weekday
	}
	return day || weekday // as every cron has it
}

// After goes forward by the largest unit that does not fit.
// It gives up after five years: the 30th of February never comes.
func (c *cron) After(t time.Time) time.Time {
	t = t.In(c.zone).Truncate(time.Second).Add(time.Second)
	end := t.AddDate(5, 0, 0)
	for t.Before(end) {
		var next time.Time
		y, m, d := t.Date()
		switch {
		case c.month>>int(m)&1 == 0:
			next = time.Date(y, m+1, 1, 0, 0, 0, 0, c.zone)
		case !c.dayMatches(t):
			next = time.Date(y, m, d+1, 0, 0, 0, 0, c.zone)
		case c.hour>>t.Hour()&1 == 0:
			next = time.Date(y, m, d, t.Hour()+1, 0, 0, 0, c.zone)
		case c.minute>>t.Minute()&1 == 0:
			next = t.Add(time.Minute - time.Duration(t.Second())*time.Second)
		case c.second>>t.Second()&1 == 0:
			next = t.Add(time.Second)
		default:
			return t
		}
		if !next.After(t) { // where clocks are put forward
			next = t.Add(time.Hour)
		}
		t = next
	}
	return time.Time{}
}
