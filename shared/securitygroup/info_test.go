package securitygroup_test

import (
	"errors"
	"testing"

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
	if _, err := securitygroup.Describe(t.Context(), p, "i-1"); !errors.Is(err, practice.ErrGone) {
		t.Errorf("%v", err)
	}
}
