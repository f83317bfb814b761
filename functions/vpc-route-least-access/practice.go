package vpcrouteleastaccess

import (
	"context"
	_ "embed"
	"errors"

	"github.com/ecsguard/ecsguard/shared/practice"
)

//go:embed doc.go
var doc string

// Practice is vpc-route-least-access.
var Practice = &practice.Practice{
	ID:       "vpc-route-least-access",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: "", // TODO: the type of what is judged, with its row and typed read in shared/resource: resource.TypeDisk
	Guide:    []string{"組織内の異なるセキュリティレベルのサービスを分離するようにセキュリティドメインを構成する"},
	Cites:    []string{"CIS Alibaba Cloud 3.4, 2.12"},
	// TODO: the events after which the state may be wrong:
	//	practice.Triggers(
	//		practice.Making(resource.TypeDisk, "Ecs", "CreateDisk"),
	//		practice.On(resource.TypeDisk, "Ecs", "AttachDisk"),
	//		practice.Configured(resource.TypeDisk))
	Triggers: nil,
	// TODO: how often to look at everything, how to list it, and what listing may read:
	//	practice.Daily(list, "ecs:DescribeDisks")
	Sweep:  practice.Daily(list),
	Reads:  nil, // TODO: the RAM actions that check calls, such as ecs:DescribeDisks
	Writes: nil, // the RAM actions of its changes; none if it only tells
	Check:  check,
}

// check reads the state and reports what is wrong. It cannot change anything, and an
// answer that cannot be read is an error, never a finding.
func check(_ context.Context, _ *practice.Pass) error {
	// TODO:
	//	d, err := practice.One(resource.Disks(ctx, pass, r.Region, "DiskIds", cloud.IDs(r.ID)))
	//	f := pass.Finding(d, "plain", "The disk is not encrypted")
	//	f.Changes = practice.Reversible("encrypt it", call, undo); or f.Advice: what a person should do
	//	pass.Report(f)
	return errors.New("TODO: read the resource, judge it, report what departs from the practice")
}

// list names what a sweep looks at: all of the region, or what the cloud's filter finds.
func list(_ context.Context, _ *practice.Pass) ([]practice.Resource, error) {
	// TODO: return practice.ListedPages(ctx, pass, resource.DiskPages, nil, "Encrypted", "false")
	return nil, errors.New("TODO: list what may be wrong, or practice.TheRegion or TheAccount in place of this")
}
