package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
)

// Names in it come from the cloud, where anyone may have written them, and its commands are
// there to be pasted.
func TestTroublesAreSafeToRead(t *testing.T) {
	now := time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)
	evil := message.Trouble{
		What: "there is a role ecsguard-[click](https://evil.example)\n# all is well, @all", Since: now.Add(-time.Hour), Means: "it may be taken for ours", Mend: "look who made it",
		Commands: []string{"aliyun ram GetRole --RoleName 'x\n```\nrm -rf'"},
	}
	m := message.Troubles("ecsguard-notify", []message.Trouble{evil}, []string{"a"}, now)
	for _, bad := range []string{"](https://", "\n# all", "@all", "'x\n", "```\nrm"} {
		if strings.Contains(md(m), bad) {
			t.Errorf("it has %q:\n%s", bad, md(m))
		}
	}
	for _, word := range []string{"### HIGH: ecsguard is not healthy: There is a role", "**Since:** at least 2026-11-29 02:00:00 UTC", "**Impact:** It may be", "**What to do:** Look who", "aliyun ram GetRole"} {
		if !strings.Contains(md(m), word) {
			t.Errorf("it lacks %q:\n%s", word, md(m))
		}
	}
	if !strings.HasPrefix(m.Title, "[high] ecsguard is not healthy: there is a role") || strings.Contains(m.Title, "\n") {
		t.Errorf("its title: %q", m.Title)
	}
}

// However much is broken, it is one message that a robot takes.
func TestManyTroublesAreOneMessage(t *testing.T) {
	var many []message.Trouble
	var ids []string
	for n := range 120 {
		many = append(many, message.Trouble{What: fmt.Sprintf("the function practice-%d is missing in cn-hangzhou", n), Means: strings.Repeat("nothing is looked at ", 10), Mend: "deploy it again", Commands: []string{"s practice deploy"}})
		ids = append(ids, fmt.Sprint(n))
	}
	m := message.Troubles("ecsguard-notify", many, ids, time.Now())
	if channel.Size(md(m)) > channel.Full.Bytes || !strings.Contains(md(m), "more faults not shown") || !strings.HasSuffix(m.Title, "(and 119 more)") {
		t.Errorf("%d bytes, titled %q:\n%s", channel.Size(md(m)), m.Title, md(m)[len(md(m))-300:])
	}
	if one := message.Troubles("ecsguard-notify", many[:1], ids[:1], time.Now()); one.ID == m.ID {
		t.Error("two messages have one identity")
	}
}
