package message

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// enough of the same are one message.
const enough = 3

// alike is a key that is equal for results that say the same of different resources: the same
// practice, finding and person, and it is fixed. Anything else (another port, something still
// open) is news of its own and has no such key.
func alike(r ledger.Record) string {
	if r.Outcome != practice.Fixed {
		return ""
	}
	return strings.Join([]string{r.Practice, r.Finding, string(r.Severity), r.Actor, r.ResourceType, r.Region, r.Account, r.Note}, "\x00")
}

// Repeats returns the key of a message in which everything is alike, and its resources. An
// empty key is always news.
func (m Message) Repeats() (kind string, resources []string) {
	for i, r := range m.Records {
		k := alike(r)
		if k == "" || i > 0 && k != kind {
			return "", nil
		}
		kind, resources = k, append(resources, r.Resource)
	}
	return kind, resources
}

// together makes one group of events that each left the same, where there are enough.
func together(groups [][]ledger.Record) (out [][]ledger.Record) {
	count := map[string]int{}
	of := func(g []ledger.Record) string {
		if len(g) != 1 {
			return ""
		}
		return alike(g[0])
	}
	for _, g := range groups {
		count[of(g)]++
	}
	at := map[string]int{}
	for _, g := range groups {
		kind := of(g)
		if kind == "" || count[kind] < enough {
			out = append(out, g)
			continue
		}
		i, seen := at[kind]
		if !seen {
			i = len(out)
			at[kind], out = i, append(out, nil)
		}
		out[i] = append(out[i], g...)
	}
	return out
}

// repeated is the message about the same, fixed on several resources.
func repeated(m Message) text {
	first := m.Records[0]
	times := fmt.Sprintf("%d times", len(m.Records))
	t := text{title: headline(m.grade(), "Fixed "+times, m.Records), Body: Body{
		Head: []Block{
			heading(strings.ToUpper(m.grade()) + ": " + times + ": " + what(first)),
			vital(say("Fixed.", "Each time "+did(first)+". The last looks found nothing wrong.")),
			who(first),
		},
		End: func(left int) []Block { return rest(left, m.Records, len(m.Records)) },
	}}
	t.Head = append(t.Head, beforeUndo(m.Records...)...)
	for _, r := range m.Records {
		line := item("Fixed:", where(r)+"; at "+utc(cmp.Or(r.EventTime, r.Time))+"; audit record "+Clean(r.ID, maxName))
		t.Items = append(t.Items, append([]Block{line}, undo(r)...))
	}
	if advice := Advise(first.Advice, MostAdvice); advice != "" {
		t.Head = append(t.Head, say("What to do:", advice))
	}
	return t
}

// list is the first few of some names, each once, and how many more there are.
func list(names []string, most int) string {
	var known []string
	for _, n := range names {
		if n != "" && !slices.Contains(known, n) {
			known = append(known, n)
		}
	}
	if more := len(known) - most; more > 0 {
		return strings.Join(known[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(known, ", ")
}
