package cbn

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// cen is a Cloud Enterprise Network with what is attached to it. One of another account can be
// seen at the VPC that is attached, and not be read.
type cen struct {
	kernel.Resource `yaml:",inline"`
	Account         string        `yaml:"account,omitempty"` // default this one
	Attached        []*attachment `yaml:"attached,omitempty"`
}

// attachment is a network that is attached.
type attachment struct {
	Instance string `yaml:"instance"`
	Type     string `yaml:"type,omitempty"`    // VPC (default), VBR or CCN
	Region   string `yaml:"region,omitempty"`  // default that of the CEN in the document
	Account  string `yaml:"account,omitempty"` // default this one
	Status   string `yaml:"status,omitempty"`  // Attached (default), Attaching or Detaching
}

var cenRows = kernel.Kind{Key: "cens", Prefix: "cen", Tagged: "cen", Type: cenKind}

const cenKind = "ACS::CEN::CenInstance"

func (r *cen) Defaults(c *Service) {
	r.Account = cmp.Or(r.Account, c.Account)
	for _, a := range r.Attached {
		a.Type, a.Region, a.Account, a.Status = cmp.Or(a.Type, "VPC"), cmp.Or(a.Region, r.Region), cmp.Or(a.Account, c.Account), cmp.Or(a.Status, "Attached")
	}
}

func (r *cen) Check(*Service) error {
	if slices.ContainsFunc(r.Attached, func(a *attachment) bool { return a.Instance == "" }) {
		return errors.New("what is attached needs an instance")
	}
	return nil
}

var cenActions = []action{
	{
		Name: "DescribeCenAttachedChildInstances", On: onCen, Do: describeAttached,
		Params: "CenId! ChildInstanceType=VPC|VBR|CCN ChildInstanceRegionId PageNumber:Integer=1..1000000 PageSize:Integer=1..50 RegionId",
	},
	{
		Name: "AttachCenChildInstance", Write: true, On: onCen, Do: attach,
		Params: "CenId! ChildInstanceId! ChildInstanceType!=VPC|VBR|CCN ChildInstanceRegionId! ChildInstanceOwnerId:Long RegionId",
	},
	{
		Name: "DetachCenChildInstance", Write: true, On: onCen, Do: detach,
		Params: "CenId! ChildInstanceId! ChildInstanceType!=VPC|VBR|CCN ChildInstanceRegionId! ChildInstanceOwnerId:Long CenOwnerId:Long RegionId",
	},
}

// onCen is what a call needs permission for. CENs belong to no region.
func onCen(q *kernel.Request) []string {
	return []string{"acs:cen:*:" + q.C.Account + ":ceninstance/" + q.OrElse("CenId", "*")}
}

// cen finds that of a call, if it is the account's own.
func (q *request) cen() (*cen, error) {
	for _, r := range q.c.kept.Cens {
		if r.ID == q.Str("CenId") && r.Account == q.c.Account {
			q.Touch(cenKind, r.ID)
			return r, nil
		}
	}
	return nil, kernel.Refuse(400, "ParameterCenInstanceId", "The specified CenId is invalid, or the CEN is not yours.")
}

func describeAttached(q *request) (any, error) {
	r, err := q.cen()
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(r.Attached), func(a *attachment) bool {
		return !q.Matches("ChildInstanceType", a.Type) || !q.Matches("ChildInstanceRegionId", a.Region)
	})
	return kernel.Numbered(q.Request, kept, 10, "ChildInstances", "ChildInstance", func(a *attachment) map[string]any {
		return map[string]any{
			"CenId": r.ID, "ChildInstanceId": a.Instance, "ChildInstanceType": a.Type, "ChildInstanceRegionId": a.Region,
			"ChildInstanceOwnerId": kernel.OwnerID(a.Account), "Status": a.Status, "ChildInstanceAttachTime": kernel.Stamp(r.Created),
		}
	})
}

// That VPCs of a CEN overlap is not refused: the real service takes blocks that overlap and are not the same.
func attach(q *request) (any, error) {
	r, err := q.cen()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(r.Attached, func(a *attachment) bool { return a.Instance == q.Str("ChildInstanceId") }) {
		return nil, kernel.Refuse(400, "InvalidOperation.CenInstanceStatus", "The instance is attached already.")
	}
	r.Attached = append(r.Attached, &attachment{
		Instance: q.Str("ChildInstanceId"), Type: q.Str("ChildInstanceType"), Region: q.Str("ChildInstanceRegionId"), Account: q.OrElse("ChildInstanceOwnerId", q.c.Account), Status: "Attached",
	})
	return kernel.Done()
}

func detach(q *request) (any, error) {
	r, err := q.cen()
	if err != nil {
		return nil, err
	}
	r.Attached = slices.DeleteFunc(r.Attached, func(a *attachment) bool { return a.Instance == q.Str("ChildInstanceId") })
	return kernel.Done()
}

// of are the CENs that a VPC is attached to, as VPC says them.
func (c *Service) of(vpc string) []any {
	views := []any{}
	for _, r := range c.kept.Cens {
		for _, a := range r.Attached {
			if a.Instance == vpc {
				views = append(views, map[string]any{"CenId": r.ID, "CenOwnerId": kernel.OwnerID(r.Account), "CenStatus": a.Status})
			}
		}
	}
	return views
}
