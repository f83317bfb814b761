package identity

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// aRole answers for the role ecsguard-x, with its id and its trust.
type aRole struct{ id, trust string }

func (r aRole) Read(_ context.Context, call cloud.Call, out any) error {
	return cloud.Decode(call, fmt.Appendf(nil, `{"Role":{"RoleName":"ecsguard-x","RoleId":%q,"AssumeRolePolicyDocument":%q}}`, r.id, r.trust), out)
}

// A name makes nobody one of ecsguard's functions: the role's id does, and that Function Compute alone takes it.
func TestOwn(t *testing.T) {
	p := &practice.Practice{ID: "x", Reads: OwnReads}
	const other = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1:root"]}}]}`
	ours := events.Actor{Type: "assumed-role", Account: "1", Name: "ecsguard-x:s", PrincipalID: "300:s"}
	with := func(change func(*events.Actor)) events.Actor { a := ours; change(&a); return a }
	for name, test := range map[string]struct {
		by   events.Actor
		role aRole
		want bool
	}{
		"it is":                        {ours, aRole{"300", practice.RoleTrust}, true},
		"another role of the name":     {ours, aRole{"301", practice.RoleTrust}, false},
		"an id that only begins alike": {ours, aRole{"30", practice.RoleTrust}, false},
		"a role that says no id":       {with(func(a *events.Actor) { a.PrincipalID = ":s" }), aRole{"", practice.RoleTrust}, false},
		"one that others take":         {ours, aRole{"300", other}, false},
		"of another account":           {with(func(a *events.Actor) { a.Account = "2" }), aRole{"300", practice.RoleTrust}, false},
		"a user of the name":           {with(func(a *events.Actor) { a.Type = "ram-user" }), aRole{"300", practice.RoleTrust}, false},
		"another role":                 {with(func(a *events.Actor) { a.Name = "deploy:ecsguard-x" }), aRole{"300", practice.RoleTrust}, false},
	} {
		pass := practice.NewPass(p, practice.Resource{Account: "1"}, &events.Event{Actor: test.by}, time.Now(), test.role, nil)
		if own, err := Own(t.Context(), pass); err != nil || own != test.want {
			t.Errorf("%s: %v, %v", name, own, err)
		}
	}
}
