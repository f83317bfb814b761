package cloud

import (
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const oneGroup = "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}]}"

func runCall() *ecs.RunInstancesRequest {
	r := ecs.CreateRunInstancesRequest()
	r.ImageId, r.InstanceType, r.SecurityGroupId, r.VSwitchId = "aliyun_3_x64", "ecs.g7.large", "sg-1", "vsw-1"
	return r
}

func instancesOf(t *testing.T, client *ecs.Client, edit func(*ecs.DescribeInstancesRequest)) *ecs.DescribeInstancesResponse {
	t.Helper()
	r := ecs.CreateDescribeInstancesRequest()
	if edit != nil {
		edit(r)
	}
	return must[*ecs.DescribeInstancesResponse](t)(client.DescribeInstances(r))
}

func disksOf(t *testing.T, client *ecs.Client, edit func(*ecs.DescribeDisksRequest)) []ecs.Disk {
	t.Helper()
	r := ecs.CreateDescribeDisksRequest()
	if edit != nil {
		edit(r)
	}
	return must[*ecs.DescribeDisksResponse](t)(client.DescribeDisks(r)).Disks.Disk
}

func TestInstancesAndTheirDisks(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	run := runCall()
	run.Amount, run.InstanceName, run.HttpTokens, run.HttpEndpoint = requests.NewInteger(2), "web", "required", "enabled"
	run.Tag = &[]ecs.RunInstancesTag{{Key: "env", Value: "prod"}}
	run.DataDisk = &[]ecs.RunInstancesDataDisk{{Size: "100", Encrypted: "true"}}
	ids := must[*ecs.RunInstancesResponse](t)(client.RunInstances(run)).InstanceIdSets.InstanceIdSet
	if len(ids) != 2 {
		t.Fatalf("%v", ids)
	}
	list := instancesOf(t, client, func(r *ecs.DescribeInstancesRequest) { r.InstanceIds = `["` + ids[0] + `"]` })
	i := list.Instances.Instance[0]
	if i.InstanceName != "web001" || i.Status != "Running" || i.VpcAttributes.VpcId != "vpc-1" || i.MetadataOptions.HttpTokens != "required" ||
		i.SecurityGroupIds.SecurityGroupId[0] != "sg-1" || i.Tags.Tag[0].TagKey != "env" {
		t.Errorf("%+v", i)
	}
	disks := disksOf(t, client, func(r *ecs.DescribeDisksRequest) { r.InstanceId = ids[1] })
	if len(disks) != 2 || disks[0].Type != "system" || disks[0].Encrypted || !disks[1].Encrypted || disks[1].KMSKeyId == "" || disks[1].Size != 100 || disks[1].Status != "In_use" {
		t.Errorf("%+v", disks)
	}

	remove := ecs.CreateDeleteInstanceRequest()
	remove.InstanceId = ids[0]
	_, err := client.DeleteInstance(remove)
	wantCode(t, err, "IncorrectInstanceStatus")
	stop := ecs.CreateStopInstanceRequest()
	stop.InstanceId = ids[0]
	must[*ecs.StopInstanceResponse](t)(client.StopInstance(stop))
	must[*ecs.DeleteInstanceResponse](t)(client.DeleteInstance(remove))
	if left := disksOf(t, client, nil); len(left) != 2 {
		t.Errorf("%d disks are left of the deleted instance and the other", len(left))
	}
}

func TestMetadataOptionsThatWereNeverSetAreEmpty(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	id := must[*ecs.RunInstancesResponse](t)(client.RunInstances(runCall())).InstanceIdSets.InstanceIdSet[0]
	options := func() ecs.MetadataOptions { return instancesOf(t, client, nil).Instances.Instance[0].MetadataOptions }
	if o := options(); o.HttpTokens != "" || o.HttpEndpoint != "" {
		t.Errorf("%+v", o)
	}
	modify := ecs.CreateModifyInstanceMetadataOptionsRequest()
	modify.InstanceId, modify.HttpTokens = id, "required"
	_, err := client.ModifyInstanceMetadataOptions(modify)
	wantCode(t, err, "MissingParameter")
	modify.HttpEndpoint = "enabled"
	must[*ecs.ModifyInstanceMetadataOptionsResponse](t)(client.ModifyInstanceMetadataOptions(modify))
	if o := options(); o.HttpTokens != "required" || o.HttpEndpoint != "enabled" {
		t.Errorf("%+v", o)
	}
	modify.HttpTokens = "always"
	_, err = client.ModifyInstanceMetadataOptions(modify)
	wantCode(t, err, "InvalidHttpTokens.NotSupported")
	if n := len(instancesOf(t, client, func(r *ecs.DescribeInstancesRequest) { r.HttpTokens = "optional" }).Instances.Instance); n != 0 {
		t.Errorf("the filter found %d", n)
	}
}

func TestNewInstanceIsSeenAfterTheLag(t *testing.T) {
	now := time.Now()
	c := must[*Cloud](t)(New(kernel.Options{Clock: func() time.Time { return now }}))
	t.Cleanup(c.Close)
	c.Lag = 3 * time.Second
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	id := must[*ecs.RunInstancesResponse](t)(client.RunInstances(runCall())).InstanceIdSets.InstanceIdSet[0]
	modify := ecs.CreateModifyInstanceMetadataOptionsRequest()
	modify.InstanceId, modify.HttpEndpoint = id, "enabled"
	_, err := client.ModifyInstanceMetadataOptions(modify)
	wantCode(t, err, "InvalidInstanceId.NotFound")
	now = now.Add(3 * time.Second)
	if n := len(instancesOf(t, client, nil).Instances.Instance); n != 1 {
		t.Errorf("%d instances", n)
	}
}

func TestDefaultEncryptionReachesNewDisksOnly(t *testing.T) {
	c := startCloud(t)
	load(t, c, `ecs: {disk-encryption-by-default: false, disks: [{id: d-old, encrypted: false}]}`)
	client := ecsClient(t, c, admin(c))
	must[*ecs.EnableDiskEncryptionByDefaultResponse](t)(client.EnableDiskEncryptionByDefault(ecs.CreateEnableDiskEncryptionByDefaultRequest()))
	if s := must[*ecs.DescribeDiskEncryptionByDefaultStatusResponse](t)(client.DescribeDiskEncryptionByDefaultStatus(ecs.CreateDescribeDiskEncryptionByDefaultStatusRequest())); !s.Encrypted {
		t.Error("it is not on")
	}
	key := ecs.CreateModifyDiskDefaultKMSKeyIdRequest()
	key.KMSKeyId = "key-1"
	must[*ecs.ModifyDiskDefaultKMSKeyIdResponse](t)(client.ModifyDiskDefaultKMSKeyId(key))
	create := ecs.CreateCreateDiskRequest()
	create.ZoneId, create.Size, create.Encrypted = "cn-hangzhou-h", requests.NewInteger(20), requests.NewBoolean(false)
	id := must[*ecs.CreateDiskResponse](t)(client.CreateDisk(create)).DiskId
	for _, d := range disksOf(t, client, nil) {
		if d.Encrypted != (d.DiskId == id) || d.Encrypted && d.KMSKeyId != "key-1" {
			t.Errorf("%+v", d)
		}
	}
	other := ecs.CreateDescribeDiskEncryptionByDefaultStatusRequest()
	other.RegionId = "cn-beijing"
	if s := must[*ecs.DescribeDiskEncryptionByDefaultStatusResponse](t)(client.DescribeDiskEncryptionByDefaultStatus(other)); s.Encrypted {
		t.Error("it is on in another region")
	}
	must[*ecs.ResetDiskDefaultKMSKeyIdResponse](t)(client.ResetDiskDefaultKMSKeyId(ecs.CreateResetDiskDefaultKMSKeyIdRequest()))
	if k := must[*ecs.DescribeDiskDefaultKMSKeyIdResponse](t)(client.DescribeDiskDefaultKMSKeyId(ecs.CreateDescribeDiskDefaultKMSKeyIdRequest())); k.KMSKeyId == "key-1" || k.KMSKeyId == "" {
		t.Errorf("the key is %q", k.KMSKeyId)
	}
}

func TestDiskGoesFromInstanceToInstance(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: false
  instances: [{id: i-1, disks: [{id: d-sys, encrypted: false, type: system}]}, {id: i-2}]
  disks: [{id: d-1, encrypted: false, tags: {env: prod}}, {id: d-2, encrypted: true, instance: i-2}]
`)
	client := ecsClient(t, c, admin(c))
	attach := ecs.CreateAttachDiskRequest()
	attach.DiskId, attach.InstanceId = "d-1", "i-1"
	must[*ecs.AttachDiskResponse](t)(client.AttachDisk(attach))
	_, err := client.AttachDisk(attach)
	wantCode(t, err, "IncorrectDiskStatus")
	detach := ecs.CreateDetachDiskRequest()
	detach.DiskId, detach.InstanceId = "d-1", "i-2"
	_, err = client.DetachDisk(detach)
	wantCode(t, err, "DependencyViolation")
	detach.DiskId, detach.InstanceId = "d-sys", "i-1"
	_, err = client.DetachDisk(detach)
	wantCode(t, err, "DiskTypeViolation")
	detach.DiskId = "d-1"
	must[*ecs.DetachDiskResponse](t)(client.DetachDisk(detach))
	for name, filter := range map[string]func(*ecs.DescribeDisksRequest){
		"d-1":   func(r *ecs.DescribeDisksRequest) { r.Status = "Available" },
		"d-2":   func(r *ecs.DescribeDisksRequest) { r.Encrypted = requests.NewBoolean(true) },
		"d-sys": func(r *ecs.DescribeDisksRequest) { r.DiskType = "system" },
		"d-1,":  func(r *ecs.DescribeDisksRequest) { r.Tag = &[]ecs.DescribeDisksTag{{Key: "env", Value: "prod"}} },
	} {
		if got := disksOf(t, client, filter); len(got) != 1 || got[0].DiskId != strings.Trim(name, ",") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	remove := ecs.CreateDeleteDiskRequest()
	remove.DiskId = "d-2"
	_, err = client.DeleteDisk(remove)
	wantCode(t, err, "IncorrectDiskStatus")
	remove.DiskId = "d-1"
	must[*ecs.DeleteDiskResponse](t)(client.DeleteDisk(remove))
}

func TestTags(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	tag := ecs.CreateTagResourcesRequest()
	tag.ResourceType, tag.ResourceId, tag.Tag = "securitygroup", &[]string{"sg-1"}, &[]ecs.TagResourcesTag{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}
	must[*ecs.TagResourcesResponse](t)(client.TagResources(tag))
	untag := ecs.CreateUntagResourcesRequest()
	untag.ResourceType, untag.ResourceId, untag.TagKey = "securitygroup", &[]string{"sg-1"}, &[]string{"a"}
	must[*ecs.UntagResourcesResponse](t)(client.UntagResources(untag))
	list := ecs.CreateListTagResourcesRequest()
	list.ResourceType, list.ResourceId = "securitygroup", &[]string{"sg-1"}
	if got := must[*ecs.ListTagResourcesResponse](t)(client.ListTagResources(list)).TagResources.TagResource; len(got) != 1 || got[0].TagKey != "b" || got[0].TagValue != "2" {
		t.Errorf("%+v", got)
	}
	tag.ResourceId = &[]string{"sg-1", "sg-9"}
	_, err := client.TagResources(tag)
	wantCode(t, err, "InvalidResourceId.NotFound")
}

func TestInstancesAreListedByTheirKindOfNetwork(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {instances: [{id: i-1}, {id: i-2, vpc: classic}]}")
	n := networkOf(t, c)
	for network, want := range map[string]string{"vpc": "i-1", "classic": "i-2"} {
		if i := n.one("Instances.Instance", "ecs:DescribeInstances", "InstanceNetworkType", network); i["InstanceId"] != want || i["InstanceNetworkType"] != network {
			t.Errorf("%s: %v", network, i)
		}
	}
}
