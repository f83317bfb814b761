package cloud

import (
	"fmt"
	"strings"
	"testing"
)

const imageState = `
ecs:
  disk-encryption-by-default: false
  security-groups: [{id: sg-1}]
  snapshot-policies: [{id: sp-1, name: daily, retention-days: 7}]
  instances:
    - {id: i-1, security-groups: [sg-1], disks: [{id: d-1, encrypted: false, type: system}, {id: d-2, encrypted: true, kms-key: key-1, snapshot-policy: sp-1}]}
  disks: [{id: d-3, encrypted: false, category: local_ssd_pro}]
`

// An image gets encrypted by copying it; the old one is marked.
func TestImageIsMadeCopiedAndShared(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	load(t, c, imageState)
	n := networkOf(t, c)
	image := n.make("ImageId", "ecs:CreateImage", "InstanceId", "i-1", "ImageName", "golden")
	if e := last(t, events); len(e["referencedResources"].(answer)["ACS::ECS::Snapshot"].([]any)) != 2 {
		t.Errorf("%v", e["referencedResources"])
	}
	view := n.one("Images.Image", "ecs:DescribeImages", "ImageOwnerAlias", "self")
	mappings := view["DiskDeviceMappings"].(answer)["DiskDeviceMapping"].([]any)
	if view["Status"] != "Available" || len(mappings) != 2 || mappings[0].(answer)["Encrypted"] != false || mappings[1].(answer)["Encrypted"] != true {
		t.Errorf("%v", view)
	}
	n.do("ecs:ModifyImageSharePermission", "ImageId", image, "AddAccount.1", "2000000000000002", "AddAccount.2", "3000000000000003")
	n.refused("InvalidAccount.NotFound", "ecs:ModifyImageSharePermission", "ImageId", image, "AddAccount.1", "bob")
	n.refused("InvalidAccount.Forbbiden", "ecs:ModifyImageSharePermission", "ImageId", image, "AddAccount.1", c.Account)
	n.refused("OperationDeined.EncryptedSnapshot", "ecs:ModifyImageSharePermission", "ImageId", image, "IsPublic", "true")
	if a := n.do("ecs:DescribeImageSharePermission", "ImageId", image); a["TotalCount"] != 2.0 {
		t.Errorf("%v", a)
	}
	n.refused("ImageUseShared", "ecs:DeleteImage", "ImageId", image)
	isReadBack(t, c)
	n.do("ecs:ModifyImageSharePermission", "ImageId", image, "RemoveAccount.1", "2000000000000002", "RemoveAccount.2", "3000000000000003")
	secret := n.make("ImageId", "ecs:CopyImage", "ImageId", image, "DestinationRegionId", "cn-hangzhou", "Encrypted", "true")
	for _, m := range n.one("Images.Image", "ecs:DescribeImages", "ImageId", secret)["DiskDeviceMappings"].(answer)["DiskDeviceMapping"].([]any) {
		if m.(answer)["Encrypted"] != true {
			t.Errorf("%v", m)
		}
	}
	n.refused("InvalidOperation.ServiceKeyEncryptedImageUnsupported", "ecs:ModifyImageSharePermission", "ImageId", secret, "AddAccount.1", "2000000000000002")
	n.do("ecs:ModifyImageAttribute", "ImageId", image, "Status", "Deprecated")
	if rows := n.list("Images.Image", "ecs:DescribeImages", "ImageId", image); len(rows) != 0 {
		t.Errorf("deprecated and listed: %v", rows)
	}
	n.refused("OperationDenied.InvalidImageStatus", "ecs:ModifyImageSharePermission", "ImageId", image, "AddAccount.1", "2000000000000002")
	n.one("Images.Image", "ecs:DescribeImages", "ImageId", image, "Status", "Available,Deprecated")
	n.do("ecs:DeleteImage", "ImageId", image)
	n.refused("InvalidImageId.NotFound", "ecs:DeleteImage", "ImageId", image)
	if rows := n.list("Images.Image", "ecs:DescribeImages", "ImageOwnerAlias", "system", "PageSize", "100"); len(rows) < 2 {
		t.Errorf("%v", rows)
	}
}

func TestSnapshotsAreCopiedAndDeleted(t *testing.T) {
	c := startCloud(t)
	load(t, c, imageState)
	n := networkOf(t, c)
	n.refused("DiskCategory.OperationNotSupported", "ecs:CreateSnapshot", "DiskId", "d-3")
	n.refused("InvalidDiskId.NotFound", "ecs:CreateSnapshot", "DiskId", "d-9")
	id := n.make("SnapshotId", "ecs:CreateSnapshot", "DiskId", "d-1", "RetentionDays", "30")
	copied := n.make("SnapshotId", "ecs:CopySnapshot", "SnapshotId", id, "DestinationRegionId", "cn-beijing", "DestinationSnapshotName", "copy", "DestinationSnapshotDescription", "encrypted",
		"Encrypted", "true", "KMSKeyId", "key-2")
	s := n.one("Snapshots.Snapshot", "ecs:DescribeSnapshots", "RegionId", "cn-beijing", "SnapshotIds", fmt.Sprintf("[%q]", copied))
	if s["Encrypted"] != true || s["KMSKeyId"] != "key-2" || s["SourceSnapshotId"] != id || s["Status"] != "accomplished" {
		t.Errorf("%v", s)
	}
	if s := n.one("Snapshots.Snapshot", "ecs:DescribeSnapshots", "SnapshotType", "all"); s["Encrypted"] != false || s["RetentionDays"] != 30.0 || s["Usage"] != "none" {
		t.Errorf("%v", s)
	}
	isReadBack(t, c)
	n.refused("InvalidParameter.RetentionDays", "ecs:ModifySnapshotAttribute", "SnapshotId", id, "RetentionDays", "7")
	n.do("ecs:ModifySnapshotAttribute", "SnapshotId", id, "RetentionDays", "60")
	image := n.make("ImageId", "ecs:CreateImage", "SnapshotId", id)
	n.refused("SnapshotCreatedImage", "ecs:DeleteSnapshot", "SnapshotId", id, "Force", "true")
	n.do("ecs:DeleteImage", "ImageId", image)
	n.do("ecs:DeleteSnapshot", "SnapshotId", id)
}

// The old actions have their parameters in lower case, the region too.
func TestSnapshotPolicyIsAppliedAndCancelled(t *testing.T) {
	c := startCloud(t)
	load(t, c, imageState)
	n := networkOf(t, c)
	before := dump(t, c)
	if d := n.one("Disks.Disk", "ecs:DescribeDisks", "EnableAutomatedSnapshotPolicy", "true"); d["DiskId"] != "d-2" || d["AutoSnapshotPolicyId"] != "sp-1" {
		t.Errorf("%v", d)
	}
	n.do("ecs:ApplyAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-1", "diskIds", `["d-1"]`)
	n.refused("DiskCategory.OperationNotSupported", "ecs:ApplyAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-1", "diskIds", `["d-3"]`)
	n.refused("InvalidAutoSnapshotPolicyId.NotFound", "ecs:ApplyAutoSnapshotPolicy", "regionId", "cn-beijing", "autoSnapshotPolicyId", "sp-1", "diskIds", `["d-1"]`)
	if p := n.one("AutoSnapshotPolicies.AutoSnapshotPolicy", "ecs:DescribeAutoSnapshotPolicyEx"); p["DiskNums"] != 2.0 || p["RetentionDays"] != 7.0 || p["TimePoints"] != `["0"]` {
		t.Errorf("%v", p)
	}
	n.do("ecs:CancelAutoSnapshotPolicy", "regionId", "cn-hangzhou", "diskIds", `["d-1"]`)
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	n.refused("InvalidParameter", "ecs:CreateAutoSnapshotPolicy", "regionId", "cn-hangzhou", "timePoints", `["24"]`, "repeatWeekdays", `["1"]`, "retentionDays", "7")
	id := n.make("AutoSnapshotPolicyId", "ecs:CreateAutoSnapshotPolicy", "regionId", "cn-hangzhou", "timePoints", `["1","13"]`, "repeatWeekdays", `["1"]`, "retentionDays", "-1")
	n.refused("InvalidParameter", "ecs:ModifyAutoSnapshotPolicyEx", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", id, "retentionDays", "0")
	n.do("ecs:ModifyAutoSnapshotPolicyEx", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", id, "retentionDays", "14")
	isReadBack(t, c)
	n.do("ecs:DeleteAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-1")
	if rows := n.list("Disks.Disk", "ecs:DescribeDisks", "EnableAutomatedSnapshotPolicy", "true"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func TestKeyPairsAndZones(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	n := networkOf(t, c)
	made := n.do("ecs:CreateKeyPair", "KeyPairName", "ops")
	if !strings.HasPrefix(made["PrivateKeyBody"].(string), "-----BEGIN RSA PRIVATE KEY-----") {
		t.Error("no private key")
	}
	if e := last(t, events); strings.Contains(fmt.Sprint(e), "PRIVATE KEY") {
		t.Error("the private key is in the event")
	}
	n.refused("KeyPair.AlreadyExist", "ecs:CreateKeyPair", "KeyPairName", "ops")
	if k := n.one("KeyPairs.KeyPair", "ecs:DescribeKeyPairs"); k["KeyPairFingerPrint"] != made["KeyPairFingerPrint"] {
		t.Errorf("%v", k)
	}
	isReadBack(t, c)
	n.do("ecs:DeleteKeyPairs", "KeyPairNames", `["ops"]`)
	if rows := n.list("KeyPairs.KeyPair", "ecs:DescribeKeyPairs"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	if rows := n.list("Zones.Zone", "ecs:DescribeZones"); len(rows) == 0 || !strings.HasPrefix(rows[0]["ZoneId"].(string), "cn-hangzhou-") {
		t.Errorf("%v", rows)
	}
	if rows := n.list("InstanceTypes.InstanceType", "ecs:DescribeInstanceTypes", "InstanceTypes.1", "ecs.g7.large"); len(rows) != 1 {
		t.Errorf("%v", rows)
	}
}
