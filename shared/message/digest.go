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
)

// What a person can take in of a burst.
const (
	digestItems     = 10
	digestPractices = 15
)

// digest is the message about a burst: counts, and the worst by name.
func digest(m Message, events int, reminders []ledger.Record) text {
	size := Plural(len(m.Records), "finding") + " from " + Plural(events, "event")
	t := text{title: headline(m.grade(), tally(m.Records), m.Records), Body: Body{
		Head: []Block{heading(strings.ToUpper(m.grade()) + ": " + size), vital(say(sentenceCase(tally(m.Records)), ""))},
		Most: digestItems,
		End: func(left int) []Block {
			return append(rest(left, m.Records, events), endless(append(slices.Clone(reminders), m.Records...))...)
		},
	}}
	if events == 1 {
		t.Head = append(t.Head, who(m.Records[0]))
	} else if by := actorsOf(m.Records); by != "" {
		t.Head = append(t.Head, say("Who:", by+"."))
	}
	t.Head = append(t.Head, practices(m.Records)...)
	t.Head = append(t.Head, asks(m.Records)...)
	t.Head = append(t.Head, say("The worst:", ""))
	for _, r := range m.Records {
		word, _ := verdict(r)
		by := ""
		if events > 1 && r.Actor != "" {
			by = ", by " + Clean(r.Actor, maxName)
		}
		line := item(word+":", fmt.Sprintf("%s %s; %s%s; audit record %s", grade(r), what(r), where(r), by, Clean(r.ID, maxName)))
		line.URL = resource.KindOf(r.ResourceType).Console(r.Resource, r.Region)
		t.Items = append(t.Items, []Block{line})
	}
	return t
}

// asks is why a person has to decide of what could have been put right: the reasons that several
// have, the most frequent first.
func asks(records []ledger.Record) (blocks []Block) {
	count := map[string]int{}
	for _, r := range records {
		if r.Outcome == practice.Awaiting && len(r.Calls) > 0 && r.Reason != "" {
			count[r.Reason]++
		}
	}
	reasons := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	for _, reason := range reasons[:min(2, len(reasons))] {
		if count[reason] > 1 {
			blocks = append(blocks, say(fmt.Sprintf("Why %d wait for a person:", count[reason]), Clean(sentenceCase(reason), maxSentence)+"."))
		}
	}
	return blocks
}

// endless lists exemptions that are practically permanent.
func endless(records []ledger.Record) []Block {
	var names []string
	for _, r := range records {
		if r.Outcome == practice.Exempt && strings.Contains(r.Reason, practice.Endless) {
			names = append(names, Clean(cmp.Or(r.ResourceName, r.Resource)+" ("+r.Practice+")", maxSentence/3))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Block{say("Exempt without an end:", list(names, digestItems)+". Give each an end date.")}
}

// actorsOf are who did it, the one with most findings first.
func actorsOf(records []ledger.Record) string {
	count := map[string]int{}
	for _, r := range records {
		count[Clean(cmp.Or(r.Actor, "not known"), maxName)]++
	}
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, count[name])
	}
	return list(names, digestItems)
}

// practices counts the outcomes of each practice, the one with most findings first.
func practices(records []ledger.Record) []Block {
	of := map[string][]ledger.Record{}
	for _, r := range records {
		of[r.Practice] = append(of[r.Practice], r)
	}
	ids := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(of[b]), len(of[a])), cmp.Compare(a, b))
	})
	var blocks []Block
	for i, id := range ids {
		if i == digestPractices {
			blocks = append(blocks, item("…", Plural(len(ids)-i, "more practice")))
			break
		}
		blocks = append(blocks, item(Clean(id, maxName)+":", tally(of[id])))
	}
	return blocks
}

// rest says how many are not shown, and where all of them are.
func rest(left int, records []ledger.Record, events int) []Block {
	var blocks []Block
	if left > 0 {
		blocks = append(blocks, vital(item("…", fmt.Sprintf("and %d more", left))))
	}
	first, last := records[0].Time, records[0].Time
	for _, r := range records {
		if r.Time.Before(first) {
			first = r.Time
		}
		if r.Time.After(last) {
			last = r.Time
		}
	}
	// The log's own time is in whole seconds, and the end of a range is not in it.
	commands := "with the commands that would fix it"
	if slices.ContainsFunc(records, func(r ledger.Record) bool { return r.CallsMade > 0 }) {
		commands = "with the commands that undo what was done"
	}
	all := fmt.Sprintf("%s, is in the audit log from %s to %s:", commands, utc(first), utc(last.Truncate(time.Second).Add(time.Second)))
	return append(blocks, run("All of it,", all, query(records, events)))
}

// query finds the records of a message in the audit log.
func query(records []ledger.Record, events int) string {
	if event := Clean(records[0].Event, 3*maxName); events == 1 && event == records[0].Event && !strings.Contains(event, "`") {
		return `kind: result and event: "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(event) + `"`
	}
	return fmt.Sprintf("kind: result not outcome: %s not outcome: %s", practice.Ignored, practice.Good)
}
