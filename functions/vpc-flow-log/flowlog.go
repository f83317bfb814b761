package vpcflowlog

import (
	"context"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// full tells whether the log records everything: allowed and denied, internal and
// from outside. IPv6 is not asked for: which values IpVersion has is not documented.
func full(l resource.FlowLog) bool { return l.TrafficType == "All" && l.Everywhere() }

// covered is how far some resources are recorded.
type covered struct {
	complete    bool              // all of each
	restartable bool              // or would be, once stopped logs are started
	starts      []practice.Change // which
	failing     string            // a log that runs and delivers nothing
}

func coverage(logs []resource.FlowLog, region string, ids ...string) (c covered, err error) {
	c.complete, c.restartable = len(ids) > 0, len(ids) > 0
	for _, id := range ids {
		runs, stopped := false, ""
		for _, l := range logs {
			switch {
			case l.ResourceID != id || !full(l):
			case l.Status == "Inactive":
				stopped = l.FlowLogID
			case l.Status != "Active" && l.Status != "Activating":
				return c, fmt.Errorf("%s is %q: %w", l.FlowLogID, l.Status, practice.ErrNotYet)
			case strings.EqualFold(l.FlowLogDeliverStatus, "FAILED"):
				c.failing = l.FlowLogID + " " + l.FlowLogDeliverErrorMessage
			default:
				runs = true
			}
		}
		c.complete = c.complete && runs
		c.restartable = c.restartable && (runs || stopped != "")
		if !runs && stopped != "" {
			c.starts = append(c.starts, start(stopped, id, region))
		}
	}
	return c, nil
}

func start(log, resource, region string) practice.Change {
	return practice.Change{
		Why:  "start the flow log " + log + " of " + resource,
		Call: cloud.New("vpc", "ActiveFlowLog", region, "FlowLogId", log),
		Undo: new(cloud.New("vpc", "DeactiveFlowLog", region, "FlowLogId", log)),
	}
}

// destination is where new flow logs go, and for which networks there are any.
type destination struct {
	project, logstore string
	skipEmpty         bool
}

func readParams(pass *practice.Pass) destination {
	return destination{
		project:  strings.ReplaceAll(pass.Word("project"), "{region}", pass.Resource.Region),
		logstore: pass.Word("logstore"), skipEmpty: pass.Word("skip-empty") == "yes",
	}
}

// create makes a flow log.
func create(v resource.VPC, to destination, region string) practice.Change {
	return practice.Change{
		Why: fmt.Sprintf("make a flow log of %s in the logstore %s of %s", v.VpcID, to.logstore, to.project),
		Call: cloud.New("vpc", "CreateFlowLog", region, "ResourceType", "VPC", "ResourceId", v.VpcID, "TrafficType", "All",
			"ProjectName", to.project, "LogStoreName", to.logstore, "AggregationInterval", "10", "FlowLogName", "ecsguard"),
		Undo: new(cloud.New("vpc", "DeleteFlowLog", region, "FlowLogId", "{FlowLogId}")),
	}
}

// list names every VPC: most have their log, and whether one does is for check to say.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	networks, err := resource.VPCs(ctx, pass, pass.Resource.Region, "")
	return practice.Listed(pass, networks, err, nil)
}
