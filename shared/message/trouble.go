package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// A Trouble is a part of ecsguard that is not as it was deployed, or not working. It is
// reported without the audit log, which may itself be that part.
type Trouble struct {
	What     string    // what is broken, in a sentence
	Since    time.Time // zero: not known
	Means    string    // what is not looked at, or not told
	Mend     string    // what a person should do, in a sentence
	Commands []string  // exactly what to run
}

// Troubles is the message about parts that do not work, the worst first. Its ID is made from
// theirs, so that a receiver can recognise a second delivery.
func Troubles(from string, troubles []Trouble, ids []string, now time.Time) Message {
	first := sentenceCase(Clean(troubles[0].What, maxSentence))
	more := ""
	if n := len(troubles) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	t := text{title: title(practice.High, "ecsguard is not healthy: %s", Clean(troubles[0].What, maxName)) + more, Body: Body{
		Head: []Block{heading("HIGH: ecsguard is not healthy" + more)},
		End: func(left int) []Block {
			var blocks []Block
			if left > 0 {
				blocks = append(blocks, vital(say("Not all.", fmt.Sprintf("%s not shown; whatever is still broken is repeated in a day.", Plural(left, "more fault")))))
			}
			return append(blocks, minor(say("Found by:", Clean(from, maxName)+", at "+utc(now)+". It is repeated once a day while it lasts.")))
		},
	}}
	if len(troubles) == 1 {
		t.Head = []Block{heading("HIGH: ecsguard is not healthy: " + first)}
	}
	for _, trouble := range troubles {
		t.Items = append(t.Items, trouble.blocks(len(troubles) > 1))
	}
	m := Message{ID: hash("trouble", from, strings.Join(ids, "\x00")), Severity: practice.High}
	t.into(&m)
	return m
}

func (t Trouble) blocks(named bool) []Block {
	var blocks []Block
	if named {
		blocks = append(blocks, heading(sentenceCase(Clean(t.What, maxSentence))))
	}
	if !t.Since.IsZero() {
		blocks = append(blocks, say("Since:", "at least "+utc(t.Since)))
	}
	var lines []string
	for _, c := range t.Commands {
		lines = append(lines, inert(c))
	}
	return append(blocks, say("Impact:", sentenceCase(Clean(t.Means, MostAdvice))), run("What to do:", sentenceCase(Clean(t.Mend, MostAdvice)), lines...))
}
