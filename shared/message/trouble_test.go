package message

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Names in it come from the cloud, where anyone may have written them, and its commands are
// there to be pasted.
func TestTroublesAreSafeToRead(t *testing.T) {
	now := time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)
	evil := Trouble{
		What: "there is a role ecsguard-[click](https://evil.example)\n# all is well, @all", Since: now.Add(-time.Hour), Means: "it may be taken for ours", Mend: "look who made it",
		Commands: []string{"aliyun ram GetRole --RoleName 'x\n```\nrm -rf'"},
	}
	m := Troubles("ecsguard-notify", []Trouble{evil}, []string{"a"}, now)
	for _, bad := range []string{"](https://", "\n# all", "@all", "'x\n", "```\nrm"} {
		if strings.Contains(m.Markdown, bad) {
			t.Errorf("it has %q:\n%s", bad, m.Markdown)
		}
	}
	for _, word := range []string{"### HIGH: ecsguard is not well: There is a role", "**Since:** at least 2026-11-29 02:00:00 UTC", "**What that means:** It may be", "**What to do:** Look who", "aliyun ram GetRole"} {
		if !strings.Contains(m.Markdown, word) {
			t.Errorf("it lacks %q:\n%s", word, m.Markdown)
		}
	}
	if !strings.HasPrefix(m.Title, "[high] ecsguard is not well: there is a role") || strings.Contains(m.Title, "\n") {
		t.Errorf("its title: %q", m.Title)
	}
}

// However much is broken, it is one message that a robot takes.
func TestManyTroublesAreOneMessage(t *testing.T) {
	var many []Trouble
	var ids []string
	for n := range 120 {
		many = append(many, Trouble{What: fmt.Sprintf("the function practice-%d is missing in cn-hangzhou", n), Means: strings.Repeat("nothing is looked at ", 10), Mend: "deploy it again", Commands: []string{"s practice deploy"}})
		ids = append(ids, fmt.Sprint(n))
	}
	m := Troubles("ecsguard-notify", many, ids, time.Now())
	if size(m.Markdown) > maxMarkdown || !strings.Contains(m.Markdown, "more faults not shown") || !strings.HasSuffix(m.Title, "(and 119 more)") {
		t.Errorf("%d bytes, titled %q:\n%s", size(m.Markdown), m.Title, m.Markdown[len(m.Markdown)-300:])
	}
	if one := Troubles("ecsguard-notify", many[:1], ids[:1], time.Now()); one.ID == m.ID {
		t.Error("two messages have one identity")
	}
}
