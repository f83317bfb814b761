package cloud

import (
	"slices"
	"time"
)

var instanceAttributeActions = []rpcAction{
	{
		name: "ModifyInstanceAttribute", write: true, on: onInstance, do: modifyInstanceAttribute,
		params: `InstanceId! InstanceName Description HostName Password UserData DeletionProtection:Boolean Recyclable:Boolean CreditSpecification
			SecurityGroupIds:RepeatList NetworkInterfaceQueueNumber:Integer EnableJumboFrame:Boolean EnableNetworkEncryption:Boolean
			CpuOptions.Core:Integer CpuOptions.ThreadsPerCore:Integer CpuOptions.TopologyType PrivateDnsNameOptions:Struct
			RemoteConnectionOptions:Struct`,
	},
	{name: "DescribeInstanceAttribute", on: onInstance, do: describeInstanceAttribute, params: "InstanceId!"},
	{
		name: "DescribeInstanceStatus", on: onEach("instance", repeated("InstanceId")), do: describeInstanceStatus,
		params: "RegionId! InstanceId:RepeatList ClusterId ZoneId PageNumber:Integer=1..1000000 PageSize:Integer=1..50",
	},
	{
		name: "RebootInstance", write: true, on: onInstance, do: rebootInstance,
		params: "InstanceId! ForceStop:Boolean DryRun:Boolean",
	},
}

// modifyInstanceAttribute replaces all security groups of the instance, where
// it names any.
func modifyInstanceAttribute(q *rpcRequest) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if groups := q.list("SecurityGroupIds"); len(groups) > 0 {
		if err := q.joinable(groups, i.vpc); err != nil {
			return nil, err
		}
		i.groups = groups
	}
	if q.has("UserData") {
		if err := checkUserData(q.str("UserData")); err != nil {
			return nil, err
		}
		i.userData = q.str("UserData")
	}
	if q.has("DeletionProtection") {
		i.protected = q.is("DeletionProtection")
	}
	i.name, i.description, i.host = q.orElse("InstanceName", i.name), q.orElse("Description", i.description), q.orElse("HostName", i.host)
	return done()
}

func describeInstanceAttribute(q *rpcRequest) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	view := q.instanceView(i)
	view["IoOptimized"] = "optimized" // text in this answer only
	for _, name := range []string{"Tags", "NetworkInterfaces", "MetadataOptions", "DeletionProtection"} {
		delete(view, name)
	}
	return view, nil
}

func describeInstanceStatus(q *rpcRequest) (any, error) {
	ids := q.list("InstanceId")
	kept := within(q, q.c.ecs.instances, func(i *instance) bool {
		return q.c.visible(&i.ecsResource) && (ids == nil || slices.Contains(ids, i.id)) && q.matches("ZoneId", i.zone)
	})
	return numbered(q, kept, 1, "InstanceStatuses", "InstanceStatus", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.id, "Status": q.c.instanceStatus(i)}
	})
}

func rebootInstance(q *rpcRequest) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.status != "Running":
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return done()
}

// nicViews are the interfaces of an instance as its description has them.
func (q *rpcRequest) nicViews(i *instance) []any {
	views := []any{}
	for _, n := range q.c.ecs.nics {
		if n.instance != i.id {
			continue
		}
		full := q.nicView(n)
		views = append(views, map[string]any{
			"NetworkInterfaceId": n.id, "MacAddress": n.mac(), "PrimaryIpAddress": n.ip, "Type": n.kind(),
			"PrivateIpSets": full["PrivateIpSets"], "Ipv6Sets": full["Ipv6Sets"],
			"Ipv4PrefixSets": full["Ipv4PrefixSets"], "Ipv6PrefixSets": full["Ipv6PrefixSets"],
		})
	}
	return views
}

// eipOf is the EIP of an instance as its description has it.
func (q *rpcRequest) eipOf(i *instance) map[string]any {
	e := q.c.eipOn(i.id, "")
	if e == nil {
		return map[string]any{"AllocationId": "", "IpAddress": "", "InternetChargeType": ""}
	}
	return map[string]any{
		"AllocationId": e.id, "IpAddress": e.address, "InternetChargeType": e.charge, "Bandwidth": ownerID(e.bandwidth), "IsSupportUnassociate": !e.managed && e.segment == "",
	}
}

// minute is a time as the descriptions of instances write it.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
