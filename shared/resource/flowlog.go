package resource

import (
	"context"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeFlowLog is the type of a flow log.
const TypeFlowLog = "ACS::VPC::FlowLog"

var _ = add(Kind{Type: TypeFlowLog, Words: "flow log", Prefix: "fl-"})

// A FlowLog is where the traffic of a VPC, a vSwitch or an interface is written to.
type FlowLog struct {
	FlowLogID, ResourceID, TrafficType, Status, ProjectName, LogStoreName, CreationTime, IPVersion string

	FlowLogDeliverStatus, FlowLogDeliverErrorMessage string

	TrafficPath struct{ TrafficPathList []string }
}

// Everywhere tells whether it records traffic on every path. Logs that are older than the
// choice of paths have none.
func (l FlowLog) Everywhere() bool {
	paths := l.TrafficPath.TrafficPathList
	return len(paths) == 0 || slices.Contains(paths, "all")
}

// Begun is when the log was made; zero where that cannot be read.
func (l FlowLog) Begun() time.Time { return cloud.Time(l.CreationTime) }

type flowLogPage struct{ FlowLogs struct{ FlowLog []FlowLog } }

func (p flowLogPage) Items() []FlowLog { return p.FlowLogs.FlowLog }

// FlowLogs reads those of a region that the parameters choose, or all.
func FlowLogs(ctx context.Context, r cloud.Reader, region string, params ...string) ([]FlowLog, error) {
	return cloud.ReadNumbered[flowLogPage](ctx, r, cloud.New("vpc", "DescribeFlowLogs", region, params...))
}
