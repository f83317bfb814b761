package cloud

import "slices"

// haVip is a private address that instances of a vSwitch share: one answers for it
// at a time.
type haVip struct {
	ecsResource
	vpc, vswitch, ip string
	holders          []string // instances and interfaces that may answer for it
}

const haVipKind = "ACS::VPC::HaVip"

var haVipActions = []rpcAction{
	{
		name: "CreateHaVip", write: true, do: createHaVip, on: inVPC("havip", ""),
		params: "RegionId! VSwitchId! IpAddress Name Description ResourceGroupId ClientToken Tag:RepeatList(Key Value)",
	},
	{name: "DeleteHaVip", write: true, do: deleteHaVip, on: inVPC("havip", "HaVipId"), params: "RegionId! HaVipId! ClientToken"},
	{
		name: "AssociateHaVip", write: true, do: associateHaVip, on: inVPC("havip", "HaVipId"),
		params: "RegionId! HaVipId! InstanceId! InstanceType=EcsInstance|NetworkInterface ClientToken",
	},
	{
		name: "DescribeHaVips", do: describeHaVips, on: inVPC("havip", ""),
		params: "RegionId! ResourceGroupId Filter:RepeatList(Key Value:RepeatList) Tags:RepeatList(Key Value)" + byNumber,
	},
}

// kindOf is what holders are: all of one kind.
func (c *Cloud) kindOf(holders []string) string {
	if len(holders) == 0 {
		return ""
	}
	return targetOf(holders[0])
}

func createHaVip(q *rpcRequest) (any, error) {
	v := q.c.vpc.switchOf(q.region, q.str("VSwitchId"))
	if v == nil {
		return nil, refuse(404, "InvalidVSwitchId.NotFound", "Specified virtual switch does not exist.")
	}
	ip, err := v.address(q.c, q.str("IpAddress"))
	if err != nil {
		return nil, err
	}
	h := &haVip{ecsResource: q.newResource("havip", q.str("Name")), vpc: v.vpc, vswitch: v.id, ip: ip}
	q.c.vpc.havips = append(q.c.vpc.havips, h)
	q.touch(haVipKind, h.id)
	return map[string]any{"HaVipId": h.id, "IpAddress": h.ip}, nil
}

func associateHaVip(q *rpcRequest) (any, error) {
	h, ok := find(q, q.c.vpc.havips, q.str("HaVipId"))
	if !ok {
		return nil, refuse(404, "InvalidHaVipId.NotFound", "The specified HaVipId does not exist.")
	}
	q.touch(haVipKind, h.id)
	id := q.str("InstanceId")
	_, instance := hostNamed(q.c.vpcHosts(), "EcsInstance", id, q.region)
	_, nic := hostNamed(q.c.vpcHosts(), "NetworkInterface", id, q.region)
	switch {
	case !instance && !nic:
		return nil, refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	case slices.Contains(h.holders, id):
		return nil, refuse(400, "InvalidInstanceId.Duplicate", "The instance is associated already.")
	}
	h.holders = append(h.holders, id)
	return done()
}

func deleteHaVip(q *rpcRequest) (any, error) {
	h, ok := find(q, q.c.vpc.havips, q.str("HaVipId"))
	if !ok {
		return nil, refuse(404, "InvalidHaVipId.NotFound", "The specified HaVipId does not exist.")
	}
	q.touch(haVipKind, h.id)
	if q.c.eipOn(h.id, "") != nil {
		return nil, refuse(400, "DependencyViolation", "The HaVip has an EIP.")
	}
	q.c.vpc.havips = without(q.c.vpc.havips, h.id)
	return done()
}

func describeHaVips(q *rpcRequest) (any, error) {
	for _, f := range q.items("Filter") {
		if !slices.Contains([]string{"VpcId", "VSwitchId", "Status", "HaVipId", "HaVipAddress"}, f["Key"]) {
			return nil, refuse(400, "InvalidFilterKey.ValueNotSupported", "The specified filter key %q is not supported.", f["Key"])
		}
	}
	kept := within(q, q.c.vpc.havips, func(h *haVip) bool {
		have := map[string]string{
			"VpcId": h.vpc, "VSwitchId": h.vswitch, "HaVipId": h.id, "HaVipAddress": h.ip, "Status": q.c.status(h.created, "Creating", "Available"),
		}
		return h.hasTags(q) && !slices.ContainsFunc(q.items("Filter"), func(f fieldsOf) bool {
			for name, value := range f {
				if name != "Key" && value == have[f["Key"]] {
					return false // one of the values is enough
				}
			}
			return true
		})
	})
	return numbered(q, kept, 10, "HaVips", "HaVip", func(h *haVip) map[string]any {
		eips := []string{}
		if e := q.c.eipOn(h.id, ""); e != nil {
			eips = append(eips, e.address)
		}
		return map[string]any{
			"HaVipId": h.id, "Name": h.name, "Description": h.description, "RegionId": h.region, "VpcId": h.vpc, "VSwitchId": h.vswitch, "IpAddress": h.ip,
			"Status": q.c.status(h.created, "Creating", "Available"), "CreateTime": stamp(h.created), "ChargeType": "PostPaid", "ResourceGroupId": "",
			"AssociatedInstanceType": q.c.kindOf(h.holders), "MasterInstanceId": "", "Tags": vpcTags(&h.ecsResource),
			"AssociatedEipAddresses": map[string]any{"associatedEipAddresse": eips}, // sic
			"AssociatedInstances":    map[string]any{"associatedInstance": listOf(h.holders)},
		}
	})
}
