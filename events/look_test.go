package events

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestALookAtAResource(t *testing.T) {
	l := Look{Ecsguard: LookWord, ID: "case-1",
		Targets: []Asked{{"ACS::ECS::SecurityGroup", "sg-1", "cn-hangzhou", "1", "n-1"}, {Type: "ACS::ECS::Instance", ID: "i-1"}}, For: []string{"b"}, Sweep: true, Left: 3,
		Name: "AuthorizeSecurityGroup", Time: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), Actor: Actor{Type: "ram-user", Name: "alice"}, Passed: []string{"a"}}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Decode(text)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	e := all[0]
	if e.Kind != KindLook || e.Key() != "look/case-1" || e.Name != l.Name || !e.Time.Equal(l.Time) || e.Actor != l.Actor ||
		!reflect.DeepEqual(e.Resources, []Resource{{"ACS::ECS::SecurityGroup", "sg-1"}, {"ACS::ECS::Instance", "i-1"}}) || !reflect.DeepEqual(e.Asked, l.Targets) ||
		!reflect.DeepEqual(e.Passed, l.Passed) || !reflect.DeepEqual(e.For, l.For) || e.Region != "cn-hangzhou" || e.Account != "1" || !e.Sweep || e.Left != 3 {
		t.Errorf("%+v", e)
	}
}

// An event that comes again for the next of the family is the same event.
func TestALookAtAnEvent(t *testing.T) {
	sample, err := os.ReadFile("samples/actiontrail/authorize-security-group-permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Decode(sample)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(Look{Ecsguard: LookWord, Event: want[0].Envelope, Passed: []string{"a", "b"}, For: []string{"c"}, Targets: []Asked{{Type: "x", ID: "y"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if !reflect.DeepEqual(got[0].Passed, []string{"a", "b"}) || !reflect.DeepEqual(got[0].For, []string{"c"}) || !reflect.DeepEqual(got[0].Asked, []Asked{{Type: "x", ID: "y"}}) || got[0].Key() != want[0].Key() || got[0].Actor != want[0].Actor || !reflect.DeepEqual(got[0].Params, want[0].Params) {
		t.Errorf("%+v\nwant %+v", got[0], want[0])
	}
}

func TestALookThatCannotBeMeant(t *testing.T) {
	for text, want := range map[string]string{
		`{"ecsguard":"undo"}`:                                   `asked for "undo"`,
		`{"ecsguard":"look"}`:                                   "names its id",
		`{"ecsguard":"look","id":"1"}`:                          "what to look at",
		`{"ecsguard":"look","id":"1","targets":[{"type":"x"}]}`: `target 1 of a look has the type "x" and the id ""`,
		`{"ecsguard":"look","event":[1]}`:                       "a number where an event should be",
		`{"ecsguard":"look","passed":"a"}`:                      "cannot be read",
		`{"ecsguard":"look","event":{"hello":"world"}}`:         "specversion",
	} {
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
