package artefacts

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// pattern is the event pattern of triage's one rule.
type pattern struct {
	Source []any `json:"source"`
	Type   []any `json:"type"`
}

type suffix struct {
	Suffix string `json:"suffix"`
}

type prefix struct {
	Prefix string `json:"prefix"`
}

// expressions is how many EventBridge takes for one field.
const expressions = 5

// newPattern lets through what any practice asks for, by source and kind of event.
// Names of operations are left to triage: there are far more than expressions.
func newPattern(practices []*practice.Practice) pattern {
	var names []string
	var calls, configured, all bool
	for _, p := range practices {
		for _, t := range p.Triggers {
			names, all = append(names, sources(p, t)...), all || t.Service == practice.Every
			if isConfig(t) {
				configured = true
			} else {
				calls = true
			}
		}
	}
	var made pattern
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 || len(names) > expressions || all {
		made.Source = []any{prefix{"acs."}}
	} else {
		for _, name := range names {
			made.Source = append(made.Source, name)
		}
	}
	if calls || !configured {
		// All three: a console may be built without the API and is then no ApiCall,
		// and what the platform does by itself changes state too.
		made.Type = append(made.Type, suffix{":ActionTrail:ApiCall"}, suffix{":ActionTrail:ConsoleOperation"}, suffix{":ActionTrail:AliyunServiceEvent"})
	}
	if configured {
		made.Type = append(made.Type, suffix{":ConfigurationItemChangeNotification"}, suffix{":NonCompliantNotification"})
	}
	return made
}

func isConfig(t practice.Trigger) bool { return strings.EqualFold(t.Service, "config") }

// sources are where a trigger's events may come from. ActionTrail's records come
// under their service's name and may come under its own. Changes that Cloud Config
// saw come under the resource's service, results of its rules under its own; which
// of the two is not documented for all, so both are let in.
func sources(p *practice.Practice, t practice.Trigger) []string {
	if !isConfig(t) {
		return []string{"acs." + strings.ToLower(t.Service), "acs.actiontrail"}
	}
	names := []string{"acs.config"}
	resource := t.Name
	if !strings.HasPrefix(resource, "ACS::") {
		resource = p.Resource // the name is a rule's
	}
	if parts := strings.Split(resource, "::"); len(parts) == 3 && parts[1] != "" {
		names = append(names, "acs."+strings.ToLower(parts[1]))
	}
	return names
}

func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps, slices and strings always encode
	}
	return string(text)
}

// indented writes JSON for people: without escapes for <, > and &.
func indented(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err) // maps, slices and strings always encode
	}
	return b.String()
}
