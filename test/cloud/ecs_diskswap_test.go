package cloud

import (
	"strings"
	"testing"
	"time"
)

// A snapshot takes its time, as its copy and the disk made of it do; each is refused to whoever comes too early, and what was on the disk is on
// the new one, encrypted.
func TestADiskBecomesAnEncryptedOne(t *testing.T) {
	c := startCloud(t)
	now := time.Now()
	c.Clock = func() time.Time { return now }
	load(t, c, `
ecs:
  snapshot-minutes: 10
  disk-minutes: 2
  move-seconds: 5
  instances: [{id: i-1, status: Stopped}]
  disks: [{id: d-1, encrypted: false, size: 60, instance: i-1, device: /dev/xvdc, content: books}]
`)
	n := networkOf(t, c)
	refused := func(code, action string, params ...string) {
		t.Helper()
		n.refused(code, action, params...)
	}
	later := func(d time.Duration) { now = now.Add(d) }
	s := n.do("ecs:CreateSnapshot", "DiskId", "d-1", "ClientToken", "one")["SnapshotId"].(string)
	if again := n.do("ecs:CreateSnapshot", "DiskId", "d-1", "ClientToken", "one")["SnapshotId"].(string); again != s {
		t.Errorf("%s, then %s", s, again)
	}
	copying := []string{"SnapshotId", s, "DestinationRegionId", "cn-hangzhou", "DestinationSnapshotName", "copy", "DestinationSnapshotDescription", "a copy", "Encrypted", "true"}
	later(5 * time.Minute)
	if v := n.one("Snapshots.Snapshot", "ecs:DescribeSnapshots", "DiskId", "d-1"); v["Status"] != "progressing" || v["Progress"] != "50%" {
		t.Errorf("%v %v", v["Status"], v["Progress"])
	}
	refused("IncorrectSnapshotStatus", "ecs:CopySnapshot", copying...)
	later(5 * time.Minute)
	encrypted := n.do("ecs:CopySnapshot", copying...)["SnapshotId"].(string)
	making := []string{"ZoneId", "cn-hangzhou-h", "SnapshotId", encrypted}
	refused("IncorrectSnapshotStatus", "ecs:CreateDisk", making...)
	refused("InvalidSnapshotId.NotFound", "ecs:CreateDisk", "ZoneId", "cn-hangzhou-h", "SnapshotId", "s-none")
	later(10 * time.Minute)
	d := n.do("ecs:CreateDisk", making...)["DiskId"].(string)
	attach := []string{"InstanceId", "i-1", "DiskId", d, "Device", "/dev/xvdc"}
	refused("IncorrectDiskStatus", "ecs:AttachDisk", attach...)
	later(2 * time.Minute)
	refused("InvalidDevice.InUse", "ecs:AttachDisk", attach...)
	n.do("ecs:DetachDisk", "InstanceId", "i-1", "DiskId", "d-1")
	refused("InvalidDevice.InUse", "ecs:AttachDisk", attach...)
	refused("IncorrectDiskStatus", "ecs:DeleteDisk", "DiskId", "d-1")
	later(5 * time.Second)
	n.do("ecs:AttachDisk", attach...)
	v := n.one("Disks.Disk", "ecs:DescribeDisks", "DiskIds", `["`+d+`"]`)
	if v["Encrypted"] != true || v["Size"] != 60.0 || v["Device"] != "/dev/xvdc" || v["Status"] != "Attaching" {
		t.Errorf("%v", v)
	}
	if dump := string(must[[]byte](t)(c.Dump())); strings.Count(dump, "content: books\n") != 4 {
		t.Errorf("%s", dump)
	}
	// What starts writes, and says since when.
	n.do("ecs:StartInstance", "InstanceId", "i-1")
	if v := n.one("Instances.Instance", "ecs:DescribeInstances", "InstanceIds", `["i-1"]`); v["StartTime"] != now.UTC().Format("2006-01-02T15:04Z") {
		t.Errorf("%v", v["StartTime"])
	}
	if dump := string(must[[]byte](t)(c.Dump())); strings.Count(dump, "content: books+\n") != 1 {
		t.Errorf("%s", dump)
	}
}
