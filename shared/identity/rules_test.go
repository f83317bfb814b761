package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// used is a cloud without administrators, in which a key was used at a time.
type used string

func (u used) Read(_ context.Context, call cloud.Call, out any) error {
	return cloud.Decode(call, []byte(map[string]string{
		"GetDefaultDomain":      `{"DefaultDomainName":"1.onaliyun.com"}`,
		"GetAccessKeyLastUsed":  `{"AccessKeyLastUsed":{"LastUsedDate":"` + string(u) + `"}}`,
		"ListEntitiesForPolicy": `{"Users":{"User":[]},"Groups":{"Group":[]},"Roles":{"Role":[]}}`,
		"ListPolicies":          `{"Policies":{"Policy":[]}}`,
	}[call.Action]), out)
}

func TestWhoIsLeftAlone(t *testing.T) {
	set := settings.Settings{Protected: settings.List{"deploy", "role/terraform", "LTAI5tNamed"}, Users: settings.List{"emergency"}}
	key := practice.Lock{User: "ci", Key: "LTAI5t"}
	leaked := key
	leaked.Leaked = true
	for name, test := range map[string]struct {
		set  settings.Settings
		lock practice.Lock
		used used
		want string
	}{
		"nobody is named":  {settings.Settings{}, key, "", "who deploys ecsguard"},
		"break glass":      {set, practice.Lock{User: "emergency"}, "", "break-glass"},
		"among others":     {set, practice.Lock{Rights: true, Others: []string{"a", "deploy"}}, "", "deploy is named"},
		"protected key":    {set, practice.Lock{User: "ci", Key: "LTAI5tNamed", Leaked: true}, "", "LTAI5tNamed is named"},
		"protected role":   {set, practice.Lock{Role: "terraform"}, "", "terraform is named"},
		"our own role":     {set, practice.Lock{Role: "ecsguard-triage"}, "", "ecsguard's own"},
		"our own, back":    {set, practice.Lock{Role: "ecsguard-triage", Back: true}, "", ""},
		"in use":           {set, key, "2026-06-01T11:30:00Z", "is in use"},
		"perhaps in use":   {set, key, "2026-06-01T10:30:00Z", "is in use"},
		"used before that": {set, key, "2026-06-01T09:30:00Z", ""},
		"never used":       {set, key, "-", ""},
		"leaked, in use":   {set, leaked, "2026-06-01T11:59:00Z", ""},
		"another role":     {set, practice.Lock{Role: "web"}, "", ""},
	} {
		d, err := Rules{Settings: test.set, Reader: test.used, Event: &events.Event{}, Now: now}.May(t.Context(), test.lock)
		if err != nil || d.Act != (test.want == "") || !strings.Contains(d.Reason, test.want) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	e := &events.Event{Time: now, Actor: events.Actor{AccessKeyID: "LTAI5t"}}
	if d, err := (Rules{Settings: set, Reader: used(""), Event: e, Now: now}).May(t.Context(), key); err != nil || d.Act {
		t.Errorf("the key has just made the event: %+v, %v", d, err)
	}
	if d, err := (Rules{Settings: set, Reader: used("soon"), Now: now}).May(t.Context(), key); err != nil || d.Act || d.Outcome != practice.Failed || d.Cause == "" {
		t.Errorf("what cannot be read keeps it: %+v, %v", d, err)
	}
}

func TestWhoIsAnAdministrator(t *testing.T) {
	const deny = `{"Statement":{"Effect":"Deny","Action":"ecs:*","Resource":"*"}}`
	for name, test := range map[string]struct {
		documents    []string
		may, certain bool
	}{
		"everything":  {[]string{everything}, true, true},
		"in lists":    {[]string{`{"Statement":[{"Effect":"Allow","Action":["*:*"],"Resource":["acs:x","*"]}]}`}, true, true},
		"condition":   {[]string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":["true"]}}}]}`}, true, false},
		"denied":      {[]string{everything, `{"Statement":[{"Effect":"Deny","Action":"ecs:*","Resource":"*"}]}`}, true, false},
		"RAM":         {[]string{ofRAM}, true, false},
		"all but":     {[]string{`{"Statement":[{"Effect":"Allow","NotAction":"oss:*","Resource":"*"}]}`}, true, false},
		"one product": {[]string{`{"Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}`}, false, false},
		"no JSON":     {[]string{"{"}, true, false},
		"odd form":    {[]string{deny}, true, false},
		"none":        {nil, false, false},
	} {
		if may, certain := (Plain{}).Administrator(test.documents); may != test.may || certain != test.certain {
			t.Errorf("%s: %v, %v", name, may, certain)
		}
	}
}
