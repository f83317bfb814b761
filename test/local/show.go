package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const clock = "15:04:05.000"

// mark is a moment of the story.
type mark struct {
	calls, events, invocations, records int
	state                               string
}

func now(c *cloud.Cloud) mark {
	return mark{len(c.Calls()), len(c.Events()), len(c.Invocations()), len(logged(c)), state(c)}
}

func state(c *cloud.Cloud) string {
	dump, err := c.Dump()
	if err != nil {
		return err.Error()
	}
	return string(dump)
}

// line is something that happened.
type line struct {
	at   time.Time
	text string
}

// show prints the path of what happened since the mark, and the state around it.
func (m mark) show(s *screen, c *cloud.Cloud) error {
	var lines []line
	for _, call := range c.Calls()[m.calls:] {
		if text := worthShowing(call); text != "" {
			lines = append(lines, line{call.Time, text})
		}
	}
	for _, e := range c.Events()[m.events:] {
		text := fmt.Sprintf("event     %s %s → rule %s", e.Type, e.Name, strings.Join(e.Rules, ", "))
		if len(e.Rules) == 0 {
			text = fmt.Sprintf("event     %s %s → no rule wants it", e.Type, e.Name)
		}
		lines = append(lines, line{e.Time, text})
	}
	for _, i := range c.Invocations()[m.invocations:] {
		start := "warm"
		if i.Cold {
			start = "cold start"
		}
		lines = append(lines, line{i.Start, fmt.Sprintf("function  %s begins (%s by %s%s)", i.Function, start, i.Trigger, speaks(i))},
			line{i.End, fmt.Sprintf("function  %s ends after %d ms: %s", i.Function, i.End.Sub(i.Start).Milliseconds(), outcome(i))})
	}
	if len(lines) == 0 {
		return errors.New("nothing happened")
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range lines {
		s.printf("   %s  %s\n", s.paint(faint, l.at.Local().Format(clock)), inert(l.text))
	}
	m.showState(s, c)
	return nil
}

// worthShowing tells a call in words; reads of the log by its trigger are left out.
func worthShowing(call cloud.Call) string {
	result := "ok"
	if call.Code != "" {
		result = call.Code
	}
	who := call.Principal.Name
	switch {
	case call.Action == "log:PostLogStoreLogs":
		return fmt.Sprintf("audit     %s writes records: %s", who, result)
	case call.Action == "dingtalk:Send":
		return fmt.Sprintf("chat      a message is sent: %s", result)
	case strings.HasPrefix(call.Action, "log:"), strings.HasPrefix(call.Action, "fc:"):
		return ""
	case call.Write:
		return fmt.Sprintf("CHANGE    %s by %s: %s", call.Action, who, result)
	default:
		return fmt.Sprintf("read      %s by %s: %s", call.Action, who, result)
	}
}

func outcome(i cloud.Invocation) string {
	if i.Error != "" {
		return i.Error + " " + strings.TrimSpace(i.Result)
	}
	if i.Function == triage && i.Trigger == "eventbridge" {
		return judged(i)
	}
	return strings.TrimSpace(i.Result)
}

// showState prints what the mistake and its repair left different.
func (m mark) showState(s *screen, c *cloud.Cloud) {
	before, after := strings.Split(m.state, "\n"), strings.Split(state(c), "\n")
	s.printf("   state before → after, where it differs:\n")
	gone, come := without(before, after), without(after, before)
	if len(gone)+len(come) == 0 {
		s.printf("     (as before the mistake)\n")
	}
	for _, l := range gone {
		s.printf("     - %s\n", inert(strings.TrimSpace(l)))
	}
	for _, l := range come {
		s.printf("     + %s\n", inert(strings.TrimSpace(l)))
	}
}

// without is a less what b has.
func without(a, b []string) (rest []string) {
	count := map[string]int{}
	for _, l := range b {
		count[l]++
	}
	for _, l := range a {
		if count[l] > 0 {
			count[l]--
			continue
		}
		if strings.TrimSpace(l) != "" {
			rest = append(rest, l)
		}
	}
	return rest
}

// changes are the changing calls that ecsguard's roles made.
func changes(calls []cloud.Call) (made []cloud.Call) {
	for _, call := range calls {
		if call.Write && call.Code == "" && strings.HasPrefix(call.Principal.Name, "ecsguard-") && !strings.HasPrefix(call.Action, "log:") && !strings.HasPrefix(call.Action, "fc:") {
			made = append(made, call)
		}
	}
	return made
}

// roundTrips counts how often the plain fix waited for an answer, until its result was
// written. Calls made at the same time are one. What is read between the intent and the
// end of the change is about who used the port: nothing waits for it. It only shows: on a
// busy machine calls that belong together are made one after the other.
func roundTrips(s *screen, c *cloud.Cloud) {
	// Who of the family went on, at the first of the story's mistakes.
	var fix ledger.Record
	if all := logged(c); slices.ContainsFunc(all, changedGroup) {
		fix = all[slices.IndexFunc(all, changedGroup)]
	}
	role := "ecsguard-" + fix.Practice + ":"
	var trips [][]string
	var beside []string
	var end time.Time
	records, changed := 0, false
	for _, call := range c.Calls() {
		if !strings.HasPrefix(call.Principal.Name, role) || records == 2 && !call.Time.Before(end) {
			continue
		}
		record := call.Action == "log:PostLogStoreLogs"
		if evidence := slices.Contains(securitygroup.EvidenceReads, call.Action) && call.Params["logstore"] != "audit"; evidence || records > 0 && !changed && !call.Write {
			beside = append(beside, call.Action)
			continue
		}
		if record {
			records++
		}
		changed = changed || call.Write && !record
		if call.Time.Before(end) {
			trips[len(trips)-1] = append(trips[len(trips)-1], call.Action)
		} else {
			trips = append(trips, []string{call.Action})
		}
		if t := call.Time.Add(call.Duration); t.After(end) {
			end = t
		}
	}
	s.printf("\nFrom the event to the fix of port 22: %d round trips in the function\n", len(trips))
	for i, t := range trips {
		s.printf("  %d. %s\n", i+1, strings.Join(t, " with "))
	}
	s.printf("  and, beside the change, who used the port: %s\n", strings.Join(beside, ", "))
	s.printf("  %d ms from the event until the result was written (an event's time has whole seconds)\n", fix.LagMS)
}

func changedGroup(r ledger.Record) bool {
	return r.ResourceType == securitygroup.Type && r.CallsMade > 0
}

// name is what an event is called.
func name(ce []byte) string {
	var e struct {
		Type string
		Data struct{ EventName string }
	}
	if err := json.Unmarshal(ce, &e); err != nil {
		return "(not JSON)"
	}
	return e.Type + " " + e.Data.EventName
}
