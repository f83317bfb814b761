package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// before are answers from before an event, by the operation.
type before map[string]string

func (b before) Read(_ context.Context, call cloud.Call, out any) error {
	text, ok := b[call.Action]
	if !ok {
		return fmt.Errorf("nobody expects %s", call)
	}
	return json.Unmarshal([]byte(text), out)
}

// What a read does not show yet is not taken for good: it is looked for again.
func TestWhatDoesNotShowYetIsLookedForAgain(t *testing.T) {
	image := `{"Images": {"Image": [{"ImageId": "m-1", "ImageOwnerAlias": "self", "Status": "Available", "IsPublic": false, "DiskDeviceMappings": {"DiskDeviceMapping": [{"SnapshotId": "s-1"}]}}]}}`
	private := before{"DescribeImages": image, "DescribeImageSharePermission": `{"Accounts": {"Account": []}, "ShareGroups": {"ShareGroup": []}}`}
	group := `{"SecurityGroups": {"SecurityGroup": [{"SecurityGroupId": "sg-1", "SecurityGroupType": "normal", "VpcId": "%s", "Tags": {"Tag": [{"TagKey": "precision", "TagValue": "5tuple"}]}}]}}`
	noRules := `{"Permissions": {"Permission": []}}`
	vpc := `{"Vpcs": {"Vpc": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}}`
	alone := before{"DescribeVpcs": vpc, "ListVpcPeerConnections": `{"VpcPeerConnects": []}`, "DescribeVpcAttribute": `{}`}
	for _, c := range []struct {
		practice, service, name string
		params                  map[string]string
		before                  before
	}{
		{"ecs-image-shared", "Ecs", "ModifyImageSharePermission", map[string]string{"ImageId": "m-1", "AddAccount.1": "2000000000000001"}, private},
		{"ecs-image-shared", "Ecs", "ModifyImageSharePermission", map[string]string{"ImageId": "m-1", "IsPublic": "true"}, private},
		{"ecs-image-share-byok", "Ecs", "ModifyImageSharePermission", map[string]string{"ImageId": "m-1", "AddAccount.1": "2000000000000001"}, private},
		{"ecs-snapshot-retention", "Ecs", "ApplyAutoSnapshotPolicy", map[string]string{"autoSnapshotPolicyId": "sp-1", "diskIds": `["d-1"]`}, before{
			"DescribeAutoSnapshotPolicyEx": `{"AutoSnapshotPolicies": {"AutoSnapshotPolicy": [{"AutoSnapshotPolicyId": "sp-1", "Status": "Normal", "RetentionDays": 1, "DiskNums": 0, "RepeatWeekdays": "[\"1\"]"}]}}`,
		}},
		{"ecs-snapshot-policy", "Ecs", "CancelAutoSnapshotPolicy", map[string]string{"autoSnapshotPolicyId": "sp-1", "diskIds": `["d-1"]`}, before{
			"DescribeDisks": `{"Disks": {"Disk": [{"DiskId": "d-1", "Status": "In_use", "AutoSnapshotPolicyId": "sp-1"}]}}`,
		}},
		{"ecs-snapshot-policy", "Ecs", "DeleteAutoSnapshotPolicy", map[string]string{"autoSnapshotPolicyId": "sp-1"}, before{"DescribeDisks": `{"Disks": {"Disk": []}}`}},
		{"eip-use-slb", "Vpc", "AssociateEipAddress", map[string]string{"InstanceId": "i-1", "AllocationId": "eip-1"}, before{
			"DescribeInstances": `{"Instances": {"Instance": [{"InstanceId": "i-1", "Status": "Running", "EipAddress": {"AllocationId": "", "IpAddress": ""}}]}}`,
		}},
		{"vpc-route-least-access", "Vpc", "CreateRouteEntry", map[string]string{"RouteTableId": "vtb-1", "DestinationCidrBlock": "0.0.0.0/0", "NextHopId": "i-1"}, before{
			"DescribeRouteTableList": `{"RouterTableList": {"RouterTableListType": [{"RouteTableId": "vtb-1", "VpcId": "vpc-1"}]}}`, "DescribeRouteEntryList": `{"RouteEntrys": {"RouteEntry": []}}`,
		}},
		{"vpc-cidr-overlap", "Vpc", "AssociateVpcCidrBlock", map[string]string{"VpcId": "vpc-1", "SecondaryCidrBlock": "192.168.0.0/16"}, alone},
		{"vpc-cidr-overlap", "Cbn", "AttachCenChildInstance", map[string]string{"CenId": "cen-1", "ChildInstanceId": "vpc-1"}, alone},
		{"sg-five-tuple", "Ecs", "AuthorizeSecurityGroup", map[string]string{"SecurityGroupId": "sg-1", "IpProtocol": "TCP", "PortRange": "1/65535", "SourceCidrIp": "10.0.0.0/8"},
			before{"DescribeSecurityGroups": fmt.Sprintf(group, "vpc-1"), "DescribeSecurityGroupAttribute": noRules}},
		{"sg-five-tuple", "Ecs", "AuthorizeSecurityGroupEgress", map[string]string{"SecurityGroupId": "sg-1", "IpProtocol": "TCP", "PortRange": "1/65535", "DestCidrIp": "10.0.0.0/8"},
			before{"DescribeSecurityGroups": fmt.Sprintf(group, "vpc-1"), "DescribeSecurityGroupAttribute": noRules}},
		{"sg-classic-network-cidr", "Ecs", "AuthorizeSecurityGroup", map[string]string{"SecurityGroupId": "sg-1", "IpProtocol": "TCP", "PortRange": "1/65535", "SourceCidrIp": "10.0.0.0/8", "NicType": "intranet"},
			before{"DescribeSecurityGroups": fmt.Sprintf(group, ""), "DescribeSecurityGroupAttribute": noRules}},
	} {
		p, now := functions.All[slices.IndexFunc(functions.All, func(p *practice.Practice) bool { return p.ID == c.practice })], time.Now()
		for ago, unseen := range map[time.Duration]bool{time.Second: true, time.Hour: false} {
			e := &events.Event{Kind: events.KindActionTrail, Service: c.service, Name: c.name, Time: now.Add(-ago), Region: "cn-hangzhou", Account: "1098765432101234", Params: c.params}
			targets := p.Match(e)
			if len(targets) != 1 {
				t.Errorf("%s: %s leads to %v", c.practice, c.name, targets)
				continue
			}
			v := engine.NewJudge(c.before, "cn-hangzhou", e, settings.Settings{}, func() time.Time { return now }, slog.New(slog.DiscardHandler)).Judge(t.Context(), p, targets[0], time.Minute)
			if v.Err != nil || len(v.Findings) > 0 || (v.Unseen != "") != unseen {
				t.Errorf("%s, %s ago, %s: %v, %v, unseen %q", c.practice, ago, c.name, v.Err, v.Findings, v.Unseen)
			}
		}
	}
}

// An answer that lacks what was asked for is neither good nor bad.
func TestAnAnswerThatLacksSomethingIsNoGoodState(t *testing.T) {
	group := `{"SecurityGroups": {"SecurityGroup": [{"SecurityGroupId": "sg-1", "SecurityGroupType": "normal", "VpcId": "%s", "Tags": {"Tag": [{"TagKey": "precision", "TagValue": "5tuple"}]}}]}}`
	machine := `{"Instances": {"Instance": [{"InstanceId": "i-1", "ImageId": "m-1"%s}]}}`
	rule := `{"Permissions": {"Permission": [{"SecurityGroupRuleId": "sgr-1", "IpProtocol": "TCP", "PortRange": "1/65535", "Priority": 1, "SourceCidrIp": "10.0.0.0/8"}]}}`
	for _, c := range []struct {
		practice, id string
		answers      before
	}{
		{"sg-five-tuple", "sg-1", before{"DescribeSecurityGroups": fmt.Sprintf(group, "vpc-1"), "DescribeSecurityGroupAttribute": `{}`}},
		{"sg-five-tuple", "sg-1", before{"DescribeSecurityGroups": fmt.Sprintf(group, "vpc-1"), "DescribeSecurityGroupAttribute": rule}},
		{"sg-classic-network-cidr", "sg-1", before{"DescribeSecurityGroups": fmt.Sprintf(group, ""), "DescribeSecurityGroupAttribute": `{"Permissions": {"Permission": null}}`}},
		{"sg-classic-network-cidr", "sg-1", before{"DescribeSecurityGroups": fmt.Sprintf(group, ""), "DescribeSecurityGroupAttribute": rule}},
		{"sg-public-ingress", "sg-1", before{"DescribeSecurityGroups": fmt.Sprintf(group, "vpc-1"), "DescribeSecurityGroupAttribute": `{}`}},
		{"eip-use-slb", "i-1", before{"DescribeInstances": fmt.Sprintf(machine, `, "Status": "Running", "EipAddress": {"AllocationId": "eip-1", "IpAddress": "203.0.113.9"}`)}},
		{"ecs-image-security-enhancement", "i-1", before{"DescribeInstances": fmt.Sprintf(machine, "")}},
		{"ecs-image-source", "i-1", before{"DescribeInstances": fmt.Sprintf(machine, `, "Status": "Running"`),
			"DescribeImages": `{"Images": {"Image": [{"ImageId": "m-1", "ImageOwnerAlias": "marketplace", "Status": "Available", "IsPublic": false}]}}`}},
		{"ecs-snapshot-policy", "d-1", before{"DescribeDisks": `{"Disks": {"Disk": [{"DiskId": "d-1"}]}}`}},
	} {
		p := functions.All[slices.IndexFunc(functions.All, func(p *practice.Practice) bool { return p.ID == c.practice })]
		target := practice.Target{Resource: practice.Resource{Type: p.Resource, ID: c.id, Region: "cn-hangzhou", Account: "1098765432101234"}}
		v := engine.NewJudge(c.answers, "cn-hangzhou", &events.Event{}, settings.Settings{}, time.Now, slog.New(slog.DiscardHandler)).Judge(t.Context(), p, target, time.Minute)
		if v.Err == nil || len(v.Findings) > 0 || strings.Contains(v.Err.Error(), "nobody expects") {
			t.Errorf("%s: %v, %v", c.practice, v.Err, v.Findings)
		}
	}
}
