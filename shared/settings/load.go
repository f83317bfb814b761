package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// The environment's variables.
const (
	EnvFile    = "ECSGUARD_SETTINGS"    // path of the file; default: ecsguard.yaml beside the binary, which may be missing
	EnvMode    = "ECSGUARD_MODE"        // stands in for the file's mode
	EnvProject = "ECSGUARD_LOG_PROJECT" // of the audit log
	EnvStore   = "ECSGUARD_LOG_STORE"   // default: audit
)

// Load reads the environment and the file.
func Load(getenv func(string) string) (Settings, error) {
	s, err := loadFile(getenv(EnvFile))
	if err != nil {
		return Settings{}, err
	}
	if mode := getenv(EnvMode); mode != "" {
		s.Mode = practice.Mode(mode)
		if fault := wrongMode(s.Mode); fault != "" {
			return Settings{}, fmt.Errorf("%s: %s", EnvMode, fault)
		}
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

func loadFile(name string) (Settings, error) {
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
	return Parse(filepath.Base(name), text)
}

// Parse reads a settings file strictly. Its errors name the line.
func Parse(name string, text []byte) (Settings, error) {
	var s Settings
	err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&s)
	if err != nil && !errors.Is(err, io.EOF) { // an empty file sets nothing
		return Settings{}, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	if err := s.validate(position(text)); err != nil {
		return Settings{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// UnmarshalYAML takes a list of words or one word.
func (l *List) UnmarshalYAML(text []byte) error {
	var many []string
	if err := yaml.Unmarshal(text, &many); err == nil {
		*l = many
		return nil
	}
	var one string
	if err := yaml.Unmarshal(text, &one); err != nil {
		return fmt.Errorf("want a word or a list of words, got %s", bytes.TrimSpace(text))
	}
	*l = List{one}
	return nil
}

// UnmarshalYAML takes a day.
func (d *Date) UnmarshalYAML(node ast.Node) error {
	word := node.GetToken().Value
	day, err := ParseDate(word)
	if err != nil {
		return fmt.Errorf("line %d: want a day such as 2026-12-31, got %s", node.GetToken().Position.Line, word)
	}
	*d = day
	return nil
}

// validate checks what the form of the file cannot. at gives the line of a path.
func (s Settings) validate(at func(string) string) error {
	var faults []error
	fault := func(path, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s%s: %s", at(path), strings.TrimPrefix(path, "$."), fmt.Sprintf(format, args...)))
	}
	if wrong := wrongMode(s.Mode); wrong != "" {
		fault("$.mode", "%s", wrong)
	}
	for name, n := range map[string]int{"changes-per-hour": s.PerHour, "changes-per-sweep": s.PerSweep, "touches-per-hour": s.Touches} {
		if n < 0 {
			fault("$."+name, "%d is less than nothing; leave it out for the default", n)
		}
	}
	for id, p := range s.Practices {
		if p.Mode != practice.Off && wrongMode(p.Mode) != "" {
			fault("$.practices."+id+".mode", "%q is none of off, observe, approve, enforce", p.Mode)
		}
		if p.PerHour < 0 {
			fault("$.practices."+id+".changes-per-hour", "%d is less than nothing; leave it out for the default", p.PerHour)
		}
	}
	for i, word := range s.BreakGlass {
		if !block(word) {
			fault(fmt.Sprintf("$.break-glass[%d]", i), "%q is neither an address nor a block of addresses", word)
		} else if p, err := netip.ParsePrefix(word); err == nil && p.Bits() == 0 {
			fault(fmt.Sprintf("$.break-glass[%d]", i), "%q is everyone: nothing would ever be closed", word)
		}
	}
	if u, err := url.Parse(s.Heartbeat.URL); s.Heartbeat.URL != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "") {
		fault("$.heartbeat.url", "it is no https address") // without the address, which is a secret
	}
	if id := s.Heartbeat.Canary; id != "" && !groupID.MatchString(id) {
		fault("$.heartbeat.canary", "%q is not the id of a security group, such as sg-bp1abc", id)
	}
	for i, e := range s.Exemptions {
		path := fmt.Sprintf("$.exemptions[%d]", i)
		for field, empty := range map[string]bool{"practice": e.Practice == "", "resource": e.Resource == "", "until": e.Until.IsZero(), "because": e.Because == "", "by": e.By == ""} {
			if empty {
				fault(path, "%q is missing: an exemption says what, until when, why, and who answers for it", field)
			}
		}
	}
	for i, e := range s.Exemptions {
		if _, err := filepath.Match(e.Resource, ""); err != nil {
			fault(fmt.Sprintf("$.exemptions[%d].resource", i), "%q is no pattern: %v", e.Resource, err)
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(faults...)
}

var groupID = regexp.MustCompile(`^sg-[a-zA-Z0-9-]+$`)

func block(word string) bool {
	_, err := netip.ParsePrefix(word)
	if err != nil {
		_, err = netip.ParseAddr(word)
	}
	return err == nil
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

// position finds the line of a path in a file, as "line 3: ".
func position(text []byte) func(string) string {
	file, err := parser.ParseBytes(text, 0)
	return func(path string) string {
		if err != nil {
			return ""
		}
		p, err := yaml.PathString(path)
		if err != nil {
			return ""
		}
		node, err := p.FilterFile(file)
		if err != nil {
			return ""
		}
		return fmt.Sprintf("line %d: ", node.GetToken().Position.Line)
	}
}

// Check compares the file with the practices there are: a misspelt name would
// silently do nothing.
func (s Settings) Check(practices []*practice.Practice) error {
	var faults []error
	find := func(id string) *practice.Practice {
		i := slices.IndexFunc(practices, func(p *practice.Practice) bool { return p.ID == id })
		if i < 0 {
			return nil
		}
		return practices[i]
	}
	for id, set := range s.Practices {
		p := find(id)
		if p == nil {
			faults = append(faults, fmt.Errorf("practices.%s: there is no such practice", id))
			continue
		}
		for name := range set.Params {
			if !slices.ContainsFunc(p.Params, func(x practice.Param) bool { return x.Name == name }) {
				faults = append(faults, fmt.Errorf("practices.%s.params.%s: the practice has no such param", id, name))
			}
		}
	}
	for i, e := range s.Exemptions {
		if e.Practice != "*" && find(e.Practice) == nil {
			faults = append(faults, fmt.Errorf("exemptions[%d].practice: there is no practice %q", i, e.Practice))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("settings: %w", errors.Join(faults...))
}
