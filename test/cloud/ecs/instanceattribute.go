package ecs

import (
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/vpc"
)

// Reboot leaves the state as it is.
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
// All groups are checked before the first is taken, with the codes of joinable. Password is
// accepted and forgotten. InstanceName and Description cannot be emptied by this call, as empty
// text counts as not given.
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

// The older answer has no tags, no interfaces and no metadata options, so they are taken out of
// the newer one.
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

// A page has one instance unless the call says more: a client that forgets it sees one machine.
func describeInstanceStatus(q *request) (any, error) {
	ids := q.List("InstanceId")
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool {
		return q.c.Visible(&i.Resource) && (ids == nil || slices.Contains(ids, i.ID)) && q.Matches("ZoneId", i.Zone)
	})
	return kernel.Numbered(q.Request, kept, 1, "InstanceStatuses", "InstanceStatus", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.ID, "Status": q.c.instanceStatus(i)}
	})
}

// Only a running instance reboots.
func rebootInstance(q *request) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.Status != "Running":
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	i.restarted()
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
// Empty texts stand where there is none; the object is always there. Bandwidth is a number here
// and text in the answers of VPC.
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
// The API has no seconds in these, while disks and groups have them.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }

var instanceAttachmentActions = []action{{
	Name: "DescribeInstanceAttachmentAttributes", On: onEach("instance", kernel.NamedIn("InstanceIds")), Do: describeInstanceAttachments,
	Params: "RegionId! InstanceIds!" + byECSNumber,
}}

// describeInstanceAttachments says which private pool an instance is of: none here.
// Clients ask it after a launch, and fail when it is not known.
func describeInstanceAttachments(q *request) (any, error) {
	ids, err := q.JSONList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool { return slices.Contains(ids, i.ID) })
	return kernel.Numbered(q.Request, kept, 10, "Instances", "Instance", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.ID, "PrivatePoolOptionsId": "", "PrivatePoolOptionsMatchCriteria": "None"}
	})
}

// Both need a stopped instance, and change what later judgements go by: its network and groups, or
// its image and key.
var instanceVPCActions = []action{
	{
		Name: "ModifyInstanceVpcAttribute", Write: true, Do: modifyInstanceVPC, On: kernel.Both(onInstance, vpc.InVPC("vswitch", "VSwitchId")),
		Params: "InstanceId! VSwitchId! VpcId PrivateIpAddress SecurityGroupId:RepeatList",
	},
	{
		Name: "ReplaceSystemDisk", Write: true, Do: replaceSystemDisk, On: onInstance,
		Params: `InstanceId! ImageId DiskId SystemDisk.Size:Integer=1..2048 Encrypted:Boolean KMSKeyId EncryptAlgorithm KeyPairName Password
			PasswordInherit:Boolean Platform Architecture SecurityEnhancementStrategy UseAdditionalService:Boolean ClientToken
			Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn)`,
	},
}

// stopped finds the instance of a call that needs it to be stopped.
func (q *request) stopped() (*instance, error) {
	i, err := q.instance()
	if err == nil && i.Status != "Stopped" {
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return i, err
}

// modifyInstanceVPC moves a stopped instance to another vSwitch of its zone,
// and with VpcId and groups to another VPC.
// The codes are not of one kind for one reason: a vSwitch in another VPC is not found, and one in
// another zone does not match. Moving to another VPC needs new groups, as groups belong to a VPC,
// and a primary interface with a single address. The primary interface moves along, with its id.
func modifyInstanceVPC(q *request) (any, error) {
	i, err := q.stopped()
	if err != nil {
		return nil, err
	}
	v := q.c.vpc.SwitchOf(q.Region, q.Str("VSwitchId"))
	primary := q.c.primaryOf(i.ID)
	vpc, groups := q.OrElse("VpcId", i.VPC), q.List("SecurityGroupId")
	switch {
	case i.VPC == "" || primary == nil:
		return nil, kernel.Refuse(400, "OperationDenied", "Specified operation is denied as your instance is not in VPC.")
	case v == nil:
		return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "Specified virtual switch does not exist.")
	case v.VPC != vpc:
		return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "Specified virtual switch is not found in current VPC.")
	case v.Zone != i.Zone:
		return nil, kernel.Refuse(400, "InvalidVSwitchId.Mismatch", "Specified instance and virtual switch are not in the same zone.")
	case vpc != i.VPC && len(groups) == 0:
		return nil, kernel.MissingInECS("SecurityGroupId")
	case vpc != i.VPC && slices.ContainsFunc(q.c.NICs, func(n *networkInterface) bool { return n.Instance == i.ID && !n.Primary }):
		return nil, kernel.Refuse(403, "InvalidOperation.MultiEni", "The instance has secondary network interfaces.")
	case vpc != i.VPC && (len(primary.IPv6) > 0 || len(primary.More) > 0):
		return nil, kernel.Refuse(403, "InvalidOperation.MultiIpAddress", "The primary network interface has more addresses than one.")
	}
	if len(groups) > 0 {
		if err := q.joinable(groups, vpc); err != nil {
			return nil, err
		}
	}
	wanted := q.Str("PrivateIpAddress")
	// An instance that stays where it is, at its own address, needs no free one.
	if v.ID != i.VSwitch || wanted != i.PrivateIP {
		if wanted, err = v.Address(q.c.vpc, wanted); err != nil {
			return nil, err
		}
	}
	i.VPC, i.VSwitch, i.PrivateIP = v.VPC, v.ID, wanted
	primary.VPC, primary.VSwitch, primary.IP = v.VPC, v.ID, wanted
	if len(groups) > 0 {
		i.SecurityGroups = groups
	}
	return kernel.Done()
}

// replaceSystemDisk throws the system disk of a stopped instance away and
// makes another of an image. What the old system knew of its keys is gone.
// The new disk has another id, and the category and level of the old; it may grow and not shrink.
// A key pair that the call does not name is gone, too. Only images of the account (m-) are looked
// up: those of the system are too many to know.
func replaceSystemDisk(q *request) (any, error) {
	i, err := q.stopped()
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(q.c.Disks, func(d *disk) bool { return d.Instance == i.ID && d.Kind == "system" })
	if n < 0 {
		return nil, kernel.Refuse(403, "InvalidSystemDisk.NotFound", "The instance has no system disk.")
	}
	old := q.c.Disks[n]
	_, known := kernel.Find(q.Request, q.c.Images, q.Str("ImageId"))
	switch {
	case !q.Has("ImageId") && !q.Has("DiskId"):
		return nil, kernel.MissingInECS("ImageId")
	case strings.HasPrefix(q.Str("ImageId"), "m-") && !known:
		return nil, kernel.Refuse(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.")
	case q.Num("SystemDisk.Size", old.Size) < old.Size:
		return nil, kernel.Refuse(400, "InvalidSystemDiskSize.LessThanOldSize", "The specified parameter SystemDisk.Size is less than that of the old disk.")
	}
	if name := q.Str("KeyPairName"); name != "" {
		if _, ok := kernel.Find(q.Request, q.c.KeyPairs, name); !ok {
			return nil, kernel.Refuse(404, "InvalidKeyPairName.NotFound", "The specified KeyPairName does not exist.")
		}
	}
	d, err := q.newDisk(kernel.FieldsOf{
		"Category": old.Category, "Size": q.Str("SystemDisk.Size"), "Encrypted": q.Str("Encrypted"), "KMSKeyId": q.Str("KMSKeyId"), "PerformanceLevel": old.Level,
	}, "system", old.Size)
	if err != nil {
		return nil, err
	}
	d.Resource = q.NewResource("d", old.Name)
	d.Zone, d.withInstance = i.Zone, old.withInstance
	d.attachTo(q, i)
	d.device = "/dev/xvda"
	q.c.Disks = append(kernel.Without(q.c.Disks, old.ID), d)
	i.Image, i.KeyPair = q.OrElse("ImageId", i.Image), q.Str("KeyPairName")
	q.Touch(kernel.DiskKind, d.ID)
	return map[string]any{"DiskId": d.ID}, nil
}
