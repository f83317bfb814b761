package policy

import (
	"slices"
	"testing"
)

// From RAM's documentation: how policies are evaluated, and its examples.
func TestJudge(t *testing.T) {
	tagged := `{"Effect":"Allow","Action":"ecs:*","Resource":"*","Condition":{"StringEquals":{"acs:ResourceTag/team":["dev"]}}}`
	office := `{"Effect":"Allow","Action":"ecs:*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":["203.0.113.2","198.51.100.0/24"]}}}`
	notOffice := `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"acs:SourceIp":["203.0.113.2","198.51.100.0/24"]}}}`
	photos := `{"Effect":"Allow","Action":"oss:ListObjects","Resource":"acs:oss:*:*:myphotos","Condition":{"StringLike":{"oss:Prefix":"hangzhou/2015/*"}}}`
	for _, x := range []struct {
		name       string
		statements []string
		q          Request
		want       Outcome
		keys       []string
	}{
		{"nothing speaks of it", []string{`{"Effect":"Allow","Action":"oss:*","Resource":"*"}`}, Request{Action: "ecs:RunInstances"}, Denied, nil},
		{"allowed", []string{`{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}`}, Request{Action: "ECS:describeInstances"}, Allowed, nil},
		{"deny wins", []string{all, `{"Effect":"Deny","Action":"ecs:*","Resource":"*"}`}, Request{Action: "ecs:RunInstances"}, Denied, nil},
		{"deny wins before", []string{`{"Effect":"Deny","Action":"ecs:*","Resource":"*"}`, all}, Request{Action: "ecs:RunInstances"}, Denied, nil},
		{"all but", []string{`{"Effect":"Allow","NotAction":"ram:*","Resource":"*"}`}, Request{Action: "ecs:RunInstances"}, Allowed, nil},
		{"all but that", []string{`{"Effect":"Allow","NotAction":"ram:*","Resource":"*"}`}, Request{Action: "ram:ListUsers"}, Denied, nil},
		{"denied all but", []string{all, `{"Effect":"Deny","NotAction":"ecs:*","Resource":"*"}`}, Request{Action: "ram:ListUsers"}, Denied, nil},
		{"not that resource", []string{`{"Effect":"Allow","Action":"*","NotResource":"acs:ecs:*:*:instance/i-1"}`},
			Request{Action: "ecs:StopInstance", Resource: "acs:ecs:cn-hangzhou:1:instance/i-1"}, Denied, nil},
		{"a resource has case", []string{`{"Effect":"Allow","Action":"*","Resource":"acs:oss:*:*:Bucket"}`},
			Request{Action: "oss:GetObject", Resource: "acs:oss:*:1:bucket"}, Denied, nil},
		{"one of RAM has none, and no region", []string{`{"Effect":"Allow","Action":"*","Resource":"acs:ram::1:user/Alice"}`},
			Request{Action: "ram:GetUser", Resource: "acs:ram:*:1:user/alice"}, Allowed, nil},
		{"tag", []string{tagged}, Request{Action: "ecs:StopInstance", Context: map[string]string{"acs:ResourceTag/team": "dev"}}, Allowed, nil},
		{"tag has case", []string{tagged}, Request{Action: "ecs:StopInstance", Context: map[string]string{"acs:ResourceTag/Team": "dev"}}, Depends, []string{"acs:ResourceTag/team"}},
		{"no tag", []string{tagged}, Request{Action: "ecs:StopInstance", Absent: []string{"acs:ResourceTag/team"}}, Denied, nil},
		{"from the office", []string{office}, Request{Action: "ecs:StopInstance", Context: map[string]string{"acs:sourceip": "198.51.100.9"}}, Allowed, nil},
		{"from elsewhere", []string{office}, Request{Action: "ecs:StopInstance", Context: map[string]string{"acs:SourceIp": "8.8.8.8"}}, Denied, nil},
		{"from where", []string{office}, Request{Action: "ecs:StopInstance"}, Depends, []string{"acs:SourceIp"}},
		{"all values of a negation", []string{all, notOffice}, Request{Action: "a:b", Context: map[string]string{"acs:SourceIp": "198.51.100.9"}}, Allowed, nil},
		{"none of them", []string{all, notOffice}, Request{Action: "a:b", Context: map[string]string{"acs:SourceIp": "8.8.8.8"}}, Denied, nil},
		{"prefix", []string{photos}, Request{Action: "oss:ListObjects", Resource: "acs:oss:*:1:myphotos", Context: map[string]string{"oss:Prefix": "hangzhou/2015/a"}}, Allowed, nil},
		{"other prefix", []string{photos}, Request{Action: "oss:ListObjects", Resource: "acs:oss:*:1:myphotos", Context: map[string]string{"oss:Prefix": "hangzhou/2016"}}, Denied, nil},
		{"two halves are all", []string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"acs:SecureTransport":"true"}}}`,
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"acs:SecureTransport":"false"}}}`}, Request{Action: "a:b"}, Allowed, nil},
		{"whatever the key", []string{office, `{"Effect":"Deny","Action":"ecs:*","Resource":"*"}`}, Request{Action: "ecs:StopInstance"}, Denied, nil},
		{"absent and negated is not documented", []string{all, `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"a:k":"x"}}}`},
			Request{Action: "a:b", Absent: []string{"a:k"}}, Depends, []string{"a:k"}},
		{"time", []string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"acs:CurrentTime":"2026-01-01T08:00:00+08:00"}}}`},
			Request{Action: "a:b", Context: map[string]string{"acs:CurrentTime": "2025-12-31T23:59:59Z"}}, Allowed, nil},
	} {
		if x.q.Resource == "" {
			x.q.Resource = "acs:ecs:cn-hangzhou:1:instance/i-2"
		}
		v := Of(of(t, x.statements...)).Judge(x.q)
		if v.Outcome != x.want || !slices.Equal(v.Keys, x.keys) {
			t.Errorf("%s: %s (%v), want %s (%v)", x.name, v, v.Keys, x.want, x.keys)
		}
	}
}

// Each level has to allow: the session policy, and the control policies from the root on.
func TestLevels(t *testing.T) {
	q := Request{Action: "ecs:RunInstances", Resource: "acs:ecs:cn-hangzhou:1:instance/*"}
	full, ecs := of(t, all), of(t, `{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`)
	oss, deny := of(t, `{"Effect":"Allow","Action":"oss:*","Resource":"*"}`), of(t, `{"Effect":"Deny","Action":"ecs:Run*","Resource":"*"}`)
	for _, x := range []struct {
		name string
		a    Access
		want Outcome
	}{
		{"no policy", Access{}, Denied},
		{"a group's", Of(oss, ecs), Allowed},
		{"a group's Deny", Of(full, deny), Denied},
		{"session", Access{Policies: []*Document{full}, Session: ecs}, Allowed},
		{"session without", Access{Policies: []*Document{full}, Session: oss}, Denied},
		{"session gives nothing", Access{Policies: []*Document{oss}, Session: full}, Denied},
		{"control", Access{Policies: []*Document{ecs}, Control: [][]*Document{{full}, {full, oss}, {full}}}, Allowed},
		{"control gives nothing", Access{Policies: []*Document{oss}, Control: [][]*Document{{full}}}, Denied},
		{"a folder without", Access{Policies: []*Document{full}, Control: [][]*Document{{full}, {oss}, {full}}}, Denied},
		{"a folder of nothing", Access{Policies: []*Document{full}, Control: [][]*Document{{full}, {}}}, Denied},
		{"the root denies", Access{Policies: []*Document{full}, Control: [][]*Document{{full, deny}, {full}}}, Denied},
	} {
		if v := x.a.Judge(q); v.Outcome != x.want {
			t.Errorf("%s: %s", x.name, v)
		}
	}
	limited := Access{Policies: []*Document{full}, Control: [][]*Document{{full, deny}}}
	if a := limited.Administrator(); a.Everything != No || a.InEffect != Yes || a.Without == "" {
		t.Errorf("%+v", a)
	}
	if g := limited.Grants(); len(g) != 1 || g[0].Whole != No || g[0].Left != Yes || g[0].String() != "* to *" {
		t.Errorf("%+v", g)
	}
	if v := limited.Judge(q); v.String() != "denied by statement 1 of p" {
		t.Error(v)
	}
}
