package cloud

import (
	"encoding/json"
	"slices"
	"strings"
)

// IDs writes identities as the API takes a list of them: a JSON array in a string.
func IDs(ids ...string) string {
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(text)
}

// Tags are a resource's tags.
type Tags struct{ Tag TagList }

// Map is the tags by key.
func (t Tags) Map() map[string]string { return t.Tag.Map() }

// Has is Tagged of these tags.
func (t Tags) Has(words []string) bool { return Tagged(t.Map(), words) }

// TagList are tags where an answer has them without a name around: ECS and Classic Load
// Balancer answer TagKey and TagValue, VPC and Application Load Balancer Key and Value.
type TagList []struct{ Key, Value, TagKey, TagValue string }

// Map is the tags by key.
func (l TagList) Map() map[string]string {
	tags := map[string]string{}
	for _, tag := range l {
		tags[tag.Key+tag.TagKey] = tag.Value + tag.TagValue
	}
	return tags
}

// Tagged tells whether tags have one of some words, each written as key=value, or as
// the key alone where any value will do.
func Tagged(tags map[string]string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		key, want, exact := strings.Cut(word, "=")
		value, has := tags[key]
		return has && (!exact || value == want)
	})
}
