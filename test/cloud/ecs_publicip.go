package cloud

// Public addresses that belong to an instance and go with it. Those that can
// be moved are EIPs.
var publicIPActions = []rpcAction{
	{
		name: "AllocatePublicIpAddress", write: true, on: onInstance, do: allocatePublicIP,
		params: "InstanceId! IpAddress VlanId",
	},
	{
		name: "ModifyInstanceNetworkSpec", write: true, on: onInstance, do: modifyNetworkSpec,
		params: `InstanceId! InternetMaxBandwidthOut:Integer=0..200 InternetMaxBandwidthIn:Integer NetworkChargeType=PayByBandwidth|PayByTraffic
			AllocatePublicIp:Boolean AutoPay:Boolean ISP StartTime EndTime ClientToken`,
	},
	{
		name: "ConvertNatPublicIpToEip", write: true, on: onInstance, do: convertPublicIP,
		params: "RegionId! InstanceId!",
	},
}

func allocatePublicIP(q *rpcRequest) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.status != "Running" && i.status != "Stopped":
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	case i.publicIP != "":
		return nil, refuse(403, "AllocatedAlready", "There is an IpAddress allocated already for the specified instance.")
	case q.c.eipOn(i.id, "") != nil:
		return nil, refuse(400, "OperationDenied", "Specified operation is denied as your instance is in VPC.")
	case i.bandwidth == 0:
		return nil, refuse(400, "AllocateIpInvalidInstanceBandwidth", "OperationDenied The InternetMaxBandwidthOut of the specified instance cannot be less than 0.") // sic
	}
	i.publicIP = q.c.publicAddress()
	return map[string]any{"IpAddress": i.publicIP}, nil
}

// modifyNetworkSpec gives the public address back when the bandwidth becomes 0.
func modifyNetworkSpec(q *rpcRequest) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.status != "Running" && i.status != "Stopped":
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	i.bandwidth = q.num("InternetMaxBandwidthOut", i.bandwidth)
	i.charge = q.orElse("NetworkChargeType", i.charge)
	switch {
	case i.bandwidth == 0:
		i.publicIP = ""
	case q.is("AllocatePublicIp") && i.publicIP == "":
		i.publicIP = q.c.publicAddress()
	}
	return map[string]any{"OrderId": ""}, nil
}

// convertPublicIP makes an EIP of the address, on the same instance.
func convertPublicIP(q *rpcRequest) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.vpc == "" || i.publicIP == "":
		return nil, refuse(403, "InvalidInstance.NotAllocatedPublicIp", "The specified instance has no public IP address.")
	case i.status != "Running" && i.status != "Stopped":
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	e := &eip{
		ecsResource: q.newResource("eip", ""), address: i.publicIP, bandwidth: "5", charge: "PayByTraffic", isp: "BGP", instance: i.id,
		instanceType: "EcsInstance", privateIP: i.privateIP, mode: "NAT", vpc: i.vpc,
	}
	q.c.vpc.eips = append(q.c.vpc.eips, e)
	i.publicIP, i.bandwidth = "", 0
	q.touch(eipKind, e.id)
	return done()
}
