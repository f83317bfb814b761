package quarantine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/quarantine"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// answers are what a cloud says, by action.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	if call.Params["SecurityGroupId"] != "" && call.Action == "DescribeNetworkInterfaces" {
		return json.Unmarshal([]byte(cmp.Or(a["members"], `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`)), out)
	}
	return json.Unmarshal([]byte(a[call.Action]), out)
}

func with(a answers, action, text string) answers {
	changed := answers{action: text}
	for name, was := range a {
		if name != action {
			changed[name] = was
		}
	}
	return changed
}

// usual is a VPC with a group that is fit, and an instance with a second interface.
var usual = answers{
	"DescribeSecurityGroups": `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"sg-q","EcsCount":0}]}}`,
	"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[
		{"NetworkInterfaceId":"eni-1","Type":"Primary","SecurityGroupIds":{"SecurityGroupId":["sg-b","sg-a"]}},
		{"NetworkInterfaceId":"eni-2","Type":"Secondary","SecurityGroupIds":{"SecurityGroupId":["sg-c"]}}]}}`,
	"DescribeSecurityGroupAttribute": `{"InnerAccessPolicy":"Drop","Permissions":{"Permission":[
		{"Direction":"egress","Policy":"Drop","IpProtocol":"ALL","DestCidrIp":"0.0.0.0/0"},
		{"Direction":"egress","Policy":"Drop","IpProtocol":"ALL","Ipv6DestCidrIp":"::/0"}]}}`,
}

// half is a group without rules that let something through, which lets through what needs no rule.
const half = `{"InnerAccessPolicy":"Accept","Permissions":{"Permission":[{"Direction":"egress","Policy":"Drop","IpProtocol":"TCP","DestCidrIp":"0.0.0.0/0"}]}}`

// What is not said is an error, what cannot be is said in words, and nothing is put into a group that is not fit.
func TestToIsolate(t *testing.T) {
	machine := resource.Instance{InstanceID: "i-1", Status: "Running", SecurityGroupIDs: &resource.GroupIDs{SecurityGroupID: []string{"sg-b", "sg-a"}}}
	machine.VpcAttributes.VpcID = "vpc-1"
	unsaid := machine
	unsaid.SecurityGroupIDs = nil
	p := &practice.Practice{ID: "some", Reads: quarantine.IsolateReads}
	for name, c := range map[string]struct {
		says  answers
		of    resource.Instance
		calls string // the actions of the changes
		why   string
		wrong string
	}{
		"usual":       {says: usual, of: machine, calls: "ModifyInstanceAttribute ModifyNetworkInterfaceAttribute"},
		"groups":      {says: usual, of: unsaid, wrong: "does not say in which security groups"},
		"interface's": {says: with(usual, "DescribeNetworkInterfaces", `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-2","Type":"Secondary"}]}}`), of: machine, wrong: "does not say in which security groups"},
		"service's":   {says: with(usual, "DescribeNetworkInterfaces", `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-2","ServiceManaged":true}]}}`), of: machine, why: "eni-2 is a cloud service's"},
		"inner":       {says: with(usual, "DescribeSecurityGroupAttribute", `{"Permissions":{"Permission":[]}}`), of: machine, wrong: "does not say whether its members"},
		"opened":      {says: with(usual, "DescribeSecurityGroupAttribute", `{"InnerAccessPolicy":"Drop","Permissions":{"Permission":[{"SecurityGroupRuleId":"sgr-1","Direction":"egress","Policy":"Accept"}]}}`), of: machine, why: "sgr-1"},
		"half closed": {says: with(usual, "DescribeSecurityGroupAttribute", half), of: machine,
			calls: "ModifySecurityGroupPolicy AuthorizeSecurityGroupEgress ModifyInstanceAttribute ModifyNetworkInterfaceAttribute"},
		"in use":             {says: with(with(usual, "DescribeSecurityGroupAttribute", half), "DescribeSecurityGroups", `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"sg-q","EcsCount":1}]}}`), of: machine, why: "has members"},
		"in use, maybe":      {says: with(with(usual, "DescribeSecurityGroupAttribute", half), "DescribeSecurityGroups", `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"sg-q"}]}}`), of: machine, wrong: "how many instances"},
		"interface's in it":  {says: with(with(usual, "DescribeSecurityGroupAttribute", half), "members", `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"eni-9"}]}}`), of: machine, why: "has members"},
		"group of a service": {says: with(usual, "DescribeSecurityGroups", `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupId":"sg-q","EcsCount":0,"ServiceManaged":true}]}}`), of: machine, why: "a cloud service's"},
		"no group":           {says: with(usual, "DescribeSecurityGroups", `{"SecurityGroups":{"SecurityGroup":[]}}`), of: machine, calls: "CreateSecurityGroup"},
	} {
		pass := practice.NewPass(p, practice.Resource{Region: "cn-hangzhou"}, nil, time.Now(), c.says, nil)
		state, err := quarantine.ToIsolate(t.Context(), pass, c.of)
		var calls []string
		for _, change := range state.Changes {
			calls = append(calls, change.Call.Action)
		}
		if got := strings.Join(calls, " "); c.wrong == "" && (err != nil || got != c.calls || !strings.Contains(state.Why, c.why)) ||
			c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) || state.Isolated {
			t.Errorf("%s: %q, %q, %v", name, got, state.Why, err)
		}
	}
}

// One that starts cannot be stopped yet, and one that is stopped stays so.
func TestToStop(t *testing.T) {
	for status, want := range map[string]int{"Running": 1, "Stopped": 0, "Stopping": 0, "Starting": -1, "Pending": -1} {
		changes, err := quarantine.ToStop("cn-hangzhou", resource.Instance{InstanceID: "i-1", Status: status})
		if len(changes) != max(want, 0) || errors.Is(err, practice.ErrNotYet) != (want < 0) {
			t.Errorf("%s: %d changes, %v", status, len(changes), err)
		}
	}
}
