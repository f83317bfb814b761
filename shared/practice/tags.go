package practice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// MostTags is how many tags of its owner's a resource carries (ECS, VPC, SLB, ALB and NLB API,
// TagResources). What a service puts on by itself does not count.
const MostTags = 20

// Reserved tells whether a tag is one that only the cloud's services put on.
func Reserved(key string) bool {
	return strings.HasPrefix(key, "acs:") || strings.HasPrefix(key, "aliyun")
}

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
		if !ok || value == "" || !slices.Contains(p.Param("required-tags"), key) || Reserved(key) {
			return nil, fmt.Errorf("param fill-in of %s: %q is not key=value with a key of required-tags that its owner may put on", p.Practice.ID, tag)
		}
		values[key] = value
	}
	return values, nil
}

// RequireTags reports each required tag that something lacks, or each of keys if these are
// given, and puts on those of which values has the value, as far as there is room. What is how a
// person calls it: "group".
func (p *Pass) RequireTags(read resource.Described, what string, values map[string]string, keys ...string) {
	if len(keys) == 0 {
		keys = p.Param("required-tags")
	}
	tags := read.About().Tags
	room := MostTags
	for key := range tags {
		if !Reserved(key) {
			room--
		}
	}
	for _, key := range keys {
		if _, has := tags[key]; has {
			continue
		}
		f, value := p.Finding(read, "tag "+key, "The "+what+" has no tag "+key), values[key]
		put := func(value string) string { return PutTag(f.Resource, key, value)[0].Call.String() }
		near := nearly(tags, key, p.Param("required-tags"))
		switch {
		case near != "": // a second tag of nearly the same name would make it worse
			f.Title += fmt.Sprintf(", but %q", near)
			right := ByHand("It puts the value on under the right key", PutTag(f.Resource, key, tags[near])[0].Call)
			off := ByHand("It takes the other off", *PutTag(f.Resource, near, "")[0].Undo)
			f.Advice = "Keys are told apart by case and by spaces. Put the value on under the right key, and then take the other off."
			if f.Paste = append(right, off...); room <= 0 {
				f.Advice = fmt.Sprintf("Keys are told apart by case and by spaces. It carries %d tags, and no more can be put on: take the wrong one off first, and then put its value on under the right key.", MostTags)
				f.Paste = append(off, right...)
			}
		case room <= 0:
			f.Advice = fmt.Sprintf("It carries %d tags, and no more can be put on. Take one off that nobody needs, and then: %s", MostTags, put(cmp.Or(value, "VALUE")))
		case value != "":
			f.Changes = PutTag(f.Resource, key, value)
			room--
		default:
			f.Advice = "Put it on, or name its value in the param fill-in of " + p.Practice.ID + ": " + put("VALUE")
		}
		p.Report(f)
	}
}

// nearly is a key of tags that differs from another by case or by spaces alone, and is none of those that
// are wanted themselves; empty: there is none.
func nearly(tags map[string]string, key string, wanted []string) string {
	plain := func(key string) string { return strings.ToLower(strings.Join(strings.Fields(key), "")) }
	for _, other := range slices.Sorted(maps.Keys(tags)) {
		if plain(other) == plain(key) && !slices.Contains(wanted, other) {
			return other
		}
	}
	return ""
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
		call(kind.Untag(), "TagKey.1", key))
}
