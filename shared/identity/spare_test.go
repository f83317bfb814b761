package identity

import (
	"slices"
	"testing"

	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/resource"
)

func parsed(t *testing.T, name, statements string) Policy {
	t.Helper()
	d, err := policy.Parse(name, []byte(`{"Version":"1","Statement":[`+statements+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	return Policy{Document: d, Kind: resource.CustomPolicy}
}

func TestSparePolicies(t *testing.T) {
	const (
		job    = `{"Effect":"Allow","Action":["ecs:DescribeInstances","ecs:StartInstance"],"Resource":"*"}`
		less   = `{"Effect":"Allow","Action":"ecs:DescribeInstances","Resource":"*"}`
		oss    = `{"Effect":"Allow","Action":"oss:*","Resource":"*"}`
		noOSS  = `{"Effect":"Deny","Action":"oss:*","Resource":"*"}`
		wide   = `{"Effect":"Allow","Action":"ecs:*","Resource":"*"}`
		noStop = `{"Effect":"Deny","Action":"ecs:StartInstance","Resource":"*"}`
	)
	base := parsed(t, "base", job)
	for name, x := range map[string]struct {
		has  []Policy
		want []string
	}{
		"beside the job":            {[]Policy{parsed(t, "job", job), parsed(t, "oss", oss)}, []string{"oss"}},
		"the job itself":            {[]Policy{parsed(t, "job", job)}, nil},
		"more than the job":         {[]Policy{parsed(t, "wide", wide)}, nil},
		"more, and the job besides": {[]Policy{parsed(t, "wide", wide), parsed(t, "job", job)}, []string{"wide"}}, // the other gives all of the job
		"nothing but what is given": {[]Policy{parsed(t, "job", job), parsed(t, "less", less)}, nil},              // without it nothing is less
		"a deny":                    {[]Policy{parsed(t, "oss", oss), parsed(t, "no", noOSS), parsed(t, "job", job)}, nil},
		"an allow with a deny":      {[]Policy{parsed(t, "job", job), parsed(t, "mixed", oss+","+noStop)}, nil}, // with it a start would come back
		"two of one name":           {[]Policy{parsed(t, "job", job), parsed(t, "job", oss)}, []string{"job"}},
	} {
		spare, left := Spare(x.has, base.Document)
		var names []string
		for _, p := range spare {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, x.want) || len(left.Policies) != len(x.has)-len(spare) {
			t.Errorf("%s: %v is spare of %d, want %v", name, names, len(x.has), x.want)
		}
	}
}
