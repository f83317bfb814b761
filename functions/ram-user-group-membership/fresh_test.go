package ramusergroupmembership_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ramusergroupmembership "github.com/ecsguard/ecsguard/functions/ram-user-group-membership"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Whoever makes a user puts it into a group a moment later: until then nobody is told.
func TestANewUserIsNotJudgedAtOnce(t *testing.T) {
	now := time.Now()
	e := &events.Event{Kind: events.KindActionTrail, Name: "CreateUser", Time: now.Add(-30 * time.Second)}
	p := ramusergroupmembership.Practice
	pass := practice.NewPass(p, practice.Resource{Type: p.Resource, ID: "alice"}, e, now, nil, nil)
	if err := p.Judge(t.Context(), pass); !errors.Is(err, practice.ErrNotYet) || len(pass.Findings()) > 0 {
		t.Error(err, pass.Findings())
	}
}
