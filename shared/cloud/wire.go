package cloud

import "encoding/json"

// IDs writes identities as the API takes a list of them: a JSON array in a string.
func IDs(ids ...string) string {
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(text)
}

// Tags are a resource's tags as ECS answers them.
type Tags struct {
	Tag []struct{ TagKey, TagValue string }
}

// Map is the tags by key.
func (t Tags) Map() map[string]string {
	tags := map[string]string{}
	for _, tag := range t.Tag {
		tags[tag.TagKey] = tag.TagValue
	}
	return tags
}
