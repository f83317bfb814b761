package ecs

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var diskChangeActions = []action{
	{
		Name: "ModifyDiskAttribute", Write: true, On: onEach("disk", disksNamed), Do: modifyDisk,
		Params: `RegionId DiskId DiskIds:RepeatList DiskName Description DeleteWithInstance:Boolean DeleteAutoSnapshot:Boolean
			EnableAutoSnapshot:Boolean BurstingEnabled:Boolean`,
	},
	{
		Name: "ResizeDisk", Write: true, On: onDisk, Do: resizeDisk,
		Params: "DiskId! NewSize:Integer! Type=offline|online ClientToken",
	},
	{
		Name: "ModifyDiskSpec", Write: true, On: onDisk, Do: modifyDiskSpec,
		Params: `DiskId! DiskCategory=cloud_essd|cloud_auto|cloud_ssd|cloud_efficiency PerformanceLevel=PL0|PL1|PL2|PL3 ProvisionedIops:Long
			DestinationZoneId DryRun:Boolean PerformanceControlOptions:Struct`,
	},
}

func disksNamed(q *kernel.Request) []string {
	return append(kernel.Named("DiskId")(q), q.List("DiskIds")...)
}

func modifyDisk(q *request) (any, error) {
	ids := disksNamed(q.Request)
	switch {
	case len(ids) == 0:
		return nil, kernel.MissingInECS("DiskId")
	case q.Has("DiskId") && len(ids) > 1:
		return nil, kernel.Refuse(400, "InvalidParameter.Conflict", "The specified parameters DiskId and DiskIds must not be used together.")
	case q.Has("DiskName") && !kernel.ValidName(q.Str("DiskName")):
		return nil, kernel.Refuse(400, "InvalidDiskName.Malformed", "The specified disk name is wrongly formed.")
	case strings.HasPrefix(q.Str("Description"), "http://") || strings.HasPrefix(q.Str("Description"), "https://"):
		return nil, kernel.Refuse(400, "InvalidDescription.Malformed", "The specified description is wrongly formed.")
	}
	var disks []*disk
	for _, id := range ids {
		d, ok := kernel.Find(q.Request, q.c.Disks, id)
		switch {
		case !ok || !q.c.Visible(&d.Resource):
			return nil, kernel.Refuse(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
		case q.Has("DeleteWithInstance") && !q.Is("DeleteWithInstance") && isLocalDisk(d.Category):
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter DeleteWithInstance is not valid for a local disk.")
		}
		disks = append(disks, d)
	}
	for _, d := range disks {
		q.Touch(kernel.DiskKind, d.ID)
		if _, given := q.Params["DiskName"]; given {
			d.Name = q.Str("DiskName")
		}
		if _, given := q.Params["Description"]; given {
			d.Description = q.Str("Description")
		}
		for name, into := range map[string]*bool{"DeleteWithInstance": &d.withInstance, "DeleteAutoSnapshot": &d.withSnapshots, "BurstingEnabled": &d.bursting} {
			if q.Has(name) {
				*into = q.Is(name)
			}
		}
	}
	return kernel.Done()
}

// mostGiB is how large a disk of a category may become.
func (d *disk) mostGiB() int {
	switch {
	case d.Kind == "system":
		return 2048
	case d.Category == "cloud_essd" || d.Category == "cloud_auto":
		return 65536
	case d.Category == "cloud":
		return 2000
	}
	return 32768
}

// resizeDisk makes a disk larger, never smaller.
func resizeDisk(q *request) (any, error) {
	d, err := q.disk()
	size := q.Num("NewSize", 0)
	switch {
	case err != nil:
		return nil, err
	case isLocalDisk(d.Category):
		return nil, kernel.Refuse(403, "InvalidDiskCategory.ValueNotSupported", "The specified disk category is not supported.")
	case size <= d.Size:
		return nil, kernel.Refuse(400, "InvalidDiskSize.TooSmall", "Specified new disk size is less than the original disk size.")
	case size > d.mostGiB():
		return nil, kernel.Refuse(400, "InvalidDiskSize.NotSupported", "The specified disk size is not supported.")
	}
	d.Size = size
	return map[string]any{"OrderId": ""}, nil
}

func modifyDiskSpec(q *request) (any, error) {
	d, err := q.disk()
	if err != nil {
		return nil, err
	}
	category, level := q.OrElse("DiskCategory", d.Category), q.OrElse("PerformanceLevel", d.level)
	switch {
	case isLocalDisk(d.Category):
		return nil, kernel.Refuse(403, "InvalidDiskCategory.NotSupported", "The specified disk category is not supported.")
	case !slices.Contains([]string{"Available", "In_use"}, d.Status):
		return nil, kernel.Refuse(403, "IncorrectDiskStatus", "The current disk status does not support this operation.")
	case q.Has("PerformanceLevel") && category != "cloud_essd":
		return nil, kernel.Refuse(400, "InvalidPerformanceLevel.NotSupported", "The specified performance level is for cloud_essd disks only.")
	case category == d.Category && level == d.level && !q.Has("ProvisionedIops"):
		return nil, kernel.Refuse(403, "InvalidOperation.NoChange", "The disk has that category and performance level already.")
	}
	if category == "cloud_essd" && level == "" {
		level = "PL1"
	}
	if category != "cloud_essd" {
		level = ""
	}
	d.Category, d.level = category, level
	return map[string]any{"TaskId": q.c.ResourceID("t", q.Region), "OrderId": ""}, nil
}
