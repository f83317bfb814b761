package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

var _ = cloud.Add("cbn", cloud.Product{Version: "2017-09-12", RAM: "cen", Host: cloud.Central("cbn"), Page: "Cbn"})

// An Attachment is a network that is attached to a Cloud Enterprise Network, of whatever account
// and region.
type Attachment struct {
	ChildInstanceID, ChildInstanceType, ChildInstanceRegionID, Status string

	ChildInstanceOwnerID int64
}

type attachmentPage struct {
	ChildInstances struct{ ChildInstance []Attachment }
}

func (p attachmentPage) Items() []Attachment { return p.ChildInstances.ChildInstance }

// AttachedVPCs reads the VPCs that are attached to a CEN.
func AttachedVPCs(ctx context.Context, r cloud.Reader, cen string) ([]Attachment, error) {
	return cloud.ReadNumbered[attachmentPage](ctx, r, cloud.New("cbn", "DescribeCenAttachedChildInstances", "", "CenId", cen, "ChildInstanceType", "VPC"))
}

// CENsOf reads the ids of the CENs that a VPC is attached to, of whatever account.
func CENsOf(ctx context.Context, r cloud.Reader, region, vpc string) (ids []string, err error) {
	type associated struct{ CenID, CenStatus string }
	var answer struct {
		AssociatedCens struct{ AssociatedCen []associated }
	}
	if err := r.Read(ctx, cloud.New("vpc", "DescribeVpcAttribute", region, "VpcId", vpc), &answer); err != nil {
		return nil, err
	}
	for _, a := range answer.AssociatedCens.AssociatedCen { // of a VPC that is attached to none the answer has no list
		ids = append(ids, a.CenID)
	}
	return ids, nil
}
