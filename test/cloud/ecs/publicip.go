package ecs

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Public addresses that belong to an instance and go with it. Those that can
// be moved are EIPs.
var publicIPActions = []action{
	{
		Name: "AllocatePublicIpAddress", Write: true, On: onInstance, Do: allocatePublicIP,
		Params: "InstanceId! IpAddress VlanId",
	},
	{
		Name: "ModifyInstanceNetworkSpec", Write: true, On: onInstance, Do: modifyNetworkSpec,
		Params: `InstanceId! InternetMaxBandwidthOut:Integer=0..200 InternetMaxBandwidthIn:Integer NetworkChargeType=PayByBandwidth|PayByTraffic
			AllocatePublicIp:Boolean AutoPay:Boolean ISP StartTime EndTime ClientToken`,
	},
	{
		Name: "ConvertNatPublicIpToEip", Write: true, On: onInstance, Do: convertPublicIP,
		Params: "RegionId! InstanceId!",
	},
}

// An address needs a bandwidth first. It is counted against instances with an EIP, which cannot
// have both.
func allocatePublicIP(q *request) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.Status != "Running" && i.Status != "Stopped":
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	case i.PublicIP != "":
		return nil, kernel.Refuse(403, "AllocatedAlready", "There is an IpAddress allocated already for the specified instance.")
	case q.c.vpc.EIPOn(i.ID, "") != nil:
		return nil, kernel.Refuse(400, "OperationDenied", "Specified operation is denied as your instance is in VPC.")
	case i.Bandwidth == 0:
		return nil, kernel.Refuse(400, "AllocateIpInvalidInstanceBandwidth", "OperationDenied The InternetMaxBandwidthOut of the specified instance cannot be less than 0.") // sic
	}
	i.PublicIP = q.c.vpc.PublicAddress()
	return map[string]any{"IpAddress": i.PublicIP}, nil
}

// modifyNetworkSpec gives the public address back when the bandwidth becomes 0.
// The real service allows the bandwidth of 0 to give the address back for instances paid for by
// traffic. Changes to bandwidth need no restart.
func modifyNetworkSpec(q *request) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.Status != "Running" && i.Status != "Stopped":
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	i.Bandwidth = q.Num("InternetMaxBandwidthOut", i.Bandwidth)
	i.charge = q.OrElse("NetworkChargeType", i.charge)
	switch {
	case i.Bandwidth == 0:
		i.PublicIP = ""
	case q.Is("AllocatePublicIp") && i.PublicIP == "":
		i.PublicIP = q.c.vpc.PublicAddress()
	}
	return map[string]any{"OrderId": ""}, nil
}

// convertPublicIP makes an EIP of the address, on the same instance.
// From then on the address outlives the instance, and costs money when nothing uses it. The
// instance has no bandwidth of its own any more.
func convertPublicIP(q *request) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.VPC == "" || i.PublicIP == "":
		return nil, kernel.Refuse(403, "InvalidInstance.NotAllocatedPublicIp", "The specified instance has no public IP address.")
	case i.Status != "Running" && i.Status != "Stopped":
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	e := &vpc.EIP{
		Resource: q.NewResource("eip", ""), Address: i.PublicIP, Bandwidth: "5", Charge: "PayByTraffic", Isp: "BGP", Instance: i.ID,
		InstanceType: "EcsInstance", PrivateIP: i.PrivateIP, Mode: "NAT", VPC: i.VPC,
	}
	q.c.vpc.EIPs = append(q.c.vpc.EIPs, e)
	i.PublicIP, i.Bandwidth = "", 0
	q.Touch(vpc.EIPKind, e.ID)
	return kernel.Done()
}
