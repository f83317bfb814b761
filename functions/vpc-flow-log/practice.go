package vpcflowlog

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is vpc-flow-log.
var Practice = &practice.Practice{
	ID:       "vpc-flow-log",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeVPC,
	Guide:    []string{"ログの例外の監視と監査"},
	Cites:    []string{"CIS Alibaba Cloud 2.5, 3.3", "MLPS 8.1.3.5, 8.1.4.3", "Cloud Config: vpc-flow-logs-enabled"},
	Triggers: practice.Triggers(practice.Making(resource.TypeVPC, "Vpc", "CreateVpc"), []practice.Trigger{
		{Service: "Vpc", Name: "CreateVSwitch", Resource: "params.VpcId"}, // a log of each vSwitch is not enough any more
		{Service: "Vpc", Name: "DeactiveFlowLog", Resource: "region", Type: resource.TypeNetworkRegion},
		{Service: "Vpc", Name: "DeleteFlowLog", Resource: "region", Type: resource.TypeNetworkRegion},
	}, practice.Configured(resource.TypeVPC)),
	Sweep:  practice.Daily(list, "vpc:DescribeVpcs"),
	Reads:  []string{"vpc:DescribeVpcs", "vpc:DescribeFlowLogs", "vpc:GetFlowLogServiceStatus"},
	Writes: []string{"vpc:ActiveFlowLog", "vpc:CreateFlowLog"},
	Params: []practice.Param{
		{Name: "project", Kind: practice.OneWord, Doc: "the log service's project for new flow logs, which cost; none are made without it. It must be in the region of the VPC, so {region} stands for that"},
		{Name: "logstore", Kind: practice.OneWord, Default: []string{"vpc-flow-log"}, Doc: "the logstore in that project"},
		{Name: "skip-empty", Kind: practice.Choice, Choices: []string{"yes", "no"}, Default: []string{"no"}, Doc: "yes: a VPC without a vSwitch, where nothing can send, needs no flow log"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	to := readParams(pass)
	r := pass.Resource
	id := r.ID
	if r.Type == resource.TypeNetworkRegion {
		id = ""
	}
	var networks []resource.VPC
	var logs []resource.FlowLog
	var service struct{ Enabled *bool }
	err := pass.Together(ctx,
		func(ctx context.Context) (err error) {
			networks, err = resource.VPCs(ctx, pass, r.Region, id)
			return practice.Gone(err)
		},
		func(ctx context.Context) (err error) {
			logs, err = resource.FlowLogs(ctx, pass, r.Region)
			return err
		},
		func(ctx context.Context) error {
			return pass.Read(ctx, cloud.New("vpc", "GetFlowLogServiceStatus", r.Region), &service)
		})
	switch {
	case err != nil:
		return fmt.Errorf("reading the flow logs of %s: %w", r, err)
	case service.Enabled == nil: // unknown is not bad
		return fmt.Errorf("reading the flow logs of %s: the answer does not say whether the service is open", r)
	case len(networks) == 0:
		return fmt.Errorf("reading the VPC %s: %w", r, practice.ErrGone)
	}
	for _, v := range networks {
		if len(v.VSwitchIDs.VSwitchID) == 0 && to.skipEmpty {
			continue
		}
		if err := judge(pass, v, logs, *service.Enabled, to); err != nil {
			return err
		}
	}
	return nil
}

// judge reports what the network lacks. Its own log is enough, and so are those of
// all its vSwitches.
func judge(pass *practice.Pass, v resource.VPC, logs []resource.FlowLog, open bool, to destination) error {
	own, err := coverage(logs, pass.Resource.Region, v.VpcID)
	parts, err2 := coverage(logs, pass.Resource.Region, v.VSwitchIDs.VSwitchID...)
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("reading the flow logs of the VPC %s: %w", v.VpcID, err)
	}
	r := pass.Named("", v.VpcID, v.VpcName)
	f := practice.Finding{Key: "missing", Resource: r, Tags: v.Tags.Map()}
	switch undelivered := own.failing + parts.failing; {
	case own.complete || parts.complete:
		return nil
	case own.restartable:
		f.Key, f.Title, f.Changes = "stopped", "The flow log of the VPC is stopped", own.starts
	case parts.restartable:
		f.Key, f.Title, f.Changes = "stopped", "Flow logs of the VPC's vSwitches are stopped", parts.starts
	case undelivered != "":
		f.Key, f.Title, f.Advice = "undelivered", "A flow log of the VPC does not reach the log service: "+undelivered, "See that its project and logstore exist, and that the log service's account is paid up."
	case !open:
		f.Title, f.Advice = "The VPC keeps no flow log, and the flow log service is not open", "Open it once for the account: "+cloud.New("vpc", "OpenFlowLogService", r.Region).String()
	case to.project == "":
		f.Title, f.Advice = "No flow log records all traffic of the VPC", "Make one, or set project, a project of the log service in "+r.Region+", and ecsguard makes it."
	default:
		f.Title, f.Changes = "No flow log records all traffic of the VPC", []practice.Change{create(v, to, r.Region)}
	}
	pass.Report(f)
	return nil
}
