package ecs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// With a template the call is judged as if it had said itself what the template says, so errors
// name the same parameters. A version that the call does not name is the default one.
func runInstances(q *request) (any, error) {
	if q.Has("LaunchTemplateId") || q.Has("LaunchTemplateName") {
		sent := q.Params
		merged, err := q.withTemplate()
		if err != nil {
			return nil, err
		}
		q.Params = merged
		defer func() { q.Params = sent }() // the event has what was sent
	}
	ids, err := q.launch(q.Num("Amount", 1), "Running")
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceIdSets": map[string]any{"InstanceIdSet": ids}, "OrderId": "", "TradePrice": 0}, nil
}

// createInstance makes one instance and leaves it stopped, unlike RunInstances.
func createInstance(q *request) (any, error) {
	ids, err := q.launch(1, "Stopped")
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceId": ids[0], "OrderId": "", "TradePrice": 0}, nil
}

// All is checked before the first instance is made, so that a launch makes all of them or none.
// Names get a number of three digits from the second instance on, which the real call does with
// UniqueSuffix; without a name it is the id. MinAmount is not needed, since stock never ends.
func (q *request) launch(amount int, status string) ([]string, error) {
	model, err := q.launchModel(status)
	if err != nil {
		return nil, err
	}
	specs, err := q.launchDisks()
	if err != nil {
		return nil, err
	}
	// Addresses are counted before, so that the launch does not stop in the middle.
	if v := q.c.vpc.SwitchOf(q.Region, model.VSwitch); v != nil && v.Free(q.c.vpc) < amount {
		return nil, kernel.Refuse(403, "InvalidVSwitchId.IpNotEnough", "The specified VSwitch has not enough IP addresses.")
	}
	var ids []string
	for n := range amount {
		i := *model
		i.Resource = q.NewResource("i", q.Str("InstanceName"))
		switch {
		case i.Name == "":
			i.Name = i.ID
		case amount > 1:
			i.Name = fmt.Sprintf("%s%03d", i.Name, n+1)
		}
		if q.Str("SecurityOptions.TrustedSystemMode") == "vTPM" {
			i.Tags["acs:ecs:supportVtpm"] = "true" // by which trusted instances are found ("Use trusted instances")
		}
		i.SecurityGroups = slices.Clone(model.SecurityGroups)
		if i.PrivateIP, err = q.privateAddress(&i, amount); err != nil {
			return nil, err
		}
		if i.Bandwidth > 0 && status == "Running" { // RunInstances; CreateInstance leaves it to AllocatePublicIpAddress
			i.PublicIP = q.c.vpc.PublicAddress()
		}
		q.c.Instances = append(q.c.Instances, &i)
		q.addPrimary(&i)
		q.Touch(kernel.InstanceKind, i.ID)
		ids = append(ids, i.ID)
		for _, spec := range specs {
			d := *spec
			d.Resource = q.NewResource("d", spec.Name)
			d.Tags = map[string]string{}
			d.Instance, d.Status, d.Zone = i.ID, "In_use", i.Zone
			q.c.Disks = append(q.c.Disks, &d)
		}
	}
	return ids, nil
}

// privateAddress is the instance's first address: of its vSwitch, or of nothing
// in particular in the classic network.
// A call may ask for an address only where it makes one instance; for more it is passed over. The
// blocks of the classic network are made up: nothing routes there.
func (q *request) privateAddress(i *instance, amount int) (string, error) {
	v := q.c.vpc.SwitchOf(q.Region, i.VSwitch)
	if v == nil {
		return fmt.Sprintf("10.0.%d.%d", len(q.c.Instances)/250, len(q.c.Instances)%250+1), nil
	}
	wanted := ""
	if amount == 1 {
		wanted = q.OrElse("PrivateIpAddress", q.Str("NetworkInterface.1.PrimaryIpAddress"))
	}
	return v.Address(q.c.vpc, wanted)
}

// launchModel checks what a launch asks for, but for the disks.
// NetworkInterface.1 is another way to write the vSwitch, groups and address, and the one at the
// top goes before it. The zone is that of the vSwitch, whatever ZoneId says. Without a vSwitch the
// groups decide the VPC, and the first vSwitch of its zone is taken: the real call needs VSwitchId
// for every group of a VPC.
func (q *request) launchModel(status string) (*instance, error) {
	i := &instance{
		Status: status, Image: q.Str("ImageId"), Kind: q.Str("InstanceType"), KeyPair: q.Str("KeyPairName"), host: q.Str("HostName"),
		VSwitch: q.OrElse("VSwitchId", q.Str("NetworkInterface.1.VSwitchId")), Zone: q.OrElse("ZoneId", q.Region+"-h"),
		HTTPTokens: q.Str("HttpTokens"), HTTPEndpoint: q.Str("HttpEndpoint"), hopLimit: q.Num("HttpPutResponseHopLimit", 0),
		RAMRole: q.Str("RamRoleName"), UserData: q.Str("UserData"), Protected: q.Is("DeletionProtection"),
		Bandwidth: q.Num("InternetMaxBandwidthOut", 0), charge: q.OrElse("InternetChargeType", "PayByTraffic"),
	}
	switch {
	case i.Image == "" && !q.Has("ImageFamily"):
		return nil, kernel.MissingInECS("ImageId")
	case i.Kind == "":
		return nil, kernel.MissingInECS("InstanceType")
	}
	if err := cmp.Or(checkMetadata(i.HTTPTokens, i.HTTPEndpoint), checkUserData(i.UserData)); err != nil {
		return nil, err
	}
	if i.VSwitch != "" {
		vsw := q.c.vpc.SwitchOf(q.Region, i.VSwitch)
		if vsw == nil {
			return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.")
		}
		i.VPC, i.Zone = vsw.VPC, vsw.Zone
	}
	i.SecurityGroups = slices.Concat(kernel.Named("SecurityGroupId", "NetworkInterface.1.SecurityGroupId")(q.Request),
		q.List("SecurityGroupIds"), q.List("NetworkInterface.1.SecurityGroupIds"))
	if len(i.SecurityGroups) == 0 {
		return nil, kernel.MissingInECS("SecurityGroupId")
	}
	for _, id := range i.SecurityGroups {
		g, ok := kernel.Find(q.Request, q.c.Groups, id)
		if !ok {
			return nil, kernel.Refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
		}
		if i.VPC == "" {
			i.VPC = g.VPC
		}
		if g.VPC != i.VPC {
			return nil, kernel.Refuse(400, "InvalidSecurityGroupId.NotVPC", "The specified security group is not in the instance's VPC.")
		}
	}
	// Last, since the groups may have said the VPC only now.
	if i.VSwitch == "" {
		i.VSwitch = q.usualVSwitch(i)
	}
	return i, nil
}

// usualVSwitch is the one that an instance gets when the call names none.
func (q *request) usualVSwitch(i *instance) string {
	for _, v := range q.c.vpc.Switches {
		if v.VPC == i.VPC && v.Zone == i.Zone && v.Region == q.Region {
			return v.ID
		}
	}
	return ""
}

// launchDisks reads the system disk and the data disks of a launch.
// The system disk always goes with its instance, and data disks do unless DeleteWithInstance is
// false. Devices are given in order: xvda, xvdb and on.
func (q *request) launchDisks() ([]*disk, error) {
	system := kernel.FieldsOf{}
	for _, f := range []string{"Category", "Size", "DiskName", "Description", "Encrypted", "KMSKeyId", "PerformanceLevel"} {
		system[f] = q.Str("SystemDisk." + f)
	}
	first, err := q.newDisk(system, "system", 40)
	if err != nil {
		return nil, err
	}
	first.device, first.withInstance = "/dev/xvda", true
	disks := []*disk{first}
	for n, item := range q.Items("DataDisk") {
		if item["Size"] == "" && item["SnapshotId"] == "" {
			return nil, kernel.Refuse(400, "InvalidDataDiskSize.ValueNotSupported", "The specified DataDisk.%d.Size beyond the permitted range.", n+1)
		}
		d, err := q.newDisk(item, "data", 40)
		if err != nil {
			return nil, err
		}
		d.device, d.withInstance = fmt.Sprintf("/dev/xvd%c", 'b'+n), item["DeleteWithInstance"] != "false"
		disks = append(disks, d)
	}
	return disks, nil
}
