package ecs

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// guest is what the system of an instance answers to a command: nothing runs here, so a document says it.
// Of several that fit, the first counts. Without one a command succeeds at once and prints nothing.
type guest struct {
	Instance string        `yaml:"instance,omitempty"`   // default each
	Command  string        `yaml:"command,omitempty"`    // its name, where * is anything; default each
	About    string        `yaml:"about,omitempty"`      // its description likewise
	Output   string        `yaml:"output,omitempty"`     // plain text
	Exit     int           `yaml:"exit-code,omitempty"`  // anything but 0 is Failed
	Error    string        `yaml:"error-code,omitempty"` // why it did not run or did not end: ClientNotRunning, ExecutionTimeout
	Dropped  int           `yaml:"dropped,omitempty"`    // how much of the output was cut off
	Takes    time.Duration `yaml:"takes,omitempty"`
}

// result is how a command ended on one instance.
type result struct {
	Instance string        `yaml:"instance"`
	Output   string        `yaml:"output,omitempty"`
	Exit     int           `yaml:"exit-code,omitempty"`
	Error    string        `yaml:"error-code,omitempty"`
	Dropped  int           `yaml:"dropped,omitempty"`
	Takes    time.Duration `yaml:"takes,omitempty"`
	Stopped  bool          `yaml:"stopped,omitempty"` // before it had ended
}

// statuses are what an error code means for the run: what is not here is Failed.
var statuses = map[string]string{
	"InstanceNotExists": "Aborted", "InstanceReleased": "Aborted", "InstanceNotRunning": "Aborted", "ClientNotRunning": "Aborted", "ClientNotResponse": "Aborted",
	"ClientIsUpgrading": "Aborted", "ClientNeedUpgrade": "Aborted", "DeliveryTimeout": "Aborted",
	"CommandNotApplicable": "Invalid", "AccountNotExists": "Invalid", "DirectoryNotExists": "Invalid", "ExecutionTimeout": "Timeout",
}

// resultOf is what an instance answers to a run. One that does not run is not reached.
func (c *Service) resultOf(i *invocation, at *instance) result {
	if at.Status != "" && at.Status != "Running" {
		return result{Instance: at.ID, Error: "InstanceNotRunning"}
	}
	for _, g := range c.Guests {
		if g.fits(i, at.ID) {
			return result{at.ID, g.Output, g.Exit, g.Error, g.Dropped, g.Takes, false}
		}
	}
	return result{Instance: at.ID}
}

func (g guest) fits(i *invocation, id string) bool {
	return (g.Instance == "" || g.Instance == id) && kernel.Wildcard(cmp.Or(g.Command, "*"), i.Name) && kernel.Wildcard(cmp.Or(g.About, "*"), i.Description)
}

// Implied: a run that a call made, and that a guest of the document answered, is no state but its history.
func (i *invocation) Implied(*Service) bool { return i.answered }

// began is when it was asked for. A document says how long ago that was.
func (i *invocation) began() time.Time { return i.Created.Add(-i.Age) }

// ended tells whether it has ended on an instance, as the clock says.
func (c *Service) ended(i *invocation, r result) bool {
	return r.Stopped || !c.Clock().Before(i.began().Add(r.Takes))
}

// resultOn is how it ended on an instance: of one that a document tells nothing of, well.
func (i *invocation) resultOn(id string) result {
	if n := slices.IndexFunc(i.Results, func(r result) bool { return r.Instance == id }); n >= 0 {
		return i.Results[n]
	}
	return result{Instance: id}
}

// status is the run's on one instance, in the old word and the new one.
func (c *Service) status(i *invocation, r result) (record, status string) {
	switch {
	case !c.ended(i, r):
		return "Running", "Running"
	case r.Stopped:
		return "Stopped", "Terminated"
	case r.Error != "":
		status = cmp.Or(statuses[r.Error], "Failed")
		return "Failed", status
	case r.Exit != 0:
		return "Failed", "Failed"
	}
	return "Finished", "Success"
}

// whole is the status of the run on all instances together.
func (c *Service) whole(i *invocation) (record, status string) {
	record, status = "Finished", "Success"
	for _, id := range i.Instances {
		switch old, now := c.status(i, i.resultOn(id)); old {
		case "Running":
			return old, now
		case "Stopped":
			record, status = old, old
		case "Failed":
			record, status = old, now
			if len(i.Instances) > 1 {
				record, status = "PartialFailed", "PartialFailed"
			}
		}
	}
	return record, status
}

// encoded is an output as a call wants to see it.
func (q *request) encoded(output string) string {
	if q.Str("ContentEncoding") == "PlainText" {
		return output
	}
	return base64.StdEncoding.EncodeToString([]byte(output))
}

// invokeInstance is one instance of an answer to DescribeInvocations.
func (q *request) invokeInstance(i *invocation, id string) map[string]any {
	r := i.resultOn(id)
	old, status := q.c.status(i, r)
	view := map[string]any{"InstanceId": id, "InvocationStatus": status, "InstanceInvokeStatus": old, "ExitCode": r.Exit, "Dropped": r.Dropped,
		"ErrorCode": "", "ErrorInfo": "", "CreationTime": kernel.Stamp(i.began()), "Output": ""}
	if old == "Running" {
		return view
	}
	view["ErrorCode"] = q.errorCode(r)
	if q.Is("IncludeOutput") {
		view["Output"] = q.encoded(r.Output)
	}
	return view
}

func (q *request) errorCode(r result) string {
	if r.Error == "" && r.Exit != 0 {
		return "ExitCodeNonzero"
	}
	return r.Error
}

var commandResultActions = []action{
	{Name: "StopInvocation", Write: true, On: onEach("instance", kernel.Repeated("InstanceId")), Do: stopInvocation, Params: "RegionId! InvokeId! InstanceId:RepeatList"},
	{
		Name: "DescribeInvocationResults", On: onEach("command", kernel.Named()), Do: describeInvocationResults,
		Params: `RegionId! InvokeId InstanceId CommandId InvokeRecordStatus IncludeHistory:Boolean ContentEncoding ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Long=1..1000000 PageSize:Long=1..50 MaxResults:Integer=1..50 NextToken`,
	},
}

// describeInvocationResults answers one result for each instance of a run, the newest run first. While it runs there
// is neither an exit code nor an end.
func describeInvocationResults(q *request) (any, error) {
	if id := q.Str("InvokeId"); id != "" {
		if _, ok := kernel.Find(q.Request, q.c.Invocations, id); !ok {
			return nil, kernel.Refuse(404, "InvalidInvokeId.NotFound", "The specified invoke ID does not exist.")
		}
	}
	var rows []map[string]any
	for _, i := range slices.Backward(q.c.Invocations) {
		if i.Region != q.Region || !q.OneOf("InvokeId", i.ID) || !q.OneOf("CommandId", i.Command) || !i.HasTags(q.Request) {
			continue
		}
		for _, id := range i.Instances {
			r := i.resultOn(id)
			old, status := q.c.status(i, r)
			if !q.OneOf("InstanceId", id) || !q.OneOf("InvokeRecordStatus", old) {
				continue
			}
			row := map[string]any{
				"InvokeId": i.ID, "CommandId": i.Command, "InstanceId": id, "InvokeRecordStatus": old, "InvocationStatus": status, "Output": "", "ErrorCode": "",
				"ErrorInfo": "", "Dropped": 0, "Repeats": 1, "Username": "", "StartTime": kernel.Stamp(i.began()), "StopTime": "", "FinishedTime": "", "Launcher": "",
				"ContainerId": "", "ContainerName": "", "TerminationMode": "Process", "Tags": map[string]any{"Tag": kernel.TagViews(i.Tags, "TagKey", "TagValue")},
			}
			if old != "Running" && old != "Stopped" {
				row["Output"], row["Dropped"], row["ErrorCode"] = q.encoded(r.Output), r.Dropped, q.errorCode(r)
				row["ExitCode"], row["FinishedTime"] = r.Exit, kernel.Stamp(i.began().Add(r.Takes))
				if row["ErrorCode"] != "" {
					row["ErrorInfo"] = "the run on this instance ended with " + row["ErrorCode"].(string)
				}
			}
			rows = append(rows, row)
		}
	}
	page, answer, err := kernel.AnyPage(q.Request, rows, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, row := range page {
		views = append(views, row)
	}
	answer["InvocationResults"] = map[string]any{"InvocationResult": views}
	return map[string]any{"Invocation": answer}, nil
}

// stopInvocation ends a run where it still goes on, on all its instances or on those of the call.
func stopInvocation(q *request) (any, error) {
	i, ok := kernel.Find(q.Request, q.c.Invocations, q.Str("InvokeId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidInvokeId.NotFound", "The specified invoke ID does not exist.")
	}
	some := q.List("InstanceId")
	for _, id := range i.Instances {
		if r := i.resultOn(id); (len(some) == 0 || slices.Contains(some, id)) && !q.c.ended(i, r) {
			r.Stopped = true
			i.Results = append(slices.DeleteFunc(i.Results, func(other result) bool { return other.Instance == id }), r)
		}
	}
	return kernel.Done()
}

// checkGuests refuses what no guest could answer: Cloud Assistant keeps 24 KB of an output.
func (f *state) checkGuests() error {
	for n, g := range f.Guests {
		if len(g.Output) > 24<<10 || g.Takes < 0 || strings.ContainsRune(g.Error, ' ') {
			return kernel.At(fmt.Errorf("output has at most 24 KB, takes is not negative, and error-code is one word"), "$.ecs.guests[%d]", n)
		}
	}
	return nil
}
