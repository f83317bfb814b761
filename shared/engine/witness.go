package engine

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// unseen says what the event did and what was read does not show yet; empty: nothing that
// is known of.
func (m *memo) unseen(pass *practice.Pass, t practice.Trigger) string {
	if said := pass.Lacks(); said != "" || t.Witness == "" || !pass.Fresh() || !pass.Event.Succeeded() {
		return said
	}
	for _, value := range pass.Event.Find(t.Witness) {
		if value != "" && !m.shows(value) {
			return fmt.Sprintf("%s does not show %q, which %s has said", pass.Resource, value, pass.Event.Name)
		}
	}
	return ""
}

// shows tells whether a value is among what was read, in whatever case.
func (m *memo) shows(value string) bool {
	m.mu.Lock()
	answers := slices.Collect(maps.Values(m.answers))
	m.mu.Unlock()
	want := bytes.ToLower(fmt.Appendf(nil, "%q", value))
	return slices.ContainsFunc(answers, func(a *answer) bool {
		select {
		case a.turn <- struct{}{}:
			defer a.unlock()
			return bytes.Contains(bytes.ToLower(a.body), want)
		default: // still being read, by one that the check did not wait for
			return false
		}
	})
}
