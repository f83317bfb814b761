package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A scenario is one file of testdata.
type scenario struct {
	name     string
	says     string // the sentence before the first section
	event    []byte
	sample   string             // which event this was made of
	settings []byte             // of the operator; empty: enforce
	before   []byte             // the cloud's state
	after    []byte             // nil: as before
	undone   []byte             // after the undo, where that is not quite as before; nil: as before
	outcomes []practice.Outcome // in any order
	calls    []string           // changing calls, in order
	alert    []string           // each stands in the messages; empty: no message; nil: any
	peers    []*practice.Practice
	used     []string        // actions that the practice uses in it, once it has been run
	wrong    map[string]bool // ids of what something is wrong with, once it has been run
	kinds    string          // and the types of these
	wire     bool            // over sockets, TLS and the proxy, as where it is deployed
	refused  []cloud.Fault   // each strikes once
	unneeded []string        // actions whose answer makes no difference: nothing comes of their refusal
	plan     []string        // the calls that are shown beforehand, where those after them depend on what these answer
	busy     time.Duration   // how long everything goes on being changed, and what is changed then
	rounds   int             // of check and apply that it takes, once it has been run
	records  []string        // "kind outcome field=value": each matches a record, in order; empty: no record; nil: any
}

// sections are those that a file may have; the first four it must.
var sections = []string{"event", "before.yaml", "outcome", "calls", "after.yaml", "alert", "records", "settings.yaml", "undone.yaml", "refused", "unneeded", "busy", "via", "plan"}

// days stand in a scenario for a day that is so many days from now.
var days = regexp.MustCompile(`\{today\+[0-9]+\}`)

func load(path string) (scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return scenario{}, err
	}
	archive := txtar.Parse(days.ReplaceAllFunc(text, func(word []byte) []byte {
		var n int
		_, _ = fmt.Sscanf(string(word), "{today+%d}", &n)
		return []byte(time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly))
	}))
	s := scenario{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), says: strings.TrimSpace(string(archive.Comment))}
	if s.says == "" || strings.Contains(s.says, "TODO") {
		return s, fmt.Errorf("%s: begin with a sentence that says what happens and what must come of it", path)
	}
	found := map[string][]byte{}
	for _, f := range archive.Files {
		if _, twice := found[f.Name]; twice || !contains(sections, f.Name) {
			return s, fmt.Errorf("%s: section %q is unknown or there twice; sections are %s", path, f.Name, strings.Join(sections, ", "))
		}
		found[f.Name] = f.Data
	}
	for _, name := range sections[:4] {
		if _, ok := found[name]; !ok {
			return s, fmt.Errorf("%s: section %q is missing; it has to be there, and may be empty where there is nothing to say", path, name)
		}
	}
	s.before, s.after, s.undone, s.settings = found["before.yaml"], found["after.yaml"], found["undone.yaml"], found["settings.yaml"]
	for _, call := range lines(found["calls"]) {
		s.calls = append(s.calls, alike(call, string(s.before)))
	}
	s.alert, s.records = asked(found, "alert"), asked(found, "records")
	for _, word := range lines(found["outcome"]) {
		if !contains(practice.Outcomes, practice.Outcome(word)) {
			return s, fmt.Errorf("%s: outcome %q is none of %v; docs/adding-a-practice.md says what each means", path, word, practice.Outcomes)
		}
		s.outcomes = append(s.outcomes, practice.Outcome(word))
	}
	for _, line := range lines(found["refused"]) {
		action, code, ok := strings.Cut(line, " ")
		if !ok {
			return s, fmt.Errorf("%s: %q: a line of refused is: vpc:DeleteForwardEntry IncorrectStatus.NATGW", path, line)
		}
		fault := cloud.Fault{Action: action, Code: code, Times: 1}
		if code == "LostAnswer" { // it is done, and nobody hears of it
			fault.Code, fault.LoseResponse = "", true
		}
		s.refused = append(s.refused, fault)
	}
	s.unneeded = lines(found["unneeded"])
	if s.plan = lines(found["plan"]); len(s.plan) > len(s.calls) || !slices.Equal(s.plan, s.calls[:len(s.plan)]) {
		return s, fmt.Errorf("%s: plan is how calls begins", path)
	}
	if text := lines(found["busy"]); len(text) > 0 {
		if s.busy, err = time.ParseDuration(text[0]); err != nil {
			return s, fmt.Errorf("%s: busy is a time, such as 20ms: %w", path, err)
		}
	}
	steps := lines(found["event"])
	if s.event, err = build(steps); err != nil {
		return s, fmt.Errorf("%s: event: %w", path, err)
	}
	s.sample = steps[0]
	if s.event, err = via(s.event, s.sample, lines(found["via"])); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// telling tells whether something is wrong in the scenario.
func (s scenario) telling() bool {
	return slices.ContainsFunc(s.outcomes, func(o practice.Outcome) bool { return o != practice.Good && o != practice.Ignored })
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// lines are the lines of a section without empty ones and comments.
func lines(text []byte) (out []string) {
	scan := bufio.NewScanner(bytes.NewReader(text))
	for scan.Scan() {
		if line := strings.TrimSpace(scan.Text()); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// asked are the lines of a section that need not be there. One that is there and empty
// asks for none; nil: nothing is asked.
func asked(sections map[string][]byte, name string) []string {
	text, ok := sections[name]
	if !ok {
		return nil
	}
	return append([]string{}, lines(text)...)
}

// build makes an event: a sample, then edits.
//
//	sample actiontrail/stop-logging
//	/data/requestParameters/Name = "main"
//	/data/eventTime = now
//	- /data/responseElements
func build(steps []string) ([]byte, error) {
	if len(steps) == 0 {
		return nil, fmt.Errorf("is empty; it begins with: sample SOURCE/NAME")
	}
	name, ok := strings.CutPrefix(steps[0], "sample ")
	if !ok {
		return nil, fmt.Errorf("%q: the first line is: sample SOURCE/NAME", steps[0])
	}
	text, err := os.ReadFile(filepath.Join(root(), "events", "samples", strings.TrimSpace(name)+".json"))
	if err != nil {
		return nil, err
	}
	var event any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // account ids do not fit into a float
	if err := decoder.Decode(&event); err != nil {
		return nil, fmt.Errorf("sample %s: %w", name, err)
	}
	for _, step := range steps[1:] {
		if err := edit(event, step); err != nil {
			return nil, fmt.Errorf("%q: %w", step, err)
		}
	}
	return json.Marshal(event)
}

// edit sets or removes one field. A path's steps are parted by slashes, since names
// have dots.
func edit(event any, step string) error {
	path, value, set := strings.Cut(step, " = ")
	if !set {
		path, set = strings.CutPrefix(step, "- ")
		if !set {
			return fmt.Errorf("an edit is: /path = JSON, or: - /path")
		}
		set = false
	}
	names := strings.Split(strings.TrimPrefix(strings.TrimSpace(path), "/"), "/")
	object, ok := event.(map[string]any)
	for _, name := range names[:len(names)-1] {
		if ok && object[name] == nil {
			object[name] = map[string]any{}
		}
		object, ok = object[name].(map[string]any)
		if !ok {
			return fmt.Errorf("%s is not an object", name)
		}
	}
	if !ok {
		return fmt.Errorf("the sample is not an object")
	}
	last := names[len(names)-1]
	if !set {
		delete(object, last)
		return nil
	}
	if value == "now" {
		object[last] = time.Now().UTC().Format(time.RFC3339)
		return nil
	}
	var parsed any
	if err := json.Unmarshal([]byte(value), &parsed); err != nil {
		return fmt.Errorf("the value is not JSON: %w", err)
	}
	object[last] = parsed
	return nil
}

// root is the project's folder. It is looked for, since a program that was built with -trimpath
// does not know where its source is.
var root = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err) // every test is run in its folder
	}
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			panic("no go.mod above " + dir)
		}
	}
})
