// Package scenario runs a practice's scenarios against the local cloud, and from
// each of them what every practice must withstand: a second delivery, a missing
// resource, throttling, refusal, a deadline, a kill, an exemption, its own change,
// an undo. In the end the actions that were used must be those that the practice
// declares: least privilege is a test result.
package scenario

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Run runs every scenario in testdata. The others of the practice's family are asked
// as they are where it is deployed; they observe, unless a scenario's settings say
// otherwise.
func Run(t *testing.T, p *practice.Practice, peers ...*practice.Practice) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatalf("the practice is not finished:\n%v", err)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata holds no scenario (*.txtar): a practice is what its scenarios show (%v)", err)
	}
	used, done, cases := map[string]bool{}, 0, ran{}
	refusals := &refusals{refused: map[string]bool{}, quiet: map[string]scenario{}}
	for i, file := range files {
		s, err := load(file)
		s.peers = peers
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			done++
			first := s
			first.wire = i == 0 // once as where it is deployed; what comes after is the same and costs less
			came := enforce(t, p, first)
			s.used, s.wrong, s.kinds, s.rounds = came.used(), came.wrong(), came.kinds(), came.rounds()
			for _, action := range s.used {
				used[action] = true
			}
			if len(peers) > 0 { // what only the others need may be refused, and changes nothing
				alone := s
				alone.peers = nil
				own := actions(t, p, alone)
				s.used = slices.DeleteFunc(s.used, func(a string) bool { return !slices.Contains(own, a) })
			}
			derive(t, p, s, cases)
			refusals.derive(t, p, s)
		})
	}
	t.Run("names", func(t *testing.T) {
		for _, fault := range Misnamed(t, p) {
			t.Error(fault)
		}
	})
	t.Run("new", func(t *testing.T) { newTriggers(t, p) })
	t.Run("rest", func(t *testing.T) { refusals.rest(t, p) })
	sweep(t, p, peers, files, used)
	t.Run("wrong settings", func(t *testing.T) { wrongSettings(t, p) })
	if !t.Failed() && done == len(files) { // with -run TestPractice/01 the others have used nothing
		leastPrivilege(t, p, used, refusals.refused)
	}
}

// actions are those that the practice uses in a scenario.
func actions(t *testing.T, p *practice.Practice, s scenario) []string {
	w := begin(t, p, s, practice.Enforce)
	if _, err := w.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	return w.used()
}

// enforce runs the scenario itself.
func enforce(t *testing.T, p *practice.Practice, s scenario) *world {
	start := time.Now()
	w := begin(t, p, s, practice.Enforce)
	outcomes, err := w.deliver(t.Context(), s.event, 0)
	if err != nil {
		t.Fatalf("%s\n%v", s.says, err)
	}
	if s.busy > 0 {
		waited(t, w, start.Add(s.busy))
	}
	if got := w.changes(); !slices.Equal(got, s.calls) {
		t.Errorf("%s\nchanging calls:\n%s\nwant:\n%s", s.says, list(got), list(s.calls))
	}
	sameEnd(t, w, s, outcomes)
	for _, fault := range slices.Concat(matchRecords(w.records(), s.records), matchAlert(w.records(), s.alert)) {
		t.Errorf("%s\n%s", s.says, fault)
	}
	w.keyed()
	w.advised()
	return w
}

// keyed: every finding has a key, by which a second delivery knows it again.
func (w *world) keyed() {
	w.t.Helper()
	for _, r := range w.records() {
		if r.Key == "" {
			w.t.Errorf("the finding %q on %s has no Key", r.Finding, r.Resource)
		}
	}
}

// advised: a command in advice is shown whole, and as it is. What is too long, or has others' words in it, goes into Paste.
func (w *world) advised() {
	w.t.Helper()
	for _, r := range w.records() {
		_, commands, found := strings.Cut(r.Advice, "aliyun ")
		if shown := message.Advise(r.Advice, message.MostAdvice); found && !strings.HasSuffix(shown, "aliyun "+commands) {
			w.t.Errorf("the advice is not shown as it was written:\n%s\n%s", r.Advice, shown)
		}
	}
}

// waited: nothing was judged, and no change was tried, before everything was ready.
func waited(t *testing.T, w *world, ready time.Time) {
	t.Helper()
	calls := w.called()
	if len(calls) == 0 || calls[len(calls)-1].Time.Before(ready) {
		t.Error("it judged what was still being changed")
	}
	for _, c := range calls {
		if c.Write && c.Code != "" {
			t.Errorf("%s was refused (%s): it was called too early", c.Action, c.Code)
		}
	}
}

// sameEnd compares outcomes, if given, and the state with what the scenario says.
func sameEnd(t *testing.T, w *world, s scenario, outcomes []practice.Outcome) {
	t.Helper()
	if outcomes != nil && !slices.Equal(slices.Sorted(slices.Values(outcomes)), slices.Sorted(slices.Values(s.outcomes))) {
		t.Errorf("%s\noutcomes %v, want %v", s.says, outcomes, s.outcomes)
		for _, r := range w.records() {
			t.Logf("%s %s %s: %s %s %s", r.Kind, r.Outcome, r.Resource, r.Finding, r.Reason, r.Error)
		}
	}
	want := s.before
	if s.after != nil {
		want = s.after
	}
	if diff := compare(expected(t, want, w.before), w.state()); diff != "" {
		t.Errorf("%s\nthe state afterwards (- missing, + not expected):\n%s", s.says, diff)
	}
}

// matchRecords compares the records with lines such as: result fixed resource=sg-1. It
// says what differs. Lines that are nil ask for nothing; none ask for no record.
func matchRecords(records []ledger.Record, want []string) (faults []string) {
	if want == nil {
		return nil
	}
	// A pointer says nothing that its intent does not say.
	records = slices.DeleteFunc(slices.Clone(records), func(r ledger.Record) bool { return r.Kind == ledger.Pointer })
	if len(records) != len(want) {
		faults = append(faults, fmt.Sprintf("%d audit records, want %d", len(records), len(want)))
	}
	for i := range min(len(records), len(want)) {
		fields := records[i].Fields()
		words := strings.Fields(want[i])
		if string(records[i].Kind) != words[0] {
			faults = append(faults, fmt.Sprintf("record %d is %s, want %s", i+1, records[i].Kind, want[i]))
		}
		for _, word := range words[1:] {
			name, value, ok := strings.Cut(word, "=")
			if !ok {
				name, value = "outcome", word
			}
			if fields[name] != value {
				faults = append(faults, fmt.Sprintf("record %d: %s is %q, want %q", i+1, name, fields[name], value))
			}
		}
	}
	return faults
}

// matchAlert looks for each line in what the people on call get. Lines that are nil ask
// for nothing; none ask for no message.
func matchAlert(records []ledger.Record, want []string) (faults []string) {
	var text strings.Builder
	for _, m := range message.Compose(records) {
		text.WriteString(m.Title + "\n" + channel.Full.Render(m, channel.Markdown) + "\n")
	}
	if want != nil && len(want) == 0 && text.Len() > 0 {
		faults = append(faults, "an alert where none is due:\n"+text.String())
	}
	for _, line := range want {
		if !strings.Contains(text.String(), line) {
			faults = append(faults, fmt.Sprintf("the alert does not say %q:\n%s", line, text.String()))
		}
	}
	return faults
}

// findings are what the records say is wrong.
func (w *world) findings() (findings []string) {
	for _, r := range w.records() {
		if r.Kind == ledger.Result {
			findings = append(findings, r.Resource+": "+r.Finding)
		}
	}
	return findings
}

// leastPrivilege: what is declared and not used is a permission too many.
func leastPrivilege(t *testing.T, p *practice.Practice, used, refused map[string]bool) {
	declared := slices.Concat(p.Reads, p.Writes)
	// The rules for lock-outs are tried where they are; which of their calls a practice needs
	// depends on who is in the account.
	locks := len(p.Writes) > 0 && !slices.ContainsFunc(identity.Reads, func(a string) bool { return !slices.Contains(p.Reads, a) })
	for _, action := range declared {
		if locks && slices.Contains(identity.Reads, action) {
			continue
		}
		if !used[action] {
			t.Errorf("%s is declared, and no scenario uses it: add a scenario or take it out of Reads and Writes", action)
		}
		if !refused[action] {
			t.Errorf("%s was never refused: nobody knows what comes of that", action)
		}
	}
	for action := range used {
		if !slices.Contains(declared, action) {
			t.Errorf("%s is used and not declared", action)
		}
	}
}

func list(lines []string) string {
	if len(lines) == 0 {
		return "  (none)"
	}
	return "  " + strings.Join(lines, "\n  ")
}

// compare says which lines of two texts differ.
func compare(want, got string) string {
	if want == got {
		return ""
	}
	count := map[string]int{}
	for line := range strings.Lines(want) {
		count[line]++
	}
	for line := range strings.Lines(got) {
		count[line]--
	}
	var diff []string
	for line, n := range count {
		if n > 0 {
			diff = append(diff, "- "+strings.TrimRight(line, "\n"))
		} else if n < 0 {
			diff = append(diff, "+ "+strings.TrimRight(line, "\n"))
		}
	}
	if len(diff) == 0 {
		return fmt.Sprintf("the same lines in another order:\n%s\nwant:\n%s", got, want)
	}
	slices.Sort(diff)
	return strings.Join(diff, "\n")
}
