package publicpath

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// HaVipReads are the RAM actions by which virtual addresses are read.
var HaVipReads = []string{"vpc:DescribeHaVips"}

// holding adds the machines that may answer for a HaVip.
func (r *reader) holding(ctx context.Context, id string) error {
	all, err := resource.HaVips(ctx, r.pass, r.pass.Resource.Region, "HaVipId", id)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return practice.ErrGone
	}
	var servers []resource.Server
	for _, h := range all {
		for _, holder := range h.Holders() {
			servers = append(servers, resource.Server{ServerID: holder})
		}
	}
	return r.servers(ctx, "", servers)
}
