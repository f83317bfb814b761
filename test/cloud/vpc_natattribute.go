package cloud

var natAttributeActions = []rpcAction{
	{name: "GetNatGatewayAttribute", do: getNAT, on: onNAT, params: "RegionId! NatGatewayId!"},
	{
		name: "ModifyNatGatewayAttribute", write: true, do: modifyNAT, on: onNAT,
		params: "RegionId! NatGatewayId! Name Description EipBindMode=MULTI_BINDED|NAT IcmpReplyEnabled:Boolean EnableSessionLog:Boolean LogDelivery",
	},
}

// getNAT has the same as a list has, in other places.
func getNAT(q *rpcRequest) (any, error) {
	g, ok := find(q, q.c.vpc.nats, q.str("NatGatewayId"))
	if !ok {
		return nil, refuse(404, "InvalidNatGatewayId.NotFound", "The specified NatGatewayId does not exist in our records.")
	}
	q.touch(natKind, g.id)
	all := q.natView(g)
	private := all["NatGatewayPrivateInfo"].(map[string]any)
	answer := map[string]any{
		"ForwardTable": map[string]any{"ForwardTableId": g.forwardTable, "ForwardEntryCount": len(g.dnat)},
		"SnatTable":    map[string]any{"SnatTableId": g.snatTable, "SnatEntryCount": len(g.snat)},
		"FullNatTable": map[string]any{"FullNatTableId": "", "FullNatEntryCount": 0},
		"BillingConfig": map[string]any{
			"InternetChargeType": all["InternetChargeType"], "InstanceChargeType": all["InstanceChargeType"], "Spec": all["Spec"], "AutoPay": "false",
		},
		"PrivateInfo": map[string]any{
			"VswitchId": private["VswitchId"], "PrivateIpAddress": private["PrivateIpAddress"], "IzNo": private["IzNo"], "MaxBandwidth": private["MaxBandwidth"],
		},
		"DeletionProtectionInfo": map[string]any{"Enabled": false}, "IpList": all["IpLists"].(map[string]any)["IpList"], "EnableSessionLog": g.sessionLog,
	}
	for _, name := range []string{
		"NatGatewayId", "Name", "Description", "RegionId", "VpcId", "NetworkType", "NatType", "Status", "CreationTime", "BusinessStatus", "ExpiredTime",
		"ResourceGroupId", "EcsMetricEnabled", "PrivateLinkEnabled",
	} {
		answer[name] = all[name]
	}
	return answer, nil
}

// modifyNAT changes what a call names. Gateways in the mode NAT do not go back to the other.
func modifyNAT(q *rpcRequest) (any, error) {
	g, err := q.nat()
	switch {
	case err != nil:
		return nil, err
	case !validName(q.str("Name")):
		return nil, refuse(400, "InvalidNatGatewayName.Malformed", "NatGateway name is not valid.")
	case q.has("EipBindMode") && g.bind == "NAT" && q.str("EipBindMode") != "NAT":
		return nil, refuse(400, "OperationUnsupported.EipNatBWPCheck", "The specified EipBindMode does not support this operation.")
	case q.has("EipBindMode") && q.str("EipBindMode") != g.bind && q.c.eipOn(g.id, "") != nil:
		return nil, refuse(400, "OperationDenied.EipBound", "The mode cannot be changed while the NAT gateway has an EIP.")
	}
	if _, given := q.params["Description"]; given {
		g.description = q.str("Description")
	}
	g.name, g.bind = q.orElse("Name", g.name), q.orElse("EipBindMode", g.bind)
	if q.has("IcmpReplyEnabled") {
		g.noPing = !q.is("IcmpReplyEnabled")
	}
	if q.has("EnableSessionLog") {
		g.sessionLog = q.is("EnableSessionLog")
	}
	return done()
}
