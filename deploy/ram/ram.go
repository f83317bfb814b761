// Package ram holds what the role of each function may do, as deploy/generate wrote
// it from the practices, so that a binary which makes the roles needs no folder.
package ram

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed *.json
var files embed.FS

// Role is the role of a function, and the policy of the same name.
type Role struct {
	Name   string // "ecsguard-sg-public-ingress"
	Policy string // a document
}

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
	for _, file := range paths {
		if file == "trust.json" || strings.HasSuffix(file, careful) || strings.HasSuffix(file, opening) {
			continue
		}
		id := strings.TrimSuffix(path.Base(file), ".json")
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
		found = append(found, Role{Name(id), string(text)})
	}
	return found, nil
}

// Name is the role of a practice, or of a function that is named after the project.
func Name(id string) string { return "ecsguard-" + strings.TrimPrefix(id, "ecsguard-") }
