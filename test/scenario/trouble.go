package scenario

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Trouble is what came of a scenario in a troubled cloud.
type Trouble struct {
	Err      error
	Outcomes []practice.Outcome
	Calls    []string // changing calls that were accepted, in order
	Records  []ledger.Record
	Alert    string // what the people on call get
	Changed  bool   // the state is not as before
	AsWanted bool   // the state is what the scenario asks for
}

// In delivers the event of a scenario of testdata in a cloud that trouble has been
// made in: a fault that no author of a scenario can write down, or a full group.
func In(t *testing.T, p *practice.Practice, scenario string, trouble func(*cloud.Cloud)) Trouble {
	t.Helper()
	s, err := load(filepath.Join("testdata", scenario+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	w := begin(t, p, s, practice.Enforce)
	before, want := w.state(), s.before
	if s.after != nil {
		want = s.after
	}
	trouble(w.cloud)
	var came Trouble
	came.Outcomes, came.Err = w.deliver(t.Context(), s.event, 0)
	came.Calls, came.Records = w.changes(), w.records()
	for _, m := range message.Compose(came.Records) {
		came.Alert += strings.Join([]string{m.Title, channel.Full.Render(m, channel.Markdown), ""}, "\n")
	}
	came.Changed, came.AsWanted = w.state() != before, w.state() == expected(t, want, w.before)
	return came
}
