package cloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestInterfaceIsMadeAttachedAndMoved(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	load(t, c, oneInstance)
	n := networkOf(t, c)
	n.refused("InvalidVSwitchId.NotFound", "ecs:CreateNetworkInterface", "VSwitchId", "vsw-9", "SecurityGroupId", "sg-1")
	n.refused("InvalidSecurityGroupId.NotFound", "ecs:CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupId", "sg-9")
	n.refused("InvalidOperation.MultiGroupType", "ecs:CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupIds.1", "sg-1", "SecurityGroupIds.2", "sg-3")
	made := n.do("ecs:CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupIds.1", "sg-2", "SecondaryPrivateIpAddressCount", "2", "NetworkInterfaceName", "side")
	id := made["NetworkInterfaceId"].(string)
	if e := last(t, events); fmt.Sprint(e["referencedResources"]) != fmt.Sprintf("map[ACS::ECS::NetworkInterface:[%s] ACS::ECS::SecurityGroup:[sg-2] ACS::VPC::VSwitch:[vsw-1]]", id) {
		t.Errorf("%v", e["referencedResources"])
	}
	n.do("ecs:AttachNetworkInterface", "NetworkInterfaceId", id, "InstanceId", "i-1")
	n.refused("InvalidOperation.InvalidEniState", "ecs:AttachNetworkInterface", "NetworkInterfaceId", id, "InstanceId", "i-1")
	n.refused("InvalidOperation.InvalidEniState", "ecs:DeleteNetworkInterface", "NetworkInterfaceId", id)
	n.refused("InvalidEniId.NotFound", "ecs:DetachNetworkInterface", "NetworkInterfaceId", "eni-9", "InstanceId", "i-1")
	n.refused("InvalidOperation.DetachPrimaryEniNotAllowed", "ecs:DetachNetworkInterface", "NetworkInterfaceId", "eni-i-1", "InstanceId", "i-1")
	if got := n.list("NetworkInterfaceSets.NetworkInterfaceSet", "ecs:DescribeNetworkInterfaces", "InstanceId", "i-1"); len(got) != 2 {
		t.Errorf("%v", got)
	}
	nic := n.one("NetworkInterfaceSets.NetworkInterfaceSet", "ecs:DescribeNetworkInterfaces", "InstanceId", "i-1", "Type", "Secondary")
	if nic["Status"] != "InUse" || len(nic["PrivateIpSets"].(answer)["PrivateIpSet"].([]any)) != 3 || !strings.HasPrefix(nic["MacAddress"].(string), "00:16:3e:") {
		t.Errorf("%v", nic)
	}
	groups := func() string {
		nic := n.one("NetworkInterfaceSets.NetworkInterfaceSet", "ecs:DescribeNetworkInterfaces", "NetworkInterfaceId.1", id)
		return fmt.Sprint(nic["SecurityGroupIds"].(answer)["SecurityGroupId"])
	}
	n.do("ecs:ModifyNetworkInterfaceAttribute", "NetworkInterfaceId", id, "SecurityGroupId.1", "sg-1", "SecurityGroupId.2", "sg-2")
	if groups() != "[sg-1 sg-2]" {
		t.Error(groups())
	}
	n.refused("InvalidParameter.SecurityGroupIdRepeated", "ecs:ModifyNetworkInterfaceAttribute", "NetworkInterfaceId", id, "SecurityGroupId.1", "sg-1", "SecurityGroupId.2", "sg-1")
	n.refused("InvalidOperation.PrimaryEniOnlySupportModifyNameAndDesc", "ecs:ModifyNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-i-1", "SecurityGroupId.1", "sg-2")
	n.do("ecs:LeaveSecurityGroup", "SecurityGroupId", "sg-2", "NetworkInterfaceId", id)
	n.do("ecs:JoinSecurityGroup", "SecurityGroupId", "sg-2", "NetworkInterfaceId", id)
	n.refused("InvalidParam.EniIdAndInstanceId.Conflict", "ecs:JoinSecurityGroup", "SecurityGroupId", "sg-2", "NetworkInterfaceId", id, "InstanceId", "i-1")
	n.refused("DependencyViolation", "ecs:DeleteSecurityGroup", "SecurityGroupId", "sg-2")
	// By a group only secondary ones are found; i-1 is in sg-1 too.
	if nic := n.one("NetworkInterfaceSets.NetworkInterfaceSet", "ecs:DescribeNetworkInterfaces", "SecurityGroupId", "sg-1"); nic["NetworkInterfaceId"] != id {
		t.Errorf("%v", nic)
	}
	isReadBack(t, c)

	eip := n.make("AllocationId", "vpc:AllocateEipAddress")
	n.do("vpc:AssociateEipAddress", "AllocationId", eip, "InstanceId", id, "InstanceType", "NetworkInterface")
	isReadBack(t, c)
	n.do("ecs:DeleteInstance", "InstanceId", "i-1", "Force", "true")
	if got := n.list("NetworkInterfaceSets.NetworkInterfaceSet", "ecs:DescribeNetworkInterfaces"); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if e := n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses"); e["Status"] != "Available" {
		t.Errorf("%v", e)
	}
}

func TestInstanceIsMovedToOtherGroups(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance)
	n := networkOf(t, c)
	before := dump(t, c)
	groups := func() any {
		return n.one("Instances.Instance", "ecs:DescribeInstances")["SecurityGroupIds"].(answer)["SecurityGroupId"].([]any)[0]
	}
	n.refused("InvalidOperation.MultiGroupType", "ecs:ModifyInstanceAttribute", "InstanceId", "i-1", "SecurityGroupIds.1", "sg-1", "SecurityGroupIds.2", "sg-3")
	n.do("ecs:ModifyInstanceAttribute", "InstanceId", "i-1", "SecurityGroupIds.1", "sg-2", "DeletionProtection", "true")
	if groups() != "sg-2" {
		t.Error(groups())
	}
	n.refused("InvalidOperation.DeletionProtection", "ecs:DeleteInstance", "InstanceId", "i-1", "Force", "true")
	n.do("ecs:ModifyInstanceAttribute", "InstanceId", "i-1", "SecurityGroupIds.1", "sg-1", "DeletionProtection", "false")
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if a := n.do("ecs:DescribeInstanceAttribute", "InstanceId", "i-1"); a["Status"] != "Running" || a["IoOptimized"] != "optimized" {
		t.Errorf("%v", a)
	}
	n.do("ecs:RebootInstance", "InstanceId", "i-1")
	if s := n.one("InstanceStatuses.InstanceStatus", "ecs:DescribeInstanceStatus", "InstanceId.1", "i-1"); s["Status"] != "Running" {
		t.Errorf("%v", s)
	}
}

func TestPublicAddressGoesWithTheBandwidth(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance)
	n := networkOf(t, c)
	public := func() []any {
		return n.one("Instances.Instance", "ecs:DescribeInstances")["PublicIpAddress"].(answer)["IpAddress"].([]any)
	}
	n.refused("AllocateIpInvalidInstanceBandwidth", "ecs:AllocatePublicIpAddress", "InstanceId", "i-1")
	n.do("ecs:ModifyInstanceNetworkSpec", "InstanceId", "i-1", "InternetMaxBandwidthOut", "5")
	ip := n.make("IpAddress", "ecs:AllocatePublicIpAddress", "InstanceId", "i-1")
	n.refused("AllocatedAlready", "ecs:AllocatePublicIpAddress", "InstanceId", "i-1")
	if got := public(); len(got) != 1 || got[0] != ip {
		t.Error(got)
	}
	eip := n.make("AllocationId", "vpc:AllocateEipAddress")
	n.refused("EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP", "vpc:AssociateEipAddress", "AllocationId", eip, "InstanceId", "i-1")
	if got := n.list("Instances.Instance", "ecs:DescribeInstances", "PublicIpAddresses", `["192.0.2.9"]`); len(got) != 0 {
		t.Errorf("%v", got)
	}
	isReadBack(t, c)
	n.do("ecs:ModifyInstanceNetworkSpec", "InstanceId", "i-1", "InternetMaxBandwidthOut", "0")
	if got := public(); len(got) != 0 {
		t.Error(got)
	}
	n.do("ecs:ModifyInstanceNetworkSpec", "InstanceId", "i-1", "InternetMaxBandwidthOut", "5", "AllocatePublicIp", "true")
	ip = public()[0].(string)
	n.do("ecs:ConvertNatPublicIpToEip", "InstanceId", "i-1")
	if e := n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses", "AssociatedInstanceId", "i-1"); e["IpAddress"] != ip {
		t.Errorf("%v", e)
	}
}

func TestGroupSaysWhoRefersToItAndItsPolicy(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}, {id: sg-2, rules: [{protocol: tcp, ports: 22/22, group: sg-1}]}, {id: sg-3, type: enterprise}]}")
	n := networkOf(t, c)
	r := n.one("SecurityGroupReferences.SecurityGroupReference", "ecs:DescribeSecurityGroupReferences", "SecurityGroupId.1", "sg-1", "SecurityGroupId.2", "sg-2")
	if r["SecurityGroupId"] != "sg-1" || !strings.Contains(fmt.Sprint(r["ReferencingSecurityGroups"]), "sg-2") {
		t.Errorf("%v", r)
	}
	before := dump(t, c)
	n.do("ecs:ModifySecurityGroupPolicy", "SecurityGroupId", "sg-1", "InnerAccessPolicy", "drop")
	if p := n.do("ecs:DescribeSecurityGroupAttribute", "SecurityGroupId", "sg-1")["InnerAccessPolicy"]; p != "Drop" {
		t.Error(p)
	}
	isReadBack(t, c)
	n.refused("InvalidPolicy.Malformed", "ecs:ModifySecurityGroupPolicy", "SecurityGroupId", "sg-1", "InnerAccessPolicy", "Maybe")
	n.refused("InvalidOperation.NotSupportEnterpriseGroup", "ecs:ModifySecurityGroupPolicy", "SecurityGroupId", "sg-3", "InnerAccessPolicy", "Accept")
	n.do("ecs:ModifySecurityGroupPolicy", "SecurityGroupId", "sg-1", "InnerAccessPolicy", "Accept")
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// 1,000 of everything, page by page: none is lost and none comes twice.
func TestThousandResourcesAreListedPageByPage(t *testing.T) {
	var groups, nics, eips, policies strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&groups, "    - {id: sg-%d}\n", i)
		fmt.Fprintf(&nics, "    - {id: eni-%d, security-groups: [sg-%d]}\n", i, i)
		fmt.Fprintf(&eips, "    - {id: eip-%d}\n", i)
		fmt.Fprintf(&policies, "    - {id: s-%d, encrypted: false}\n", i)
	}
	c := startCloud(t)
	load(t, c, "ecs:\n  disk-encryption-by-default: false\n  security-groups:\n"+groups.String()+"  network-interfaces:\n"+nics.String()+
		"  snapshots:\n"+policies.String()+"vpc:\n  eips:\n"+eips.String())
	n := networkOf(t, c)
	for _, list := range []struct{ action, path, id string }{
		{"ecs:DescribeSecurityGroups", "SecurityGroups.SecurityGroup", "SecurityGroupId"},
		{"ecs:DescribeNetworkInterfaces", "NetworkInterfaceSets.NetworkInterfaceSet", "NetworkInterfaceId"},
		{"ecs:DescribeSnapshots", "Snapshots.Snapshot", "SnapshotId"},
		{"vpc:DescribeEipAddresses", "EipAddresses.EipAddress", "AllocationId"},
	} {
		outer, inner, _ := strings.Cut(list.path, ".")
		read := func(a answer) (ids []string) {
			for _, row := range a[outer].(answer)[inner].([]any) {
				ids = append(ids, row.(answer)[list.id].(string))
			}
			return ids
		}
		complete := func(how string, ids []string) {
			t.Helper()
			slices.Sort(ids)
			if len(slices.Compact(ids)) != 1000 {
				t.Errorf("%s by %s: %d different ones", list.action, how, len(slices.Compact(ids)))
			}
		}
		var byNumber []string
		for page := 1; ; page++ {
			a := n.do(list.action, "PageNumber", fmt.Sprint(page), "PageSize", "100")
			byNumber = append(byNumber, read(a)...)
			if a["TotalCount"] != 1000.0 || a["PageSize"] != 100.0 || a["PageNumber"] != float64(page) {
				t.Fatalf("%v %v %v", a["TotalCount"], a["PageSize"], a["PageNumber"])
			}
			if page*100 >= 1000 {
				break
			}
		}
		complete("number", byNumber)
		if strings.HasPrefix(list.action, "vpc:") {
			continue // no tokens there
		}
		var byToken []string
		for params := []string{"MaxResults", "100"}; ; {
			a := n.do(list.action, params...)
			byToken = append(byToken, read(a)...)
			next := a["NextToken"].(string)
			if next == "" {
				break
			}
			params = []string{"MaxResults", "100", "NextToken", next}
		}
		complete("token", byToken)
	}
}
