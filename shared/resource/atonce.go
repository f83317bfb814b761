package resource

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// SetAtOnce are settings of the account that one call states as a whole. What the call leaves
// out goes back to its default (IMS API SetPasswordPolicy, SetSecurityPreference), so that
// whoever changes one has to send all of them as they are.
type SetAtOnce struct {
	get, set string
	taken    []string // what the call takes: another parameter would have it refused
	fields   map[string]string
}

// readAtOnce reads the settings with all fields of the answer, whichever part they are in.
func readAtOnce(ctx context.Context, r cloud.Reader, what string, s SetAtOnce) (SetAtOnce, error) {
	var answer map[string]json.RawMessage
	s.fields = map[string]string{}
	if err := r.Read(ctx, cloud.New("ims", s.get, ""), &answer); err != nil {
		return s, err
	}
	s.flatten(answer[what])
	if len(s.fields) == 0 {
		return s, fmt.Errorf("ram:%s: the answer has no %s", s.get, what)
	}
	return s, nil
}

func (s SetAtOnce) flatten(raw json.RawMessage) {
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return
	}
	for name, part := range parts {
		var text string
		switch part = bytes.TrimSpace(part); {
		case part[0] == '{':
			s.flatten(part)
		case json.Unmarshal(part, &text) == nil && part[0] == '"':
			s.fields[name] = text
		case string(part) != "null":
			s.fields[name] = string(part)
		}
	}
}

func (s SetAtOnce) unsaid(name string) error {
	return fmt.Errorf("ram:%s: the answer does not say %s", s.get, name)
}

// Number is a field that is a number. One that is not there is not 0: that may be the
// weakest there is, or the strongest.
func (s SetAtOnce) Number(name string) (int, error) {
	n, err := strconv.Atoi(s.fields[name])
	if err != nil {
		return 0, s.unsaid(name)
	}
	return n, nil
}

// Is is a field that is true or false.
func (s SetAtOnce) Is(name string) (bool, error) {
	yes, err := strconv.ParseBool(s.fields[name])
	if err != nil {
		return false, s.unsaid(name)
	}
	return yes, nil
}

// Text is a field that is a text, which may be empty.
func (s SetAtOnce) Text(name string) (string, error) {
	text, ok := s.fields[name]
	if !ok {
		return "", s.unsaid(name)
	}
	return text, nil
}

// With are the settings with some of them set anew.
func (s SetAtOnce) With(fields map[string]string) SetAtOnce {
	s.fields = maps.Clone(s.fields)
	maps.Copy(s.fields, fields)
	return s
}

// Set is the call that states all of them.
func (s SetAtOnce) Set() cloud.Call {
	call := cloud.New("ims", s.set, "")
	for _, name := range slices.Sorted(slices.Values(s.taken)) {
		if value, ok := s.fields[name]; ok {
			call = call.With(name, value)
		}
	}
	return call
}
