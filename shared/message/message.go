// Package message composes what people on call should know about audit records, and about
// ecsguard itself when it fails. A message consists of neutral blocks (block.go), which package
// channel and the channels in its folders render as text and deliver.
//
// A message has to make sense at three in the morning: what is wrong, what was
// done, where, who did it, how to take it back, what to do now. Nearly every
// word of it comes from the cloud, where anyone who can name a resource can
// write it, so all of it is untrusted (text.go).
package message

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A Message is what people read.
type Message struct {
	ID       string // the same whenever the same records are composed again: receivers tell duplicates by it
	Title    string // plain text, one line
	Body     Body
	Severity practice.Severity
	Outcome  practice.Outcome // the worst of Records; empty where ecsguard itself failed
	Records  []ledger.Record  // worst first
}

// Urgent tells whether somebody should be woken: something critical is wrong, and
// neither put right nor accepted.
func (m Message) Urgent() bool {
	return slices.ContainsFunc(m.Records, func(r ledger.Record) bool { return r.Severity.Wakes() && open(r) })
}

// grade is its severity, in a word.
func (m Message) grade() string {
	if !slices.ContainsFunc(m.Records, func(r ledger.Record) bool { return r.Outcome != practice.Exempt }) {
		return string(practice.Exempt)
	}
	return string(m.Severity)
}

func open(r ledger.Record) bool { return r.Outcome.Wrong() }

// burst is how many messages one batch may make. A robot that sends more than 20
// a minute is silenced for ten.
const burst = 5

// Compose makes the messages for a batch of records: one for each event that left
// something to say, or a single digest when those are too many. Intents, and
// results where nothing was wrong, are left out. Of several results with one ID
// the last counts: records are delivered at least once, and a finding may be
// looked at again.
func Compose(records []ledger.Record) []Message {
	var messages []Message
	wanted, reminders := results(records)
	events := byEvent(wanted)
	for _, e := range together(events) {
		messages = append(messages, compose(e, 1, nil))
	}
	if len(messages) > burst {
		return []Message{compose(slices.Concat(events...), len(events), reminders)}
	}
	return messages
}

func compose(records []ledger.Record, events int, reminders []ledger.Record) Message {
	slices.SortStableFunc(records, worse)
	m := Message{ID: id(records), Severity: records[0].Severity, Outcome: records[0].Outcome, Records: records}
	for _, r := range records { // those that are exempt come last
		if r.Outcome != practice.Exempt || records[0].Outcome == practice.Exempt {
			m.Severity = worst(m.Severity, r)
		}
		if r.Outcome.Rank() < m.Outcome.Rank() {
			m.Outcome = r.Outcome
		}
	}
	var t text
	switch {
	case len(records) == 1:
		t = single(records[0])
	case events == 1 && slices.ContainsFunc(records, func(r ledger.Record) bool { return r.Event != records[0].Event }):
		t = repeated(m)
	case len(records) <= burst && events == 1:
		t = several(m)
	default:
		t = digest(m, events, reminders)
	}
	t.into(&m)
	return m
}

// A text is a message under construction.
type text struct {
	title string
	Body
}

// into puts the text into a message.
func (t text) into(m *Message) { m.Title, m.Body = t.title, t.Body }

// worst is the worse of a severity and those of all that a record is about.
func worst(s practice.Severity, r ledger.Record) practice.Severity {
	if r.Severity.Rank() < s.Rank() {
		s = r.Severity
	}
	for _, m := range r.Members {
		if m.Severity.Rank() < s.Rank() {
			s = m.Severity
		}
	}
	return s
}

// id includes each record's time: a Cloud Config remediation has no identity that distinguishes
// a second case from a second delivery, and a second case must be reported.
func id(records []ledger.Record) string {
	var parts []string
	for _, r := range records {
		parts = append(parts, strings.Join([]string{r.ID, string(r.Outcome), r.Time.UTC().Format(time.RFC3339Nano)}, "\x00"))
	}
	slices.Sort(parts)
	return hash(parts...)
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x01")))
	return hex.EncodeToString(sum[:16])
}

// newsworthy tells whether people should see a result. That something is exempt is
// news when somebody has just done it, not each time that a sweep comes by.
func newsworthy(r ledger.Record) bool {
	if r.Quiet {
		return false
	}
	return r.Outcome.Told() && (r.Outcome != practice.Exempt || r.Actor != "" || r.LeavesOver())
}

// results is the last result of each ID that people should see, in the order of
// the batch.
//
// Reminders are results that get no message of their own: resources that are exempt for ever.
func results(records []ledger.Record) (wanted, reminders []ledger.Record) {
	last := map[string]ledger.Record{}
	var order []string
	for _, r := range records {
		if r.Kind != ledger.Result {
			continue
		}
		old, seen := last[r.ID]
		if !seen {
			order = append(order, r.ID)
		}
		if !seen || !r.Time.Before(old.Time) && !keeps(old, r) || r.Time.Before(old.Time) && keeps(r, old) {
			last[r.ID] = r
		}
	}
	for _, id := range order {
		switch r := last[id]; {
		case newsworthy(r):
			wanted = append(wanted, r)
		case r.Outcome == practice.Exempt && strings.Contains(r.Reason, practice.Endless):
			reminders = append(reminders, r)
		}
	}
	return wanted, reminders
}

// keeps tells whether a result still has to be reported although a later result with the same
// ID is not reported: that something is good by now does not cancel the report that it was
// changed, and a look that gave way cancels nothing.
func keeps(earlier, later ledger.Record) bool {
	return newsworthy(earlier) && !newsworthy(later) && (earlier.CallsMade > 0 || later.Outcome == practice.Deferred)
}

// byEvent puts together what one act of one person led to.
func byEvent(records []ledger.Record) [][]ledger.Record {
	at := map[string]int{}
	var groups [][]ledger.Record
	for _, r := range records {
		key := "event\x00" + r.Event + "\x00" + r.Actor
		if r.Event == "" {
			key = "id\x00" + r.ID
		}
		i, seen := at[key]
		if !seen {
			i = len(groups)
			at[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// worse orders records: what is still wrong before what is not, then by severity.
func worse(a, b ledger.Record) int {
	rank := func(r ledger.Record) []int {
		still := 1
		switch {
		case open(r):
			still = 0
		case r.Outcome == practice.Exempt:
			still = 2
		}
		return []int{still, r.Severity.Rank(), r.Outcome.Rank()}
	}
	return slices.Compare(rank(a), rank(b))
}

// Plural counts things: "1 change", "2 changes".
func Plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
