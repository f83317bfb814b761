package message

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// MostAdvice is how much of an advice is shown, in characters.
const MostAdvice = 500

// How much of each other value is shown.
const (
	maxName     = 64
	maxSentence = 300
	maxEvidence = 500
	maxTitle    = 140
	maxScreen   = 110 // of a title, where it may be cut: what a locked phone shows
	leastWhat   = 20  // of it, what it is about has at least
)

// title is one line of plain text, which is what a phone shows.
func title(s practice.Severity, format string, args ...any) string {
	return prefix(string(s)) + Clean(fmt.Sprintf(format, args...), maxTitle-utf8.RuneCountInString(prefix(string(s))))
}

func prefix(grade string) string { return "[" + Clean(grade, len(practice.Critical)) + "] " }

// headline is a title that says the outcome, the finding, where it is and who did it. If that
// is too long, the finding is shortened.
func headline(grade, became string, records []ledger.Record) string {
	var names, actors, findings []string
	for _, r := range records {
		names = append(names, Clean(cmp.Or(r.ResourceName, r.Resource), maxScreen/5))
		actor, _, _ := strings.Cut(r.Actor, "@")
		actors = append(actors, Clean(actor, maxScreen/5))
		if f := what(r); !slices.Contains(findings, f) {
			findings = append(findings, f)
		}
	}
	begin, end := prefix(grade)+Clean(became, maxScreen/2)+": ", ""
	if more := len(findings) - 1; more > 0 {
		end += fmt.Sprintf(" (and %d more)", more)
	}
	if name := list(names, 1); name != "" {
		end += "; " + name
	}
	if who := list(actors, 1); who != "" {
		end += ", by " + who
	}
	return begin + Clean(what(records[0]), max(leastWhat, maxScreen-utf8.RuneCountInString(begin+end))) + end
}

// grade is how bad a finding is: what is exempt is not.
func grade(r ledger.Record) string {
	if r.Outcome == practice.Exempt {
		return string(practice.Exempt)
	}
	return string(worst(r.Severity, r))
}

// single is the message about one finding.
func single(r ledger.Record) text {
	word, _ := verdict(r)
	return text{title: headline(grade(r), word, []ledger.Record{r}), Body: Body{Head: finding(r, who(r))}}
}

// several is the message about the findings of one event.
func several(m Message) text {
	t := text{title: headline(m.grade(), tally(m.Records), m.Records), Body: Body{
		Head: []Block{heading(strings.ToUpper(m.grade()) + ": " + Plural(len(m.Records), "finding") + ", " + tally(m.Records)), who(m.Records[0])},
		End: func(left int) []Block {
			if left == 0 {
				return nil
			}
			return rest(left, m.Records, 1)
		},
	}}
	for _, r := range m.Records {
		t.Items = append(t.Items, finding(r))
	}
	done := func(r ledger.Record) bool { return r.Outcome.Changed() }
	open := func(r ledger.Record) bool { return r.Outcome.Waits() }
	if slices.ContainsFunc(m.Records, done) && slices.ContainsFunc(m.Records, open) {
		// The change took an address off: the rules behind it are unchanged, and needed.
		t.Head = append(t.Head, say("Look before you change anything:", "what was fixed may have put the rest right too."))
	}
	return t
}

// finding is everything about one record; after is said after where it is.
func finding(r ledger.Record, after ...Block) []Block {
	word, sentence := verdict(r)
	blocks := []Block{
		heading(strings.ToUpper(grade(r)) + ": " + what(r)),
		vital(say(word+".", sentence)),
		vital(say("Where:", where(r))),
	}
	blocks = append(blocks, after...)
	if doubt := Clean(r.Doubt, maxSentence); doubt != "" {
		blocks = append(blocks, say("Perhaps by somebody else:", doubt+"."))
	}
	if costs := Clean(r.Costs, MostAdvice); costs != "" {
		blocks = append(blocks, vital(say("What it costs:", costs)))
	}
	blocks = append(blocks, evidence(r)...)
	waits := r.Outcome.Waits()
	if len(r.Calls) > 0 && (waits || r.Outcome == practice.Failed && r.CallsMade == 0) {
		blocks = append(blocks, commands("To fix it:", r.Calls, r.ID))
	}
	if waits && !r.Momentary {
		blocks = append(blocks, exempt("To leave it as it is,", "exempt it", r)...)
	}
	if (r.Outcome == practice.Failed || r.Outcome == practice.Partly) && denied(r.ErrorCode+" "+r.Error+" "+r.Reason) {
		blocks = append(blocks, prepare("", r.Mode)...)
	}
	blocks = append(blocks, beforeUndo(r)...)
	blocks = append(blocks, undo(r)...)
	if r.Advice != "" {
		blocks = append(blocks, say("What to do:", Advise(r.Advice, MostAdvice)))
	}
	for _, p := range r.Prevent {
		if p.Now && r.Outcome == practice.Fixed {
			continue // it has been put right
		}
		// Others' words may be among it, so it is made inert as a command is.
		why := "It came again. To stop it at its source"
		if p.Now {
			why = "To put it right by hand"
		}
		why += " (" + Clean(string(p.Kind), maxName) + "):"
		switch p.Kind {
		case practice.CommandLine:
			why = "By hand:"
		case practice.LeftOver:
			why = "Left over:"
		}
		block := run(why, Clean(p.Does, maxSentence)+".", inert(p.Text))
		block.All = fmt.Sprintf("audit record %s has it whole", Clean(r.ID, maxName))
		blocks = append(blocks, block)
	}
	for _, m := range r.Members {
		if m.Practice != r.Practice || m.Finding != r.Finding {
			blocks = append(blocks, minor(say("By the same edit:", Clean(m.Finding, maxSentence)+" ("+Clean(m.Practice, maxName)+").")))
		}
	}
	if len(r.Also) > 0 {
		blocks = append(blocks, minor(say("Other practices that object to some of it:", Clean(strings.Join(r.Also, ", "), maxSentence)+".")))
	}
	if url := resource.KindOf(r.ResourceType).Console(r.Resource, r.Region); url != "" {
		blocks = append(blocks, link("Open in the console", url))
	}
	return append(blocks, vital(say("Audit record:", Clean(fmt.Sprintf("%s, practice %s", r.ID, r.Practice), 2*maxName))))
}

func what(r ledger.Record) string {
	return Clean(cmp.Or(r.Finding, "a departure from "+r.Practice), maxSentence)
}

// verdict is what was done, as a word or two and a sentence.
func verdict(r ledger.Record) (word, sentence string) {
	var parts []string
	add := func(s string) {
		if s = Clean(s, maxSentence); s != "" {
			parts = append(parts, sentenceCase(s))
		}
	}
	word = Clean(r.Outcome.Words(), maxName)
	switch r.Outcome {
	case practice.Fixed:
		add(did(r))
		add(r.Reason)
		add("the last look found nothing wrong")
	case practice.Partly:
		if r.Every > 0 {
			word = "Begun" // and it goes on by itself
		}
		add(did(r))
		add(because(r))
	case practice.Failed:
		add(because(r))
	case practice.Observed:
		add(cmp.Or(r.Reason, "mode is observe: nothing was changed"))
	case practice.Awaiting:
		add(cmp.Or(r.Reason, "nothing was changed"))
	case practice.Exempt:
		add(cmp.Or(r.Reason, "it is exempt"))
		if len(r.Also) > 0 {
			add("the exemption is of this practice only")
		}
	case practice.Undone:
		add(cmp.Or(r.Reason, "a change was taken back"))
	default:
		add(because(r))
	}
	add(r.Note) // what the guard had to say while letting the change pass
	return word, strings.Join(parts, " ")
}

// did says what was changed, and how long after the event.
func did(r ledger.Record) string {
	s := Plural(r.CallsMade, "change")
	switch len(r.Why) {
	case 0:
	case 1:
		s += ": " + Clean(r.Why[0], maxSentence/2)
	default: // to make room for what stays open is the first, and what closes it the second
		s += ": " + Clean(r.Why[0], maxSentence/3) + ", then " + Clean(r.Why[1], maxSentence/3)
	}
	if more := len(r.Why) - 2; more > 0 {
		s += fmt.Sprintf(" (and %d more)", more)
	}
	if r.LagMS > 0 && r.EventName != "" { // a sweep's event is its timer
		s += ", within " + upTo(time.Duration(r.LagMS)*time.Millisecond) + " of the event"
	}
	return s
}

// upTo rounds a duration up, because the times of events are truncated to seconds.
func upTo(d time.Duration) string {
	up := func(unit time.Duration) string { return strconv.Itoa(int((d + unit - 1) / unit)) }
	switch {
	case d <= 2*time.Minute:
		return up(time.Second) + " s"
	case d <= 2*time.Hour:
		return up(time.Minute) + " min"
	}
	return up(time.Hour) + " h"
}

// because gives the error its room beside the reason.
func because(r ledger.Record) string {
	var parts []string
	for _, s := range []string{r.Reason, r.Error} {
		if s = cause(s, maxSentence/2); s != "" {
			parts = append(parts, s)
		}
	}
	return cmp.Or(strings.Join(parts, ": "), "no reason was recorded")
}

func sentenceCase(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[n:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

func where(r ledger.Record) string {
	kind := cmp.Or(resource.KindOf(r.ResourceType).Words, r.ResourceType, "resource")
	s := Clean(kind+" "+r.ResourceName, maxName+len("security group "))
	said := []string{r.ResourceName} // what is named like its id, or is a region, is said once
	for _, part := range []string{r.Resource, r.Region} {
		if part != "" && !slices.Contains(said, part) {
			s += ", " + Clean(part, maxName)
			said = append(said, part)
		}
	}
	if r.Account != "" && !slices.Contains(said, r.Account) {
		s += ", account " + Clean(r.Account, maxName)
	}
	return s
}

// actors are who acts, in words.
var actors = map[string]string{
	"root-account": "the root account", "ram-user": "RAM user", "assumed-role": "a role", "system": "Alibaba Cloud itself", "aliyun-service": "a service of Alibaba Cloud",
}

func who(r ledger.Record) Block {
	var s string
	switch {
	case r.Actor != "" || r.ActorIP != "":
		s = Clean(cmp.Or(r.Actor, "somebody"), maxName)
		if r.ActorType != "" {
			s += " (" + Clean(cmp.Or(actors[r.ActorType], r.ActorType), maxName) + ")"
		}
		if r.ActorIP != "" {
			s += " from " + Clean(r.ActorIP, maxName)
		}
		if r.ActorAgent != "" {
			s += " with " + Clean(cmp.Or(events.Tool(r.ActorAgent), r.ActorAgent), maxName)
		}
	case r.EventName == "":
		s = "not known, found by a sweep"
	default:
		s = "not known"
	}
	if r.EventName != "" {
		s += "; event " + Clean(r.EventName, maxName)
	}
	return say("Who:", s+" at "+utc(cmp.Or(r.EventTime, r.Time)))
}

// evidence is who loses what is taken away.
func evidence(r ledger.Record) []Block {
	var parts []string
	for _, s := range []string{r.UsedBy, r.Missed} {
		if s = Clean(s, maxEvidence); s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []Block{minor(say("Used by:", strings.Join(parts, "; ")))}
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// beforeUndo says what has to be done first: an undo is made by a person, so ecsguard cannot
// tell it from the original mistake.
func beforeUndo(records ...ledger.Record) []Block {
	undone := slices.DeleteFunc(slices.Clone(records), func(r ledger.Record) bool {
		return !r.Outcome.Changed() || len(r.Calls) == 0 || len(r.Undo) == 0
	})
	if len(undone) == 0 {
		return nil
	}
	return exempt("Before an undo,", "exempt the resource, or it is put right again", undone...)
}

// undo is how to take back what was done.
func undo(r ledger.Record) []Block {
	if !r.Outcome.Changed() || len(r.Calls) == 0 {
		return nil
	}
	var blocks []Block
	if len(r.Undo) > 0 {
		words := "To undo it:"
		if len(r.Undo) > 1 {
			words = "To undo it, in this order:"
		}
		blocks = append(blocks, commands(words, r.Undo, r.ID))
	}
	if missing := len(r.Calls) - len(r.Undo); missing > 0 {
		blocks = append(blocks, say("Cannot be undone:", Plural(missing, "change")+"."))
	}
	return blocks
}

// tally counts outcomes, those that need a person first: "2 failed, 30 fixed".
func tally(records []ledger.Record) string {
	count := map[practice.Outcome]int{}
	for _, r := range records {
		count[r.Outcome]++
	}
	var parts []string
	for _, o := range slices.SortedFunc(maps.Keys(count), func(a, b practice.Outcome) int {
		return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), cmp.Compare(a, b))
	}) {
		parts = append(parts, fmt.Sprintf("%d %s", count[o], Clean(string(o), maxName)))
	}
	return strings.Join(parts, ", ")
}
