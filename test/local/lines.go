package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// The three lines of a step: the mistake, what ecsguard did, what people were told.
const (
	byUs     = "  ecsguard  "
	toPeople = "  on-call   "
)

func (s *screen) heading(n int, text string) {
	s.printf("\n")
	s.line(part{strong, fmt.Sprintf("%d %s", n, text)})
}

// did is the line of what ecsguard did about a mistake that was made at a time. It ends with
// the id of the worst finding.
func (s *screen) did(records []ledger.Record, since time.Time) {
	var done, open []string // each the worst first
	end := ""               // the id of the worst, for ecsguard show
	var last time.Time
	count := map[practice.Outcome]int{}
	for _, r := range bySeverity(records) {
		if r.Kind != ledger.Result || silent(r) || r.Edit != "" { // by the edit of another, which is told
			continue
		}
		count[r.Outcome]++
		end = cmp.Or(end, " · "+r.ID)
		if r.Outcome == practice.Fixed {
			done = append(done, cmp.Or(strings.Join(r.Why, ", "), r.Finding))
			if r.Time.After(last) {
				last = r.Time
			}
		} else {
			open = append(open, r.Finding)
		}
	}
	what := slices.Concat(done, open)
	line := []part{{ours, byUs}}
	number := func(o practice.Outcome) string { // a step with one finding needs none
		if len(what) == 1 {
			return ""
		}
		return fmt.Sprintf("%d ", count[o])
	}
	if count[practice.Fixed] > 0 {
		line = append(line, part{good, fmt.Sprintf("%sfixed in %.1f s", number(practice.Fixed), max(0, last.Sub(since).Seconds()))})
	}
	for _, o := range slices.Sorted(maps.Keys(count)) {
		if o == practice.Fixed {
			continue
		}
		if len(line) > 1 {
			line = append(line, part{plain, ", "})
		}
		line = append(line, part{warn, number(o) + cmp.Or(words[o], string(o))})
	}
	if len(what) == 0 {
		line = append(line, part{plain, "found nothing wrong"})
	} else {
		line = append(line, part{plain, ": " + strings.Join(what, "; ")})
	}
	s.lineTo(end, line...)
}

var words = map[practice.Outcome]string{practice.Awaiting: "needs a person"}

var titled = regexp.MustCompile(`(?s)^\[(\w+)\] (.*)$`)

// told is the line of what people were told: of several messages the one that most
// needs them.
func (s *screen) told(messages []cloud.Message) {
	if len(messages) == 0 {
		s.line(part{ours, toPeople}, part{plain, "nothing"})
		return
	}
	first := messages[0]
	for _, m := range messages[1:] {
		if waits(m.Title) && !waits(first.Title) {
			first = m
		}
	}
	line := []part{{ours, toPeople}}
	if len(messages) > 1 {
		line = append(line, part{plain, fmt.Sprintf("%d messages: ", len(messages))})
	}
	if m := titled.FindStringSubmatch(first.Title); m != nil {
		with := map[string]style{"critical": bad, "high": warn}[m[1]]
		s.line(append(line, part{with, "[" + m[1] + "] "}, part{plain, m[2]})...)
		return
	}
	s.line(append(line, part{plain, first.Title})...)
}

// waits tells whether a message waits for somebody: one finding's title begins so, and that of
// several counts those that do.
func waits(title string) bool {
	return strings.Contains(title, practice.Awaiting.Words()) || strings.Contains(title, " "+string(practice.Awaiting))
}

func bySeverity(records []ledger.Record) []ledger.Record {
	return slices.SortedStableFunc(slices.Values(records), func(a, b ledger.Record) int {
		return a.Severity.RankLast() - b.Severity.RankLast()
	})
}
