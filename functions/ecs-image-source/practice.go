package ecsimagesource

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/quarantine"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-image-source.
var Practice = &practice.Practice{
	ID:       "ecs-image-source",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"安全なイメージを使用する"},
	Cites:    []string{"MLPS 8.1.4.4", "Cloud Config: ecs-instance-image-type-check, ecs-instance-imageId-check, ecs-instance-image-expired-check"},
	Triggers: practice.Triggers(practice.Launched, practice.On(resource.TypeInstance, "Ecs", "ReplaceSystemDisk"), practice.Configured(resource.TypeInstance)),
	Sweep:    practice.Daily(list, "ecs:DescribeInstances"),
	Reads:    []string{"ecs:DescribeInstances", "ecs:DescribeImages"},
	Writes:   []string{"ecs:StopInstance"},
	Params: []practice.Param{
		{Name: "owners", Kind: practice.AccountIDs, Doc: "ids of accounts whose images are approved, beside Alibaba Cloud and the account itself"},
		quarantine.Param(quarantine.Stop),
	},
	Touches:    true,
	Disruptive: "with quarantine: stop, a new instance of an image that is not approved is stopped",
	Check:      check,
}

// young is how old an instance is at most that may be stopped: nobody relies on it yet.
const young = 10 * time.Minute

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	if i.ImageID == "" {
		return fmt.Errorf("reading instance %s: the answer does not say of which image it is", r.ID)
	}
	found, err := resource.ImagesCalled(ctx, pass, r.Region, i.ImageID)
	if err != nil {
		return fmt.Errorf("reading image %s: %w", i.ImageID, err)
	}
	finding := func(key, title, advice string) practice.Finding {
		f := pass.Finding(i, key, title)
		f.Facts, f.Advice = map[string]string{"image": i.ImageID}, advice
		return f
	}
	if len(found) == 0 {
		f := finding("unknown", "An instance is of an image that cannot be found: "+i.ImageID,
			"It was deleted, is not offered any more, or is no longer shared with the account. Find out whose it was, or make the instance again of an image that is known.")
		if !pass.Younger(cloud.Time(i.CreationTime), young) { // of a new one, somebody may have hidden it
			f.Severity = practice.Low
		}
		pass.Report(f)
		return nil
	}
	image := found[0]
	owner := strconv.FormatInt(image.ImageOwnerID, 10)
	foreign := !slices.Contains([]string{"system", "self"}, image.ImageOwnerAlias) && !slices.Contains(pass.Param("owners"), owner)
	if foreign && image.ImageOwnerID == 0 {
		return fmt.Errorf("reading image %s: the answer does not say whose it is", i.ImageID)
	}
	stops := pass.Word(quarantine.Name) == quarantine.Stop
	if foreign && !(stops && quarantine.Stopped(i)) {
		f := finding("owner", "An instance runs an image of another account, "+owner+", whose images are not approved: "+i.ImageID,
			"Make it again of an image of Alibaba Cloud or of the account's own, or name the account in owners.")
		f.Facts["owner"], f.Facts["owner alias"] = owner, image.ImageOwnerAlias
		if stops && i.Status == "Running" && pass.Younger(cloud.Time(i.CreationTime), young) {
			if f.Changes, err = quarantine.ToStop(r.Region, i); err != nil {
				return err
			}
		} else {
			f.Paste = practice.ByHand("It stops the instance", quarantine.StopCall(r.Region, r.ID))
		}
		pass.Report(f)
	}
	if image.Status == "Deprecated" || image.Status == "UnAvailable" {
		f := finding("status", "An instance is of an image that is "+image.Status+": "+i.ImageID, "Make it again of the image's successor.")
		f.Severity = practice.Low
		pass.Report(f)
	}
	return nil
}

// list names all instances: which images are approved, a call for each image says.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.InstancePages, nil)
}
