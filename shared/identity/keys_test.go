package identity

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Of a key nobody has, of one that is disabled and of one that works each can be told apart, and
// what stands beside the key that is asked about does not count.
func TestKeyByItsID(t *testing.T) {
	const user = `{"User":{"UserId":"1","UserPrincipalName":"alice@1.onaliyun.com"}}`
	const keys = `{"AccessKeys":{"AccessKey":[{"AccessKeyId":"LTAI5tA","Status":"Active","CreateDate":"2026-01-02T03:04:05Z"},
		{"AccessKeyId":"LTAI5tB","Status":"Inactive","CreateDate":"2026-01-02T03:04:05Z"},{"AccessKeyId":"LTAI5tC","Status":"Active","CreateDate":"?"}]}}`
	for id, works := range map[string]bool{"LTAI5tA": true, "LTAI5tB": false, "LTAI5tD": false} {
		key, owner, err := KeyByID(t.Context(), answers{"GetUser": user, "ListAccessKeys": keys}, id)
		if err != nil || len(owner) != 1 || owner[0].Name() != "alice" || (len(key) == 1 && key[0].ID == id) != works {
			t.Errorf("%s: %+v of %+v, %v", id, key, owner, err)
		}
	}
	for id, reader := range map[string]answers{
		"LTAI5tA": {"GetUser": user},                         // whose keys cannot be read
		"LTAI5tC": {"GetUser": user, "ListAccessKeys": keys}, // whose date cannot be
		"LTAI5tE": {"GetUser": user, "ListAccessKeys": `{"AccessKeys":{"AccessKey":[{"AccessKeyId":"LTAI5tE","Status":"?"}]}}`},
	} {
		if key, _, err := KeyByID(t.Context(), reader, id); err == nil {
			t.Errorf("%s: what cannot be read is %+v", id, key)
		}
	}
}

func TestWhoMadeAnEventIsListed(t *testing.T) {
	pass := practice.NewPass(&practice.Practice{ID: "x", Params: []practice.Param{{Name: "who", Default: []string{"Alice", "role/deploy", "group/admins"}}}},
		practice.Resource{}, &events.Event{}, time.Time{}, answers{}, nil)
	for _, x := range []struct {
		by     events.Actor
		want   Holder
		listed bool
	}{
		{events.Actor{Type: "ram-user", Name: "alice"}, Holder{"User", "alice"}, true},
		{events.Actor{Type: "ram-user", Name: "bob"}, Holder{"User", "bob"}, false},
		{events.Actor{Type: "ram-user", Name: "admins"}, Holder{"User", "admins"}, false}, // no group makes an event
		{events.Actor{Type: "assumed-role", Name: "Deploy:ci"}, Holder{"Role", "deploy"}, true},
		{events.Actor{Type: "assumed-role", Name: "alice:ci"}, Holder{"Role", "alice"}, false},
		{events.Actor{Type: "root-account", Name: "root"}, Holder{}, false},
		{events.Actor{Type: "ram-user"}, Holder{"User", ""}, false},
	} {
		if got := Made(x.by); got != x.want || got.Listed(pass, "who") != x.listed {
			t.Errorf("%+v: %+v, listed %v", x.by, got, got.Listed(pass, "who"))
		}
	}
}

// Each policy that has the name is judged, none is gone, and the first error ends it.
func TestEachPolicyOfTheNameIsJudged(t *testing.T) {
	const text = `{"DefaultPolicyVersion":{"VersionId":"v1","PolicyDocument":"{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`
	pass := func(a answers) *practice.Pass {
		return practice.NewPass(&practice.Practice{ID: "x", Reads: AccessReads}, practice.Resource{Type: resource.TypePolicy, ID: "p"}, nil, time.Now(), a, nil)
	}
	var judged []string
	check := OfPolicies(func(_ context.Context, _ *practice.Pass, p Policy) error { judged = append(judged, p.Kind); return nil })
	if err := check(t.Context(), pass(answers{"GetPolicy p": text})); err != nil || !slices.Equal(judged, []string{resource.CustomPolicy, resource.SystemPolicy}) {
		t.Errorf("%v, %v", judged, err)
	}
	if err := check(t.Context(), pass(answers{})); err == nil {
		t.Error("a policy that cannot be read is none")
	}
	no := errors.New("no")
	if err := OfPolicies(func(context.Context, *practice.Pass, Policy) error { return no })(t.Context(), pass(answers{"GetPolicy p": text})); !errors.Is(err, no) {
		t.Error(err)
	}
}
