package ecssnapshotencrypted

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-snapshot-encrypted.
var Practice = &practice.Practice{
	ID:       "ecs-snapshot-encrypted",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeSnapshot,
	Guide:    []string{"ディザスタリカバリの目的でスナップショットを使用する"},
	Cites:    []string{"CIS Alibaba Cloud 4.1", "MLPS 8.1.4.8"},
	Triggers: append(practice.Making(resource.TypeSnapshot, "Ecs", "CreateSnapshot"),
		practice.Trigger{Service: "Ecs", Name: "CopySnapshot", Resource: "response.SnapshotId|resources." + resource.TypeSnapshot, Region: "params.DestinationRegionId", New: true},
		// The answer names the group only.
		practice.Trigger{Service: "Ecs", Name: "CreateSnapshotGroup", Resource: "resources." + resource.TypeSnapshot, Maybe: true, New: true}),
	Sweep:  practice.Daily(list, "ecs:DescribeSnapshots"),
	Reads:  []string{"ecs:DescribeSnapshots"},
	Writes: []string{"ecs:CopySnapshot"},
	Params: []practice.Param{
		{Name: "copy", Kind: practice.Choice, Choices: []string{"tell", "copy"}, Default: []string{"tell"}, Doc: "what comes of a snapshot that is not encrypted where the practice acts"},
		{Name: "kinds", Kind: practice.Choice, Choices: []string{"all", "user"}, Default: []string{"all"}, Doc: "which snapshots are judged: all, or those that somebody takes by hand"},
		{Name: "kms-key", Kind: practice.OneWord, Doc: "the KMS key of copies; none: the one that the region's disks have by default"},
	},
	Check: check,
}

// copyOf is the tag of an encrypted copy: its value is the id of the original.
const copyOf = "ecsguard-encrypted-copy-of"

// plain tells whether a snapshot is judged, and is not encrypted.
func plain(pass *practice.Pass, s resource.Snapshot) bool {
	return !*s.Encrypted && s.Status != "failed" && (pass.Word("kinds") == "all" || s.SnapshotType != "auto")
}

func check(ctx context.Context, pass *practice.Pass) error {
	id, region := pass.Resource.ID, pass.Resource.Region
	s, err := practice.One(resource.Snapshots(ctx, pass, region, "SnapshotIds", cloud.IDs(id)))
	switch {
	case err != nil:
		return fmt.Errorf("reading snapshot %s: %w", id, err)
	case !plain(pass, s):
		return nil
	case s.Status != "accomplished":
		return practice.ErrNotYet
	}
	copies, err := resource.Snapshots(ctx, pass, region, "Tag.1.Key", copyOf, "Tag.1.Value", id)
	if err != nil {
		return fmt.Errorf("reading the copies of snapshot %s: %w", id, err)
	}
	f := pass.Finding(s, "plain", "A snapshot is not encrypted, and there is no encrypted copy of it")
	f.Facts = map[string]string{"disk": s.SourceDiskID, "type": s.SnapshotType, "usage": s.Usage}
	if len(copies) == 0 {
		call := copied(pass, s)
		f.Advice = "See to the disk " + s.SourceDiskID + " first: its next snapshot is as it is. Then copy this one with encryption."
		f.Paste = practice.ByHand("It makes the copy", call)
		if pass.Word("copy") == "copy" {
			f.Advice = "See to the disk " + s.SourceDiskID + ": its next snapshot is as it is."
			f.Paste, f.Changes = nil, practice.Reversible("make an encrypted copy of snapshot "+id, call, cloud.New("ecs", "DeleteSnapshot", region, "SnapshotId", "{SnapshotId}"))
		}
		pass.Report(f)
		return nil
	}
	f.Severity = practice.Low
	switch made := copies[0]; {
	case made.Status == "failed":
		f.Key, f.Title, f.Severity = "copy", "The encrypted copy of a snapshot has failed: "+made.SnapshotID, ""
		f.Advice = "Delete the copy, and copy the snapshot again."
	case made.Status != "accomplished":
		f.Key, f.Title = "copying", "An encrypted copy of a snapshot that is not encrypted is in the making: "+made.SnapshotID
		f.Advice = "Nothing has to be done: it is looked at again."
	case s.Usage != "none":
		f.Key, f.Title = "original", "A snapshot that is not encrypted is still there beside its encrypted copy "+made.SnapshotID
		f.Advice = "It cannot be deleted, since there is something that was made of it (" + s.Usage + "): see to that first."
	default:
		f.Key, f.Title = "original", "A snapshot that is not encrypted is still there beside its encrypted copy "+made.SnapshotID
		f.Advice = "Delete it when the copy has been tried: that cannot be undone."
		f.Paste = practice.ByHand("It deletes the snapshot for good", cloud.New("ecs", "DeleteSnapshot", region, "SnapshotId", id))
	}
	pass.Report(f)
	return nil
}

// copied is the call that makes an encrypted copy, which is kept for as long. It is meant once, also where the answer is lost.
func copied(pass *practice.Pass, s resource.Snapshot) cloud.Call {
	region, keep := pass.Resource.Region, ""
	if s.RetentionDays > 0 {
		keep = strconv.Itoa(s.RetentionDays)
	}
	return cloud.New("ecs", "CopySnapshot", region, "SnapshotId", s.SnapshotID, "DestinationRegionId", region, "DestinationSnapshotName", "encrypted-"+s.SnapshotID,
		"DestinationSnapshotDescription", "encrypted copy of "+s.SnapshotID, "Encrypted", "true", "KMSKeyId", pass.Word("kms-key"), "RetentionDays", keep,
		"Tag.1.Key", copyOf, "Tag.1.Value", s.SnapshotID, "ClientToken", "ecsguard-copy-of-"+s.SnapshotID)
}

// list names the snapshots that are not encrypted.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.Snapshots(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, func(s resource.Snapshot) bool { return plain(pass, s) })
}
