package policy

import (
	"strings"
	"testing"
)

func TestMayAssume(t *testing.T) {
	trust := func(principal, rest string) string {
		return `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + principal + rest + `}]}`
	}
	for _, x := range []struct {
		text    string
		kind    TrustKind
		account string
		own     bool
		limited Answer
		sure    Answer
	}{
		{trust(`{"RAM":"acs:ram::1:root"}`, ""), Account, "1", true, No, Yes},
		{trust(`{"RAM":["acs:ram::2:root"]}`, ""), Account, "2", false, No, Yes},
		{trust(`{"RAM":"acs:ram::2:user/bob"}`, ""), Identity, "2", false, No, Yes},
		{trust(`{"RAM":"acs:ram::12:role/a/b"}`, ""), Identity, "12", false, No, Yes},
		{trust(`{"RAM":"*"}`, ""), Anyone, "", false, No, Yes},
		{trust(`"*"`, ""), Anyone, "", false, No, Yes},
		{trust(`{"RAM":"acs:ram::*:root"}`, ""), Anyone, "*", false, No, Yes},
		{trust(`{"RAM":"bob"}`, ""), UnknownPrincipal, "", false, No, Unknown},
		{trust(`{"AWS":"acs:ram::1:root"}`, ""), UnknownPrincipal, "1", true, No, Unknown},
		{trust(`{"Service":"ecs.aliyuncs.com"}`, ""), Service, "", true, No, Yes},
		{trust(`{"Service":["2@cdp.aliyuncs.com"]}`, ""), Service, "2", false, No, Yes},
		{trust(`{"Federated":"acs:ram::1:saml-provider/idp"}`, `,"Condition":{"StringEquals":{"saml:recipient":"https://signin.aliyun.com/saml-role/sso"}}`),
			IdentityProvider, "1", true, Yes, Yes},
		{trust(`{"Federated":"acs:ram::1:oidc-provider/idp"}`, `,"Condition":{"StringLike":{"oidc:sub":"*"}}`), IdentityProvider, "1", true, No, Yes},
		{trust(`{"RAM":"acs:ram::2:root"}`, `,"Condition":{"StringEquals":{"sts:ExternalId":"x"}}`), Account, "2", false, Yes, Yes},
		{trust(`{"RAM":"acs:ram::2:root"}`, `,"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"x"}}`), Account, "2", false, Unknown, Yes},
		{trust(`{"RAM":"acs:ram::2:root"}`, `},{"Effect":"Deny","Action":"sts:*","Principal":{"RAM":"acs:ram::2:root"},"Condition":{"Bool":{"acs:MFAPresent":false}}`),
			Account, "2", false, No, Unknown},
	} {
		d, err := ParseTrust("r", []byte(x.text))
		if err != nil {
			t.Fatal(x.text, err)
		}
		got := d.MayAssume("1")
		if len(got) != 1 || got[0].Kind != x.kind || got[0].Account != x.account || got[0].Own != x.own || got[0].Limited != x.limited || got[0].Sure != x.sure {
			t.Errorf("%s: %+v", x.text, got)
		}
	}
	gone, err := ParseTrust("r", []byte(trust(`{"RAM":["acs:ram::2:user/a","acs:ram::3:root"]}`,
		`},{"Effect":"Deny","Action":"*","Principal":{"RAM":["acs:ram::2:root","acs:ram::3:user/b"]}`)))
	if err != nil {
		t.Fatal(err)
	}
	if got := gone.MayAssume("1"); len(got) != 1 || got[0].Account != "3" || len(got[0].Except) != 1 {
		t.Errorf("%+v", got)
	}
	if _, err := ParseTrust("r", []byte(head+all+"}")); err == nil {
		t.Error("a permission is read as trust")
	}
	other, err := ParseTrust("r", []byte(strings.Replace(trust(`"*"`, ""), "AssumeRole", "GetCallerIdentity", 1)))
	if err != nil || len(other.MayAssume("1")) != 0 {
		t.Error(err, "an action that assumes nothing")
	}
}

func TestWithout(t *testing.T) {
	ram := Scope{Actions: []string{"ram:*"}}
	for _, x := range []struct {
		name       string
		statements []string
		away       Scope
		words      string
		deny       bool
	}{
		{"not there", []string{`{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`}, ram, "nothing has to be changed", false},
		{"one of a list", []string{`{"Effect":"Allow","Action":["ecs:*","ram:Get*","RAM:List*"],"Resource":"*"}`}, ram, "statement 1 loses ram:Get*, RAM:List*", false},
		{"a statement", []string{`{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`, `{"Effect":"Allow","Action":"ram:*","Resource":"*"}`}, ram, "statement 2 is removed", false},
		{"of everything", []string{all}, ram, "statement 1 allows all actions but ram:*", false},
		{"of all but", []string{`{"Effect":"Allow","NotAction":"bss:*","Resource":"*"}`}, ram, "statement 1 allows all actions but ram:*", false},
		{"a resource", []string{`{"Effect":"Allow","Action":"oss:*","Resource":["acs:oss:*:*:a","acs:oss:*:*:b"]}`},
			Scope{Resources: []string{"acs:oss:*:*:b"}}, "statement 1 loses acs:oss:*:*:b", false},
		{"a part of a wildcard", []string{`{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`}, Scope{Actions: []string{"ecs:Delete*"}},
			"a Deny of ecs:Delete* to * is added", true},
		{"from two statements", []string{all, all}, ram, "a Deny of ram:* to * is added", true},
		{"what stays allowed elsewhere", []string{`{"Effect":"Allow","Action":["ecs:*","ecs:StopInstance"],"Resource":"*"}`}, Scope{Actions: []string{"ecs:StopInstance"}},
			"a Deny of ecs:StopInstance to * is added", true},
	} {
		e, err := of(t, x.statements...).Without(x.away)
		if err != nil || e.Words != x.words || e.AddsDeny != x.deny {
			t.Errorf("%s: %q %t, %v", x.name, e.Words, e.AddsDeny, err)
		}
	}
	if _, err := of(t, `{"Effect":"Allow","Action":["ram:a`+strings.Repeat("x", 6100)+`","ecs:*"],"Resource":"*"}`).
		Without(Scope{Actions: []string{"ecs:Delete*"}}); err == nil || !strings.Contains(err.Error(), "at most 6144") {
		t.Error(err)
	}
}

func TestPropose(t *testing.T) {
	keys := Scope{Actions: []string{"ram:CreateAccessKey"}}
	text, err := ProposeDeny(Control, "no-new-keys", keys)
	if err != nil || !strings.Contains(text, "\n") || must(t, text).Check(Control) != nil {
		t.Error(text, err)
	}
	text, err = ProposeDeny(Custom, "office", Scope{}, Condition{"NotIpAddress", "acs:SourceIp", []string{"203.0.113.0/24"}},
		Condition{"Bool", "acs:ViaAliyunService", []string{"false"}})
	if err != nil || Of(everything, must(t, text)).Limited(SourceIP, Scope{}).Holds != Yes {
		t.Error(text, err)
	}
	var many []string
	for range 300 {
		many = append(many, "ecs:DescribeInstances")
	}
	for _, x := range []struct {
		kind  Kind
		scope Scope
		only  []Condition
		want  string
	}{
		{Control, Scope{Actions: many}, nil, "at most 4096"},
		{Custom, Scope{Actions: many}, nil, "at most 6144"},
		{Custom, Scope{Actions: []string{"CreateUser"}}, nil, "service:Action"},
		{Custom, Scope{Actions: []string{"ram:Create User"}}, nil, ""},
		{Custom, Scope{Resources: []string{"i-1"}}, nil, ""},
		{Custom, keys, []Condition{{"StringEqualsIfExists", "a:k", []string{"x"}}}, "no such operator"},
		{Custom, keys, []Condition{{"IpAddress", "acs:SourceIp", []string{"office"}}}, "is no value"},
		{Custom, keys, []Condition{{"IpAddress", "acs:SourceIp", []string{"0.0.0.0/0", "::/0"}}, {"NotIpAddress", "acs:SourceIp", []string{"0.0.0.0/0", "::/0"}}}, "nothing for certain"},
		{Custom, keys, []Condition{{"IpAddress", "SourceIp", []string{"10.0.0.0/8"}}}, "service:Key"},
		{Trust, keys, nil, "trust policy"},
	} {
		if _, err := ProposeDeny(x.kind, "p", x.scope, x.only...); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%+v: %v, want %q", x.scope, err, x.want)
		}
	}
	d := &Document{Statements: []Statement{{Deny: true, Action: []string{"a:b"}, NotResource: []string{"acs:a:*:*:b"}}}}
	if d.Check(Control) == nil || d.Check(Custom) != nil {
		t.Error("NotResource in a control policy")
	}
}
