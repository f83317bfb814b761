package resource

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeHaVip is the type of a high-availability virtual IP.
const TypeHaVip = "ACS::VPC::HaVip"

var _ = add(Kind{Type: TypeHaVip, Words: "virtual IP", Prefix: "havip-"})

// A HaVip is a private address that several machines share: one answers for it at a time,
// and each may.
type HaVip struct {
	HaVipID, VpcID, IPAddress, MasterInstanceID string

	AssociatedEIPAddresses struct{ AssociatedEIPAddresse []string } // sic
	AssociatedInstances    struct{ AssociatedInstance []string }
}

type haVipPage struct{ HaVips struct{ HaVip []HaVip } }

func (p haVipPage) Items() []HaVip { return p.HaVips.HaVip }

// HaVips reads those of a region that a filter finds (VpcId, HaVipId), or all where it is
// empty.
func HaVips(ctx context.Context, r cloud.Reader, region, filter, value string) ([]HaVip, error) {
	call := cloud.New("vpc", "DescribeHaVips", region)
	if filter != "" {
		call = call.With("Filter.1.Key", filter).With("Filter.1.Value.1", value)
	}
	return cloud.ReadNumbered[haVipPage](ctx, r, call)
}

// EIPs are the public addresses that lead to it.
func (h HaVip) EIPs() []string { return h.AssociatedEIPAddresses.AssociatedEIPAddresse }

// Holders are the instances and interfaces that may answer for it.
func (h HaVip) Holders() []string {
	holders := slices.Clone(h.AssociatedInstances.AssociatedInstance)
	if m := h.MasterInstanceID; m != "" && !slices.Contains(holders, m) {
		holders = append(holders, m)
	}
	return holders
}

// Path is the way from the internet to who answers for it; empty: it has no EIP.
func (h HaVip) Path() string {
	if eips := h.EIPs(); len(eips) > 0 {
		return fmt.Sprintf("the EIP %s on the high-availability virtual IP %s", eips[0], h.HaVipID)
	}
	return ""
}
