package cloud

import (
	"slices"
	"strings"
)

var instanceVPCActions = []rpcAction{
	{
		name: "ModifyInstanceVpcAttribute", write: true, do: modifyInstanceVPC, on: both(onInstance, inVPC("vswitch", "VSwitchId")),
		params: "InstanceId! VSwitchId! VpcId PrivateIpAddress SecurityGroupId:RepeatList",
	},
	{
		name: "ReplaceSystemDisk", write: true, do: replaceSystemDisk, on: onInstance,
		params: `InstanceId! ImageId DiskId SystemDisk.Size:Integer=1..2048 Encrypted:Boolean KMSKeyId EncryptAlgorithm KeyPairName Password
			PasswordInherit:Boolean Platform Architecture SecurityEnhancementStrategy UseAdditionalService:Boolean ClientToken
			Arn:RepeatList(AssumeRoleFor:Long RoleType Rolearn)`,
	},
}

// stopped finds the instance of a call that needs it to be stopped.
func (q *rpcRequest) stopped() (*instance, error) {
	i, err := q.instance()
	if err == nil && i.status != "Stopped" {
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	return i, err
}

// modifyInstanceVPC moves a stopped instance to another vSwitch of its zone,
// and with VpcId and groups to another VPC.
func modifyInstanceVPC(q *rpcRequest) (any, error) {
	i, err := q.stopped()
	if err != nil {
		return nil, err
	}
	v := q.c.vpc.switchOf(q.region, q.str("VSwitchId"))
	primary := q.c.primaryOf(i.id)
	vpc, groups := q.orElse("VpcId", i.vpc), q.list("SecurityGroupId")
	switch {
	case i.vpc == "" || primary == nil:
		return nil, refuse(400, "OperationDenied", "Specified operation is denied as your instance is not in VPC.")
	case v == nil:
		return nil, refuse(404, "InvalidVSwitchId.NotFound", "Specified virtual switch does not exist.")
	case v.vpc != vpc:
		return nil, refuse(404, "InvalidVSwitchId.NotFound", "Specified virtual switch is not found in current VPC.")
	case v.zone != i.zone:
		return nil, refuse(400, "InvalidVSwitchId.Mismatch", "Specified instance and virtual switch are not in the same zone.")
	case vpc != i.vpc && len(groups) == 0:
		return nil, missingInECS("SecurityGroupId")
	case vpc != i.vpc && slices.ContainsFunc(q.c.ecs.nics, func(n *networkInterface) bool { return n.instance == i.id && !n.primary }):
		return nil, refuse(403, "InvalidOperation.MultiEni", "The instance has secondary network interfaces.")
	case vpc != i.vpc && (len(primary.ip6) > 0 || len(primary.more) > 0):
		return nil, refuse(403, "InvalidOperation.MultiIpAddress", "The primary network interface has more addresses than one.")
	}
	if len(groups) > 0 {
		if err := q.joinable(groups, vpc); err != nil {
			return nil, err
		}
	}
	wanted := q.str("PrivateIpAddress")
	if v.id != i.vswitch || wanted != i.privateIP {
		if wanted, err = v.address(q.c, wanted); err != nil {
			return nil, err
		}
	}
	i.vpc, i.vswitch, i.privateIP = v.vpc, v.id, wanted
	primary.vpc, primary.vswitch, primary.ip = v.vpc, v.id, wanted
	if len(groups) > 0 {
		i.groups = groups
	}
	return done()
}

// replaceSystemDisk throws the system disk of a stopped instance away and
// makes another of an image. What the old system knew of its keys is gone.
func replaceSystemDisk(q *rpcRequest) (any, error) {
	i, err := q.stopped()
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(q.c.ecs.disks, func(d *disk) bool { return d.instance == i.id && d.kind == "system" })
	if n < 0 {
		return nil, refuse(403, "InvalidSystemDisk.NotFound", "The instance has no system disk.")
	}
	old := q.c.ecs.disks[n]
	_, known := find(q, q.c.ecs.images, q.str("ImageId"))
	switch {
	case !q.has("ImageId") && !q.has("DiskId"):
		return nil, missingInECS("ImageId")
	case strings.HasPrefix(q.str("ImageId"), "m-") && !known:
		return nil, refuse(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.")
	case q.num("SystemDisk.Size", old.size) < old.size:
		return nil, refuse(400, "InvalidSystemDiskSize.LessThanOldSize", "The specified parameter SystemDisk.Size is less than that of the old disk.")
	}
	if name := q.str("KeyPairName"); name != "" {
		if _, ok := find(q, q.c.ecs.keyPairs, name); !ok {
			return nil, refuse(404, "InvalidKeyPairName.NotFound", "The specified KeyPairName does not exist.")
		}
	}
	d, err := q.newDisk(fieldsOf{
		"Category": old.category, "Size": q.str("SystemDisk.Size"), "Encrypted": q.str("Encrypted"), "KMSKeyId": q.str("KMSKeyId"), "PerformanceLevel": old.level,
	}, "system", old.size)
	if err != nil {
		return nil, err
	}
	d.ecsResource = q.newResource("d", old.name)
	d.zone, d.withInstance = i.zone, old.withInstance
	d.attachTo(i, q.c.clock())
	d.device = "/dev/xvda"
	q.c.ecs.disks = append(without(q.c.ecs.disks, old.id), d)
	i.image, i.keyPair = q.orElse("ImageId", i.image), q.str("KeyPairName")
	q.touch(diskKind, d.id)
	return map[string]any{"DiskId": d.id}, nil
}
