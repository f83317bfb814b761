package alert

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A Failure is ecsguard itself having given up. There is no audit record of it.
type Failure struct {
	Function string
	Request  string // Function Compute's request id
	Tries    int    // 0: not known
	Why      string // in Function Compute's words
	Error    string // in the function's
	Time     time.Time

	// What it was about, as far as the payload tells. Resource may be empty.
	Event        string
	ResourceType string
	Resource     string
	Region       string
	Account      string
	EventTime    time.Time
	Actor        string // who did it, if anybody is known
	ActorType    string
	ActorIP      string
}

// Message says that something may have stayed as it was, untold.
func (f Failure) Message() Message {
	function, event := clean(cmp.Or(f.Function, "a function"), maxName), clean(cmp.Or(f.Event, "an event"), maxName)
	tries := say("Gave up.", "")
	switch {
	case f.Tries == 1:
		tries = say("Gave up", "after 1 try.")
	case f.Tries > 1:
		tries = say("Gave up", fmt.Sprintf("after %d tries.", f.Tries))
	}
	why := clean(strings.TrimPrefix(cmp.Or(f.Error, f.Why, "no reason was recorded"), "practice "+function+": "), maxAdvice) // the cause comes last
	about := audit.Record{ResourceType: f.ResourceType, Resource: f.Resource, Region: f.Region, Account: f.Account}
	t := text{
		title: title(practice.High, "ecsguard itself failed: %s gave up on %s", function, event),
		head: []block{
			heading("HIGH: ecsguard itself failed: " + function + " gave up on " + event),
			tries,
			say("Because:", sentenceCase(why)),
		},
		end: func(int) []block { return nil },
	}
	if f.Resource != "" {
		t.head = append(t.head, say("Where:", where(about)))
	}
	if f.Actor != "" || f.ActorIP != "" {
		t.head = append(t.head, who(audit.Record{Actor: f.Actor, ActorType: f.ActorType, ActorIP: f.ActorIP, EventName: f.Event, EventTime: f.EventTime, Time: f.Time}))
	}
	if !f.Time.IsZero() {
		t.head = append(t.head, say("Gave up at:", utc(f.Time)))
	}
	t.head = append(t.head, say("What to do:", "Look at the resource yourself: it may be wrong and nothing will put it right until it is looked at again. "+
		"Mend the cause (the function's log has it, under the request), then let the practice's next sweep look, or invoke the function again with the event."))
	if url := ConsoleURL(f.ResourceType, f.Resource, f.Region); url != "" {
		t.head = append(t.head, link("Open in the console", url))
	}
	t.head = append(t.head, say("Request:", clean(cmp.Or(f.Request, "not known"), maxName)))
	m := Message{ID: hash("failure", f.Function, f.Request), Title: t.title, Severity: practice.High}
	m.Markdown, m.Plain = t.render()
	return m
}

// Failures is one message for functions that have given up: of several it says what they
// have in common, and names each.
func Failures(all []Failure) Message {
	if len(all) == 1 {
		return all[0].Message()
	}
	functions, causes := map[string]bool{}, map[string]int{}
	var ids []string
	for _, f := range all {
		functions[cmp.Or(f.Function, "a function")] = true
		causes[clean(cmp.Or(f.Error, f.Why, "no reason was recorded"), maxSentence)]++
		ids = append(ids, f.Function+"/"+f.Request)
	}
	slices.Sort(ids)
	what := fmt.Sprintf("ecsguard itself failed: %d functions gave up on %d events", len(functions), len(all))
	t := text{
		title: title(practice.High, "%s", what),
		head:  []block{heading("HIGH: " + what)},
		end: func(left int) []block {
			var blocks []block
			if left > 0 {
				blocks = append(blocks, item("…", fmt.Sprintf("and %d more, which the functions' logs have", left)))
			}
			return append(blocks, say("What to do:", "Mend the cause, which is most likely one. What these events are about may be wrong: it is looked at again by the timer for "+
				"open cases where the log takes what is noted, and by the next sweep. Run go run ./deploy/ecsguard prepare where a permission is missing."))
		},
	}
	for _, cause := range slices.SortedFunc(maps.Keys(causes), func(a, b string) int { return cmp.Or(causes[b]-causes[a], cmp.Compare(a, b)) })[:min(3, len(causes))] {
		t.head = append(t.head, say("Because:", fmt.Sprintf("%s (%d times)", cause, causes[cause])))
	}
	for _, f := range all {
		about := audit.Record{ResourceType: f.ResourceType, Resource: f.Resource, Region: f.Region, Account: f.Account}
		line := cmp.Or(f.Event, "an event")
		if f.Resource != "" {
			line += "; " + where(about)
		}
		if f.Actor != "" {
			line += ", by " + f.Actor
		}
		t.items = append(t.items, []block{item(escape(clean(cmp.Or(f.Function, "a function"), maxName))+":", clean(line, maxSentence)+"; request "+clean(f.Request, maxName))})
	}
	m := Message{ID: hash(append([]string{"failures"}, ids...)...), Title: t.title, Severity: practice.High}
	m.Markdown, m.Plain = t.render()
	return m
}

// Broken is the message, for the channels that work, about one that does not.
// There is one a day for each code.
func Broken(channel string, cause error, now time.Time) Message {
	t := text{
		title: title(practice.High, "ecsguard cannot send alerts to %s", channel),
		head: []block{
			heading("HIGH: ecsguard cannot send alerts to " + clean(channel, maxName)),
			say("Refused.", sentenceCase(clean(cause.Error(), maxSentence))),
			say("What to do:", "Mend the settings of the function notify, or the receiver. Alerts that this channel missed are in the other channels and in the audit log."),
		},
		end: func(int) []block { return nil },
	}
	var code string
	if e, ok := errors.AsType[*Error](cause); ok {
		code = e.Code
	}
	m := Message{ID: hash("broken", channel, code, now.UTC().Format(time.DateOnly)), Title: t.title, Severity: practice.High}
	m.Markdown, m.Plain = t.render()
	return m
}
