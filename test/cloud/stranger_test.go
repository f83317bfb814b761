package cloud

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	teautil "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// stranger is somebody's program: it knows product, version, host and action,
// has a key, a proxy in its environment and a certificate to trust.
type stranger struct {
	t    *testing.T
	call func(product, version, host, action string, params map[string]string) (answer, error)
}

var strangersProducts = map[string][2]string{
	"Ecs": {"2014-05-26", "ecs-cn-hangzhou.aliyuncs.com"}, "Vpc": {"2016-04-28", "vpc.cn-hangzhou.aliyuncs.com"},
	"Ram": {"2015-05-01", "ram.aliyuncs.com"}, "Actiontrail": {"2020-07-06", "actiontrail.cn-hangzhou.aliyuncs.com"},
}

// withSignatureV1 is the SDK that signs the query.
func withSignatureV1(t *testing.T, c *Cloud, k kernel.Credentials) stranger {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(c.CA()) {
		t.Fatal("no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	client := must[*sdk.Client](t)(sdk.NewClientWithOptions(c.Region, sdk.NewConfig().WithScheme("https").WithHttpTransport(transport), sdkCredential(k)))
	return stranger{t, func(product, version, host, action string, params map[string]string) (answer, error) {
		r := requests.NewCommonRequest()
		r.Product, r.Version, r.Domain, r.ApiName, r.QueryParams = product, version, host, action, params
		response, err := client.ProcessCommonRequest(r)
		if err != nil {
			return nil, err
		}
		var a answer
		return a, json.Unmarshal(response.GetHttpContentBytes(), &a)
	}}
}

// withSignatureV3 is the SDK that signs the headers.
func withSignatureV3(t *testing.T, c *Cloud, k kernel.Credentials) stranger {
	return stranger{t, func(product, version, host, action string, params map[string]string) (answer, error) {
		client := must[*openapi.Client](t)(openapi.NewClient(&openapi.Config{
			AccessKeyId: &k.AccessKeyID, AccessKeySecret: &k.AccessKeySecret, RegionId: &c.Region, Endpoint: &host, Ca: tea.String(string(c.CA())),
		}))
		query := map[string]*string{}
		for name, value := range params {
			query[name] = &value
		}
		response, err := client.CallApi(&openapi.Params{
			Action: &action, Version: &version, Protocol: tea.String("HTTPS"), Pathname: tea.String("/"), Method: tea.String("POST"),
			AuthType: tea.String("AK"), Style: tea.String("RPC"), ReqBodyType: tea.String("formData"), BodyType: tea.String("json"),
		}, &openapi.OpenApiRequest{Query: query}, &teautil.RuntimeOptions{})
		a, _ := response["body"].(answer)
		return a, err
	}}
}

// try calls "Vpc:CreateVpc" with parameters in pairs.
func (s stranger) try(action string, params ...string) (answer, error) {
	product, name, _ := strings.Cut(action, ":")
	given := map[string]string{}
	if product == "Ecs" || product == "Vpc" {
		given["RegionId"] = "cn-hangzhou"
	}
	for i := 0; i < len(params); i += 2 {
		given[params[i]] = params[i+1]
	}
	return s.call(product, strangersProducts[product][0], strangersProducts[product][1], name, given)
}

func (s stranger) do(action string, params ...string) answer {
	s.t.Helper()
	a, err := s.try(action, params...)
	if err != nil {
		s.t.Fatalf("%s %v: %v", action, params, err)
	}
	return a
}

// refused wants the error code that begins so.
func (s stranger) refused(code, action string, params ...string) {
	s.t.Helper()
	_, err := s.try(action, params...)
	got := ""
	if e, ok := errors.AsType[*sdkerrors.ServerError](err); ok {
		got = e.ErrorCode()
	}
	if e, ok := errors.AsType[*tea.SDKError](err); ok {
		got = tea.StringValue(e.Code)
	}
	if !strings.HasPrefix(got, code) {
		s.t.Errorf("%s: %s (%v), want %s", action, got, err, code)
	}
}

// has says whether a list of an answer has an item whose field is value.
func (s stranger) has(path, field, value, action string, params ...string) bool {
	s.t.Helper()
	var at any = s.do(action, params...)
	for _, name := range strings.Split(path, ".") {
		at = at.(answer)[name]
	}
	list, _ := at.([]any)
	return slices.ContainsFunc(list, func(item any) bool { return item.(answer)[field] == value })
}

// What a stranger's client makes, it sees; what it takes apart in the wrong
// order is refused; and in the right order everything is gone.
func TestStrangersClientMakesSeesAndDeletes(t *testing.T) {
	for name, client := range map[string]func(*testing.T, *Cloud, kernel.Credentials) stranger{"V1": withSignatureV1, "ACS3": withSignatureV3} {
		t.Run(name, func(t *testing.T) {
			c := startCloud(t)
			t.Setenv("HTTPS_PROXY", c.ProxyURL())
			t.Setenv("NO_PROXY", "127.0.0.1,localhost")
			k := admin(c)
			before := dump(t, c)
			project, leave := slsVisit(t, c, k)
			visit(t, client(t, c, k), project)
			leave()
			if after := dump(t, c); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

// slsVisit makes a project with a logstore and returns what takes it away.
func slsVisit(t *testing.T, c *Cloud, k kernel.Credentials) (arn string, leave func()) {
	client := slsClient(c, k)
	if _, err := client.CreateProject("strangers-audit", "a stranger's"); err != nil {
		t.Fatal(err)
	}
	if err := client.CreateLogStore("strangers-audit", "audit", 30, 1, false, 1); err != nil {
		t.Fatal(err)
	}
	if names, err := client.ListProject(); err != nil || !slices.Equal(names, []string{"strangers-audit"}) {
		t.Error(names, err)
	}
	if names, err := client.ListLogStore("strangers-audit"); err != nil || !slices.Contains(names, "audit") {
		t.Error(names, err)
	}
	return "acs:log:" + c.Region + ":" + c.Account + ":project/strangers-audit", func() {
		names, err := client.ListLogStore("strangers-audit")
		for _, name := range names {
			err = cmp.Or(err, client.DeleteLogStore("strangers-audit", name))
		}
		if err = cmp.Or(err, client.DeleteProject("strangers-audit")); err != nil {
			t.Error(err)
		}
		if names, err := client.ListProject(); err != nil || len(names) > 0 {
			t.Error(names, err)
		}
	}
}

func visit(t *testing.T, s stranger, project string) {
	id := func(a answer, field string) string { t.Helper(); return a[field].(string) }
	vpc := id(s.do("Vpc:CreateVpc", "CidrBlock", "192.168.0.0/16", "VpcName", "strange"), "VpcId")
	vsw := id(s.do("Vpc:CreateVSwitch", "VpcId", vpc, "ZoneId", "cn-hangzhou-h", "CidrBlock", "192.168.1.0/24"), "VSwitchId")
	group := id(s.do("Ecs:CreateSecurityGroup", "VpcId", vpc, "SecurityGroupName", "strange"), "SecurityGroupId")
	s.do("Ecs:AuthorizeSecurityGroup", "SecurityGroupId", group, "Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "443/443", "Permissions.1.SourceCidrIp", "10.0.0.0/8")
	instance := s.do("Ecs:RunInstances", "ImageId", "aliyun_3_x64", "InstanceType", "ecs.g7.large", "VSwitchId", vsw, "SecurityGroupId", group)["InstanceIdSets"].(answer)["InstanceIdSet"].([]any)[0].(string)
	disk := id(s.do("Ecs:CreateDisk", "ZoneId", "cn-hangzhou-h", "Size", "20", "DiskCategory", "cloud_essd", "Encrypted", "true"), "DiskId")
	s.do("Ecs:AttachDisk", "InstanceId", instance, "DiskId", disk)
	s.do("Ram:CreateUser", "UserName", "stranger")
	key := id(s.do("Ram:CreateAccessKey", "UserName", "stranger")["AccessKey"].(answer), "AccessKeyId")
	s.do("Ram:CreatePolicy", "PolicyName", "strange", "PolicyDocument", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}]}`)
	s.do("Ram:AttachPolicyToUser", "UserName", "stranger", "PolicyName", "strange", "PolicyType", "Custom")
	s.do("Actiontrail:CreateTrail", "Name", "strange", "SlsProjectArn", project, "EventRW", "Write")
	s.do("Actiontrail:StartLogging", "Name", "strange")

	lists := []struct {
		path, field, value, action string
		params                     []string
	}{
		{"Vpcs.Vpc", "VpcId", vpc, "Vpc:DescribeVpcs", nil},
		{"VSwitches.VSwitch", "VSwitchId", vsw, "Vpc:DescribeVSwitches", nil},
		{"SecurityGroups.SecurityGroup", "SecurityGroupId", group, "Ecs:DescribeSecurityGroups", nil},
		{"Instances.Instance", "InstanceId", instance, "Ecs:DescribeInstances", nil},
		{"Disks.Disk", "DiskId", disk, "Ecs:DescribeDisks", nil},
		{"Users.User", "UserName", "stranger", "Ram:ListUsers", nil},
		{"Policies.Policy", "PolicyName", "strange", "Ram:ListPolicies", []string{"PolicyType", "Custom"}},
		{"TrailList", "Name", "strange", "Actiontrail:DescribeTrails", nil},
	}
	for _, l := range lists {
		if !s.has(l.path, l.field, l.value, l.action, l.params...) {
			t.Errorf("%s does not list %s", l.action, l.value)
		}
	}
	if !s.has("Permissions.Permission", "PortRange", "443/443", "Ecs:DescribeSecurityGroupAttribute", "SecurityGroupId", group) {
		t.Error("the rule is not listed")
	}
	if !s.has("AccessKeys.AccessKey", "AccessKeyId", key, "Ram:ListAccessKeys", "UserName", "stranger") {
		t.Error("the key is not listed")
	}
	if !s.has("Policies.Policy", "PolicyName", "strange", "Ram:ListPoliciesForUser", "UserName", "stranger") {
		t.Error("the policy is not attached")
	}

	s.refused("DependencyViolation", "Vpc:DeleteVpc", "VpcId", vpc)
	s.refused("DependencyViolation", "Vpc:DeleteVSwitch", "VSwitchId", vsw)
	s.refused("DependencyViolation", "Ecs:DeleteSecurityGroup", "SecurityGroupId", group)
	s.refused("IncorrectDiskStatus", "Ecs:DeleteDisk", "DiskId", disk)
	s.refused("IncorrectInstanceStatus", "Ecs:DeleteInstance", "InstanceId", instance)
	s.refused("DeleteConflict.User", "Ram:DeleteUser", "UserName", "stranger")
	s.refused("DeleteConflict.Policy.User", "Ram:DeletePolicy", "PolicyName", "strange")

	s.do("Actiontrail:DeleteTrail", "Name", "strange")
	s.do("Ram:DetachPolicyFromUser", "UserName", "stranger", "PolicyName", "strange", "PolicyType", "Custom")
	s.do("Ram:DeletePolicy", "PolicyName", "strange")
	s.do("Ram:DeleteAccessKey", "UserName", "stranger", "UserAccessKeyId", key)
	s.do("Ram:DeleteUser", "UserName", "stranger")
	s.do("Ecs:DetachDisk", "InstanceId", instance, "DiskId", disk)
	s.do("Ecs:DeleteDisk", "DiskId", disk)
	s.do("Ecs:StopInstance", "InstanceId", instance)
	s.do("Ecs:DeleteInstance", "InstanceId", instance)
	s.do("Ecs:DeleteSecurityGroup", "SecurityGroupId", group)
	s.do("Vpc:DeleteVSwitch", "VSwitchId", vsw)
	s.do("Vpc:DeleteVpc", "VpcId", vpc)
	for _, l := range lists {
		if s.has(l.path, l.field, l.value, l.action, l.params...) {
			t.Errorf("%s still lists %s", l.action, l.value)
		}
	}
}
