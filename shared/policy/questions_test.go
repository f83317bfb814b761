package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func letters(format string) string {
	var list []string
	for c := 'a'; c <= 'z'; c++ {
		list = append(list, fmt.Sprintf(format, c))
	}
	return strings.Join(list, `","`)
}

func TestAdministrator(t *testing.T) {
	ip := `"Condition":{"IpAddress":{"acs:SourceIp":"203.0.113.0/24"}}`
	for _, x := range []struct {
		name       string
		statements []string
		everything Answer
		inEffect   Answer
		perhaps    Answer // all of RAM under some circumstances
	}{
		{"AdministratorAccess", []string{all}, Yes, Yes, Yes},
		{"*:*", []string{`{"Effect":"Allow","Action":["*:*"],"Resource":["acs:*:*:*:*"]}`}, Yes, Yes, Yes},
		{"every letter", []string{`{"Effect":"Allow","Action":["` + letters("%c*") + `"],"Resource":"*"}`}, Yes, Yes, Yes},
		{"every letter of every service", []string{`{"Effect":"Allow","Action":["` + letters("*:%c*") + `"],"Resource":"*"}`}, Yes, Yes, Yes},
		{"split", []string{`{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`, `{"Effect":"Allow","NotAction":"ecs:*","Resource":"*"}`}, Yes, Yes, Yes},
		{"split by resource", []string{`{"Effect":"Allow","Action":"*","Resource":"acs:ram:*:*:*"}`, `{"Effect":"Allow","Action":"*","NotResource":"acs:ram:*"}`}, Yes, Yes, Yes},
		{"split by condition", []string{`{"Effect":"Allow","Action":"*","Resource":"*",` + ip + `}`,
			`{"Effect":"Allow","Action":"*","Resource":"*",` + strings.Replace(ip, "IpAddress", "NotIpAddress", 1) + `}`}, Yes, Yes, Yes},
		{"all but billing", []string{`{"Effect":"Allow","NotAction":"bss:*","Resource":"*"}`}, No, Yes, Yes},
		{"all but RAM", []string{`{"Effect":"Allow","NotAction":["RAM:*","sts:*"],"Resource":"*"}`}, No, No, No},
		{"only RAM", []string{`{"Effect":"Allow","Action":"ram:*","Resource":"*"}`}, No, Yes, Yes},
		{"RAM, written otherwise", []string{`{"Effect":"Allow","Action":"r?m:*","Resource":"acs:ram:*:*:*"}`}, No, Yes, Yes},
		{"from the office", []string{`{"Effect":"Allow","Action":"*","Resource":"*",` + ip + `}`}, No, No, Yes},
		{"reading", []string{`{"Effect":"Allow","Action":["*:Describe*","*:List*","*:Get*"],"Resource":"*"}`}, No, No, No},
		{"denied again", []string{all, `{"Effect":"Deny","Action":"*","Resource":"*"}`}, No, No, No},
		{"RAM denied", []string{all, `{"Effect":"Deny","Action":"ram:*","Resource":"*"}`}, No, No, No},
		{"one bucket", []string{`{"Effect":"Allow","Action":"*","Resource":"acs:oss:*:*:b/*"}`}, No, No, No},
		{"a letter less", []string{`{"Effect":"Allow","Action":["` + strings.Replace(letters("%c*"), `"q*",`, "", 1) + `"],"Resource":"*"}`}, No, Yes, Yes},
	} {
		a := Of(of(t, x.statements...)).Administrator()
		if a.Everything != x.everything || a.InEffect != x.inEffect || a.InEffectIf != x.perhaps {
			t.Errorf("%s: %+v", x.name, a)
		}
	}
}

func TestLimited(t *testing.T) {
	from := func(not, value string) string {
		return `"Condition":{"` + not + `IpAddress":{"acs:SourceIp":` + value + `}}`
	}
	allow := func(rest string) string { return `{"Effect":"Allow","Action":"ecs:*","Resource":"*",` + rest + `}` }
	deny := func(rest string) string { return `{"Effect":"Deny","Action":"*","Resource":"*",` + rest + `}` }
	office := `["203.0.113.0/24","10.0.0.0/8"]`
	for _, x := range []struct {
		name       string
		limit      Limit
		statements []string
		want       Answer
		service    bool
	}{
		{"none", SourceIP, []string{all}, No, false},
		{"office", SourceIP, []string{allow(from("", office))}, Yes, false},
		{"everybody", SourceIP, []string{allow(from("", `"0.0.0.0/0"`))}, No, false},
		{"two halves", SourceIP, []string{allow(from("", `["0.0.0.0/1","128.0.0.0/1"]`))}, No, false},
		{"blocks that add up", SourceIP, []string{allow(from("", `["20.0.0.0/9","30.0.0.0/9"]`))}, No, false},
		{"blocks that do not", SourceIP, []string{allow(from("", `["20.0.0.0/10","30.0.0.0/9"]`))}, Yes, false},
		{"all but one", SourceIP, []string{allow(from("Not", `"203.0.113.7"`))}, No, false},
		{"IPv6", SourceIP, []string{allow(from("", `"::/0"`))}, No, false},
		{"private only", SourceIP, []string{allow(from("", `["10.0.0.0/8","fc00::/7"]`))}, Yes, false},
		{"a Deny for all", SourceIP, []string{all, deny(from("Not", office))}, Yes, false},
		{"a Deny that denies nobody", SourceIP, []string{all, deny(from("Not", `"0.0.0.0/0"`))}, No, false},
		{"a Deny of the office", SourceIP, []string{all, deny(from("", office))}, No, false},
		{"a Deny of something else", SourceIP, []string{all, `{"Effect":"Deny","Action":"oss:*","Resource":"*",` + from("Not", office) + `}`}, No, false},
		{"two statements, one without", SourceIP, []string{allow(from("", office)), `{"Effect":"Allow","Action":"ecs:StopInstance","Resource":"*"}`}, No, false},
		{"two that add up", SourceIP, []string{allow(from("", `"0.0.0.0/1"`)), allow(from("", `"128.0.0.0/1"`))}, No, false},
		{"but for services", SourceIP, []string{all, deny(`"Condition":{"NotIpAddress":{"acs:SourceIp":` + office + `},"Bool":{"acs:ViaAliyunService":"false"}}`)}, Yes, true},
		{"only for services", SourceIP, []string{all, deny(`"Condition":{"NotIpAddress":{"acs:SourceIp":` + office + `},"Bool":{"acs:ViaAliyunService":"true"}}`)}, No, true},
		{"and with a factor", SourceIP, []string{all, deny(`"Condition":{"NotIpAddress":{"acs:SourceIp":` + office + `},"Bool":{"acs:MFAPresent":"false"}}`)}, No, false},
		{"as text", SourceIP, []string{allow(`"Condition":{"StringEquals":{"acs:SourceIp":"203.0.113.7"}}`)}, Unknown, false},
		{"nothing allowed", SourceIP, []string{deny(from("Not", office))}, Yes, false},
		{"plain", SecureTransport, []string{all}, No, false},
		{"only safe", SecureTransport, []string{allow(`"Condition":{"Bool":{"acs:SecureTransport":"true"}}`)}, Yes, false},
		{"plain denied", SecureTransport, []string{all, deny(`"Condition":{"Bool":{"acs:SecureTransport":["false"]}}`)}, Yes, false},
		{"not safe denied, as text", SecureTransport, []string{all, deny(`"Condition":{"StringNotEquals":{"acs:SecureTransport":"true"}}`)}, Yes, false},
		{"safe denied", SecureTransport, []string{all, deny(`"Condition":{"Bool":{"acs:SecureTransport":"true"}}`)}, No, false},
		{"true or false", SecureTransport, []string{allow(`"Condition":{"Bool":{"acs:SecureTransport":["true","false"]}}`)}, No, false},
		{"factor", MFA, []string{allow(`"Condition":{"Bool":{"acs:MFAPresent":true}}`)}, Yes, false},
		{"a Deny that a key without it passes", MFA, []string{all, deny(`"Condition":{"Bool":{"acs:MFAPresent":false}}`)}, No, false},
	} {
		r := Of(of(t, x.statements...)).Limited(x.limit, Scope{})
		if r.Holds != x.want || r.ByService != x.service {
			t.Errorf("%s: %+v", x.name, r)
		}
	}
	// Only what is asked about counts.
	a := Of(of(t, allow(from("", office)), `{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}`))
	if r := a.Limited(SourceIP, Scope{Actions: []string{"ecs:Stop*", "ecs:Delete*"}}); r.Holds != Yes {
		t.Errorf("%+v", r)
	}
	if r := a.Limited(SourceIP, Scope{}); len(r.Open) != 1 || r.Open[0].By[0].Statement != 2 {
		t.Errorf("%+v", r)
	}
}

func TestContainedAndAdds(t *testing.T) {
	read, ecs := of(t, `{"Effect":"Allow","Action":["ecs:Describe*","ecs:D*s"],"Resource":"*"}`), of(t, `{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`)
	if Contained(read, ecs).None != Yes || Contained(ecs, read).None != No {
		t.Error(Contained(read, ecs), Contained(ecs, read))
	}
	if adds, takes := Of(ecs).Adds(read); adds.None != Yes || takes.None != Yes {
		t.Error(adds, takes)
	}
	adds, takes := Of(read).Adds(of(t, `{"Effect":"Allow","Action":"oss:*","Resource":"*"}`, `{"Effect":"Deny","Action":"ecs:DescribeKeyPairs","Resource":"*"}`))
	if adds.None != No || takes.None != No || !strings.HasPrefix(adds.Examples[0].Action, "oss:") || takes.Examples[0].Action != "ecs:describekeypairs" {
		t.Error(adds, takes)
	}
}

// What rests on something unknown is Unknown, and what does not is not.
func TestBeyondWhatIsKnown(t *testing.T) {
	full := of(t, all)
	when := func(effect, condition string) string {
		return `{"Effect":"` + effect + `","Action":"*","Resource":"*","Condition":{` + condition + `}}`
	}
	strange := `"StringEqualsIfExists":{"a:k":"x"}`
	for _, x := range []struct {
		name string
		a, b *Document
		want Answer
	}{
		{"over a strange Allow", full, of(t, when("Allow", strange)), Unknown},
		{"a strange Allow over nothing", of(t, when("Allow", strange)), of(t, `{"Effect":"Deny","Action":"*","Resource":"*"}`), Unknown},
		{"over one that allows nothing, strange or not", full, of(t, when("Deny", strange), `{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`), No},
		{"the same strange one", of(t, when("Allow", strange)), of(t, when("Allow", strange)), Yes},
		{"whether or not a strange Deny holds", full, of(t, all, when("Deny", `"Bool":{"acs:MFAPresent":false},`+strange)), Unknown},
		{"beside a strange Deny", full, of(t, when("Allow", `"Bool":{"acs:MFAPresent":true}`), when("Deny", strange)), No},
		{"only for an absent key", full, of(t, when("Allow", `"StringEquals":{"a:k":"x"}`), when("Allow", `"StringNotEquals":{"a:k":"x"}`)), Unknown},
		{"between two numbers", of(t, when("Allow", `"NumericGreaterThan":{"a:n":0}`)),
			of(t, when("Allow", `"NumericLessThanEquals":{"a:n":1}`), when("Allow", `"NumericGreaterThanEquals":{"a:n":3}`)), No},
		{"two seconds that follow each other", of(t, when("Allow", `"DateGreaterThan":{"acs:CurrentTime":"2020-01-01T00:00:00Z"}`)),
			of(t, when("Allow", `"DateLessThanEquals":{"acs:CurrentTime":"2026-01-01T00:00:00Z"}`), when("Allow", `"DateGreaterThanEquals":{"acs:CurrentTime":"2026-01-01T00:00:01Z"}`)), Yes},
		{"a block written as IPv6", of(t, when("Allow", `"IpAddress":{"acs:SourceIp":"203.0.113.0/24"}`)),
			of(t, when("Allow", `"IpAddress":{"acs:SourceIp":"::ffff:203.0.113.0/120"}`)), Yes},
	} {
		if d := Contained(x.a, x.b); d.None != x.want || d.None == Unknown && d.Why == "" {
			t.Errorf("%s: %+v, want %s", x.name, d, x.want)
		}
	}
}

func TestEscalations(t *testing.T) {
	open := func(statements ...string) (names []string) {
		for _, e := range Of(of(t, statements...)).Escalations() {
			names = append(names, fmt.Sprintf("%s/%s/%s", e.Name, e.Anyone, e.AtOnce))
		}
		return names
	}
	for _, x := range []struct {
		statements []string
		want       []string
	}{
		{[]string{`{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}`}, nil},
		{[]string{`{"Effect":"Allow","Action":"ram:AttachPolicyToUser","Resource":"*"}`}, []string{"attach-to-user/yes/yes"}},
		{[]string{`{"Effect":"Allow","Action":"ram:*Key","Resource":"acs:ram::1:user/bob"}`}, []string{"new-key/no/yes", "wake-key/no/yes"}},
		{[]string{`{"Effect":"Allow","Action":"ram:UpdateRole","Resource":"*","Condition":{"Bool":{"acs:MFAPresent":true}}}`}, []string{"rewrite-trust/yes/no"}},
		{[]string{`{"Effect":"Allow","Action":"ram:PassRole","Resource":"*"}`}, nil},
		{[]string{`{"Effect":"Allow","Action":["ram:PassRole","ecs:RunInstances"],"Resource":"*"}`}, []string{"role-on-new-machine/yes/yes"}},
		{[]string{`{"Effect":"Allow","Action":"ram:AttachPolicyToUser","Resource":"*"}`, `{"Effect":"Deny","Action":"ram:Attach*","Resource":"*"}`}, nil},
		{[]string{`{"Effect":"Allow","Action":"ram:AttachPolicyToUser","Resource":"*","Strange":1}`}, []string{"attach-to-user/unknown/unknown"}},
	} {
		if got := open(x.statements...); !slices.Equal(got, x.want) {
			t.Errorf("%v: %v, want %v", x.statements, got, x.want)
		}
	}
	if n := len(open(all)); n != len(Routes()) {
		t.Errorf("an administrator has %d of %d routes", n, len(Routes()))
	}
}

func TestWildcards(t *testing.T) {
	d := of(t, `{"Effect":"Deny","Action":"*","Resource":"*"}`,
		`{"Effect":"Allow","Action":["ecs:RunInstances","ecs:*","*:*","oss:Get?"],"Resource":["acs:ecs:*:*:*","acs:ecs:*:1:instance/i-1","acs:*","acs:oss:*:*:b/*"]}`,
		`{"Effect":"Allow","NotAction":["ram:GetUser"],"Resource":"*","Condition":{"Bool":{"acs:MFAPresent":true}}}`)
	var got []string
	for _, w := range d.Wildcards() {
		got = append(got, fmt.Sprint(w, " ", w.Width, " ", w.Conditional))
	}
	want := []string{"statement 2 of p: Action[1] is ecs:* service false", "statement 2 of p: Action[2] is *:* all false",
		"statement 2 of p: Action[3] is oss:Get? part false", "statement 2 of p: Resource[0] is acs:ecs:*:*:* service false",
		"statement 2 of p: Resource[2] is acs:* all false", "statement 2 of p: Resource[3] is acs:oss:*:*:b/* part false",
		"statement 3 of p: NotAction allows all but ram:GetUser all true", "statement 3 of p: Resource[0] is * all true"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
