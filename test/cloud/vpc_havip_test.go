package cloud

import "testing"

func TestHaVipIsMadeAndTakesAnEIP(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneInstance+"\nvpc: {vpcs: [{id: vpc-2, cidr: 10.0.0.0/8}], vswitches: [{id: vsw-2, vpc: vpc-2, cidr: 10.1.0.0/24}]}")
	n := networkOf(t, c)
	n.refused("InvalidVSwitchId.NotFound", "vpc:CreateHaVip", "VSwitchId", "vsw-9")
	id := n.make("HaVipId", "vpc:CreateHaVip", "VSwitchId", "vsw-1", "Name", "db")
	other := n.make("HaVipId", "vpc:CreateHaVip", "VSwitchId", "vsw-2", "IpAddress", "10.1.0.9")
	n.refused("InvalidIpAddress.AlreadyUsed", "vpc:CreateHaVip", "VSwitchId", "vsw-2", "IpAddress", "10.1.0.9")
	n.refused("DependencyViolation.HaVip", "vpc:DeleteVSwitch", "VSwitchId", "vsw-2")

	n.refused("InvalidFilterKey.ValueNotSupported", "vpc:DescribeHaVips", "Filter.1.Key", "Name", "Filter.1.Value.1", "db")
	if h := n.one("HaVips.HaVip", "vpc:DescribeHaVips", "Filter.1.Key", "VpcId", "Filter.1.Value.1", "vpc-2"); h["HaVipId"] != other || h["IpAddress"] != "10.1.0.9" {
		t.Errorf("%v", h)
	}
	if all := n.list("HaVips.HaVip", "vpc:DescribeHaVips", "Filter.1.Key", "VpcId", "Filter.1.Value.1", "vpc-2", "Filter.1.Value.2", "vpc-1"); len(all) != 2 {
		t.Errorf("%v", all)
	}

	eip := n.make("AllocationId", "vpc:AllocateEipAddress")
	n.refused("InvalidInstance.NotExist", "vpc:AssociateEipAddress", "AllocationId", eip, "InstanceId", "havip-9", "InstanceType", "HaVip")
	n.do("vpc:AssociateEipAddress", "AllocationId", eip, "InstanceId", id, "InstanceType", "HaVip")
	e := n.one("EipAddresses.EipAddress", "vpc:DescribeEipAddresses", "AllocationId", eip)
	if e["InstanceType"] != "HaVip" || e["InstanceId"] != id || e["VpcId"] != "" { // only of an IpAddress it says the network
		t.Errorf("%v", e)
	}
	isReadBack(t, c)
	n.refused("DependencyViolation", "vpc:DeleteHaVip", "HaVipId", id)
	n.do("vpc:UnassociateEipAddress", "AllocationId", eip, "InstanceId", id, "InstanceType", "HaVip")
	n.do("vpc:DeleteHaVip", "HaVipId", id)
	n.refused("InvalidHaVipId.NotFound", "vpc:DeleteHaVip", "HaVipId", id)
}
