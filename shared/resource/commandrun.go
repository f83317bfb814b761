package resource

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A CommandRun is that a command was run, as the list of runs tells it. What it printed, CommandResultOf reads.
type CommandRun struct {
	InvokeID, CommandName, CommandDescription, CreationTime string
	Username, ContainerID, ContainerName                    string
}

// AsRoot tells whether it was run as root in the system itself, and not in a container. Where no user was named it is root.
func (r CommandRun) AsRoot() bool {
	return (r.Username == "" || r.Username == "root") && r.ContainerID == "" && r.ContainerName == ""
}

// At is when it was asked for; zero: the answer does not say.
func (r CommandRun) At() time.Time {
	at, err := time.Parse("2006-01-02T15:04:05Z", r.CreationTime)
	if err != nil {
		return time.Time{}
	}
	return at
}

type commandRunPage struct {
	cloud.Page
	Invocations struct{ Invocation []CommandRun }
}

func (p commandRunPage) Items() []CommandRun { return p.Invocations.Invocation }

// CommandRuns reads the runs of commands of a name on an instance, the newest first. The cloud keeps them for some weeks.
func CommandRuns(ctx context.Context, r cloud.Reader, region, instance, name string) ([]CommandRun, error) {
	all, err := cloud.ReadList[commandRunPage](ctx, r, cloud.New("ecs", "DescribeInvocations", region,
		"InstanceId", instance, "CommandName", name, "ContentEncoding", "Base64", "MaxResults", "50"))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c CommandRun) bool { return c.CommandName != name }) // the filter may be looser
	slices.SortStableFunc(all, func(a, b CommandRun) int { return strings.Compare(b.CreationTime, a.CreationTime) })
	return all, nil
}

// A CommandResult is how a command ended on one instance. Output is what somebody's machine printed.
type CommandResult struct {
	InstanceID, InvocationStatus, InvokeRecordStatus, ErrorCode, Output string

	ExitCode *int // nil: it has not ended, or did not begin
	Dropped  int  // how much of the output was cut off
}

// Running tells whether it has not ended.
func (r CommandResult) Running() bool {
	return slices.Contains([]string{"Pending", "Scheduled", "Running", "Stopping"}, r.InvocationStatus) || r.InvocationStatus == "" && r.InvokeRecordStatus == "Running"
}

// Text is the output.
func (r CommandResult) Text() ([]byte, error) {
	text, err := base64.StdEncoding.DecodeString(r.Output)
	if err != nil {
		return nil, errors.New("the output is no Base64")
	}
	return text, nil
}

type commandResultPage struct {
	Invocation struct {
		cloud.Page
		InvocationResults struct{ InvocationResult []CommandResult }
	}
}

// CommandResultCall is the call that says how a run ended on an instance.
func CommandResultCall(region, run, instance string) cloud.Call {
	return cloud.New("ecs", "DescribeInvocationResults", region, "InvokeId", run, "InstanceId", instance, "ContentEncoding", "Base64", "MaxResults", "50")
}

// CommandResultOf reads how a run ended on an instance; none: it has not come there yet.
func CommandResultOf(ctx context.Context, r cloud.Reader, region, run, instance string) (*CommandResult, error) {
	var page commandResultPage
	call := CommandResultCall(region, run, instance)
	if err := r.Read(ctx, call, &page); err != nil {
		return nil, err
	}
	all := page.Invocation.InvocationResults.InvocationResult
	if all == nil {
		return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	n := slices.IndexFunc(all, func(c CommandResult) bool { return c.InstanceID == instance })
	if n < 0 {
		return nil, nil
	}
	return &all[n], nil
}
