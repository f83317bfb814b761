package securitygroup_test

import (
	"errors"
	"testing"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

func TestTagged(t *testing.T) {
	group := securitygroup.Info{Tags: map[string]string{"tier": "db", "owner": ""}}
	for tag, want := range map[string]bool{"tier=db": true, "tier": true, "tier=web": false, "owner": true, "owner=": true, "db": false, "": false} {
		if got := group.Tagged([]string{"other", tag}); got != want {
			t.Errorf("%q: %v", tag, got)
		}
	}
	if group.Tagged(nil) {
		t.Error("tagged with none of none")
	}
}

// What the answer does not say is not taken for anything.
func TestWhatAGroupSaysOfItself(t *testing.T) {
	said := answers{"DescribeSecurityGroups": `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"sg-1","Description":"System created security group."}]}}`}
	group, err := securitygroup.Describe(t.Context(), pass(said, "sg-1"), "sg-1")
	if err != nil || group.Members != nil || !group.SystemMade() {
		t.Errorf("%+v, %v", group, err)
	}
	if _, err := group.Basic(); err == nil {
		t.Error("a group of an unknown type is judged")
	}
}

func TestAnEventAboutAnotherKindOfResource(t *testing.T) {
	p := pass(answers{}, "i-1")
	p.Event.Params = map[string]string{"ResourceType": "instance"}
	for name, gone := range map[string]bool{"TagResources": true, "UntagResources": true, "AddTags": true, "AuthorizeSecurityGroup": false} {
		p.Event.Name = name
		if _, err := securitygroup.Describe(t.Context(), p, "i-1"); errors.Is(err, practice.ErrGone) != gone {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is behind a Drop is not open, and a group that is let in is somebody.
func TestOpen(t *testing.T) {
	ssh := exposure.PortRange{From: 22, To: 22}
	for _, test := range []struct {
		rules []string
		open  bool
	}{
		{nil, false},
		{[]string{"protocol: TCP, ports: 1/100, source: 10.0.0.0/8"}, true},
		{[]string{"protocol: ALL, ports: -1/-1, source: '::/0'"}, true},
		{[]string{"protocol: TCP, ports: 22/22, group: sg-far, group-owner: '1'"}, true},
		{[]string{"protocol: TCP, ports: 23/23, source: 0.0.0.0/0", "protocol: UDP, ports: 22/22, source: 0.0.0.0/0"}, false},
		{[]string{"protocol: TCP, ports: 22/22, source: 10.0.0.0/8, priority: 2", "protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, priority: 2, policy: drop"}, false},
	} {
		if open := securitygroup.Open(begin(t, group1(test.rules...)).exposure(), ssh); open != test.open {
			t.Errorf("%q: %t", test.rules, open)
		}
	}
}
