package cloudassistantcommandaudit

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is cloud-assistant-command-audit.
var Practice = &practice.Practice{
	ID:       "cloud-assistant-command-audit",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeInvocation,
	Guide:    []string{"Cloud Assistantを使用したリソースチャネルのO&Mの自動化"},
	Cites:    []string{"MLPS 8.1.4.2, 8.1.5.1", "Cloud Config: ecs-command-exclude-sensitive-content"},
	Alone:    true, // what it reads may hold secrets, and triage need not see them
	Triggers: practice.Triggers(
		practice.Making(resource.TypeInvocation, "Ecs", "RunCommand", "InvokeCommand"),
		practice.On(resource.TypeInvocation, "Ecs", "ModifyInvocationAttribute"),
		practice.Making(resource.TypeSentFile, "Ecs", "SendFile"),
		practice.Making(resource.TypeTerminalSession, "Ecs", "StartTerminalSession"),
		practice.Making(resource.TypeCommand, "Ecs", "CreateCommand"),
		practice.On(resource.TypeCommand, "Ecs", "ModifyCommand")),
	Reads: append([]string{"ecs:DescribeInvocations", "ecs:DescribeSendFileResults", "ecs:DescribeTerminalSessions", "ecs:DescribeCommands", "ecs:DescribeInstances"},
		identity.OwnReads...),
	Writes: []string{"ecs:EndTerminalSession"},
	Params: []practice.Param{
		{Name: "principals", Doc: "who may use Cloud Assistant: RAM users, or roles as role/deploy"},
		practice.YesNo("services", "whether services of Alibaba Cloud may use it by themselves, for patches"),
		{Name: "commands", Doc: "SHA-256, in 64 hexadecimal digits, of scripts and files that anybody may run or send, without parameters"},
		{Name: "networks", Kind: practice.AddressBlocks, Doc: "addresses and blocks from which Cloud Assistant may be used; none: from anywhere"},
		{Name: "protected", Doc: "tags, as key or key=value, of instances on which nobody runs anything as root or System"},
		practice.YesNo("end", "whether a session of somebody who may not open one is ended, in the mode enforce"),
	},
	Touches:    true,
	Disruptive: "with end: yes, a person's shell is cut off in the middle of their work",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	if err := wrong(pass); err != nil {
		return err
	}
	event := pass.Event.Kind == events.KindActionTrail
	own, err := false, error(nil)
	if event {
		own, err = identity.Own(ctx, pass)
	}
	why := unlisted(pass)
	switch {
	case err != nil || own:
		return err
	case why == "" && len(pass.Param("protected")) == 0:
		return nil // what was run need not be read
	}
	w, err := read(ctx, pass)
	if err != nil {
		return err
	}
	if why == notNamed && slices.Contains(pass.Param("commands"), w.sum) && w.plain {
		why = ""
	}
	var unknown error
	if why == "" {
		why, unknown = asRoot(ctx, pass, w)
	}
	if why == "" {
		return unknown
	}
	who := by(pass.Event.Actor)
	if event || pass.Resource.Type != resource.TypeTerminalSession { // what is looked at again is only whether it is open
		f := practice.Finding{Key: "use", Title: who + " " + cmp.Or(did[pass.Event.Name], "used Cloud Assistant") + " " + why, Momentary: true, Facts: w.facts(), Advice: w.says() + then, Paste: stop(pass.Resource)}
		f.Facts["by"], f.Facts["from"] = strings.TrimSpace(pass.Event.Actor.Name), pass.Event.Actor.SourceIP
		pass.Report(f)
	}
	if w.open && pass.Yes("end") {
		pass.Report(practice.Finding{Key: "open", Title: "The session that " + who + " has opened is still open",
			Changes: []practice.Change{{Why: "end the session, which cannot be taken back: they have to open another", Call: cloud.New("ecs", "EndTerminalSession", pass.Resource.Region, "SessionId", pass.Resource.ID)}}})
	}
	return nil
}

// did is what each call does, in words.
var did = map[string]string{
	"RunCommand": "ran a command through Cloud Assistant", "InvokeCommand": "ran a stored command through Cloud Assistant", "SendFile": "put a file on instances through Cloud Assistant",
	"ModifyInvocationAttribute": "changed what Cloud Assistant runs again and again", "StartTerminalSession": "opened a session through Cloud Assistant",
	"CreateCommand": "stored a command of Cloud Assistant", "ModifyCommand": "changed a stored command of Cloud Assistant",
}

const (
	notNamed = "without being named for it"
	then     = " If nobody of yours meant it, take that access away and look into the instances; if it is right, name who may under principals."
)
