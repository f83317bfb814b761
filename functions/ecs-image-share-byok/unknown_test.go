package ecsimagesharebyok_test

import (
	"slices"
	"strings"
	"testing"

	ecsimagesharebyok "github.com/ecsguard/ecsguard/functions/ecs-image-share-byok"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// That the key is used elsewhere is told although nobody may read where its material comes from, and people hear of that.
func TestAKeyThatCannotBeRead(t *testing.T) {
	came := scenario.In(t, ecsimagesharebyok.Practice, "03-used-elsewhere", func(c *cloud.Cloud) { c.Inject(cloud.Deny("kms:DescribeKey")) })
	if came.Err != nil || len(came.Outcomes) != 2 || !strings.Contains(came.Alert, "disk d-data") || !strings.Contains(came.Alert, "cannot be read") {
		t.Errorf("%v, %v\n%s", came.Err, came.Outcomes, came.Alert)
	}
}

// That is told in the same words at each look.
func TestUnreadIsTheSame(t *testing.T) {
	findings, err := scenario.Answers{
		"DescribeImages": `{"TotalCount":1,"Images":{"Image":[{"ImageId":"m-1","ImageOwnerAlias":"self","Status":"Available","IsPublic":false,
			"DiskDeviceMappings":{"DiskDeviceMapping":[{"SnapshotId":"s-1"}]}}]}}`,
		"DescribeImageSharePermission": `{"TotalCount":1,"Accounts":{"Account":[{"AliyunId":"2"}]}}`,
		"DescribeSnapshots":            `{"TotalCount":1,"Snapshots":{"Snapshot":[{"SnapshotId":"s-1","Status":"accomplished","Encrypted":true,"KMSKeyId":"key-1"}]}}`,
		"DescribeDisks":                `{"Disks":{"Disk":[]}}`,
	}.Look(t, ecsimagesharebyok.Practice, "m-1", nil, nil)
	if err != nil || len(findings) != 1 || findings[0].Key != "unread key-1" {
		t.Errorf("%v, %+v", err, findings)
	}
}

// That its material is the cloud's own is told although nobody may read what else has the key.
func TestUsesThatCannotBeRead(t *testing.T) {
	came := scenario.In(t, ecsimagesharebyok.Practice, "01-origin", func(c *cloud.Cloud) { c.Inject(cloud.Deny("ecs:DescribeDisks")) })
	if came.Err != nil || len(came.Outcomes) != 2 || !strings.Contains(came.Alert, "is not imported") || !strings.Contains(came.Alert, "ecs:DescribeDisks") {
		t.Errorf("%v, %v\n%s", came.Err, came.Outcomes, came.Alert)
	}
}

// An image whose snapshots are not found, or do not say their key, is not taken for good, and what the others say is told.
func TestSnapshotsThatCannotBeFound(t *testing.T) {
	for said, want := range map[string][]string{
		``: {"unknown"},
		`{"SnapshotId": "s-1", "Status": "accomplished", "Encrypted": true}`:                                                                                          {"unknown"},
		`{"SnapshotId": "s-1", "Status": "accomplished", "Encrypted": true}, {"SnapshotId": "s-2", "Status": "accomplished", "Encrypted": true, "KMSKeyId": "key-1"}`: {"unknown", "origin key-1"},
	} {
		findings, err := scenario.Answers{
			"DescribeImages": `{"Images": {"Image": [{"ImageId": "m-1", "ImageOwnerAlias": "self", "Status": "Available", "IsPublic": false, "DiskDeviceMappings": {"DiskDeviceMapping": [
				{"SnapshotId": "s-1"}, {"SnapshotId": "s-2"}]}}]}}`,
			"DescribeImageSharePermission": `{"Accounts": {"Account": [{"AliyunId": "1"}]}}`,
			"DescribeSnapshots":            `{"Snapshots": {"Snapshot": [` + said + `]}}`,
			"DescribeDisks":                `{"Disks": {"Disk": []}}`,
			"DescribeKey":                  `{"KeyMetadata": {"KeyId": "key-1", "KeyState": "Enabled", "Creator": "1", "Origin": "Aliyun_KMS", "KeySpec": "Aliyun_AES_256"}}`,
		}.Look(t, ecsimagesharebyok.Practice, "m-1", nil, nil)
		var keys []string
		for _, f := range findings {
			keys = append(keys, f.Key)
		}
		if err != nil || !slices.Equal(keys, want) {
			t.Errorf("%s: %v, %q", said, err, keys)
		}
	}
}
