package cloud

import (
	"slices"
	"strings"
)

var diskChangeActions = []rpcAction{
	{
		name: "ModifyDiskAttribute", write: true, on: onEach("disk", disksNamed), do: modifyDisk,
		params: `RegionId DiskId DiskIds:RepeatList DiskName Description DeleteWithInstance:Boolean DeleteAutoSnapshot:Boolean
			EnableAutoSnapshot:Boolean BurstingEnabled:Boolean`,
	},
	{
		name: "ResizeDisk", write: true, on: onDisk, do: resizeDisk,
		params: "DiskId! NewSize:Integer! Type=offline|online ClientToken",
	},
	{
		name: "ModifyDiskSpec", write: true, on: onDisk, do: modifyDiskSpec,
		params: `DiskId! DiskCategory=cloud_essd|cloud_auto|cloud_ssd|cloud_efficiency PerformanceLevel=PL0|PL1|PL2|PL3 ProvisionedIops:Long
			DestinationZoneId DryRun:Boolean PerformanceControlOptions:Struct`,
	},
}

func disksNamed(q *rpcRequest) []string { return append(named("DiskId")(q), q.list("DiskIds")...) }

func modifyDisk(q *rpcRequest) (any, error) {
	ids := disksNamed(q)
	switch {
	case len(ids) == 0:
		return nil, missingInECS("DiskId")
	case q.has("DiskId") && len(ids) > 1:
		return nil, refuse(400, "InvalidParameter.Conflict", "The specified parameters DiskId and DiskIds must not be used together.")
	case q.has("DiskName") && !validName(q.str("DiskName")):
		return nil, refuse(400, "InvalidDiskName.Malformed", "The specified disk name is wrongly formed.")
	case strings.HasPrefix(q.str("Description"), "http://") || strings.HasPrefix(q.str("Description"), "https://"):
		return nil, refuse(400, "InvalidDescription.Malformed", "The specified description is wrongly formed.")
	}
	var disks []*disk
	for _, id := range ids {
		d, ok := find(q, q.c.ecs.disks, id)
		switch {
		case !ok || !q.c.visible(&d.ecsResource):
			return nil, refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
		case q.has("DeleteWithInstance") && !q.is("DeleteWithInstance") && isLocalDisk(d.category):
			return nil, refuse(400, "InvalidParameter", "The specified parameter DeleteWithInstance is not valid for a local disk.")
		}
		disks = append(disks, d)
	}
	for _, d := range disks {
		q.touch(diskKind, d.id)
		if _, given := q.params["DiskName"]; given {
			d.name = q.str("DiskName")
		}
		if _, given := q.params["Description"]; given {
			d.description = q.str("Description")
		}
		for name, into := range map[string]*bool{"DeleteWithInstance": &d.withInstance, "DeleteAutoSnapshot": &d.withSnapshots, "BurstingEnabled": &d.bursting} {
			if q.has(name) {
				*into = q.is(name)
			}
		}
	}
	return done()
}

// mostGiB is how large a disk of a category may become.
func (d *disk) mostGiB() int {
	switch {
	case d.kind == "system":
		return 2048
	case d.category == "cloud_essd" || d.category == "cloud_auto":
		return 65536
	case d.category == "cloud":
		return 2000
	}
	return 32768
}

// resizeDisk makes a disk larger, never smaller.
func resizeDisk(q *rpcRequest) (any, error) {
	d, err := q.disk()
	size := q.num("NewSize", 0)
	switch {
	case err != nil:
		return nil, err
	case isLocalDisk(d.category):
		return nil, refuse(403, "InvalidDiskCategory.ValueNotSupported", "The specified disk category is not supported.")
	case size <= d.size:
		return nil, refuse(400, "InvalidDiskSize.TooSmall", "Specified new disk size is less than the original disk size.")
	case size > d.mostGiB():
		return nil, refuse(400, "InvalidDiskSize.NotSupported", "The specified disk size is not supported.")
	}
	d.size = size
	return map[string]any{"OrderId": ""}, nil
}

func modifyDiskSpec(q *rpcRequest) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	category, level := q.orElse("DiskCategory", d.category), q.orElse("PerformanceLevel", d.level)
	switch {
	case isLocalDisk(d.category):
		return nil, refuse(403, "InvalidDiskCategory.NotSupported", "The specified disk category is not supported.")
	case !slices.Contains([]string{"Available", "In_use"}, d.status):
		return nil, refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	case q.has("PerformanceLevel") && category != "cloud_essd":
		return nil, refuse(400, "InvalidPerformanceLevel.NotSupported", "The specified performance level is for cloud_essd disks only.")
	case category == d.category && level == d.level && !q.has("ProvisionedIops"):
		return nil, refuse(403, "InvalidOperation.NoChange", "The disk has that category and performance level already.")
	}
	if category == "cloud_essd" && level == "" {
		level = "PL1"
	}
	if category != "cloud_essd" {
		level = ""
	}
	d.category, d.level = category, level
	return map[string]any{"TaskId": q.c.resourceID("t", q.region), "OrderId": ""}, nil
}
