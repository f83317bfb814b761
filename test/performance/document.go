package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// Run is everything that one run measured.
type Run struct {
	Commit  string            `json:"commit"`
	Machine string            `json:"machine"`
	Load    string            `json:"load"` // of the machine, by others too: when it began, and when it ended
	Figures map[string]Figure `json:"figures"`
}

// Noted is a figure that a person has measured and written down.
type Noted struct {
	What   string   `json:"what"`
	Before *float64 `json:"before"`
	Now    *float64 `json:"now"`
	Goal   string   `json:"goal"`
}

// measure is a row of a table.
type measure struct {
	id, title string
	digits    int
}

var measures = []measure{
	{"woken", "practices woken", 0},
	{"invocations", "invocations of practices", 0},
	{"refused", "attempts that had to be queued: no instance was free", 0},
	{"failed", "invocations that failed", 0},
	{"judging", "API reads of triage", 0},
	{"judged", "of which different", 0},
	{"reads", "API reads of practices", 0},
	{"different", "of which different", 0},
	{"log", "calls of the audit log", 0},
	{"changes", "changing calls", 0},
	{"connections", "new connections of triage and practices", 0},
	{"connections-acting", "new connections of the invocations that change something", 0},
	{"trips", "round trips of that invocation, one after the other, until the change is answered", 0},
	{"trips-most", "the same, the most of all", 0},
	{"time", "event → change answered, ms", 0},
	{"slowest", "the same, the slowest of all, ms", 0},
	{"cpu", "processor time of all functions, ms", 0},
}

// several are rows that say something in some scenarios only.
var several = map[string]bool{"invocations": true, "trips-most": true, "slowest": true, "refused": true, "failed": true}

var goals = map[string]string{
	"good.woken": "0", "rule.woken": "1", "rule.time": "≤ 230", "rule.connections-acting": "0", "rule-two.connections-acting": "0", "rule-two.time": "≤ 230", "fix.profile-own": "< 1.2", "build.zip": "< 7.5",
}

var buildRows = []measure{
	{"binaries", "programs that make build makes", 0},
	{"binary", "the largest of them, MB", 1},
	{"zip", "that one as a zip file, MB", 1},
	{"target", "target/, MB", 0},
	{"cpu", "make build after a change in a shared package, processor seconds", 1},
	{"wall", "the same by the clock, s", 1},
}

var sweepRows = []measure{
	{"calls", "API calls", 0},
	{"each", "for each group, where half of them are read twice", 2},
	{"listed", "of which lists groups", 0},
	{"log", "calls of the audit log", 0},
	{"time", "time, s", 1},
	{"memory", "memory at most, the local cloud's own record of the calls included, MB", 0},
	{"missed", "open groups that nobody was woken for", 0},
	{"twice", "open groups that somebody was woken for twice", 0},
}

var ownRows = []measure{
	{"calls", "calls", 0},
	{"total", "processor time, ms", 2},
	{"sdk", "of the calibrated program for the same calls, ms", 2},
	{"own", "beyond it, ms", 2},
	{"share", "beyond it, for each ms of the calibrated program", 2},
	{"profile-own", "by profile: in ecsguard's packages, ms", 2},
	{"profile-sdk", "by profile: in the SDKs, HTTP and TLS, ms", 2},
	{"profile-runtime", "by profile: Go's runtime, for both, ms", 2},
}

//go:embed document.md.tmpl
var document string

// write makes the document.
func write(file string, before, now Run, noted []Noted) error {
	t, err := template.New("document").Parse(document)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, map[string]any{
		"Before": before, "Now": now, "Far": far.Milliseconds(), "Batch": batch, "Batches": batches - 1, "Profiles": profiles,
		"Scenarios": scenarioTables(before, now), "Own": ownTables(before, now),
		"Sweeps": sweepTables(before, now), "Build": table("build", buildRows, before, now), "Noted": notedTable(noted),
	}); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

func scenarioTables(before, now Run) string {
	var b strings.Builder
	for _, s := range scenarios {
		var rows []measure
		for _, m := range measures {
			if several[m.id] && !s.several {
				continue
			}
			if m.id == "time" && !s.changes {
				m.title = "event → last answer to a practice, ms"
			}
			if m.id == "trips" && !s.changes {
				m.title = "round trips of the longest invocation"
			}
			if s.changes || m.id != "changes" && m.id != "connections-acting" {
				rows = append(rows, m)
			}
		}
		fmt.Fprintf(&b, "### %s\n\n%d times, after %d that are not counted.\n\n%s\n", s.title, s.repeats, s.warm, table(s.id, rows, before, now))
	}
	return b.String()
}

func sweepTables(before, now Run) string {
	var b strings.Builder
	for _, s := range sweeps {
		fmt.Fprintf(&b, "### %d security groups\n\n%s\n", s.groups, table(s.id(), sweepRows, before, now))
	}
	return b.String()
}

func ownTables(before, now Run) string {
	var b strings.Builder
	for _, l := range labours {
		fmt.Fprintf(&b, "### %s\n\n%s\n", l.title, table(l.id, ownRows, before, now))
	}
	return b.String()
}

func table(prefix string, rows []measure, before, now Run) string {
	var b strings.Builder
	b.WriteString("| | before | now | goal |\n|---|---|---|---|\n")
	for _, m := range rows {
		id := prefix + "." + m.id
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.title, cell(before, id, m.digits), cell(now, id, m.digits), goals[id])
	}
	return b.String()
}

// cell is a figure as a reader wants it: the median, with the range where there is one.
func cell(r Run, id string, digits int) string {
	f, ok := r.Figures[id]
	if !ok {
		return "–"
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'f', digits, 64) }
	median := f.Median
	if digits == 0 {
		median = math.Round(median)
	}
	if text(f.Min) == text(f.Max) {
		return text(median)
	}
	return fmt.Sprintf("%s (%s to %s)", text(median), text(f.Min), text(f.Max))
}

func notedTable(noted []Noted) string {
	var b strings.Builder
	b.WriteString("| | before | now | goal |\n|---|---|---|---|\n")
	text := func(v *float64) string {
		if v == nil {
			return "–"
		}
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	for _, n := range noted {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", n.What, text(n.Before), text(n.Now), n.Goal)
	}
	return b.String()
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// print writes a run, a figure a line, so that two can be compared line by line.
func (r Run) print(file string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"commit\": %q,\n  \"machine\": %q,\n  \"load\": %q,\n  \"figures\": {", r.Commit, r.Machine, r.Load)
	comma := "\n"
	for _, id := range slices.Sorted(maps.Keys(r.Figures)) {
		f := r.Figures[id]
		fmt.Fprintf(&b, "%s    %q: {\"min\": %.6g, \"median\": %.6g, \"max\": %.6g}", comma, id, f.Min, f.Median, f.Max)
		comma = ",\n"
	}
	b.WriteString("\n  }\n}\n")
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
