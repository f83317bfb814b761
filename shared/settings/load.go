package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// The environment's variables.
const (
	EnvFile    = "ECSGUARD_SETTINGS"    // path of the file; default: ecsguard.yaml beside the binary, which may be missing
	EnvMode    = "ECSGUARD_MODE"        // stands in for the file's mode
	EnvProject = "ECSGUARD_LOG_PROJECT" // of the audit log
	EnvStore   = "ECSGUARD_LOG_STORE"   // default: audit
)

// Load reads the environment and the file, whose params are those of the practices.
func Load(getenv func(string) string, all ...*practice.Practice) (Settings, error) {
	s, err := loadFile(getenv(EnvFile), all)
	if err != nil {
		return Settings{}, err
	}
	if s, err = s.InMode(getenv(EnvMode)); err != nil {
		return Settings{}, err
	}
	s.Project, s.Store = getenv(EnvProject), getenv(EnvStore)
	if s.Project == "" {
		return Settings{}, fmt.Errorf("%s is not set: without an audit log nothing is done", EnvProject)
	}
	if s.Store == "" {
		s.Store = "audit"
	}
	return s, nil
}

// InMode is the settings with the mode of the environment in place of the file's, if it has one.
func (s Settings) InMode(mode string) (Settings, error) {
	if mode == "" {
		return s, nil
	}
	s.Mode = practice.Mode(mode)
	if fault := wrongMode(s.Mode); fault != "" {
		return Settings{}, fmt.Errorf("%s: %s", EnvMode, fault)
	}
	return s, nil
}

func loadFile(name string, all []*practice.Practice) (Settings, error) {
	asked := name != ""
	if !asked {
		binary, err := os.Executable()
		if err != nil {
			return Settings{}, fmt.Errorf("finding ecsguard.yaml: %w", err)
		}
		name = filepath.Join(filepath.Dir(binary), "ecsguard.yaml")
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return Settings{}, nil
	}
	if err != nil {
		return Settings{}, fmt.Errorf("reading settings: %w", err)
	}
	return Parse(filepath.Base(name), text, all...)
}

// Parse reads a settings file strictly. Its errors name the line. What the values of params
// are is known of the practices that are given; those of others are words.
func Parse(name string, text []byte, all ...*practice.Practice) (set Settings, err error) {
	defer func() {
		if r := recover(); r != nil { // of the parser
			set, err = Settings{}, fmt.Errorf("%s: this cannot be read as YAML: %v", name, r)
		}
	}()
	if err := readable(text); err != nil {
		return Settings{}, fmt.Errorf("%s: %w", name, err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(bytes.TrimPrefix(text, []byte(mark)), &document); err != nil {
		return Settings{}, fmt.Errorf("%s: %w", name, inWords(err))
	}
	r := reader{set: Settings{file: name}, all: all}
	for _, body := range document.Content { // an empty file has none, and sets nothing
		r.file(body)
	}
	if err := some(r.faults); err != nil {
		return Settings{}, fmt.Errorf("%s: %w", name, err)
	}
	return r.set, nil
}

// inWords is why a text is no YAML, and where.
func inWords(err error) error {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok || e.Mark.Line == 0 {
		return fmt.Errorf("this cannot be read as YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if name, ok := strings.CutPrefix(e.Message, "unknown anchor "); ok {
		return fmt.Errorf("line %d: nothing before it has the name %s", e.Mark.Line, strings.Trim(strings.TrimSuffix(name, " referenced"), "'"))
	}
	begun := ""
	if line := e.ContextMark.Line; line > 0 && line < e.Mark.Line {
		begun = fmt.Sprintf(" (what is not complete begins in line %d)", line)
	}
	return fmt.Errorf("line %d: this cannot be read as YAML: %s%s", e.Mark.Line, e.Message, begun)
}

// maxFaults is how many are told at once: nobody reads ten thousand.
const maxFaults = 20

// some joins what is wrong.
func some(faults []error) error {
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(slices.Clone(faults[:maxFaults]), fmt.Errorf("and %d more like these", more))
	}
	return errors.Join(faults...)
}

// mark is what some editors begin a file with. It says nothing.
const mark = "\ufeff"

// readable refuses what cannot be seen, and what would not be read.
func readable(text []byte) error {
	begun, ended := false, false
	for i, line := range strings.Split(strings.TrimPrefix(string(text), mark), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if !utf8.ValidString(line) {
			return fmt.Errorf("line %d: it is not in UTF-8: save the file in that encoding", i+1)
		}
		if at := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Cf, r) }); at >= 0 {
			r, _ := utf8.DecodeRuneInString(line[at:])
			return fmt.Errorf("line %d: it has a character that cannot be seen (%U)", i+1, r)
		}
		content := strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), "#")
		switch starts := line == "---" || strings.HasPrefix(line, "--- "); {
		case content && ended, starts && begun:
			return fmt.Errorf("line %d: a second document begins, which nobody would read: put all settings into one", i+1)
		case line == "..." || strings.HasPrefix(line, "... "):
			ended = true
		}
		begun = begun || content && !strings.HasPrefix(line, "%")
	}
	return nil
}

// wrongOwnMode says what is wrong with the mode of a practice, or nothing.
func wrongOwnMode(m practice.Mode) string {
	if m == practice.Off || wrongMode(m) == "" {
		return ""
	}
	return fmt.Sprintf("%q is none of off, observe, approve, enforce", m)
}

// wrongMode says what is wrong with the mode of all practices, or nothing.
func wrongMode(m practice.Mode) string {
	switch m {
	case "", practice.Observe, practice.Approve, practice.Enforce:
		return ""
	case practice.Off:
		return `"off" is for single practices: with all of them off nothing would be watched and nobody told. Use observe, or uninstall ecsguard (s remove)`
	}
	return fmt.Sprintf("%q is none of observe, approve, enforce", m)
}

// Check compares the file with the practices there are: a misspelt name would
// silently do nothing.
func (s Settings) Check(practices []*practice.Practice) error {
	var faults []error
	var ids []string
	for _, p := range practices {
		ids = append(ids, p.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Practices)) {
		i := slices.Index(ids, id)
		if i < 0 {
			faults = append(faults, fmt.Errorf("%spractices.%s: there is no such practice%s", s.At("practices."+id), id, near(id, ids)))
			continue
		}
		var names []string
		for _, param := range practices[i].Params {
			names = append(names, param.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(s.Practices[id].Params)) {
			if !slices.Contains(names, name) {
				path := "practices." + id + ".params." + name
				faults = append(faults, fmt.Errorf("%s%s: the practice has no such param%s", s.At(path), path, near(name, names)))
			}
		}
	}
	for i, e := range s.Exemptions {
		if e.Practice != "*" && !slices.Contains(ids, e.Practice) {
			faults = append(faults, fmt.Errorf("%sexemptions[%d].practice: there is no practice %q%s", s.at(e.line), i, e.Practice, near(e.Practice, ids)))
		}
	}
	return some(faults)
}

// Doubts are what may not be meant as it is written, at a time. It is in force all the same.
func (s Settings) Doubts(now time.Time) (doubts []string) {
	doubts = slices.Clone(s.doubts)
	for i, e := range s.Exemptions {
		what := fmt.Sprintf("%sexemptions[%d]: ", s.at(e.line), i)
		switch {
		case e.Until.Over(now):
			doubts = append(doubts, what+fmt.Sprintf("it ended on %s and has no effect", e.Until))
		case all(e.Resource) && e.Practice == "*":
			doubts = append(doubts, what+fmt.Sprintf("everything is exempt until %s: nothing is put right", e.Until))
		case all(e.Resource):
			doubts = append(doubts, what+fmt.Sprintf("everything is exempt from %s until %s: it puts nothing right", e.Practice, e.Until))
		case e.Practice == "*" && allOf(e.Resource) != "":
			doubts = append(doubts, what+fmt.Sprintf("every resource whose id begins with %s is exempt from all practices until %s", allOf(e.Resource), e.Until))
		case e.Until.Endless(now):
			doubts = append(doubts, what+fmt.Sprintf("it lasts until %s: give it an end that somebody looks at", e.Until))
		}
	}
	return doubts
}

// ids are such as resources have: a pattern that fits both of a kind fits all of it,
// however it is written.
var ids = map[string][2]string{
	"sg-": {"sg-bp1a2b3c4d5e6f7g8h9i", "sg-2zej7"}, "i-": {"i-bp1a2b3c4d5e6f7g8h9i", "i-2zej7"}, "d-": {"d-bp1a2b3c4d5e6f7g8h9i", "d-2zej7"},
	"vpc-": {"vpc-bp1a2b3c4d5e6f7g8h9i", "vpc-2zej7"}, "lb-": {"lb-bp1a2b3c4d5e6f7g8h9i", "lb-2zej7"}, "eip-": {"eip-bp1a2b3c4d5e6f7g8h9i", "eip-2zej7"},
}

// allOf is how the ids begin of which a pattern fits every one, or nothing.
func allOf(pattern string) string {
	for _, prefix := range slices.Sorted(maps.Keys(ids)) {
		if matches(pattern, ids[prefix][0]) && matches(pattern, ids[prefix][1]) {
			return prefix
		}
	}
	return ""
}

// all tells whether a pattern fits every resource.
func all(pattern string) bool {
	for _, two := range ids {
		if !matches(pattern, two[0]) || !matches(pattern, two[1]) {
			return false
		}
	}
	return true
}

// endless is how many years are as good as for ever.
const endless = 5

// Endless tells whether the day is so far off that nobody looks at what ends then.
func (d Date) Endless(now time.Time) bool { return d.After(now.AddDate(endless, 0, 0)) }

// At is where a path stands, as "ecsguard.yaml: line 3: ", for an error about it.
func (s Settings) At(path string) string { return s.at(s.lines[path]) }

func (s Settings) at(line int) string {
	where := cmp.Or(s.file, "settings") + ": "
	if line > 0 {
		where += fmt.Sprintf("line %d: ", line)
	}
	return where
}

func (s *Settings) mark(path string, at *yaml.Node) {
	if s.lines == nil {
		s.lines = map[string]int{}
	}
	s.lines[path] = at.Line
}

func (s *Settings) doubt(node *yaml.Node, path, format string, args ...any) {
	s.doubts = append(s.doubts, s.at(node.Line)+path+": "+fmt.Sprintf(format, args...))
}
