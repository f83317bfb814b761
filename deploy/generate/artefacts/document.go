package artefacts

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed practices.md.tmpl
var documentText string

type documentData struct {
	Built, Retired []*practice.Practice // built: worst first
	Planned        catalogue.Catalogue
	Total          int // rows of the guide
	BuiltOfGuide   int
}

// document is docs/practices.md: what is built in full, what is planned by row.
func document(all []*practice.Practice, table catalogue.Catalogue) string {
	var data documentData
	there := map[string]bool{}
	for _, p := range all {
		there[p.ID] = true
		if p.Retired != "" {
			data.Retired = append(data.Retired, p)
		} else {
			data.Built = append(data.Built, p)
		}
	}
	slices.SortStableFunc(data.Built, func(a, b *practice.Practice) int { return a.Severity.Rank() - b.Severity.Rank() })
	for _, section := range table {
		planned := catalogue.Section{Title: section.Title, Guide: section.Guide}
		for _, e := range section.Practices {
			data.Total++
			if there[e.ID] {
				data.BuiltOfGuide++
				continue
			}
			planned.Practices = append(planned.Practices, e)
		}
		if len(planned.Practices) > 0 {
			data.Planned = append(data.Planned, planned)
		}
	}
	t := template.Must(template.New("practices.md").Funcs(template.FuncMap{
		"cell": cell, "codes": codes, "does": does, "starts": starts, "looks": looks, "sweep": sweep,
		"join": strings.Join, "classes": func(c catalogue.Class) string { return catalogue.Classes[c] },
		"undo": undo, "upper": upper,
	}).Parse(documentText))
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		panic(err) // the data is ours
	}
	return b.String()
}

// cell keeps text from ending a table's cell.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}

func codes(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "`"+w+"`")
	}
	return strings.Join(quoted, ", ")
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// does says in a few words whether the practice changes anything.
func does(p *practice.Practice) string {
	switch {
	case len(p.Writes) == 0:
		return "tells"
	case p.Disruptive != "":
		return "puts right, by name only"
	}
	return "puts right"
}

// starts says what happens before anybody has chosen a mode.
func starts(p *practice.Practice) string {
	switch {
	case len(p.Writes) == 0:
		return "It only tells, in every mode."
	case p.Disruptive != "":
		return "observe, and the mode set for all practices does not change that: name the practice itself, because " + p.Disruptive + "."
	}
	return "observe, until the mode is set for all practices or for this one."
}

func undo(p *practice.Practice) string {
	if text := p.Section("Undo"); text != "" {
		return text
	}
	if len(p.Writes) == 0 {
		return "There is nothing to undo."
	}
	return "The audit record of a change holds the calls that take it back in its field `undo`. Where there is no way back, the field `why` says so."
}

// looks names the events, those of one service together.
func looks(p *practice.Practice) []string {
	var services []string
	names := map[string][]string{}
	for _, t := range p.Triggers {
		service := t.Service
		if isConfig(t) {
			service = "Cloud Config rule"
			if strings.HasPrefix(t.Name, "ACS::") {
				service = "Cloud Config, a change of"
			}
		}
		if !slices.Contains(services, service) {
			services = append(services, service)
		}
		if !slices.Contains(names[service], t.Name) { // it may look in several places of one event
			names[service] = append(names[service], t.Name)
		}
	}
	var lines []string
	for _, service := range services {
		lines = append(lines, service+" "+codes(names[service]))
	}
	return lines
}

func sweep(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d == 24*time.Hour:
		return "every day"
	case d == time.Hour:
		return "every hour"
	case d%time.Hour == 0:
		return fmt.Sprintf("every %d hours", d/time.Hour)
	}
	return fmt.Sprintf("every %d minutes", d/time.Minute)
}
