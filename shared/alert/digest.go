package alert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// What a person can take in of a burst.
const (
	digestItems     = 10
	digestPractices = 15
)

// digest is the message about a burst: counts, and the worst by name.
func digest(m Message, events int) text {
	size := plural(len(m.Records), "finding") + " from " + plural(events, "event")
	t := text{
		title: headline(m.grade(), size+", "+tally(m.Records), m.Records[0]),
		head:  []block{heading(strings.ToUpper(m.grade()) + ": " + size), say(sentenceCase(tally(m.Records)), "")},
		limit: digestItems,
		end:   func(left int) []block { return rest(left, m.Records, events) },
	}
	if events == 1 {
		t.head = append(t.head, who(m.Records[0]))
	}
	t.head = append(t.head, practices(m.Records)...)
	t.head = append(t.head, say("The worst:", ""))
	for _, r := range m.Records {
		word, _ := verdict(r)
		line := item(word+":", fmt.Sprintf("%s %s; %s; audit record %s", grade(r), what(r), where(r), clean(r.ID, maxName)))
		if url := ConsoleURL(r.ResourceType, r.Resource, r.Region); url != "" {
			line.markdown += " [console](" + url + ")"
			line.plain += " " + url
		}
		t.items = append(t.items, []block{line})
	}
	return t
}

// practices counts the outcomes of each practice, the one with most findings first.
func practices(records []audit.Record) []block {
	of := map[string][]audit.Record{}
	for _, r := range records {
		of[r.Practice] = append(of[r.Practice], r)
	}
	ids := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(of[b]), len(of[a])), cmp.Compare(a, b))
	})
	var blocks []block
	for i, id := range ids {
		if i == digestPractices {
			blocks = append(blocks, item("…", plural(len(ids)-i, "more practice")))
			break
		}
		blocks = append(blocks, item(escape(clean(id, maxName))+":", tally(of[id])))
	}
	return blocks
}

// rest says how many are not shown, and where all of them are.
func rest(left int, records []audit.Record, events int) []block {
	var blocks []block
	if left > 0 {
		blocks = append(blocks, item("…", fmt.Sprintf("and %d more", left)))
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
	all := say("All of it,", fmt.Sprintf("with the commands that undo it, is in the audit log from %s to %s:", utc(first), utc(last.Truncate(time.Second).Add(time.Second))))
	q := query(records, events)
	return append(blocks, all, fence(q))
}

// query finds the records of a message in the audit log.
func query(records []audit.Record, events int) string {
	if event := clean(records[0].Event, 3*maxName); events == 1 && event == records[0].Event && !strings.Contains(event, "`") {
		return `kind: result and event: "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(event) + `"`
	}
	return fmt.Sprintf("kind: result not outcome: %s not outcome: %s", practice.Ignored, practice.Good)
}
