package sginternetfacingports_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sginternetfacingports "github.com/ecsguard/ecsguard/functions/sg-internet-facing-ports"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// answers is a reader that gives an answer for each action, and for each id of a group.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	text, ok := a[call.Action+call.Params["SecurityGroupIds"]]
	if !ok {
		return fmt.Errorf("no answer for %s", call)
	}
	return json.Unmarshal([]byte(text), out)
}

const (
	rules = `{"Permissions":{"Permission":[
		{"SecurityGroupRuleId":"sgr-theirs","Policy":"Accept","Priority":"1","IpProtocol":"TCP","PortRange":"22/22","SourceGroupId":"sg-theirs","SourceGroupOwnerAccount":"partner","NicType":"intranet"}%s]}}`
	more = `,{"SecurityGroupRuleId":"sgr-bad","Policy":"Accept","Priority":"1","IpProtocol":"TCP","PortRange":"3306/3306","SourceCidrIp":"10.0.0.0/8","NicType":"intranet"}`
)

func find(t *testing.T, a answers) []practice.Finding {
	t.Helper()
	a[`DescribeSecurityGroups["sg-1"]`] = `{"SecurityGroups":{"SecurityGroup":[{"SecurityGroupName":"web","VpcId":"vpc-1","SecurityGroupType":"normal"}]}}`
	pass := practice.NewPass(sginternetfacingports.Practice, practice.Resource{ID: "sg-1", Region: "cn-hangzhou"}, &events.Event{}, time.Now(), a,
		map[string][]string{"trusted-groups": {"sg-theirs"}})
	if err := pass.Practice.Check(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	return pass.Findings()
}

// A trusted group of another account keeps its rule, and nothing is edited: a rule that
// an edit makes for it would not name the account, and be refused.
func TestTrustedGroupOfAnotherAccount(t *testing.T) {
	found := find(t, answers{
		"DescribeSecurityGroupAttribute":      fmt.Sprintf(rules, more),
		`DescribeSecurityGroups["sg-theirs"]`: `{"SecurityGroups":{"SecurityGroup":[]}}`,
		"DescribeInstances": `{"Instances":{"Instance":[{"InstanceId":"i-1","PublicIpAddress":{"IpAddress":["203.0.113.7"]},"EipAddress":{},
			"SecurityGroupIds":{"SecurityGroupId":["sg-1"]}}]}}`,
	})
	if len(found) != 1 || len(found[0].Changes) > 0 || found[0].Facts["sgr-bad"] == "" || found[0].Facts["sgr-theirs"] != "" {
		t.Errorf("%+v", found)
	}
}

// Where the rules are right nobody asks who is in the group: such a call has no answer here.
func TestMembersAreNotReadForNothing(t *testing.T) {
	if found := find(t, answers{"DescribeSecurityGroupAttribute": fmt.Sprintf(rules, "")}); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}
