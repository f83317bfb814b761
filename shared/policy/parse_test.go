package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func must(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse("p", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// of makes a document of statements, each as JSON.
func of(t *testing.T, statements ...string) *Document {
	t.Helper()
	return must(t, `{"Version":"1","Statement":[`+strings.Join(statements, ",")+`]}`)
}

const (
	all  = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	head = `{"Version":"1","Statement":`
)

func TestParse(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{head + all + `}`, ""},
		{head + `[` + all + `]}`, ""},
		{`{"Statement":` + all + `,"Version":"1"}`, ""},
		{head + `{"Effect":"Deny","NotAction":["a:b"],"NotResource":["acs:a:*:*:x"]}}`, ""},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"acs:MFAPresent":true},"NumericLessThan":{"a:n":3}}}}`, ""},
		{head + `{"Sid":"label","Effect":"Allow","Action":"*","Resource":"*"}}`, ""},
		{`{"Version":1,"Statement":` + all + `}`, `the Version is 1; RAM knows only "1"`},
		{`{"Version":"2012-10-17","Statement":` + all + `}`, "the Version is \"2012-10-17\""},
		{`{"Statement":` + all + `}`, "there is no Version"},
		{`{"Version":"1"}`, "there is no Statement"},
		{head + `[]}`, "the Statement is empty"},
		{head + `"x"}`, "the Statement is neither"},
		{head + `[` + all + `,{"Effect":"allow","Action":"*","Resource":"*"}]}`, `statement 2: the Effect is "allow"`},
		{head + `[` + all + `,{"Effect":"Allow","Action":["a:b",7],"Resource":"*"}]}`, "statement 2: Action[1] is not text"},
		{head + `{"Effect":"Allow","Action":[],"Resource":"*"}}`, "statement 1: Action is an empty list"},
		{head + `{"Effect":"Allow","Action":[""],"Resource":"*"}}`, "Action[0] is empty"},
		{head + `{"Effect":"Allow","Action":"a:b ","Resource":"*"}}`, "blanks"},
		{head + `{"Effect":"Allow","Action":"*","NotAction":"a:b","Resource":"*"}}`, "Action and NotAction"},
		{head + `{"Effect":"Allow","Resource":"*"}}`, "neither Action nor NotAction"},
		{head + `{"Effect":"Allow","Action":"*"}}`, "neither Resource nor NotResource"},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"acs:a:*:*:b"}}`, "Resource and NotResource"},
		{head + `{"Action":"*","Resource":"*"}}`, "no Effect"},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}`, "only a trust policy"},
		{head + `{"Effect":"Allow","Action":"*","Action":"a:b","Resource":"*"}}`, `Statement has "Action" twice`},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"acs:MFAPresent":true,"ACS:MFAPresent":false}}}}`, "are one key"},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":[]}}}}`, "Condition.Bool.a:b is an empty list"},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":null}}}}`, "Condition.Bool.a:b[0]"},
		{head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":"x"}}}`, "Condition.Bool is not an object"},
		{head + all + `} x`, "something follows"},
		{head + all, "not JSON"},
		{``, "not JSON"},
		{"\xff", "UTF-8"},
		{`[]`, "not an object"},
		{head + strings.Repeat("[", 100_000), "nested more than"},
		{strings.Repeat(" ", 2<<20), "bytes; at most"},
		{head + `{"Effect":"Allow","Action":["` + strings.Repeat(`","`, 40_000) + `"],"Resource":"*"}}`, "more than 20000 values"},
	} {
		_, err := Parse("p", []byte(x.text))
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "policy p")) {
			t.Errorf("%.150s: %v, want %q", x.text, err, x.want)
		}
	}
}

// What is not known is kept, and neither allows nor denies for certain.
func TestUnread(t *testing.T) {
	for _, x := range []struct{ statement, key string }{
		{`{"Effect":"Allow","Action":"*","Resource":"*","Scope":{"a":[1,"<&>"]}}`, "element Scope"},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"a:k":"x"}}}`, "a:k"},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"a:k":"x"}}}`, "a:k"},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":["office"]}}}`, "acs:SourceIp"},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"acs:CurrentTime":"soon"}}}`, "acs:CurrentTime"},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"a:k":"${x}"}}}`, "a:k"},
	} {
		d := of(t, x.statement)
		q := Request{Action: "ecs:RunInstances", Resource: "acs:ecs:*:1:instance/*", Context: map[string]string{"a:k": "x", "acs:SourceIp": "8.8.8.8",
			"acs:CurrentTime": "2026-01-01T00:00:00Z"}}
		if v := Of(d).Judge(q); v.Outcome != Depends || len(v.Keys) != 1 || v.Keys[0] != x.key {
			t.Errorf("%s: %s", x.statement, v)
		}
		if a := Of(d).Administrator(); a.Everything != Unknown || a.InEffect != Unknown {
			t.Errorf("%s: %+v", x.statement, a)
		}
		if l := Of(d).Limited(SourceIP, Scope{}); l.Holds != Unknown {
			t.Errorf("%s: %+v", x.statement, l)
		}
		deny := of(t, all, strings.Replace(x.statement, "Allow", "Deny", 1))
		if v := Of(deny).Judge(q); v.Outcome != Depends {
			t.Errorf("a Deny: %s", v)
		}
		if d.JSON() != must(t, d.JSON()).JSON() || Contained(d, d).None != Yes {
			t.Errorf("%s is lost: %s", x.statement, d.JSON())
		}
		if d.Check(Custom) == nil {
			t.Errorf("%s passes the check", x.statement)
		}
	}
	top := must(t, `{"Version":"1","Id":"x","Statement":`+all+`}`)
	if v := Of(top).Judge(Request{Action: "a:b", Resource: "acs:a:b:c:d"}); v.Outcome != Depends {
		t.Error(v)
	}
	// An unknown Allow beside nothing else changes nothing of what another one denies.
	if v := Of(of(t, `{"Effect":"Allow","Action":"a:b","Resource":"*","X":1}`, `{"Effect":"Deny","Action":"*","Resource":"*"}`)).
		Judge(Request{Action: "a:b", Resource: "acs:a:b:c:d"}); v.Outcome != Denied {
		t.Error(v)
	}
}

// Documents that are made to be hard end soon: with an answer, or with Unknown.
func TestHostile(t *testing.T) {
	many := func(format string, n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(format, i))
		}
		return `{"Effect":"Allow","Action":["` + strings.Join(list, `","`) + `"],"Resource":"*"}`
	}
	for _, x := range []struct {
		name, text string
		want       Answer
	}{
		{"10,000 names", many("a:N%d", 10_000), No},
		{"100 inner names", many("*:*q%dz*", 100), Unknown},
		{"stars", `{"Effect":"Allow","Action":"` + strings.Repeat("*", 5000) + `","Resource":"` + strings.Repeat("**", 2500) + `"}`, Yes},
		{"questions", `{"Effect":"Allow","Action":"` + strings.Repeat("?*", 500) + `","Resource":"*"}`, No},
		{"unicode", `{"Effect":"Allow","Action":["\u212A*:*","*:*","ｒａｍ:*","\u0000"],"Resource":["acs:*","\ud83d\ude00*"]}`, Yes},
	} {
		d := of(t, x.text)
		if a := Of(d).Administrator(); a.Everything != x.want {
			t.Errorf("%s: %+v", x.name, a)
		}
	}
	var conditions []string
	for i := range 40 {
		conditions = append(conditions, fmt.Sprintf(`"a:k%d":"x"`, i))
	}
	d := of(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{`+strings.Join(conditions, ",")+`}}}`)
	if v := Of(d).Judge(Request{Action: "a:b", Resource: "acs:a:b:c:d"}); v.Outcome != Depends || len(v.Keys) != 40 {
		t.Error(v)
	}
	if r := Of(d).Reaches(Scope{}); r.All != Unknown {
		t.Errorf("%+v", r)
	}
	if _, err := atoms(manyPatterns(60), nil, anything{}); !errors.Is(err, ErrTooWide) {
		t.Error(err)
	}
}

func manyPatterns(n int) []pattern {
	var out []pattern
	for i := range n {
		out = append(out, compilePattern(fmt.Sprintf("*%dx%d*", i, i), true, false))
	}
	return out
}

func FuzzParse(f *testing.F) {
	f.Add(head + all + `}`)
	f.Add(head + `[{"Effect":"Deny","NotAction":["a:?*"],"NotResource":"acs:ram::*:u/A","Condition":{"NotIpAddress":{"acs:SourceIp":"10.0.0.0/8"}}}]}`)
	f.Add(head + `{"Effect":"Allow","Action":"*","Principal":{"RAM":["acs:ram::1:root"],"Service":"ecs.aliyuncs.com"}}}`)
	f.Add(`{"Version":"1","X":[{"a":null}],"Statement":[{"Effect":"Allow","Y":1e9,"Action":"é*","Resource":"*"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func(string, []byte) (*Document, error){Parse, ParseTrust} {
			d, err := read("", []byte(text))
			if err != nil {
				continue
			}
			again, err := read("", []byte(d.JSON()))
			if err != nil || again.JSON() != d.JSON() {
				t.Fatalf("%q is written as %q, which is read as %v: %v", text, d.JSON(), again, err)
			}
			Of(d).Judge(Request{Action: "ecs:RunInstances", Resource: "acs:ecs:*:1:instance/*"})
		}
	})
}
