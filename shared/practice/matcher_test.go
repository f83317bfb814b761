package practice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// asks is a practice with triggers for names of ECS and, with a colon, of any service.
func asks(id string, triggers ...practice.Trigger) *practice.Practice {
	return &practice.Practice{ID: id, Resource: "ACS::ECS::SecurityGroup", Triggers: triggers}
}

func on(service, name, resource string) practice.Trigger {
	return practice.Trigger{Service: service, Name: name, Resource: resource}
}

func matched(m *practice.Matcher, e *events.Event) (ids []string) {
	for _, match := range m.Match(e) {
		ids = append(ids, match.Practice.ID)
	}
	return ids
}

// The matcher finds what asking each practice by itself finds.
func TestTheMatcherFindsWhatEachPracticeWants(t *testing.T) {
	retired := asks("retired", on("Ecs", "AuthorizeSecurityGroup", "params.SecurityGroupId"))
	retired.Retired = "another does it"
	practices := []*practice.Practice{
		asks("one", on("Ecs", "AuthorizeSecurityGroup", "params.SecurityGroupId"), on("Ecs", "AuthorizeSecurityGroup", "params.Other")),
		asks("rule", on("config", "ACS::ECS::SecurityGroup", "resource"), on("Config", "sg-open", "resource")),
		asks("failed", practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId", Failed: true}),
		asks("maybe", practice.Trigger{Service: "ecs", Name: "AuthorizeSecurityGroup", Resource: "params.Missing", Maybe: true}),
		retired,
	}
	m := practice.NewMatcher(practices)
	authorized := events.Event{Kind: events.KindActionTrail, Service: "ecs", Name: "AuthorizeSecurityGroup", Params: map[string]string{"SecurityGroupId": "sg-1"}}
	refused := authorized
	refused.ErrorCode = "Forbidden"
	item := events.Event{Kind: events.KindConfigNonCompliant, Service: "config", Name: "ACS::ECS::SecurityGroup", Rule: "sg-open", Resources: []events.Resource{{Type: "ACS::ECS::SecurityGroup", ID: "sg-1"}}}
	lower := authorized
	lower.Name = "authorizesecuritygroup"
	for _, c := range []struct {
		event events.Event
		want  []string
	}{
		{authorized, []string{"one", "failed"}},
		{refused, []string{"failed"}},
		{item, []string{"rule"}},
		{lower, nil},
		{events.Event{Service: "vpc", Name: "AuthorizeSecurityGroup"}, nil},
	} {
		var alone []string
		for _, p := range practices {
			if p.Retired == "" && len(p.Match(&c.event)) > 0 {
				alone = append(alone, p.ID)
			}
		}
		if got := matched(m, &c.event); !slices.Equal(got, c.want) || !slices.Equal(alone, c.want) {
			t.Errorf("%s/%s: %v, each alone %v, want %v", c.event.Service, c.event.Name, got, alone, c.want)
		}
	}
	if targets := m.Match(&authorized)[0].Targets; len(targets) == 0 || targets[0].Resource.ID != "sg-1" {
		t.Errorf("targets %+v", targets)
	}
}

// An event that nobody wants costs nothing but looking.
func TestWhatNobodyWantsAllocatesNothing(t *testing.T) {
	p := asks("one", on("Ecs", "AuthorizeSecurityGroup", "params.SecurityGroupId"))
	m := practice.NewMatcher([]*practice.Practice{p})
	e := &events.Event{Kind: events.KindConfigNonCompliant, Service: "config", Name: "ACS::ECS::Disk", Rule: "disk-encrypted"}
	if n := testing.AllocsPerRun(100, func() { m.Match(e); p.Match(e) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatcher(b *testing.B) {
	var practices []*practice.Practice
	for n := range 115 {
		p := asks(fmt.Sprint("p-", n))
		for k := range 10 {
			p.Triggers = append(p.Triggers, on("Ecs", fmt.Sprint("Action", (n+k)%60), "params.SecurityGroupId"))
		}
		practices = append(practices, p)
	}
	nobody := &events.Event{Kind: events.KindActionTrail, Service: "ecs", Name: "StopInstance"}
	b.Run("made for each", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			practice.NewMatcher(practices).Match(nobody)
		}
	})
	b.Run("made once", func(b *testing.B) {
		m := practice.NewMatcher(practices)
		b.ReportAllocs()
		for b.Loop() {
			m.Match(nobody)
		}
	})
}

// A call that ended in a failure of the cloud's own may have been made: who asks for it
// looks. It need not have made anything, which is no fault then.
func TestACallThatMayHaveBeenMade(t *testing.T) {
	p := asks("one",
		practice.Trigger{Service: "Ecs", Name: "CreateSecurityGroup", Resource: "response.SecurityGroupId", New: true},
		practice.Trigger{Service: "Ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId"})
	for _, c := range []struct {
		name, code string
		params     map[string]string
		data       string
		want       []string
		isNew      bool
	}{
		{"CreateSecurityGroup", "", nil, `{}`, []string{""}, true}, // an event that does not say is a fault of ours
		{"CreateSecurityGroup", "InternalError", nil, `{}`, nil, false},
		{"CreateSecurityGroup", "InternalError", nil, `{"responseElements": {"SecurityGroupId": "sg-1"}}`, []string{"sg-1"}, false},
		{"AuthorizeSecurityGroup", "ServiceUnavailable", map[string]string{"SecurityGroupId": "sg-1"}, `{}`, []string{"sg-1"}, false},
		{"AuthorizeSecurityGroup", "Forbidden.RAM", map[string]string{"SecurityGroupId": "sg-1"}, `{}`, nil, false},
	} {
		e := events.Event{Kind: events.KindActionTrail, Service: "ecs", Name: c.name, ErrorCode: c.code, Params: c.params, Data: []byte(c.data)}
		var got []string
		for _, target := range p.Match(&e) {
			got = append(got, target.Resource.ID)
			if target.Trigger.New != c.isNew {
				t.Errorf("%s after %q: expected to appear is %v", c.name, c.code, target.Trigger.New)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s after %q concerns %q, want %q", c.name, c.code, got, c.want)
		}
	}
}

// Whoever takes an exemption away has the resource looked at, by those whom it kept away.
func TestWithoutAnExemptionItIsLookedAt(t *testing.T) {
	group, other := asks("one"), asks("two")
	disk := &practice.Practice{ID: "disk", Resource: "ACS::ECS::Disk"}
	network := &practice.Practice{ID: "network", Resource: "ACS::VPC::VPC"}
	m := practice.NewMatcher([]*practice.Practice{group, other, disk, network})
	event := func(service, name string, params ...string) *events.Event {
		e := &events.Event{Kind: events.KindActionTrail, Service: service, Name: name, Params: map[string]string{}, Data: []byte("{}")}
		for i := 0; i < len(params); i += 2 {
			e.Params[params[i]] = params[i+1]
		}
		return e
	}
	key := practice.ExemptionTag("one")
	for _, c := range []struct {
		event *events.Event
		want  string
	}{
		{event("ecs", "UntagResources", "ResourceId.1", "sg-1", "ResourceId.2", "d-1", "TagKey.1", "x", "TagKey.2", key), "one sg-1"},
		{event("ecs", "UntagResources", "ResourceId.1", "sg-1", "ResourceId.2", "d-1", "All", "true"), "one sg-1 two sg-1 disk d-1"},
		{event("ecs", "UntagResources", "ResourceId.1", "sg-1", "TagKey.1", "owner", "All", "true"), ""},
		{event("ecs", "RemoveTags", "ResourceId", "sg-1", "Tag.1.Key", key), "one sg-1"},
		{event("tag", "UntagResources", "ResourceARN.1", "arn:acs:ecs:cn-hangzhou:1:securitygroup/sg-1", "TagKey.1", key), "one sg-1"},
		{event("vpc", "UntagResources", "ResourceId.1", "vpc-1", "TagKey.1", key), ""},
		{event("vpc", "UnTagResources", "ResourceId.1", "vpc-1", "TagKey.1", practice.ExemptionTag("network")), "network vpc-1"},
		{event("ecs", "TagResources", "ResourceId.1", "sg-1", "Tag.1.Key", key), ""},
	} {
		var got []string
		for _, match := range m.Match(c.event) {
			got = append(got, match.Practice.ID)
			for _, target := range match.Targets {
				got = append(got, target.Resource.ID)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s %v concerns %q, want %q", c.event.Service, c.event.Name, c.event.Params, got, c.want)
		}
	}
}

// Who asks for all that root does is asked about whatever root does, and about nobody else.
func TestWhoAsksForEveryAct(t *testing.T) {
	root := practice.Trigger{Service: practice.Every, Name: practice.Every, By: "root-account", Resource: "account", Failed: true}
	m := practice.NewMatcher([]*practice.Practice{
		{ID: "root", Resource: "ACS::::Account", Triggers: []practice.Trigger{root}},
		{ID: "other", Resource: "ACS::::Account", Triggers: []practice.Trigger{{Service: "Ims", Name: "CreateUser", Resource: "account"}}},
	})
	if !m.AsksOf("root-account") || m.AsksOf("ram-user") || m.AsksOf("") || m.Asks(events.Act{Service: "oss", Name: "PutBucketAcl"}) {
		t.Error("who asks for what")
	}
	for name, c := range map[string]struct {
		actor, key, rw string
		kind           events.Kind
		want           int
	}{
		"a write":                     {"root-account", "", "Write", events.KindActionTrail, 1},
		"it does not say":             {"root-account", "TMP.1", "", events.KindActionTrail, 1},
		"reads in the console":        {"root-account", "TMP.1", "Read", events.KindActionTrail, 0},
		"reads with a permanent key":  {"root-account", "LTAI1", "Read", events.KindActionTrail, 1},
		"somebody else":               {"ram-user", "LTAI1", "Write", events.KindActionTrail, 0},
		"the platform itself":         {"system", "", "Write", events.KindActionTrail, 0},
		"what is no act of anybody's": {"root-account", "", "", events.KindLook, 0},
	} {
		e := &events.Event{Kind: c.kind, Service: "oss", Name: "PutBucketAcl", Account: "1", Actor: events.Actor{Type: c.actor, AccessKeyID: c.key},
			Data: []byte(`{"eventRW":"` + c.rw + `"}`), ErrorCode: "Forbidden"}
		if got := m.Match(e); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, wrong := range []practice.Trigger{{Service: practice.Every, Name: practice.Every}, {Service: "Ecs", Name: practice.Every, By: "root-account"}, {Service: practice.Every, Name: "CreateDisk", By: "root-account"}} {
		wrong.Resource = "account"
		if err := (&practice.Practice{ID: "some", Triggers: []practice.Trigger{wrong}}).Validate(); err == nil || !strings.Contains(err.Error(), "says By whom") {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
