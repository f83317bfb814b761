package practice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// RequiredTags are the Params of a practice that demands tags: see RequireTags.
func RequiredTags(what string, keys ...string) []Param {
	return []Param{
		{Name: "required-tags", Default: keys, Doc: "keys of tags that every " + what + " carries, whatever their values"},
		{Name: "fill-in", Doc: "key=value of required tags, put on the " + what + "s that lack the key; a key that is not named here is only reported"},
	}
}

// FillIn is what to put on, by key.
func (p *Pass) FillIn() (map[string]string, error) {
	values := map[string]string{}
	for _, tag := range p.Param("fill-in") {
		key, value, ok := strings.Cut(tag, "=")
		if !ok || value == "" || !slices.Contains(p.Param("required-tags"), key) {
			return nil, fmt.Errorf("param fill-in of %s: %q is not key=value with a key of required-tags", p.Practice.ID, tag)
		}
		values[key] = value
	}
	return values, nil
}

// RequireTags reports each required tag that something lacks, and puts on those of which the
// settings say the value. What is how a person calls it: "group".
func (p *Pass) RequireTags(read resource.Described, what string, values map[string]string) {
	for _, key := range p.Param("required-tags") {
		f := p.Finding(read, "tag "+key, "The "+what+" has no tag "+key)
		if cloud.Tagged(f.Tags, []string{key}) {
			continue
		}
		if value := values[key]; value != "" {
			f.Changes = PutTag(f.Resource, key, value)
		} else {
			f.Advice = "Put the tag " + key + " on it, or name its value in the param fill-in of " + p.Practice.ID + "."
		}
		p.Report(f)
	}
}

// PutTag puts a tag on something that has none of the key. Its row says how the service that
// has it calls its type.
func PutTag(r Resource, key, value string) []Change {
	kind := resource.KindOf(r.Type)
	call := func(action, what, name string) cloud.Call {
		return cloud.New(kind.Untags, action, r.Region, "ResourceType", kind.TagType(), "ResourceId.1", r.ID, what, name)
	}
	return Reversible(fmt.Sprintf("put the tag %s=%s on %s", key, value, r.ID),
		call("TagResources", "Tag.1.Key", key).With("Tag.1.Value", value),
		call(untag, "TagKey.1", key))
}
