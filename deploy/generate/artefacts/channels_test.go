package artefacts

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
)

// What a channel declares is all that is written of it: in the docs and in s.yaml.
func TestChannelsAreDescribed(t *testing.T) {
	some := []*channel.Declaration{{
		Name: "some", Title: "Some", Doc: "A chat.", Limits: channel.Limits{Bytes: 900, Lines: 30},
		Settings: []channel.Setting{{Name: "ECSGUARD_SOME_URL", Doc: "here|there", Secret: true}, {Name: "ECSGUARD_SOME_AT", Doc: "who"}},
	}}
	text := channelsDocument(some)
	for _, want := range []string{"\n## some\n\nA chat.\n", "| `ECSGUARD_SOME_URL` | here\\|there (secret) |\n| `ECSGUARD_SOME_AT` | who |\n", "up to 900 bytes and 30 lines of a message, with each command as a paragraph and no links."} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	lines := variables(some)
	if len(lines) != 2 || lines[0] != "ECSGUARD_SOME_URL           for Some: here|there" || lines[1] != "ECSGUARD_SOME_AT            who" {
		t.Errorf("s.yaml says %q", lines)
	}
}
