package events

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Find returns the identities that a path leads to, each once, in order.
//
//	params.SecurityGroupId                   a parameter of the request
//	params.NetworkInterface.*.SecurityGroupId   * is one number
//	response.InstanceIdSets.InstanceIdSet    a part of the answer; arrays are opened
//	resources.ACS::ECS::Disk                 the resources of one type that the event names
//	resource                                 the resource of a Cloud Config event
//	region, account
//
// A call that does what another one does is asked where that has it (see Event.Is).
// Paths separated by "|" are alternatives: the first that yields anything wins.
// A path that [ValidPath] refuses finds nothing.
func (e *Event) Find(path string) []string {
	if ValidPath(path) != nil {
		return nil
	}
	for alternative := range strings.SplitSeq(path, "|") {
		alternative = strings.TrimSpace(alternative)
		if found := unique(e.find(alternative)); len(found) > 0 {
			return found
		}
		if found := unique(e.elsewhere(alternative)); len(found) > 0 {
			return found
		}
	}
	return nil
}

// find follows one alternative.
func (e *Event) find(path string) []string {
	place, rest, _ := strings.Cut(path, ".")
	switch place {
	case "params":
		return e.findParams(rest)
	case "response":
		return walk(toObject(e.Data)["responseElements"], strings.Split(rest, "."))
	case "resources":
		return e.findResources(func(r Resource) bool { return r.Type == rest })
	case "resource":
		// Calls to Cloud Config are of service "config" as well.
		if e.Service == "config" && e.Kind != KindActionTrail {
			return e.findResources(func(Resource) bool { return true })
		}
	case "region":
		return []string{e.Region}
	case "account":
		return []string{e.Account}
	}
	return nil
}

// findParams orders what a * stands for as numbers: 10 comes after 9.
func (e *Event) findParams(path string) []string {
	if !strings.Contains(path, "*") {
		return expand(e.Params[path])
	}
	want := strings.Split(path, ".")
	type hit struct {
		numbers []int
		value   string
	}
	var hits []hit
	for key, value := range e.Params {
		if numbers, ok := matchName(want, strings.Split(key, ".")); ok {
			hits = append(hits, hit{numbers, value})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(slices.Compare(a.numbers, b.numbers), strings.Compare(a.value, b.value))
	})
	var out []string
	for _, h := range hits {
		out = append(out, expand(h.value)...)
	}
	return out
}

// matchName matches a flattened name part by part and returns what the stars
// stand for. A star is a number only: it must not swallow a parameter's name.
func matchName(want, have []string) (numbers []int, ok bool) {
	if len(want) != len(have) {
		return nil, false
	}
	for i, w := range want {
		if w != "*" {
			if w != have[i] {
				return nil, false
			}
			continue
		}
		n, err := strconv.Atoi(have[i])
		if err != nil || n < 0 {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}

// walk follows keys into a value. It opens arrays at any level, also ones
// written in a string, so that a path need not know how many there are.
func walk(raw json.RawMessage, keys []string) []string {
	if len(raw) > 0 && raw[0] == '"' && len(keys) > 0 {
		inner, err := unwrap(raw)
		if err != nil {
			return nil
		}
		raw = inner
	}
	switch {
	case len(raw) == 0:
		return nil
	case raw[0] == '[':
		list, _ := splitArray(raw)
		var out []string
		for _, elem := range list {
			out = append(out, walk(elem, keys)...)
		}
		return out
	case len(keys) == 0:
		return texts(raw)
	case raw[0] == '{':
		return walk(toObject(raw)[keys[0]], keys[1:])
	}
	return nil
}

func (e *Event) findResources(want func(Resource) bool) []string {
	var out []string
	for _, r := range e.Resources {
		if want(r) {
			out = append(out, r.ID)
		}
	}
	return out
}

// unique drops repetitions and what is empty, and keeps the order.
func unique(list []string) []string {
	var out []string
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// ValidPath tells what is wrong with a path for [Event.Find].
func ValidPath(path string) error {
	for alternative := range strings.SplitSeq(path, "|") {
		if err := validPath(strings.TrimSpace(alternative)); err != nil {
			return fmt.Errorf("events: path %q: %w", path, err)
		}
	}
	return nil
}

// validPath judges one alternative. Paths are written by people in the triggers
// of practices, so a typing error must not pass for "found nothing".
func validPath(path string) error {
	if path == "" {
		return errors.New("an empty alternative")
	}
	place, rest, dotted := strings.Cut(path, ".")
	switch place {
	case "region", "account", "resource":
		if dotted {
			return fmt.Errorf("nothing follows %q", place)
		}
		return nil
	case "resources":
		if !strings.HasPrefix(rest, "ACS::") {
			return fmt.Errorf("%q is no resource type such as ACS::ECS::Disk", rest)
		}
		return nil
	case "params", "response":
		return validKeys(place, rest)
	}
	return fmt.Errorf("%q is not one of params, response, resources, resource, region, account", place)
}

func validKeys(place, rest string) error {
	for i, key := range strings.Split(rest, ".") {
		switch {
		case key == "":
			return fmt.Errorf("an empty name after %q", place)
		case strings.Contains(key, "*") && place == "response":
			return errors.New("no * in a response: its arrays are opened anyway")
		case strings.Contains(key, "*") && (key != "*" || i == 0):
			return errors.New("a * stands alone, for a number, after a name")
		}
	}
	return nil
}
