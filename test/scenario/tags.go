package scenario

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// exemptByTag: a tag on each resource with a finding that can carry tags exempts it. It
// does not, where a finding comes without the resource's Tags.
func exemptByTag(t *testing.T, p *practice.Practice, s scenario) {
	state, tagged := tagged(t, s.before, s.wrong, practice.ExemptionTag(p.ID), "2199-12-31 for a test")
	if len(tagged) == 0 {
		return // a setting or a trail has no tags
	}
	s.before = state
	w := begin(t, p, s, practice.Enforce)
	if w.settings.IgnoreTags {
		return
	}
	if _, err := w.deliver(t.Context(), s.event, 0); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.records() {
		// What only an event shows is what somebody did, and he may have chosen the tags of what he made.
		if tagged[r.Resource] && r.Outcome != practice.Exempt && !r.Momentary {
			t.Errorf("%s is exempt by a tag, and ends as %q (%s): does the finding have the resource's Tags?", r.Resource, r.Outcome, r.Finding)
		}
	}
}

// tagged puts a tag on resources of a state, as far as the local cloud knows tags on such
// a thing, and says which have it.
func tagged(t *testing.T, state []byte, ids map[string]bool, key, value string) ([]byte, map[string]bool) {
	have := map[string]bool{}
	for id := range ids {
		var document any
		if err := yaml.Unmarshal(state, &document); err != nil {
			t.Fatal(err)
		}
		if !tag(document, id, key, value) {
			continue
		}
		text, err := yaml.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		c := start(t, true)
		if err := c.Load(text); err == nil {
			state, have[id] = text, true
		}
		c.Close()
	}
	return bytes.Clone(state), have
}

// tag puts a tag on what has an id, wherever it stands.
func tag(node any, id, key, value string) (found bool) {
	switch node := node.(type) {
	case map[string]any:
		if node["id"] == id {
			tags, _ := node["tags"].(map[string]any)
			if tags == nil {
				tags = map[string]any{}
			}
			tags[key] = value
			node["tags"] = tags
			return true
		}
		for _, child := range node {
			found = tag(child, id, key, value) || found
		}
	case []any:
		for _, child := range node {
			found = tag(child, id, key, value) || found
		}
	}
	return found
}

// kinds are the types of what is wrong in a scenario: each has its tags read in its own way.
func kinds(s scenario) string { return s.kinds }

func byTag(p *practice.Practice, s scenario) bool {
	set, err := settings.Parse("settings.yaml", s.settings, append([]*practice.Practice{p}, s.peers...)...)
	return err == nil && !set.IgnoreTags && len(s.wrong) > 0 && notExempt(p, s)
}
