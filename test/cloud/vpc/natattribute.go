package vpc

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// Terraform reads a gateway with GetNatGatewayAttribute; lists do for the rest.
var natAttributeActions = []action{
	{Name: "GetNatGatewayAttribute", Do: getNAT, On: onNAT, Params: "RegionId! NatGatewayId!"},
	{
		Name: "ModifyNatGatewayAttribute", Write: true, Do: modifyNAT, On: onNAT,
		Params: "RegionId! NatGatewayId! Name Description EipBindMode=MULTI_BINDED|NAT IcmpReplyEnabled:Boolean EnableSessionLog:Boolean LogDelivery",
	},
}

// getNAT has the same as a list has, in other places.
func getNAT(q *request) (any, error) {
	g, ok := kernel.Find(q.Request, q.c.NATs, q.Str("NatGatewayId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidNatGatewayId.NotFound", "The specified NatGatewayId does not exist in our records.")
	}
	q.Touch(natKind, g.ID)
	all := q.natView(g)
	private := all["NatGatewayPrivateInfo"].(map[string]any)
	answer := map[string]any{
		"ForwardTable": map[string]any{"ForwardTableId": g.ForwardTable, "ForwardEntryCount": len(g.DNAT)},
		"SnatTable":    map[string]any{"SnatTableId": g.SnatTable, "SnatEntryCount": len(g.SNAT)},
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
// The mode is changed only while no EIP is bound. The description can be emptied, the name cannot.
func modifyNAT(q *request) (any, error) {
	g, err := q.nat()
	switch {
	case err != nil:
		return nil, err
	case !kernel.ValidName(q.Str("Name")):
		return nil, kernel.Refuse(400, "InvalidNatGatewayName.Malformed", "NatGateway name is not valid.")
	case q.Has("EipBindMode") && g.bind == "NAT" && q.Str("EipBindMode") != "NAT":
		return nil, kernel.Refuse(400, "OperationUnsupported.EipNatBWPCheck", "The specified EipBindMode does not support this operation.")
	case q.Has("EipBindMode") && q.Str("EipBindMode") != g.bind && q.c.EIPOn(g.ID, "") != nil:
		return nil, kernel.Refuse(400, "OperationDenied.EipBound", "The mode cannot be changed while the NAT gateway has an EIP.")
	}
	if _, given := q.Params["Description"]; given {
		g.Description = q.Str("Description")
	}
	g.Name, g.bind = q.OrElse("Name", g.Name), q.OrElse("EipBindMode", g.bind)
	if q.Has("IcmpReplyEnabled") {
		g.noPing = !q.Is("IcmpReplyEnabled")
	}
	if q.Has("EnableSessionLog") {
		g.sessionLog = q.Is("EnableSessionLog")
	}
	return kernel.Done()
}
