package ecs

import (
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var instanceAttributeActions = []action{
	{
		Name: "ModifyInstanceAttribute", Write: true, On: onInstance, Do: modifyInstanceAttribute,
		Params: `InstanceId! InstanceName Description HostName Password UserData DeletionProtection:Boolean Recyclable:Boolean CreditSpecification
			SecurityGroupIds:RepeatList NetworkInterfaceQueueNumber:Integer EnableJumboFrame:Boolean EnableNetworkEncryption:Boolean
			CpuOptions.Core:Integer CpuOptions.ThreadsPerCore:Integer CpuOptions.TopologyType PrivateDnsNameOptions:Struct
			RemoteConnectionOptions:Struct`,
	},
	{Name: "DescribeInstanceAttribute", On: onInstance, Do: describeInstanceAttribute, Params: "InstanceId!"},
	{
		Name: "DescribeInstanceStatus", On: onEach("instance", kernel.Repeated("InstanceId")), Do: describeInstanceStatus,
		Params: "RegionId! InstanceId:RepeatList ClusterId ZoneId PageNumber:Integer=1..1000000 PageSize:Integer=1..50",
	},
	{
		Name: "RebootInstance", Write: true, On: onInstance, Do: rebootInstance,
		Params: "InstanceId! ForceStop:Boolean DryRun:Boolean",
	},
}

// modifyInstanceAttribute replaces all security groups of the instance, where
// it names any.
func modifyInstanceAttribute(q *request) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	if groups := q.List("SecurityGroupIds"); len(groups) > 0 {
		if err := q.joinable(groups, i.VPC); err != nil {
			return nil, err
		}
		i.SecurityGroups = groups
	}
	if q.Has("UserData") {
		if err := checkUserData(q.Str("UserData")); err != nil {
			return nil, err
		}
		i.UserData = q.Str("UserData")
	}
	if q.Has("DeletionProtection") {
		i.Protected = q.Is("DeletionProtection")
	}
	i.Name, i.Description, i.host = q.OrElse("InstanceName", i.Name), q.OrElse("Description", i.Description), q.OrElse("HostName", i.host)
	return kernel.Done()
}

func describeInstanceAttribute(q *request) (any, error) {
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

func describeInstanceStatus(q *request) (any, error) {
	ids := q.List("InstanceId")
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool {
		return q.c.Visible(&i.Resource) && (ids == nil || slices.Contains(ids, i.ID)) && q.Matches("ZoneId", i.Zone)
	})
	return kernel.Numbered(q.Request, kept, 1, "InstanceStatuses", "InstanceStatus", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.ID, "Status": q.c.instanceStatus(i)}
	})
}

func rebootInstance(q *request) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.Status != "Running":
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return kernel.Done()
}

// nicViews are the interfaces of an instance as its description has them.
func (q *request) nicViews(i *instance) []any {
	views := []any{}
	for _, n := range q.c.NICs {
		if n.Instance != i.ID {
			continue
		}
		full := q.nicView(n)
		views = append(views, map[string]any{
			"NetworkInterfaceId": n.ID, "MacAddress": n.mac(), "PrimaryIpAddress": n.IP, "Type": n.kind(),
			"PrivateIpSets": full["PrivateIpSets"], "Ipv6Sets": full["Ipv6Sets"],
			"Ipv4PrefixSets": full["Ipv4PrefixSets"], "Ipv6PrefixSets": full["Ipv6PrefixSets"],
		})
	}
	return views
}

// eipOf is the EIP of an instance as its description has it.
func (q *request) eipOf(i *instance) map[string]any {
	e := q.c.vpc.EIPOn(i.ID, "")
	if e == nil {
		return map[string]any{"AllocationId": "", "IpAddress": "", "InternetChargeType": ""}
	}
	return map[string]any{
		"AllocationId": e.ID, "IpAddress": e.Address, "InternetChargeType": e.Charge, "Bandwidth": kernel.OwnerID(e.Bandwidth), "IsSupportUnassociate": !e.Managed && e.Segment == "",
	}
}

// minute is a time as the descriptions of instances write it.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
