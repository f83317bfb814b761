package fc

import (
	"fmt"
	"maps"
	"strings"
)

// fc3Extend says which template a resource's props are laid over.
type fc3Extend struct {
	Name   string
	Ignore []string // paths with dots that are not taken from it
}

// apply is what Serverless Devs 3.1.10 makes of a template and props: maps are joined,
// of everything else the resource's own counts, lists too. A template that there is not
// is empty there, and an error here; so is a path that leads nowhere.
func (e *fc3Extend) apply(templates map[string]map[string]any, props map[string]any) (map[string]any, error) {
	if e == nil {
		return props, nil
	}
	base, ok := templates[e.Name]
	if !ok {
		return nil, fmt.Errorf("there is no template %q", e.Name)
	}
	for _, path := range e.Ignore {
		left, ok := omit(base, strings.Split(path, "."))
		if !ok {
			return nil, fmt.Errorf("ignore: template %s has no %s", e.Name, path)
		}
		base = left
	}
	return overlaid(base, props), nil
}

// omit is m without what is at the path, or false if nothing is there.
func omit(m map[string]any, path []string) (map[string]any, bool) {
	inner, there := m[path[0]]
	left := maps.Clone(m)
	if !there || len(path) == 1 {
		delete(left, path[0])
		return left, there
	}
	below, isMap := inner.(map[string]any)
	if !isMap {
		return nil, false
	}
	left[path[0]], there = omit(below, path[1:])
	return left, there
}

func overlaid(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range over {
		low, lowMap := out[key].(map[string]any)
		high, highMap := value.(map[string]any)
		if lowMap && highMap {
			value = overlaid(low, high)
		}
		out[key] = value
	}
	return out
}
