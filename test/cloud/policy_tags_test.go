package cloud

import (
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// product is an API as the generic client of the SDK calls it: parameters by
// name, the endpoint by hand.
type product struct {
	client        *sdk.Client
	domain        string
	version, name string
}

func generic(t *testing.T, c *Cloud, k kernel.Credentials, name, version, domain string) product {
	t.Helper()
	return product{must[*sdk.Client](t)(sdk.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k))), domain, version, name}
}

// call sends parameters, given as name, value, name, value …
func (p product) call(action string, params ...string) (*responses.CommonResponse, error) {
	r := requests.NewCommonRequest()
	r.Method, r.Scheme, r.Domain, r.Version, r.Product, r.ApiName = "POST", "https", p.domain, p.version, p.name, action
	for i := 0; i < len(params); i += 2 {
		r.QueryParams[params[i]] = params[i+1]
	}
	return p.client.ProcessCommonRequest(r)
}

func TestConditionsOnTags(t *testing.T) {
	const state = `ecs: {security-groups: [
		{id: sg-dev, tags: {team: dev}}, {id: sg-ops, tags: {team: ops}}, {id: sg-bare}]}`
	on := func(effect, action, condition string) string {
		return `{"Effect":"` + effect + `","Action":"` + action + `","Resource":"*","Condition":` + condition + `}`
	}
	const all = `{"Effect":"Allow","Action":"ecs:*","Resource":"*"},`
	rename := func(id string) []string {
		return []string{"ModifySecurityGroupAttribute", "SecurityGroupId", id, "SecurityGroupName", "renamed"}
	}
	create := func(tags ...string) []string {
		return append([]string{"CreateSecurityGroup", "SecurityGroupName", "made"}, tags...)
	}
	retag := func(id, key, value string) []string {
		return []string{"TagResources", "ResourceType", "securitygroup", "ResourceId.1", id, "Tag.1.Key", key, "Tag.1.Value", value}
	}
	const refused = "Forbidden.RAM"
	mine := on("Allow", "ecs:*", `{"StringEquals":{"acs:ResourceTag/team":["dev","test"]}}`)
	tagged := on("Allow", "ecs:*", `{"StringEquals":{"acs:RequestTag/team":"dev"}}`)
	both := on("Allow", "ecs:*", `{"StringEquals":{"acs:RequestTag/env":"prod","acs:ResourceTag/team":"dev"}}`)
	for name, test := range map[string]struct {
		statements string
		call       []string
		want       string
	}{
		"its own":                       {mine, rename("sg-dev"), ""},
		"another's":                     {mine, rename("sg-ops"), refused},
		"one without tags":              {mine, rename("sg-bare"), refused},
		"one that does not exist":       {mine, rename("sg-none"), refused},
		"all at once":                   {mine, []string{"DescribeSecurityGroups"}, refused},
		"new, not yet tagged":           {mine, create("Tag.1.Key", "team", "Tag.1.Value", "dev"), refused},
		"new with the tag":              {tagged, create("Tag.1.Key", "team", "Tag.1.Value", "dev"), ""},
		"new with another value":        {tagged, create("Tag.1.Key", "team", "Tag.1.Value", "ops"), refused},
		"new without it":                {tagged, create(), refused},
		"key in another case":           {tagged, create("Tag.1.Key", "Team", "Tag.1.Value", "dev"), refused},
		"the tag of a filter":           {tagged, []string{"DescribeSecurityGroups", "Tag.1.Key", "team", "Tag.1.Value", "dev"}, ""},
		"both tags":                     {both, retag("sg-dev", "env", "prod"), ""},
		"the resource has another":      {both, retag("sg-ops", "env", "prod"), refused},
		"the call brings another":       {both, retag("sg-dev", "env", "test"), refused},
		"denied by a tag":               {all + on("Deny", "ecs:*", `{"StringEquals":{"acs:ResourceTag/team":"ops"}}`), rename("sg-ops"), refused},
		"not denied":                    {all + on("Deny", "ecs:*", `{"StringEquals":{"acs:ResourceTag/team":"ops"}}`), rename("sg-dev"), ""},
		"denied by a pattern":           {all + on("Deny", "ecs:*", `{"StringLike":{"acs:ResourceTag/team":"o*"}}`), rename("sg-ops"), refused},
		"cannot take a tag it may use":  {mine, retag("sg-ops", "team", "dev"), refused},
		"can give away what it may use": {mine, retag("sg-dev", "team", "ops"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := startCloud(t)
			load(t, c, state)
			p := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[` + test.statements + `]}`)))
			ecs := generic(t, c, c.AddUser("alice", p), "Ecs", "2014-05-26", "ecs-cn-hangzhou.aliyuncs.com")
			_, err := ecs.call(test.call[0], append([]string{"RegionId", c.Region}, test.call[1:]...)...)
			if test.want != "" {
				wantCode(t, err, test.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConditionsOnNumbers(t *testing.T) {
	for condition, want := range map[string]kernel.Decision{
		`{"NumericLessThan":{"x:n":10}}`:                kernel.Allowed,
		`{"NumericLessThan":{"x:n":"9"}}`:               kernel.ImplicitDeny,
		`{"NumericLessThanEquals":{"x:n":"9"}}`:         kernel.Allowed,
		`{"NumericGreaterThan":{"x:n":"8.5"}}`:          kernel.Allowed,
		`{"NumericGreaterThanEquals":{"x:n":"10"}}`:     kernel.ImplicitDeny,
		`{"NumericEquals":{"x:n":["1","9.0"]}}`:         kernel.Allowed,
		`{"NumericNotEquals":{"x:n":["1","9"]}}`:        kernel.ImplicitDeny,
		`{"NumericNotEquals":{"x:n":["1","2"]}}`:        kernel.Allowed,
		`{"NumericLessThan":{"x:not-a-number":"1000"}}`: kernel.ImplicitDeny,
	} {
		p := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}]}`)))
		if got := kernel.Judge([]kernel.Policy{p}, "x:A", "*", map[string]string{"x:n": "9", "x:not-a-number": "many"}); got != want {
			t.Errorf("%s: got %v, want %v", condition, got, want)
		}
	}
	for _, condition := range []string{`{"NumericEquals":{"x:n":"many"}}`, `{"StringEquals":{"acs:ResourceTag/":"x"}}`, `{"StringEquals":{"acs:Tag/team":"x"}}`} {
		if _, err := kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}]}`)); err == nil {
			t.Errorf("%s: was read", condition)
		}
	}
}
