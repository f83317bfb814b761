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
		"nobody is named":       {settings.Settings{}, key, "", "who deploys ecsguard"},
		"break glass":           {set, practice.Lock{User: "emergency"}, "", "break-glass"},
		"among others":          {set, practice.Lock{Rights: true, Others: []string{"a", "deploy"}}, "", "deploy is named"},
		"protected key":         {set, practice.Lock{User: "ci", Key: "LTAI5tNamed", Leaked: true}, "", "LTAI5tNamed is named"},
		"protected role":        {set, practice.Lock{Role: "terraform"}, "", "terraform is named"},
		"our own role":          {set, practice.Lock{Role: "ecsguard-triage"}, "", "ecsguard's own"},
		"our own, back":         {set, practice.Lock{Role: "ecsguard-triage", Back: true}, "", ""},
		"in use":                {set, key, "2026-06-01T11:30:00Z", "is in use"},
		"perhaps in use":        {set, key, "2026-06-01T10:30:00Z", "is in use"},
		"used before that":      {set, key, "2026-06-01T09:30:00Z", ""},
		"never used":            {set, key, "-", ""},
		"leaked, in use":        {set, leaked, "2026-06-01T11:59:00Z", ""},
		"from fewer places":     {set, practice.Lock{User: "ci", Key: "LTAI5t", Fewer: true}, "2026-06-01T11:59:00Z", ""},
		"fewer, of a named one": {set, practice.Lock{User: "ci", Key: "LTAI5tNamed", Fewer: true}, "", "LTAI5tNamed is named"},
		"another role":          {set, practice.Lock{Role: "web"}, "", ""},
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
	allow := func(rest string) string { return `{"Version":"1","Statement":[{"Effect":"Allow",` + rest + `}]}` }
	const deny = `{"Version":"1","Statement":{"Effect":"Deny","Action":"ecs:*","Resource":"*"}}`
	for name, test := range map[string]struct {
		documents    []string
		may, certain bool
	}{
		"everything":        {[]string{everything}, true, true},
		"in lists":          {[]string{allow(`"Action":["*:*"],"Resource":["acs:ecs:*:*:*","*"]`)}, true, true},
		"in two policies":   {[]string{allow(`"NotAction":"ecs:*","Resource":"*"`), allow(`"Action":"ecs:*","Resource":"*"`)}, true, true},
		"condition":         {[]string{allow(`"Action":"*","Resource":"*","Condition":{"Bool":{"acs:MFAPresent":["true"]}}`)}, true, false},
		"no condition":      {[]string{allow(`"Action":"*","Resource":"*","Condition":{"StringLike":{"acs:PrincipalARN":["*"]}}`)}, true, false},
		"unknown condition": {[]string{allow(`"Action":"*","Resource":"*","Condition":{"Sometimes":{"a:b":["true"]}}`)}, true, false},
		"denied":            {[]string{everything, deny}, true, false},
		"all denied":        {[]string{everything, `{"Version":"1","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`}, false, false},
		"RAM":               {[]string{ofRAM}, true, false},
		"RAM in lists":      {[]string{allow(`"Action":["ram:A*","RAM:*"],"Resource":"acs:ram:*:*:*"`)}, true, false},
		"attaches":          {[]string{allow(`"Action":"ram:AttachPolicyTo*","Resource":"*"`)}, true, false},
		"attaches to one":   {[]string{allow(`"Action":"ram:AttachPolicyToUser","Resource":"acs:ram:*:*:user/intern"`)}, false, false},
		"reads RAM":         {[]string{allow(`"Action":["ram:Get*","ram:List*"],"Resource":"*"`)}, false, false},
		"all but":           {[]string{allow(`"NotAction":"oss:*","Resource":"*"`)}, true, false},
		"all but RAM":       {[]string{allow(`"NotAction":"ram:*","Resource":"*"`)}, false, false},
		"one product":       {[]string{allow(`"Action":"ecs:*","Resource":"*"`)}, false, false},
		"no JSON":           {[]string{"{"}, true, false},
		"no JSON beside":    {[]string{everything, "{"}, true, false},
		"one statement":     {[]string{deny}, false, false},
		"none":              {nil, false, false},
	} {
		if may, certain := Administrator(test.documents); may != test.may || certain != test.certain {
			t.Errorf("%s: %v, %v", name, may, certain)
		}
	}
}
