package ecspublicvswitch_test

import (
	"strings"
	"testing"

	ecspublicvswitch "github.com/ecsguard/ecsguard/functions/ecs-public-vswitch"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// What cannot be read is told beside the machines of which it is known that they are in the internet, and nobody is
// taken for internal.
func TestUnreadHidesNothing(t *testing.T) {
	const one = `"SecurityGroupIds":{"SecurityGroupId":[]},"PublicIpAddress":{"IpAddress":[]},"VpcAttributes":{"VpcId":"vpc-1","VSwitchId":"vsw-1"},`
	a := scenario.Answers{
		"DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-1"}]}}`,
		"DescribeInstances": `{"Instances":{"Instance":[{"InstanceId":"i-web",` + one + `"EipAddress":{"AllocationId":"eip-1","IpAddress":"203.0.113.80"}},` +
			`{"InstanceId":"i-app",` + one + `"EipAddress":{}}]}}`,
		"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`,
		"DescribeHaVips":            `{"HaVips":{"HaVip":[]}}`,
	}
	findings, err := a.Look(t, ecspublicvswitch.Practice, "vsw-1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for _, f := range findings {
		titles[f.Key] = f.Title
	}
	if len(titles) != 2 || !strings.Contains(titles["unread"], "DescribeNatGateways") || !strings.Contains(titles["public"], "i-web by the EIP") || strings.Contains(titles["public"], "i-app") {
		t.Errorf("%q", titles)
	}
}
