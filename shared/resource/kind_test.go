package resource

import (
	"regexp"
	"strings"
	"testing"
)

// Each row can be used as it stands: what is said of it has the form that is filled in.
func TestRows(t *testing.T) {
	form := regexp.MustCompile(`^ACS::[A-Za-z0-9]*::[A-Za-z0-9]+$`)
	prefixes := map[string]string{}
	for name, k := range kinds {
		if !form.MatchString(name) || k.Words == "" {
			t.Errorf("%q: no type, or without words: %+v", name, k)
		}
		if k.ARN != "" && strings.Count(k.ARN, "%s") != 3 {
			t.Errorf("%s: the ARN takes region, account and id: %s", name, k.ARN)
		}
		if k.Untags != "" && (k.ARN == "" || k.Prefix == "") {
			t.Errorf("%s: an event that takes its tags away names it by an id, and a message has to name it too", name)
		}
		if k.Prefix == "" {
			continue
		}
		if other := prefixes[k.Prefix]; other != "" || !strings.HasSuffix(k.Prefix, "-") {
			t.Errorf("%s: the prefix %q is no prefix, or also that of %s", name, k.Prefix, other)
		}
		prefixes[k.Prefix] = name
	}
}

func TestKinds(t *testing.T) {
	if got := KindOf(TypeVSwitch).ARNOf("cn-hangzhou", "1", "vsw-1"); got != "acs:vpc:cn-hangzhou:1:vswitch/vsw-1" {
		t.Error(got)
	}
	for kind, want := range map[string]string{ // as the pages of TagResources and UntagResources of each product have it
		TypeSecurityGroup: "securitygroup UntagResources", TypeVPC: "VPC UnTagResources", TypeEIP: "EIP UnTagResources", TypeNATGateway: "NATGATEWAY UnTagResources",
		TypeLoadBalancer: "instance UntagResources", TypeALB: "loadbalancer UnTagResources", TypeNLB: "loadbalancer UntagResources",
	} {
		if got := KindOf(kind).TagType() + " " + KindOf(kind).Untag(); got != want {
			t.Errorf("tags of %s: %s, want %s", kind, got, want)
		}
	}
	unknown := KindOf("ACS::ZZ::None") // no product has that name, nor ever will one be added
	if unknown.Type != "ACS::ZZ::None" || unknown.Words != "" || unknown.ARNOf("cn-hangzhou", "1", "b") != "" || unknown.Holds("b") || KindOf("").Holds("") {
		t.Errorf("%+v", unknown)
	}
	if KindOf(TypeInstance).Holds("ipv6-1") || !KindOf(TypeInstance).Holds("i-1") {
		t.Error("an id belongs to the kind whose prefix it has")
	}
}

func TestConsole(t *testing.T) {
	for _, test := range []struct{ kind, id, region, want string }{
		{"ACS::ECS::SecurityGroup", "sg-bp1", "cn-hangzhou", "https://ecs.console.aliyun.com/securityGroupDetail/region/cn-hangzhou/groupId/sg-bp1/detail/intranetIngress"},
		{"ACS::ECS::Instance", "i-bp1", "ap-northeast-1", "https://ecs.console.aliyun.com/server/i-bp1/detail?regionId=ap-northeast-1"},
		{"ACS::ECS::Disk", "d-bp1", "cn-beijing", "https://ecs.console.aliyun.com/diskdetail/d-bp1/detail?regionId=cn-beijing"},
		{"ACS::ActionTrail::Trail", "my_trail", "cn-shanghai", "https://actiontrail.console.aliyun.com/cn-shanghai/trails/my_trail"},
		{"ACS::RAM::User", "2034", "", "https://ram.console.aliyun.com/users/detail?userId=2034"},
		{"ACS::RAM::User", "alice", "", "https://ram.console.aliyun.com/users"},
		{"ACS::::Account", "1000", "cn-hangzhou", "https://ram.console.aliyun.com/overview"},
		{"ACS::ZZ::None", "b", "cn-hangzhou", ""},
		{"", "", "", ""},
		{"ACS::ECS::Instance", "", "cn-hangzhou", ""},
		{"ACS::ECS::Instance", "i-bp1", "", ""},
		{"ACS::ECS::Instance", "..", "cn-hangzhou", ""},
		{"ACS::ECS::Instance", strings.Repeat("i", 10_000), "cn-hangzhou", ""},
		{"ACS::ECS::Instance", "i) [x](http://evil)", "a&b=c#d", "https://ecs.console.aliyun.com/server/i%29+%5Bx%5D%28http%3A%2F%2Fevil%29/detail?regionId=a%26b%3Dc%23d"},
		{"ACS::ECS::Instance", "{region}", "{id}", "https://ecs.console.aliyun.com/server/%7Bregion%7D/detail?regionId=%7Bid%7D"},
	} {
		if got := KindOf(test.kind).Console(test.id, test.region); got != test.want {
			t.Errorf("%s %s in %s: %s, want %s", test.kind, test.id, test.region, got, test.want)
		}
	}
}
