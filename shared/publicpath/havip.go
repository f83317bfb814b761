package publicpath

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// HaVipReads are the RAM actions that HaVips may call.
var HaVipReads = []string{"vpc:DescribeHaVips"}

// A HaVip is a private address that several machines share: one answers for it at a time,
// and each may.
type HaVip struct {
	HaVipID, VpcID, IPAddress, MasterInstanceID string

	AssociatedEIPAddresses struct{ AssociatedEIPAddresse []string } // sic
	AssociatedInstances    struct{ AssociatedInstance []string }
}

type haVipPage struct{ HaVips struct{ HaVip []HaVip } }

// Items makes the page one that cloud.ReadNumbered reads.
func (p haVipPage) Items() []HaVip { return p.HaVips.HaVip }

// HaVips reads those of the region that a filter finds: VpcId, HaVipId; all without one.
func HaVips(ctx context.Context, pass *practice.Pass, filter, value string) ([]HaVip, error) {
	call := cloud.New("vpc", "DescribeHaVips", pass.Resource.Region)
	if filter != "" {
		call = call.With("Filter.1.Key", filter).With("Filter.1.Value.1", value)
	}
	return cloud.ReadNumbered[haVipPage](ctx, pass, call)
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

// holding adds the machines that may answer for a HaVip.
func (r *reader) holding(ctx context.Context, id string) error {
	all, err := HaVips(ctx, r.pass, "HaVipId", id)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return practice.ErrGone
	}
	var servers []Server
	for _, h := range all {
		for _, holder := range h.Holders() {
			servers = append(servers, Server{ServerID: holder})
		}
	}
	return r.servers(ctx, "", servers)
}
