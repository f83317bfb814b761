package ecsimdsv2

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// evidence says whether somebody has read without a token in the last week, as far as the metric says that the operator
// has named. How many reads a period's number stands for depends on the metric; that there were any does not.
func evidence(ctx context.Context, pass *practice.Pass, f *practice.Finding) error {
	namespace, name, named := strings.Cut(pass.Word("metric"), "/")
	if !named || f.Resource.Type != resource.TypeInstance {
		return nil
	}
	points, err := resource.Metric(ctx, pass, f.Resource.Region, namespace, name, f.Resource.ID, pass.Now.Add(-7*24*time.Hour), pass.Now)
	if err != nil {
		return fmt.Errorf("reading who still reads the metadata of %s without a token: %w", f.Resource.ID, err)
	}
	times, last := 0, int64(0)
	for _, p := range points {
		if p.Count() > 0 {
			times, last = times+1, max(last, p.Timestamp)
		}
	}
	if times == 0 {
		f.UsedBy = "nobody who read without a token in the last 7 days"
		return nil
	}
	f.UsedBy = fmt.Sprintf("something on it that reads without a token, in %d periods of a quarter of an hour of the last 7 days, the last time at %s",
		times, time.UnixMilli(last).UTC().Format("2006-01-02 15:04 UTC"))
	f.Advice += " The plugin ACS-ECS-ImdsPacketAnalyzer of Cloud Assistant says which process that is."
	return nil
}
