package alert

import (
	"cmp"
	"errors"
	"fmt"
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
