package scenario

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A Step is one thing that happens after another: the account's owner makes calls, then
// an event comes.
type Step struct {
	Deny  string // an action that the practice's role may not call any more
	Calls []ours.Call
	Event string // as in a scenario; empty: none comes
}

// Told is what a step led to.
type Told struct {
	Outcomes []practice.Outcome
	Alert    string   // what the people on call get by this step; empty: nothing
	Calls    []string // changing calls of the practice's, in order
}

// Sequence lets one thing happen after the other in one cloud, which begins in a state.
func Sequence(t *testing.T, p *practice.Practice, mode practice.Mode, before string, steps ...Step) (all []Told) {
	t.Helper()
	return SequenceWith(t, p, mode, "", before, steps...)
}

// SequenceWith is Sequence with an operator's settings.
func SequenceWith(t *testing.T, p *practice.Practice, mode practice.Mode, settings, before string, steps ...Step) (all []Told) {
	t.Helper()
	w := begin(t, p, scenario{before: []byte(before), settings: []byte(settings)}, mode)
	for _, s := range steps {
		if s.Deny != "" {
			w.role = w.cloud.AddRole("ecsguard-"+p.ID+"-less", parse(t, trust), parse(t, fmt.Sprintf(
				`{"Version":"1","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]},{"Effect":"Deny","Action":[%q],"Resource":["*"]}]}`, s.Deny)))
		}
		for _, c := range s.Calls {
			if err := w.root().Do(t.Context(), c, nil); err != nil {
				t.Fatal(err)
			}
		}
		var told Told
		if s.Event != "" {
			event, err := build(lines([]byte(s.Event)))
			if err != nil {
				t.Fatal(err)
			}
			written, changed := len(w.records()), len(w.changes())
			if told.Outcomes, err = w.deliver(t.Context(), event, 0); err != nil {
				t.Fatal(err)
			}
			told.Calls = w.changes()[changed:]
			for _, m := range message.Compose(w.records()[written:]) {
				told.Alert += strings.Join([]string{m.Title, channel.Full.Render(m, channel.Markdown), ""}, "\n")
			}
		}
		all = append(all, told)
	}
	return all
}
