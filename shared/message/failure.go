package message

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/secret"
)

// A Failure says that a function of ecsguard has given up. It has no audit record.
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
	Others       []string // further resources
	Region       string
	Account      string
	EventTime    time.Time
	Actor        string // who did it, if anybody is known
	ActorType    string
	ActorIP      string
	ActorAgent   string

	Prepare string // the command that gives the roles what they need; empty: not known
}

// Message says that something may still be wrong and unreported.
func (f Failure) Message() Message {
	for _, text := range []*string{&f.Error, &f.Why, &f.Actor, &f.ActorAgent} {
		*text = secret.Hide(*text) // it has not been in the log, which hides it otherwise
	}
	function, event := Clean(cmp.Or(f.Function, "a function"), maxName), Clean(cmp.Or(f.Event, "an event"), maxName)
	tries := say("Gave up.", "")
	switch {
	case f.Tries == 1:
		tries = say("Gave up", "after 1 try.")
	case f.Tries > 1:
		tries = say("Gave up", fmt.Sprintf("after %d tries.", f.Tries))
	}
	why := cause(strings.TrimPrefix(cmp.Or(f.Error, f.Why, "no reason was recorded"), "practice "+strings.TrimPrefix(function, "ecsguard-")+": "), MostAdvice) // the cause comes last
	about := ledger.Record{ResourceType: f.ResourceType, Resource: f.Resource, Region: f.Region, Account: f.Account}
	what := function + " gave up on " + event + whereAndWho([]Failure{f})
	t := text{title: title(practice.High, "ecsguard itself failed: %s", what), Body: Body{Head: []Block{
		heading("HIGH: ecsguard itself failed: " + what),
		tries,
		vital(say("Because:", sentenceCase(why))),
	}}}
	if f.Resource != "" {
		t.Head = append(t.Head, vital(say("Where:", where(about)+f.others())))
	}
	if f.Actor != "" || f.ActorIP != "" {
		t.Head = append(t.Head, who(ledger.Record{Actor: f.Actor, ActorType: f.ActorType, ActorIP: f.ActorIP, ActorAgent: f.ActorAgent, EventName: f.Event, EventTime: f.EventTime, Time: f.Time}))
	}
	if !f.Time.IsZero() {
		t.Head = append(t.Head, say("Gave up at:", utc(f.Time)))
	}
	at := "what the event is about"
	switch {
	case len(f.Others) > 0:
		at = "them"
	case f.Resource != "":
		at = "it"
	}
	t.Head = append(t.Head, say("What to do:", "Look at "+at+" yourself: it may be wrong, and nobody else has been told. ecsguard itself looks again at the next sweep, within a day for most practices."))
	t.Head = append(t.Head, f.mend()...)
	if url := resource.KindOf(f.ResourceType).Console(f.Resource, f.Region); url != "" {
		t.Head = append(t.Head, link("Open in the console", url))
	}
	t.Head = append(t.Head, say("Request:", Clean(cmp.Or(f.Request, "not known"), 2*maxName)))
	m := Message{ID: hash("failure", f.Function, f.Request), Severity: practice.High}
	t.into(&m)
	return m
}

// whereAndWho is what a locked phone shows beside that something failed.
func whereAndWho(all []Failure) (s string) {
	var names, actors []string
	for _, f := range all {
		actor, _, _ := strings.Cut(f.Actor, "@")
		names = append(names, Clean(f.Resource, maxScreen/5))
		for _, id := range f.Others {
			names = append(names, Clean(id, maxScreen/5))
		}
		actors = append(actors, Clean(actor, maxScreen/5))
	}
	if name := list(names, 1); name != "" {
		s = "; " + name
	}
	if who := list(actors, 1); who != "" {
		s += ", by " + who
	}
	return s
}

// others are the further resources that it was about.
func (f Failure) others() string {
	if len(f.Others) == 0 {
		return ""
	}
	names := make([]string, len(f.Others))
	for i, id := range f.Others {
		names[i] = Clean(id, maxName)
	}
	return "; and " + list(names, burst)
}

// mend is what to run.
func (f Failure) mend() (blocks []Block) {
	if denied(f.Error) {
		blocks = prepare(f.Prepare, "")
	}
	if name := strings.TrimPrefix(f.Function, "ecsguard-"); aPractice.MatchString(name) {
		if name == "triage" || name == "notify" {
			name = "ecsguard-" + name // as s.yaml has it
		}
		blocks = append(blocks, run("What it logged before:", "look in its log for the request ID.", "s "+name+" logs"))
	}
	return blocks
}

// Failures is one message for functions that have given up: of several it says what they
// have in common, and names each.
func Failures(all []Failure) Message {
	if len(all) == 1 {
		return all[0].Message()
	}
	functions, causes, missing := map[string]bool{}, map[string]int{}, false
	var ids []string
	for _, f := range all {
		functions[cmp.Or(f.Function, "a function")] = true
		missing = missing || denied(f.Error)
		causes[Clean(kind(cmp.Or(f.Error, f.Why, "no reason was recorded")), maxSentence)]++
		ids = append(ids, f.Function+"/"+f.Request)
	}
	slices.Sort(ids)
	what := fmt.Sprintf("ecsguard itself failed: %d functions gave up on %d events", len(functions), len(all)) + whereAndWho(all)
	t := text{title: title(practice.High, "%s", what), Body: Body{
		Head: []Block{heading("HIGH: " + what)},
		End: func(left int) []Block {
			var blocks []Block
			if left > 0 {
				blocks = append(blocks, vital(item("…", fmt.Sprintf("and %d more, which the functions' logs have", left))))
			}
			blocks = append(blocks, say("What to do:", "Fix the cause; most likely there is only one. The resources of these events may be wrong: they are looked at again within minutes "+
				"if the log can be written, and otherwise by the next sweep."))
			if missing {
				blocks = append(blocks, prepare(all[0].Prepare, "")...)
			}
			return append(blocks, run("What they logged before:", "look in the functions' logs for the request IDs.", "s ecsguard-triage logs"))
		},
	}}
	for _, cause := range slices.SortedFunc(maps.Keys(causes), func(a, b string) int { return cmp.Or(causes[b]-causes[a], cmp.Compare(a, b)) })[:min(3, len(causes))] {
		t.Head = append(t.Head, say("Because:", fmt.Sprintf("%s (%d times)", cause, causes[cause])))
	}
	for _, f := range all {
		about := ledger.Record{ResourceType: f.ResourceType, Resource: f.Resource, Region: f.Region, Account: f.Account}
		line := cmp.Or(f.Event, "an event")
		if f.Resource != "" {
			line += "; " + where(about) + f.others()
		}
		if f.Actor != "" {
			line += ", by " + f.Actor
		}
		t.Items = append(t.Items, []Block{item(Clean(cmp.Or(f.Function, "a function"), maxName)+":", Clean(line, maxSentence)+"; request "+Clean(f.Request, 2*maxName))})
	}
	m := Message{ID: hash(append([]string{"failures"}, ids...)...), Severity: practice.High}
	t.into(&m)
	return m
}

// Broken is the message, for the channels that work, about one that does not. It is sent once a
// day for each error code. The commands deploy the functions that send to the channel.
func Broken(channel, code string, cause error, now time.Time, commands ...string) Message {
	t := text{title: title(practice.High, "ecsguard cannot send alerts to %s", channel), Body: Body{Head: []Block{
		heading("HIGH: ecsguard cannot send alerts to " + Clean(channel, maxName)),
		vital(say("Refused.", sentenceCase(Clean(cause.Error(), maxSentence)))),
		run("What to do:", "Fix the receiver, or deploy again, in the project's folder, with its variables corrected and those of the other channels as you had them. Alerts that this channel missed are in the other channels and in the audit log.", commands...),
	}}}
	m := Message{ID: hash("broken", channel, code, now.UTC().Format(time.DateOnly)), Severity: practice.High}
	t.into(&m)
	return m
}
