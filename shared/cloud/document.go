package cloud

import (
	"encoding/json"
	"reflect"
)

// SameDocument compares JSON documents, policies and patterns, by what they mean: the cloud
// gives back none as it was given. Layout does not count, nor whether a single value stands
// in a list.
func SameDocument(a, b string) bool {
	x, errX := meaning(a)
	y, errY := meaning(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func meaning(document string) (v any, err error) {
	err = json.Unmarshal([]byte(document), &v)
	return plain(v), err
}

func plain(v any) any {
	switch v := v.(type) {
	case []any:
		if len(v) == 1 {
			return plain(v[0])
		}
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}
