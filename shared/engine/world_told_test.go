package engine_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/ledger"
)

// changes are the writes that the practice's role has made, by the rule or port that
// they name.
func (w *world) changes() (made []string) {
	for _, c := range w.cloud.Calls() {
		if c.Principal.Type == "assumed-role" && c.Write && c.Code == "" && strings.HasPrefix(c.Action, "ecs:") {
			made = append(made, strings.TrimPrefix(c.Action, "ecs:")+" "+c.Params["SecurityGroupRuleId.1"]+c.Params["Permissions.1.PortRange"]+c.Params["SecurityGroupName"])
		}
	}
	return made
}

// ports are those that a group has open, as the cloud's state says.
func (w *world) ports() string {
	w.Helper()
	dump, err := w.cloud.Dump()
	if err != nil {
		w.Fatal(err)
	}
	var open []string
	for line := range strings.Lines(string(dump)) {
		if _, p, found := strings.Cut(line, "ports: "); found {
			open = append(open, strings.TrimSpace(p))
		}
	}
	slices.Sort(open)
	return strings.Join(open, " ")
}

func (w *world) records() (records []ledger.Record) {
	w.Helper()
	for _, line := range w.cloud.Logs(project, "audit") {
		r, err := ledger.Parse(line)
		if err != nil {
			w.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

func (w *world) of(kind ledger.Kind) []ledger.Record {
	w.Helper()
	return slices.DeleteFunc(w.records(), func(r ledger.Record) bool { return r.Kind != kind })
}

// said is the audit log in short.
func (w *world) said() string {
	w.Helper()
	var b strings.Builder
	for _, r := range w.records() {
		fmt.Fprintf(&b, "%s %s\n", r.Kind, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Key, r.Outcome, r.Reason)))
	}
	return b.String()
}

// tells wants the audit log to be these lines, each a beginning: "intent 22", "result
// 22 fixed".
func (w *world) tells(want ...string) {
	w.Helper()
	got := strings.Split(strings.TrimSuffix(w.said(), "\n"), "\n")
	if len(w.said()) == 0 {
		got = nil
	}
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		w.Errorf("the audit log says\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// result is the last result of a key.
func (w *world) result(key string) ledger.Record {
	w.Helper()
	var last ledger.Record
	for _, r := range w.of(ledger.Result) {
		if r.Key == key {
			last = r
		}
	}
	if last.ID == "" {
		w.Fatalf("no result for %s:\n%s", key, w.said())
	}
	return last
}
