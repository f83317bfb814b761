package ecspublicvswitch_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ecspublicvswitch "github.com/ecsguard/ecsguard/functions/ecs-public-vswitch"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// answers are what the APIs say, by action; an action without one is refused.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	if a[call.Action] == "" {
		return &cloud.Error{Action: call.RAM(), Code: "Forbidden.RAM", Status: 403}
	}
	return json.Unmarshal([]byte(a[call.Action]), out)
}

// What cannot be read is told beside the machines of which it is known that they are in the internet, and nobody is
// taken for internal.
func TestUnreadHidesNothing(t *testing.T) {
	const one = `"SecurityGroupIds":{"SecurityGroupId":[]},"PublicIpAddress":{"IpAddress":[]},"VpcAttributes":{"VpcId":"vpc-1","VSwitchId":"vsw-1"},`
	a := answers{
		"DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-1"}]}}`,
		"DescribeInstances": `{"Instances":{"Instance":[{"InstanceId":"i-web",` + one + `"EipAddress":{"AllocationId":"eip-1","IpAddress":"203.0.113.80"}},` +
			`{"InstanceId":"i-app",` + one + `"EipAddress":{}}]}}`,
		"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`,
		"DescribeHaVips":            `{"HaVips":{"HaVip":[]}}`,
	}
	p := ecspublicvswitch.Practice
	pass := practice.NewPass(p, practice.Resource{Type: p.Resource, ID: "vsw-1", Region: "cn-hangzhou"}, &events.Event{}, time.Now(), a, nil)
	if err := p.Check(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for _, f := range pass.Findings() {
		titles[f.Key] = f.Title
	}
	if len(titles) != 2 || !strings.Contains(titles["unread"], "DescribeNatGateways") || !strings.Contains(titles["public"], "i-web by the EIP") || strings.Contains(titles["public"], "i-app") {
		t.Errorf("%q", titles)
	}
}
