package guest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Reads and Run are the RAM actions that a practice which uses this package declares.
var Reads = []string{"ecs:DescribeInstances", "ecs:DescribeInvocations", "ecs:DescribeInvocationResults"}

// Run is the action that runs a script, whichever it is.
const Run = "ecs:RunCommand"

// Params let a practice into guests. By default it is not.
var Params = []practice.Param{
	{Name: "in-guest", Kind: practice.Choice, Choices: []string{"nothing", "inspect", "change"}, Default: []string{"nothing"},
		Doc: "what may be run in the systems of instances by Cloud Assistant, as root: nothing; a script that only looks; or also one that changes what is wrong"},
	{Name: "in-guest-of", Doc: "tags, as key or key=value, of the instances in which it may be run; none: all"},
}

// may tells whether something may be run in an instance: "inspect", or "change", which is more.
func may(pass *practice.Pass, i resource.Instance, what string) bool {
	set, tags := pass.Word("in-guest"), pass.Param("in-guest-of")
	return (set == what || set == "change") && (len(tags) == 0 || i.Tags.Has(tags))
}

// List names the instances that a practice may look into. Where it may look into none, nothing is listed.
func List(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	if pass.Word("in-guest") == "nothing" {
		return nil, nil
	}
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return linux(i) && may(pass, i, "inspect") })
}

func linux(i resource.Instance) bool { return i.OSType == "linux" }

// A Script is what is run: files of this folder, the words that they are run with, and what they are for.
type Script struct {
	About string // what it does: also the description of the command, by which runs are told apart
	Words []string
	files []string
	undo  bool // it takes back what another has done, and prints no report
}

// Text is the script as it is sent: the files after each other without comments and indentation, which messages have no
// room for.
func (s Script) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\nset -- %s\n", strings.Join(s.Words, " "))
	for _, name := range s.files {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // a test makes each
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimLeft(line, " \t"); line != "\n" && !strings.HasPrefix(line, "#") {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// seconds that a script may take before Cloud Assistant ends it.
const seconds = 60

// call runs the script once in an instance, after a run that is known: whoever sees the same state makes the same call,
// with the same token, by which the cloud knows that it is meant once. What takes something back has none: it does no harm
// twice, and whoever tries it again, since the instance was offline, must not get the answer of the first try.
func (s Script) call(of Subject, r practice.Resource, after string) cloud.Call {
	sum := sha256.Sum256([]byte(strings.Join([]string{of.Name, s.About, r.ID, after}, "\n")))
	call := cloud.New("ecs", "RunCommand", r.Region, "Type", "RunShellScript", "Name", of.Name, "Description", s.About, "InstanceId.1", r.ID,
		"CommandContent", base64.StdEncoding.EncodeToString([]byte(s.Text())), "ContentEncoding", "Base64", "Username", "root",
		"Timeout", strconv.Itoa(seconds), "KeepCommand", "false")
	if s.undo {
		return call
	}
	return call.With("ClientToken", fmt.Sprintf("%x", sum[:16]))
}

// why says what a change runs, by which anybody can compare it with the files.
func (s Script) why(instance string) string {
	return fmt.Sprintf("in %s, as root: %s (the script %s in shared/guest, SHA-256 %.6x)", instance, s.About, strings.TrimSuffix(s.files[len(s.files)-1], ".sh"), sha256.Sum256([]byte(s.Text())))
}

// A Subject is what scripts look at: they have one name for their runs, and print one form of report.
type Subject struct {
	Name    string // of the command
	What    string // in the words of a message: sshd
	Form    Form
	Inspect Script
	Others  []Script // that may also have run
}

// A Look is what is known of an instance.
type Look struct {
	Values           // what the latest report says; nil: there is none
	At     time.Time // when that was asked for
	of     Subject
	at     practice.Resource
	last   string // the latest run, whatever became of it
	may    bool   // it may be changed
}

// fresh is how long a report counts: a sweep comes once a week.
const fresh = 6 * 24 * time.Hour

// patience is how long a run is taken to be under way: it may wait a minute until it is sent, and runs for seconds.
const patience = 5 * time.Minute

// looked is how many runs are read until one of them has left a report.
const looked = 3

// Look reads what is known of an instance, and reports what should be done to know more, where that is allowed. While a run is
// under way it says practice.ErrNotYet.
// What an instance that does not run was like when it stopped, it is like still.
func (of Subject) Look(ctx context.Context, pass *practice.Pass, i resource.Instance) (Look, error) {
	look := Look{of: of, at: pass.Of(i), may: may(pass, i, "change") && i.Status == "Running"}
	if !linux(i) {
		return look, nil
	}
	runs, err := resource.CommandRuns(ctx, pass, look.at.Region, i.InstanceID, of.Name)
	if err != nil {
		return look, fmt.Errorf("reading what was run in %s: %w", i.InstanceID, err)
	}
	if len(runs) > 0 {
		look.last = runs[0].InvokeID
	}
	// What was run as another user, or in a container, anybody may have written: only who is root there is believed.
	runs = slices.DeleteFunc(runs, func(run resource.CommandRun) bool {
		_, known := of.script(run.CommandDescription)
		return !known || !run.AsRoot()
	})
	failed := "" // why the latest run has left no report
	var failedAt time.Time
	for _, run := range runs[:min(looked, len(runs))] {
		script, _ := of.script(run.CommandDescription)
		result, err := resource.CommandResultOf(ctx, pass, look.at.Region, run.InvokeID, i.InstanceID)
		if err != nil {
			return look, fmt.Errorf("reading what a command printed in %s: %w", i.InstanceID, err)
		}
		if (result == nil || result.Running()) && pass.Now.Sub(run.At()) < patience {
			return look, fmt.Errorf("%s is being looked into (%s): %w", i.InstanceID, run.InvokeID, practice.ErrNotYet)
		}
		if script.undo {
			break // what was known before holds no longer
		}
		values, why := of.report(result)
		if why == "" {
			look.Values, look.At = values, run.At()
			break
		}
		if failed == "" {
			failed, failedAt = why, run.At()
		}
	}
	if err := of.takenBack(ctx, pass, i, runs); err != nil {
		return look, err
	}
	if may(pass, i, "inspect") && i.Status == "Running" {
		look.ask(pass, i, failed, failedAt)
	}
	return look, nil
}

// takenBack reports that the last change was to be taken back, and was not: whoever asked for it has been told no more than that it
// was sent.
func (of Subject) takenBack(ctx context.Context, pass *practice.Pass, i resource.Instance, runs []resource.CommandRun) error {
	n := slices.IndexFunc(runs, func(run resource.CommandRun) bool { return run.CommandDescription != of.Inspect.About })
	if n < 0 || pass.Now.Sub(runs[n].At()) >= fresh {
		return nil
	}
	run := runs[n]
	if script, _ := of.script(run.CommandDescription); !script.undo {
		return nil
	}
	region := pass.Of(i).Region
	result, err := resource.CommandResultOf(ctx, pass, region, run.InvokeID, i.InstanceID)
	if err != nil {
		return fmt.Errorf("reading whether something was taken back in %s: %w", i.InstanceID, err)
	}
	why := unended(result)
	if why == "" && *result.ExitCode == refused {
		why = "somebody has changed what it would have taken away, or sshd would not read the rest"
	}
	if why != "" {
		f := pass.Finding(i, "undo", "What was changed in "+of.What+" was to be taken back, and was not, since "+why)
		f.Severity, f.Advice = practice.Low, "See what it says with: "+resource.CommandResultCall(region, run.InvokeID, i.InstanceID).String()+". Then take it back again, or by hand: the scripts are in shared/guest."
		pass.Report(f)
	}
	return nil
}

// ask reports that nobody has looked lately, or that the latest try has failed.
func (l Look) ask(pass *practice.Pass, i resource.Instance, failed string, failedAt time.Time) {
	switch {
	case failed != "" && pass.Now.Sub(failedAt) < fresh:
		f := pass.Finding(i, "unknown", fmt.Sprintf("It is not known what %s lets in: looking into the instance has failed, since %s", l.of.What, failed))
		f.Severity = practice.Low
		f.Advice = "See why with: " + resource.CommandResultCall(l.at.Region, l.last, l.at.ID).String() + ". It is tried again next week."
		pass.Report(f)
	case l.Values == nil || pass.Now.Sub(l.At) > fresh:
		f := pass.Finding(i, "inspection", "Nobody has looked lately at what "+l.of.What+" lets in")
		f.Severity, f.Inspection, f.Managed = practice.Low, true, "" // it may be looked at, whoever manages it
		f.Changes = []practice.Change{{Why: l.of.Inspect.why(l.at.ID) + "; it changes nothing, so nothing has to be undone", Call: l.of.Inspect.call(l.of, l.at, l.last)}}
		pass.Report(f)
	}
}

// Changes run a script that puts something right, and another to take it back; none where that is not allowed, or was refused
// by the script. They are remembered as of the latest run, so that none is made twice.
func (l Look) Changes(do, undo Script) []practice.Change {
	if !l.may || l.Values["did"] == "refused" {
		return nil
	}
	return practice.Reversible(do.why(l.at.ID), do.call(l.of, l.at, l.last), undo.call(l.of, l.at, l.last))
}

func (of Subject) script(about string) (Script, bool) {
	all := append([]Script{of.Inspect}, of.Others...)
	n := slices.IndexFunc(all, func(s Script) bool { return s.About == about })
	if n < 0 {
		return Script{}, false
	}
	return all[n], true
}

// refused is the exit code of a script that has changed nothing, and says why in its report.
const refused = 3

// unended says why a run has not come to an end of its own.
func unended(r *CommandResult) string {
	switch {
	case r == nil || r.Running():
		return "it does not end"
	case r.ErrorCode != "" && r.ErrorCode != "ExitCodeNonzero":
		return cmp.Or(failures[r.ErrorCode], "Cloud Assistant could not run it")
	case r.ExitCode == nil || *r.ExitCode != 0 && *r.ExitCode != refused:
		return "the script ended with an error"
	}
	return ""
}

// report is what a run has printed, or why there is no report. Nothing of the output is said.
func (of Subject) report(r *CommandResult) (Values, string) {
	if why := unended(r); why != "" {
		return nil, why
	}
	if r.Dropped > 0 {
		return nil, "a part of what it printed was cut off"
	}
	text, err := r.Text()
	if err != nil {
		return nil, err.Error()
	}
	values, err := of.Form.read(text)
	if err != nil {
		return nil, err.Error()
	}
	return values, ""
}

// CommandResult is a shorter name.
type CommandResult = resource.CommandResult

// failures are what Cloud Assistant's error codes mean (ECS API DescribeInvocationResults).
var failures = map[string]string{
	"InstanceNotExists": "the instance is gone", "InstanceReleased": "the instance is gone", "InstanceNotRunning": "the instance does not run",
	"ClientNotRunning": "its Cloud Assistant agent does not run", "ClientNotResponse": "its Cloud Assistant agent does not answer",
	"ClientIsUpgrading": "its Cloud Assistant agent is being updated", "ClientNeedUpgrade": "its Cloud Assistant agent is too old",
	"DeliveryTimeout": "Cloud Assistant could not reach it in time", "SecurityGroupRuleDenied": "its security groups shut Cloud Assistant out",
	"ExecutionTimeout": "the script did not end in time", "ExecutionException": "the script could not be run", "ExecutionInterrupted": "the script was interrupted",
	"CommandNotApplicable": "it has no shell for the script", "AccountNotExists": "it has no user root", "DirectoryNotExists": "it lacks the folder to run in",
}
