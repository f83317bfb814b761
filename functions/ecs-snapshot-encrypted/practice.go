package ecssnapshotencrypted

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
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
	Params: append(practice.CopyParams("a snapshot"),
		practice.Param{Name: "kinds", Kind: practice.Choice, Choices: []string{"all", "user"}, Default: []string{"all"}, Doc: "which snapshots are judged: all, or those that somebody takes by hand"}),
	Check: check,
}

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
	copies, err := resource.Snapshots(ctx, pass, region, "Tag.1.Key", practice.CopyOf, "Tag.1.Value", id)
	if err != nil {
		return fmt.Errorf("reading the copies of snapshot %s: %w", id, err)
	}
	copies = slices.DeleteFunc(copies, func(c resource.Snapshot) bool { return c.SnapshotID == id || !practice.MayBeCopy(c, id) })
	if len(copies) == 0 {
		f := pass.Finding(s, "plain", "A snapshot is not encrypted, and there is no encrypted copy of it")
		f.Facts = facts(s)
		f.Advice = "See to the disk " + s.SourceDiskID + " first: its next snapshot is as it is. Then copy this one with encryption."
		pass.CopyEncrypted(&f, "Snapshot", true, "DestinationSnapshotName", "encrypted-"+id, "DestinationSnapshotDescription", "encrypted copy of "+id, "RetentionDays", kept(s))
		if len(f.Changes) > 0 {
			f.Advice = "See to the disk " + s.SourceDiskID + ": its next snapshot is as it is."
		}
		pass.Report(f)
		return nil
	}
	best := func(c resource.Snapshot) bool { return c.Status == "accomplished" && c.SourceSnapshotID == id }
	switch made := copies[max(0, slices.IndexFunc(copies, best))]; {
	case made.Status == "failed":
		f := pass.Finding(s, "copy", "The encrypted copy of a snapshot has failed: "+made.SnapshotID)
		f.Facts, f.Advice = facts(s), "Delete the copy, and the snapshot is copied or told of again: "+cloud.New("ecs", "DeleteSnapshot", region, "SnapshotId", made.SnapshotID).String()
		pass.Report(f)
	case made.Status != "accomplished":
		pass.Copying(s, made.SnapshotID)
	case s.Usage == "none" && made.SourceSnapshotID != id:
		f := pass.Finding(s, "unproven", "A snapshot is not encrypted, and whether "+made.SnapshotID+", which has the tag of its encrypted copy, is one cannot be told")
		f.Facts, f.Advice = facts(s), "Do not delete the snapshot by that: anybody who may put on tags could have tagged the other. Compare them, or take the tag off, and a copy is made or asked for again."
		pass.Report(f)
	default:
		f := pass.Finding(s, "original", "A snapshot that is not encrypted is still there beside its encrypted copy "+made.SnapshotID)
		f.Facts, f.Severity = facts(s), practice.Low
		f.Advice = "It cannot be deleted, since there is something that was made of it (" + s.Usage + "): see to that first."
		if s.Usage == "none" {
			f.Advice = "Delete it when the copy has been tried: that cannot be undone."
			f.Paste = practice.ByHand("It deletes the snapshot for good", cloud.New("ecs", "DeleteSnapshot", region, "SnapshotId", id))
		}
		pass.Report(f)
	}
	return nil
}

func facts(s resource.Snapshot) map[string]string {
	return map[string]string{"disk": s.SourceDiskID, "type": s.SnapshotType, "usage": s.Usage}
}

// kept is how many days a snapshot is kept; empty: until somebody deletes it.
func kept(s resource.Snapshot) string {
	if s.RetentionDays > 0 {
		return strconv.Itoa(s.RetentionDays)
	}
	return ""
}

// list names the snapshots that are not encrypted.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.Snapshots(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, func(s resource.Snapshot) bool { return plain(pass, s) })
}
