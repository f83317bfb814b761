// Package ram holds what the role of each function may do, as deploy/generate wrote
// it from the practices, so that a binary which makes the roles needs no folder.
package ram

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed *.json
var files embed.FS

// Role is the role of a function, and what it may do.
type Role struct {
	Name     string   // "ecsguard-sg-public-ingress"
	Policies []Policy // the first has the role's name
}

// Policy is one of a role's. Most roles have one; what triage may read does not fit
// into one document.
type Policy struct {
	Name     string // "ecsguard-triage-ecs"
	Document string
}

// What RAM takes.
const (
	MaxDocument = 6144 // characters of a policy's document, its layout left out
	MaxPolicies = 10   // custom policies of a role
	MaxName     = 64   // characters of a role's name
)

// Roles returns every role, in the order of their names. While observing, none may
// change what it watches; with a canary, and only then, who opens it may.
func Roles(observe, canary bool) ([]Role, error) { return roles(files, observe, canary && !observe) }

// Trust returns the document that says who may take a role.
func Trust() (string, error) {
	text, err := files.ReadFile("trust.json")
	return string(text), err
}

const (
	careful = ".observe.json"
	opening = ".canary.json"
)

func roles(files fs.FS, observe, canary bool) ([]Role, error) {
	paths, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	var found []Role
	parts := map[string][]string{} // further policies, by function
	for _, file := range paths {
		if file == "trust.json" || strings.HasSuffix(file, careful) || strings.HasSuffix(file, opening) {
			continue
		}
		id, part, further := strings.Cut(strings.TrimSuffix(path.Base(file), ".json"), ".")
		if further {
			parts[id] = append(parts[id], part)
			continue
		}
		// A function that changes nothing in any mode has one file.
		if _, err := fs.Stat(files, id+careful); observe && err == nil {
			file = id + careful
		}
		if _, err := fs.Stat(files, id+opening); canary && err == nil {
			file = id + opening
		}
		text, err := fs.ReadFile(files, file)
		if err != nil {
			return nil, err
		}
		found = append(found, Role{Name(id), []Policy{{Name(id), string(text)}}})
	}
	for id, names := range parts {
		i := slices.IndexFunc(found, func(r Role) bool { return r.Name == Name(id) })
		if i < 0 {
			return nil, fmt.Errorf("%s.%s.json is of a function that has no %s.json", id, names[0], id)
		}
		for _, part := range names {
			text, err := fs.ReadFile(files, id+"."+part+".json")
			if err != nil {
				return nil, err
			}
			found[i].Policies = append(found[i].Policies, Policy{Name(id) + "-" + part, string(text)})
		}
	}
	return found, nil
}

// Name is the role of a practice, or of a function that is named after the project.
func Name(id string) string {
	if slices.Contains(ofTheProject, id) {
		return id
	}
	return practice.FunctionName(id)
}

// ofTheProject are the functions that are no practice's.
var ofTheProject = []string{"ecsguard-triage", "ecsguard-notify"}

// Actions are what a policy's document allows, in its order. One value may stand where a list may.
func Actions(document string) (actions []string, err error) {
	var d struct {
		Statement oneOrMore[struct {
			Effect string
			Action oneOrMore[string]
		}]
	}
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return nil, fmt.Errorf("reading the document of a policy: %w", err)
	}
	for _, s := range d.Statement {
		if s.Effect == "Allow" {
			actions = append(actions, s.Action...)
		}
	}
	return actions, nil
}

type oneOrMore[T any] []T

func (l *oneOrMore[T]) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]T)(l))
	}
	*l = make([]T, 1)
	return json.Unmarshal(text, &(*l)[0])
}
