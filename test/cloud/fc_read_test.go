package cloud

import (
	"hash/crc32"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	fcsdk "github.com/alibabacloud-go/fc-20230330/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// fcAPI is the official SDK and how it reaches the cloud; for the odd time see invoke.
func fcAPI(t *testing.T, c *Cloud, k kernel.Credentials) (*fcsdk.Client, *util.RuntimeOptions) {
	t.Helper()
	client := must[*fcsdk.Client](t)(fcsdk.NewClient(&openapi.Config{
		AccessKeyId: tea.String(k.AccessKeyID), AccessKeySecret: tea.String(k.AccessKeySecret), SecurityToken: tea.String(k.SecurityToken),
		Endpoint: tea.String("fcv3." + c.Region + ".aliyuncs.com"), RegionId: tea.String(c.Region),
	}))
	return client, &util.RuntimeOptions{HttpsProxy: tea.String(c.ProxyURL()), Ca: tea.String(string(c.CA())), ReadTimeout: tea.Int(30000 + int(crc32.ChecksumIEEE(c.CA())%10000))}
}

// What is deployed can be listed page by page, read, and taken away, by who may.
func TestFunctionsAreReadAndDeleted(t *testing.T) {
	c := fcCloud(t)
	for _, name := range []string{"one", "three", "two"} {
		deploy(t, c, fc.Function{Name: name, Binary: echo})
	}
	client, options := fcAPI(t, c, admin(c))
	none := map[string]*string{}
	var names []string
	for request := (&fcsdk.ListFunctionsRequest{Limit: tea.Int32(2)}); ; {
		page := must[*fcsdk.ListFunctionsResponse](t)(client.ListFunctionsWithOptions(request, none, options)).Body
		for _, f := range page.Functions {
			names = append(names, *f.FunctionName)
		}
		if tea.StringValue(page.NextToken) == "" {
			break
		}
		request.NextToken = page.NextToken
	}
	if got := strings.Join(names, " "); got != "one three two" {
		t.Errorf("listed: %s", got)
	}
	f := must[*fcsdk.GetFunctionResponse](t)(client.GetFunctionWithOptions(tea.String("two"), &fcsdk.GetFunctionRequest{}, none, options)).Body
	if *f.FunctionName != "two" || *f.FunctionArn != fc.FunctionARN(c.Region, c.Account, "two") || tea.StringValue(f.LastModifiedTime) == "" {
		t.Errorf("%+v", f)
	}
	must[*fcsdk.DeleteFunctionResponse](t)(client.DeleteFunctionWithOptions(tea.String("two"), none, options))
	_, err := client.GetFunctionWithOptions(tea.String("two"), &fcsdk.GetFunctionRequest{}, none, options)
	if err == nil || !strings.Contains(err.Error(), "FunctionNotFound") {
		t.Errorf("deleted: %v", err)
	}
	narrow, options := fcAPI(t, c, c.AddUser("alice", allow("fc:GetFunction", "acs:fc:*:*:functions/one")))
	must[*fcsdk.GetFunctionResponse](t)(narrow.GetFunctionWithOptions(tea.String("one"), &fcsdk.GetFunctionRequest{}, none, options))
	for _, refused := range []func() error{
		func() error {
			_, err := narrow.GetFunctionWithOptions(tea.String("three"), &fcsdk.GetFunctionRequest{}, none, options)
			return err
		},
		func() error {
			_, err := narrow.ListFunctionsWithOptions(&fcsdk.ListFunctionsRequest{}, none, options)
			return err
		},
	} {
		if err := refused(); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("not refused: %v", err)
		}
	}
}

// Triggers are listed with their kinds, and one that is deleted fires no more.
func TestTriggersAreReadAndDeleted(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "two", Binary: echo})
	if err := c.AddTimer(fc.Timer{Name: "sweep", Function: "two", Expression: "@every 1h"}); err != nil {
		t.Fatal(err)
	}
	if err := c.AddRule("two-events", []byte(`{"source":["acs.ecs"]}`), "two"); err != nil {
		t.Fatal(err)
	}
	client, options := fcAPI(t, c, admin(c))
	none := map[string]*string{}
	list := func() string {
		var found []string
		for _, x := range must[*fcsdk.ListTriggersResponse](t)(client.ListTriggersWithOptions(tea.String("two"), &fcsdk.ListTriggersRequest{}, none, options)).Body.Triggers {
			found = append(found, *x.TriggerName+" "+*x.TriggerType)
		}
		return strings.Join(found, ", ")
	}
	if got := list(); got != "events eventbridge, sweep timer" {
		t.Errorf("triggers: %s", got)
	}
	for _, name := range []string{"sweep", "events"} {
		must[*fcsdk.DeleteTriggerResponse](t)(client.DeleteTriggerWithOptions(tea.String("two"), tea.String(name), none, options))
	}
	if got := list(); got != "" || c.Rule("two-events") != nil {
		t.Errorf("triggers: %s", got)
	}
	_, err := client.DeleteTriggerWithOptions(tea.String("two"), tea.String("sweep"), none, options)
	if err == nil || !strings.Contains(err.Error(), "TriggerNotFound") {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestRolesAreListed(t *testing.T) {
	c := startCloud(t)
	for _, name := range []string{"b", "a", "c"} {
		c.AddRole(name, kernel.Policy{})
	}
	client := ramClient(t, c, admin(c))
	request := ram.CreateListRolesRequest()
	request.MaxItems = "2"
	first := must[*ram.ListRolesResponse](t)(client.ListRoles(request))
	request.Marker = first.Marker
	rest := must[*ram.ListRolesResponse](t)(client.ListRoles(request))
	if !first.IsTruncated || rest.IsTruncated || len(first.Roles.Role) != 2 || len(rest.Roles.Role) != 1 || first.Roles.Role[0].RoleName != "a" || rest.Roles.Role[0].RoleName != "c" {
		t.Errorf("%+v, then %+v", first.Roles, rest.Roles)
	}
}
