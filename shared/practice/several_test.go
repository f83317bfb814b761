package practice

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A practice that asks the same of several types is asked for each of what an event about tags
// names, under the type of its id, whichever product's call it was.
func TestOnePracticeAboutSeveralTypes(t *testing.T) {
	types := []string{resource.TypeDisk, resource.TypeVPC, resource.TypeALB}
	p := &Practice{ID: "tagged", Resource: types[0], Also: types[1:], Triggers: Retagged(types...)}
	arn := func(name string) string { return "arn:acs:" + strings.Replace(name, ":", ":cn-hangzhou:1:", 1) }
	for _, c := range []struct {
		service, name string
		params        map[string]string
		want          []string
	}{
		{"ecs", "UntagResources", map[string]string{"ResourceId.1": "d-1", "ResourceId.2": "i-1", "TagKey.1": "x"}, []string{"d-1"}},
		{"ecs", "AddTags", map[string]string{"ResourceId": "d-1"}, []string{"d-1"}},
		{"ecs", "TagResources", map[string]string{"ResourceId.1": "i-1"}, nil},
		{"vpc", "UnTagResources", map[string]string{"ResourceId.1": "vpc-1", "TagKey.1": "x"}, []string{"vpc-1"}},
		{"alb", "UnTagResources", map[string]string{"ResourceId.1": "alb-1", "TagKey.1": "x"}, []string{"alb-1"}},
		{"tag", "UntagResources", map[string]string{"ResourceARN.1": arn("vpc:vpc/vpc-1"), "ResourceARN.2": arn("alb:loadbalancer/alb-1"), "ResourceARN.3": arn("oss:bucket/b"), "TagKey.1": "x"},
			[]string{"vpc-1", "alb-1"}},
		{"tag", "TagResources", map[string]string{"ResourceARN.1": arn("ecs:disk/d-1")}, []string{"d-1"}},
	} {
		found := map[string]string{}
		e := &events.Event{Kind: events.KindActionTrail, Service: c.service, Name: c.name, Params: c.params}
		for _, m := range NewMatcher([]*Practice{p}).Match(e) {
			for _, target := range m.Targets {
				found[target.Resource.ID] = target.Resource.Type
			}
		}
		for _, id := range c.want {
			if !resource.KindOf(found[id]).Holds(id) {
				t.Errorf("%s %s: %s is taken for %q", c.service, c.name, id, found[id])
			}
		}
		if len(found) != len(c.want) {
			t.Errorf("%s %s: %v, want %v", c.service, c.name, found, c.want)
		}
	}
	p.Triggers = nil
	exposed := &events.Event{Kind: events.KindActionTrail, Service: "vpc", Name: "UnTagResources", Params: map[string]string{"ResourceId.1": "vpc-1", "TagKey.1": ExemptionTag(p.ID)}}
	if m := NewMatcher([]*Practice{p}).Match(exposed); len(m) != 1 || m[0].Targets[0].Resource.Type != resource.TypeVPC {
		t.Errorf("an exemption that is taken from a further type: %v", m)
	}
}

// A second tag of nearly the same name is not put on, nor one more than there is room for.
func TestRequiredTagsThatCannotBePutOn(t *testing.T) {
	p := &Practice{ID: "tagged", Resource: resource.TypeDisk, Params: RequiredTags("disk", "owner")}
	full := map[string]string{}
	for _, key := range strings.Split("abcdefghijklmnopqrst", "") {
		full[key] = "x"
	}
	for _, c := range []struct {
		tags    map[string]string
		changes int
		says    string
	}{
		{nil, 1, ""},
		{map[string]string{"OWNER ": "a"}, 0, "told apart by case"},
		{full, 0, "20 tags"},
	} {
		pass := NewPass(p, Resource{Type: resource.TypeDisk, ID: "d-1", Region: "cn-hangzhou"}, nil, time.Time{}, nil, nil)
		pass.RequireTags(tagged{c.tags}, "disk", map[string]string{"owner": "platform"})
		f := pass.Findings()
		if len(f) != 1 || len(f[0].Changes) != c.changes || !strings.Contains(f[0].Advice, c.says) {
			t.Errorf("%v: %+v", c.tags, f)
		}
	}
}

type tagged struct{ tags map[string]string }

func (d tagged) About() resource.About {
	return resource.About{Type: resource.TypeDisk, ID: "d-1", Tags: d.tags}
}
