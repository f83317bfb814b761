package cloud

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestRAMEvaluation(t *testing.T) {
	const sg = "acs:ecs:cn-hangzhou:1:securitygroup/sg-1"
	allowAny := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	condition := func(effect, c string) string {
		return `{"Effect":"` + effect + `","Action":"ecs:*","Resource":"*","Condition":` + c + `}`
	}
	context := map[string]string{
		"acs:SourceIp": "203.0.113.10", "acs:SecureTransport": "true", "acs:MFAPresent": "false", "acs:CurrentTime": "2026-05-01T12:00:00Z",
	}
	for name, test := range map[string]struct {
		statements       string
		action, resource string
		want             kernel.Decision
	}{
		"nothing speaks of it":      {`{"Effect":"Allow","Action":"ecs:DescribeDisks","Resource":"*"}`, "ecs:DeleteDisk", "*", kernel.ImplicitDeny},
		"allowed":                   {`{"Effect":"Allow","Action":["ecs:A","ecs:RevokeSecurityGroup"],"Resource":"*"}`, "ecs:RevokeSecurityGroup", sg, kernel.Allowed},
		"deny wins, before":         {`{"Effect":"Deny","Action":"ecs:Revoke*","Resource":"*"},` + allowAny, "ecs:RevokeSecurityGroup", sg, kernel.ExplicitDeny},
		"deny wins, after":          {allowAny + `,{"Effect":"Deny","Action":"ecs:Revoke*","Resource":"*"}`, "ecs:RevokeSecurityGroup", sg, kernel.ExplicitDeny},
		"action without case":       {`{"Effect":"Allow","Action":"ECS:revokesecurity?roup","Resource":"*"}`, "ecs:RevokeSecurityGroup", sg, kernel.Allowed},
		"resource wildcard":         {`{"Effect":"Allow","Action":"ecs:*","Resource":"acs:ecs:*:*:securitygroup/*"}`, "ecs:RevokeSecurityGroup", sg, kernel.Allowed},
		"resource of another kind":  {`{"Effect":"Allow","Action":"ecs:*","Resource":"acs:ecs:*:*:instance/*"}`, "ecs:RevokeSecurityGroup", sg, kernel.ImplicitDeny},
		"operations need all":       {`{"Effect":"Allow","Action":"ecs:*","Resource":"acs:ecs:*:*:securitygroup/*"}`, "ecs:AuthorizeSecurityGroup", "*", kernel.ImplicitDeny},
		"NotAction":                 {`{"Effect":"Allow","NotAction":"ram:*","Resource":"*"}`, "ecs:DeleteDisk", "*", kernel.Allowed},
		"NotAction, named":          {`{"Effect":"Allow","NotAction":["ram:*","ecs:Delete*"],"Resource":"*"}`, "ecs:DeleteDisk", "*", kernel.ImplicitDeny},
		"NotResource":               {`{"Effect":"Allow","Action":"ecs:*","NotResource":"acs:ecs:*:*:instance/*"}`, "ecs:RevokeSecurityGroup", sg, kernel.Allowed},
		"NotResource, named":        {`{"Effect":"Allow","Action":"ecs:*","NotResource":"acs:ecs:*:*:securitygroup/sg-1"}`, "ecs:RevokeSecurityGroup", sg, kernel.ImplicitDeny},
		"role with and without":     {`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"acs:ram::1:role/ECSGuard"}`, "sts:AssumeRole", "acs:ram:*:1:role/ecsguard", kernel.Allowed},
		"address inside":            {condition("Allow", `{"IpAddress":{"acs:SourceIp":["198.51.100.0/24","203.0.113.0/24"]}}`), "ecs:A", "*", kernel.Allowed},
		"address outside":           {condition("Allow", `{"IpAddress":{"acs:SourceIp":"198.51.100.0/24"}}`), "ecs:A", "*", kernel.ImplicitDeny},
		"deny all but one block":    {allowAny + "," + condition("Deny", `{"NotIpAddress":{"acs:SourceIp":["198.51.100.0/24","192.0.2.7"]}}`), "ecs:A", "*", kernel.ExplicitDeny},
		"not denied in the block":   {allowAny + "," + condition("Deny", `{"NotIpAddress":{"acs:SourceIp":["198.51.100.0/24","203.0.113.10"]}}`), "ecs:A", "*", kernel.Allowed},
		"plain http denied":         {allowAny + "," + condition("Deny", `{"Bool":{"acs:SecureTransport":"false"}}`), "ecs:A", "*", kernel.Allowed},
		"without MFA denied":        {allowAny + "," + condition("Deny", `{"Bool":{"acs:MFAPresent":false}}`), "ecs:A", "*", kernel.ExplicitDeny},
		"until a date":              {condition("Allow", `{"DateLessThan":{"acs:CurrentTime":"2026-05-01T12:00:01Z"}}`), "ecs:A", "*", kernel.Allowed},
		"after that date":           {condition("Allow", `{"DateLessThan":{"acs:CurrentTime":"2026-05-01T14:00:00+08:00"}}`), "ecs:A", "*", kernel.ImplicitDeny},
		"every key has to hold":     {condition("Allow", `{"Bool":{"acs:SecureTransport":"true","acs:MFAPresent":"true"}}`), "ecs:A", "*", kernel.ImplicitDeny},
		"text like":                 {condition("Allow", `{"StringLike":{"acs:SourceIp":"203.0.113.*"}}`), "ecs:A", "*", kernel.Allowed},
		"a key that is not present": {condition("Allow", `{"StringEquals":{"ecs:tag/env":"prod"}}`), "ecs:A", "*", kernel.ImplicitDeny},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[` + test.statements + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := kernel.Judge([]kernel.Policy{p}, test.action, test.resource, context); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestPoliciesThatRAMWouldNotUnderstand(t *testing.T) {
	for name, doc := range map[string]string{
		"not JSON":             `{`,
		"two documents":        `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]} {}`,
		"other version":        `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"no statement":         `{"Version":"1","Statement":[]}`,
		"misspelt field":       `{"Version":"1","Statement":[{"Effect":"Allow","Actions":"*","Resource":"*"}]}`,
		"no effect":            `{"Version":"1","Statement":[{"Action":"*","Resource":"*"}]}`,
		"no resource":          `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}`,
		"both actions":         `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","NotAction":"ecs:*","Resource":"*"}]}`,
		"action of no service": `{"Version":"1","Statement":[{"Effect":"Allow","Action":"DescribeDisks","Resource":"*"}]}`,
		"foreign ARN":          `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::x"}]}`,
		"unknown operator":     `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringMatches":{"acs:SourceIp":"x"}}}]}`,
		"unknown key":          `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"acs:Mfa":"true"}}}]}`,
		"bad block":            `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":"10.0.0.0/33"}}}]}`,
		"bad date":             `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"acs:CurrentTime":"tomorrow"}}}]}`,
		"who and what":         `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"RAM":"x"}}]}`,
	} {
		if _, err := kernel.ParsePolicy([]byte(doc)); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestRefusalsSpeakTheProductsLanguage(t *testing.T) {
	c := startCloud(t)
	who := kernel.Principal{Type: "ram-user", Account: c.Account, Name: "alice"}
	r := must[*http.Request](t)(http.NewRequest("GET", "https://x", nil))
	for action, want := range map[string]string{
		"ecs:DeleteDisk":           "Forbidden.RAM",
		"vpc:CreateVpc":            "Forbidden.RAM",
		"ram:CreateUser":           "NoPermission",
		"sts:AssumeRole":           "NoPermission",
		"actiontrail:StopLogging":  "NoPermission",
		"log:PostLogStoreLogs":     "Unauthorized",
		"fc:InvokeFunction":        "AccessDenied",
		"eventbridge:PutEvents":    "NoPermission",
		"ecs:AnActionThatIsNotYet": "Forbidden.RAM",
	} {
		e := kernel.AsError(c.Authorize(who, action, "acs:x:y:z:w", r))
		if e.Code != want {
			t.Errorf("%s: got %s, want %s", action, e.Code, want)
		}
		if want == "NoPermission" && !strings.Contains(e.Message, "Resource: acs:x:y:z:w Action: "+action) {
			t.Errorf("%s: the message is %q", action, e.Message)
		}
	}
}

func TestSourceAddressAndTransportOfACall(t *testing.T) {
	c := startCloud(t)
	p := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*",
		"Condition":{"IpAddress":{"acs:SourceIp":"192.0.2.0/24"},"Bool":{"acs:SecureTransport":"true"}}}]}`)))
	k := c.AddUser("alice", p)
	for name, test := range map[string]struct{ scheme, ip, code string }{
		"inside": {"https", "192.0.2.1", ""}, "elsewhere": {"https", "198.51.100.1", "Forbidden.RAM"}, "plain": {"http", "192.0.2.1", "Forbidden.RAM"},
	} {
		r := getRPC(t, signRPC(k, "GET", nil))
		r.URL.Scheme = test.scheme
		r.Header.Set(kernel.SourceIPHeader, test.ip)
		if code := ask(t, c, r); code != test.code {
			t.Errorf("%s: got %q, want %q", name, code, test.code)
		}
	}
}

func TestServiceSessionNeedsTrust(t *testing.T) {
	c := startCloud(t)
	trust := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`)))
	arn := c.AddRole("ECSGuard-Fixer", trust)
	if arn != "acs:ram::"+c.Account+":role/ecsguard-fixer" {
		t.Errorf("the ARN is %s", arn)
	}
	if _, err := c.AssumeServiceRole(strings.ToUpper(arn[:9])+arn[9:], "fc.aliyuncs.com", "s", time.Hour); err != nil {
		t.Error(err)
	}
	if _, err := c.AssumeServiceRole(arn, "oos.aliyuncs.com", "s", time.Hour); kernel.AsError(err).Code != "NoPermission" {
		t.Errorf("a service without trust: %v", err)
	}
	if _, err := c.AssumeServiceRole(arn+"x", "fc.aliyuncs.com", "s", time.Hour); kernel.AsError(err).Code != "EntityNotExist.Role" {
		t.Errorf("no such role: %v", err)
	}
}
