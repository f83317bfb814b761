package ecsdiskencrypted

import (
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// byHand are the commands by which a person moves the data of a disk to an encrypted one. What an answer says, such as
// an id, stands in them as SNAPSHOT_ID.
func byHand(d resource.Disk, keys []string) []practice.Prevention {
	if d.Encrypted { // with a key that is not allowed: a copy takes another key
		return nil
	}
	ecs := func(action string, params ...string) string {
		return cloud.New("ecs", action, d.RegionID, params...).String()
	}
	copies := func(snapshot string) string {
		return ecs("CopySnapshot", "SnapshotId", snapshot, "DestinationRegionId", d.RegionID, "DestinationSnapshotName", "encrypted-"+d.DiskID,
			"DestinationSnapshotDescription", "encrypted copy of "+d.DiskID, "Encrypted", "true", "KMSKeyId", first(keys))
	}
	stop := ecs("StopInstance", "InstanceId", d.InstanceID)
	if d.Type == "system" {
		return []practice.Prevention{{Kind: practice.CommandLine,
			Does: "stop the instance, make an image of it, copy that with encryption, and replace the system disk by the copy: the disk gets another id, snapshots of the old one do not come along, and the old one is gone at once",
			Text: strings.Join([]string{stop,
				ecs("CreateImage", "InstanceId", d.InstanceID, "ImageName", "of-"+d.InstanceID),
				ecs("CopyImage", "ImageId", "IMAGE_ID", "DestinationImageName", "encrypted-"+d.InstanceID, "Encrypted", "true", "KMSKeyId", first(keys)),
				ecs("ReplaceSystemDisk", "InstanceId", d.InstanceID, "ImageId", "ENCRYPTED_IMAGE_ID", "SystemDisk.Size", strconv.Itoa(d.Size)),
				ecs("StartInstance", "InstanceId", d.InstanceID)}, "\n")}}
	}
	lines := []string{
		ecs("CreateSnapshot", "DiskId", d.DiskID), copies("SNAPSHOT_ID"),
		ecs("CreateDisk", "ZoneId", d.ZoneID, "DiskCategory", d.Category, "Size", strconv.Itoa(d.Size), "SnapshotId", "ENCRYPTED_SNAPSHOT_ID"),
	}
	if d.InstanceID != "" {
		lines = append([]string{stop}, append(lines, ecs("DetachDisk", "InstanceId", d.InstanceID, "DiskId", d.DiskID),
			ecs("AttachDisk", "InstanceId", d.InstanceID, "DiskId", "NEW_DISK_ID", "Device", d.Device), ecs("StartInstance", "InstanceId", d.InstanceID))...)
	}
	return []practice.Prevention{{Kind: practice.CommandLine,
		Does: "with the instance stopped, take a snapshot, copy it with encryption, make a disk of the copy and swap the two; of a new and empty disk, make another one encrypted and delete it",
		Text: strings.Join(lines, "\n")}}
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}
