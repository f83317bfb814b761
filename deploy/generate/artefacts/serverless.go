package artefacts

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/all"
	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed s.yaml.tmpl
var serverlessText string

// function is one function of s.yaml.
type function struct {
	Name        string // in s.yaml
	Deployed    string // in Function Compute; its role has the same
	Function    string // what the program is told to be
	Description string
	Timeout     int      // seconds
	Instances   int      // at most; 0: as many as the account has
	Env         []string // further variables, from the environment of whoever deploys
	Timers      []timer
	Pattern     string // of the EventBridge rule
	Log         *logged
}

// logged brings what is new in a logstore of ecsguard's project.
type logged struct {
	Name, Store string
	Interval    int    // seconds between two batches
	Why         string // that many
}

// timer fires by a clock, with its name as the payload.
type timer struct{ Name, Cron string }

// channels are where notify sends alerts, and triage that notify is missing.
var channels = all.Channels

// variables are the lines of comment that explain the variables of channels.
func variables(all []*channel.Declaration) (lines []string) {
	for _, d := range all {
		for i, s := range d.Settings {
			doc := s.Doc
			if i == 0 {
				doc = "for " + d.Title + ": " + doc
			}
			lines = append(lines, fmt.Sprintf("%-27s %s", s.Name, doc))
		}
	}
	return lines
}

// serverless is s.yaml: it deploys some of the practices, and its rule lets through what
// any of them asks for. Resources are deployed in the order of the file: first what tells
// people, last what starts the rest.
func serverless(practices, deployed []*practice.Practice) (string, error) {
	env := channel.Variables(channels)
	functions := []function{{
		Name: notify, Deployed: notify, Function: "notify", Description: "sends messages about what is in the audit log",
		Timeout: 60, Instances: 5, Env: env, Log: &logged{"audit", "audit", 20, "the longest that an alert waits to be joined with others"}, Timers: []timer{{"watch", "@every 2m"}},
	}}
	for _, p := range practices {
		if !slices.Contains(deployed, p) {
			continue
		}
		functions = append(functions, function{Name: p.ID, Deployed: practice.FunctionName(p.ID), Function: p.ID, Description: p.Title(), Timeout: 600})
	}
	timers, err := timersOf(deployed)
	if err != nil {
		return "", err
	}
	functions = append(functions, function{
		Name: triage, Deployed: triage, Function: "triage", Description: "judges each event and sweep, and wakes the practices that are needed",
		Timeout: 600, Instances: 10, Env: env, Timers: timers, Pattern: compact(newPattern(practices)),
		Log: &logged{"trail", "actiontrail_ecsguard", 30, "the trail itself takes minutes"},
	})
	t := template.Must(template.New("s.yaml").Funcs(template.FuncMap{
		"quote": quote, "single": single, "channels": func() []string { return variables(channels) },
		"notify": func() string { return notify }, "triage": func() string { return triage },
	}).Parse(serverlessText))
	var b strings.Builder
	if err := t.Execute(&b, functions); err != nil {
		return "", fmt.Errorf("writing s.yaml: %w", err)
	}
	return b.String(), nil
}

// timersOf are the timers of triage: for open cases, and a sweep for each interval at
// which some practice sweeps.
func timersOf(practices []*practice.Practice) ([]timer, error) {
	timers := []timer{{"cases", "@every 1m"}}
	var intervals []time.Duration
	for _, p := range practices {
		if p.Sweep.Every != 0 && !slices.Contains(intervals, p.Sweep.Every) {
			intervals = append(intervals, p.Sweep.Every)
		}
	}
	slices.Sort(intervals)
	for _, d := range intervals {
		cron, err := every(d)
		if err != nil {
			return nil, err
		}
		timers = append(timers, timer{practice.SweepTimer(d), cron})
	}
	return timers, nil
}

// every is an interval as Function Compute's timers write it.
func every(d time.Duration) (string, error) {
	switch {
	case d < time.Minute || d%time.Minute != 0:
		return "", fmt.Errorf("a sweep every %s: timers count whole minutes", d)
	case d%time.Hour == 0:
		return fmt.Sprintf("@every %dh", d/time.Hour), nil
	}
	return fmt.Sprintf("@every %dm", d/time.Minute), nil
}

// quote is text as YAML's double quotes hold it, cut to what Function Compute takes.
func quote(s string) string {
	const limit = 256
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit])
	}
	return strconv.Quote(s)
}

// single is text as YAML's single quotes hold it: JSON stays readable.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
