package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
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

// did is the line of what ecsguard did about a mistake that was made at a time.
func (s *screen) did(records []audit.Record, since time.Time) {
	var fixed, open []string
	var last time.Time
	for _, r := range bySeverity(records) {
		switch {
		case r.Kind != audit.Result || silent(r):
		case r.Outcome != practice.Fixed:
			open = append(open, string(r.Outcome)+": "+r.Finding)
		case r.Edit == "": // else by the edit of another, which is told
			fixed = append(fixed, cmp.Or(strings.Join(r.Why, ", "), r.Finding))
			if r.Time.After(last) {
				last = r.Time
			}
		}
	}
	line := []part{{ours, byUs}}
	if len(fixed) > 0 {
		line = append(line, part{good, fmt.Sprintf("fixed in %.1f s: ", max(0, last.Sub(since).Seconds()))}, part{plain, strings.Join(fixed, "; ")})
	}
	if len(open) > 0 {
		if len(fixed) > 0 {
			line = append(line, part{plain, "; "})
		}
		line = append(line, part{warn, strings.Join(open, "; ")})
	}
	if len(line) == 1 {
		line = append(line, part{plain, "found nothing wrong"})
	}
	s.line(line...)
}

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
		if strings.Contains(m.Title, asks) && !strings.Contains(first.Title, asks) {
			first = m
		}
	}
	line := []part{{ours, toPeople}}
	if len(messages) > 1 {
		line = append(line, part{plain, fmt.Sprintf("%d messages, one of them: ", len(messages))})
	}
	if m := titled.FindStringSubmatch(first.Title); m != nil {
		with := map[string]style{"critical": bad, "high": warn}[m[1]]
		s.line(append(line, part{with, "[" + m[1] + "] "}, part{plain, m[2]})...)
		return
	}
	s.line(append(line, part{plain, first.Title})...)
}

// asks is how the title of a message begins that waits for somebody.
const asks = "Needs your decision"

func bySeverity(records []audit.Record) []audit.Record {
	order := []practice.Severity{practice.Low, practice.Medium, practice.High, practice.Critical} // what nobody knows comes last
	return slices.SortedStableFunc(slices.Values(records), func(a, b audit.Record) int {
		return slices.Index(order, b.Severity) - slices.Index(order, a.Severity)
	})
}
