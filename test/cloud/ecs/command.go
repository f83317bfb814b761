package ecs

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// command is one of Cloud Assistant that somebody has stored. Nothing runs: what guests answer
// stands in the document (commandresult.go).
// Content is kept in Base64 whatever the call sent, since that is how the API answers it unless
// asked for PlainText. Versions of a command are left out: ModifyCommand changes it in place.
type command struct {
	kernel.Resource `yaml:",inline"`
	Type            string `yaml:"type,omitempty"` // default RunShellScript
	Content         string `yaml:"content"`        // in Base64
	Timeout         int    `yaml:"timeout,omitempty"`
	WorkingDir      string `yaml:"working-dir,omitempty"`
	Parametrised    bool   `yaml:"takes-parameters,omitempty"`
	Launcher        string `yaml:"launcher,omitempty"` // what starts the script
}

// invocation is one run of a command, with what was run: the command may be gone.
// Timed runs and StopInvocation are left out.
type invocation struct {
	kernel.Resource `yaml:",inline"`
	Command         string   `yaml:"command"`
	Type            string   `yaml:"type,omitempty"`
	Content         string   `yaml:"content"`
	Parameters      string   `yaml:"parameters,omitempty"` // as JSON
	Instances       []string `yaml:"instances,omitempty"`
	User            string   `yaml:"username,omitempty"`  // in the system; default as the call leaves it to the system
	Container       string   `yaml:"container,omitempty"` // the name of one, in which it was run
	Launcher        string   `yaml:"launcher,omitempty"`  // what started the script

	Results  []result      `yaml:"results,omitempty"` // of an instance without one: well, and nothing printed
	Age      time.Duration `yaml:"age,omitempty"`     // how long ago it was asked for, when the document is loaded
	answered bool          // by a guest of the document
}

const (
	commandKind    = "ACS::ECS::Command"
	invocationKind = "ACS::ECS::Invocation"
)

var (
	commandRows    = kernel.Kind{Key: "commands", Prefix: "c", Tagged: "command", Type: commandKind}
	invocationRows = kernel.Kind{Key: "command-invocations", Prefix: "t", Tagged: "invocation", Type: invocationKind}
	onCommand      = onEach("command", kernel.Named("CommandId"))
)

var commandTypes = []string{"RunShellScript", "RunBatScript", "RunPowerShellScript"}

func (c *command) Defaults(*Service) {
	c.Type, c.Timeout = cmp.Or(c.Type, commandTypes[0]), cmp.Or(c.Timeout, 60)
}

func (c *command) Check(*Service) error {
	if !slices.Contains(commandTypes, c.Type) {
		return fmt.Errorf("no type %q of commands", c.Type)
	}
	return checkCommand(c.Content)
}

func (i *invocation) Defaults(*Service)      { i.Type = cmp.Or(i.Type, commandTypes[0]) }
func (i *invocation) Check(_ *Service) error { return checkCommand(i.Content) }

// checkCommand refuses what is no Base64 or too long.
// The limit of 24 KB holds for the script itself, not for its Base64.
func checkCommand(content string) error {
	plain, err := base64.StdEncoding.DecodeString(content)
	switch {
	case err != nil:
		return kernel.Refuse(400, "CmdContent.DecodeError", "The CommandContent can not be base64 decoded.")
	case len(plain) > 24<<10:
		return kernel.Refuse(400, "CmdContent.ExceedLimit", "The length of the command content exceeds the upper limit.")
	}
	return nil
}

const (
	commandParams = `RegionId! Name! Type! CommandContent! Description ContentEncoding WorkingDir Timeout:Long Launcher EnableParameter:Boolean
		ResourceGroupId ClientToken Tag:RepeatList(Key Value) `
	invokeParams = `InstanceId:RepeatList ResourceTag:RepeatList(Key Value) Parameters Timed:Boolean Frequency RepeatMode Username WindowsPasswordName
		ContainerId ContainerName TerminationMode Launcher OssOutputDelivery ClientToken ResourceGroupId `
)

// Cloud Assistant. RunCommand and InvokeCommand are what ecsguard looks for in events: they run
// code on a machine as root, past every security group. Hence the event has to name each instance,
// and RAM judges them by instance or by command. DescribeInvocations lists commands that were not
// kept, too.
var commandActions = []action{
	{Name: "CreateCommand", Write: true, Params: commandParams, On: onEach("command", kernel.Named()), Do: createCommand},
	{
		Name: "ModifyCommand", Write: true, On: onCommand, Do: modifyCommand,
		Params: "RegionId! CommandId! Name CommandContent Description WorkingDir Timeout:Long Launcher",
	},
	{Name: "DeleteCommand", Write: true, Params: "RegionId! CommandId!", On: onCommand, Do: deleteCommand},
	{
		// Script and instances in one call. Without KeepCommand the script is in the event and in
		// the invocation, and in no list of commands.
		Name: "RunCommand", Write: true, On: onEach("instance", kernel.Repeated("InstanceId")), Do: runCommand,
		Params: `RegionId! Type! CommandContent! Name Description ContentEncoding WorkingDir Timeout:Long EnableParameter:Boolean KeepCommand:Boolean
			Tag:RepeatList(Key Value) ` + invokeParams,
	},
	{
		// RAM judges it by the command alone, so whoever may invoke one may do so on any instance
		// here; the real service asks for the instances, too.
		Name: "InvokeCommand", Write: true, On: onCommand, Do: invokeCommand,
		Params: "RegionId! CommandId! WorkingDir Timeout:Long Tag:RepeatList(Key Value) " + invokeParams,
	},
	{
		Name: "DescribeCommands", On: onCommand, Do: describeCommands,
		Params: `RegionId! CommandId Name Type Provider Description ContentEncoding Latest:Boolean ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Long=1..1000000 PageSize:Long=1..50 MaxResults:Integer=1..50 NextToken`,
	},
	{
		Name: "DescribeInvocations", On: onEach("command", kernel.Named()), Do: describeInvocations,
		Params: `RegionId! InvokeId CommandId CommandName CommandType InstanceId InvokeStatus ContentEncoding IncludeOutput:Boolean Timed:Boolean RepeatMode
			ResourceGroupId Tag:RepeatList(Key Value) PageNumber:Long=1..1000000 PageSize:Long=1..50 MaxResults:Integer=1..50 NextToken`,
	},
}

// content is the script of a call, in Base64.
// ContentEncoding is Base64 unless the call says PlainText; the name of the parameter does not
// tell, and clients of both sorts exist.
func (q *request) content() (string, error) {
	text := q.Str("CommandContent")
	if q.Str("ContentEncoding") == "PlainText" {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return text, checkCommand(text)
}

// Type is checked after the content, as its code is a 404 and not that of a bad parameter.
func (q *request) newCommand() (*command, error) {
	content, err := q.content()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(commandTypes, q.Str("Type")):
		return nil, kernel.Refuse(404, "InvalidCmdType.NotFound", "The specified command type does not exist.")
	}
	c := &command{Resource: q.NewResource("c", q.Str("Name")), Type: q.Str("Type"), Content: content, Timeout: q.Num("Timeout", 60),
		WorkingDir: q.Str("WorkingDir"), Parametrised: q.Is("EnableParameter"), Launcher: q.Str("Launcher")}
	q.Touch(commandKind, c.ID)
	return c, nil
}

func createCommand(q *request) (any, error) {
	c, err := q.newCommand()
	if err != nil {
		return nil, err
	}
	q.c.Commands = append(q.c.Commands, c)
	return map[string]any{"CommandId": c.ID}, nil
}

// command finds the one that a call names.
// A public command of Alibaba's own (ACS-ECS-…) is not found here: the real service has dozens.
func (q *request) command() (*command, error) {
	c, ok := kernel.Find(q.Request, q.c.Commands, q.Str("CommandId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidCmdId.NotFound", "The specified command ID does not exist.")
	}
	q.Touch(commandKind, c.ID)
	return c, nil
}

// What the call leaves out stays. An invocation keeps the script that it ran.
func modifyCommand(q *request) (any, error) {
	c, err := q.command()
	if err != nil {
		return nil, err
	}
	if q.Has("Launcher") {
		c.Launcher = q.Str("Launcher")
	}
	if q.Has("CommandContent") {
		if c.Content, err = q.content(); err != nil {
			return nil, err
		}
	}
	c.Name, c.Description = q.OrElse("Name", c.Name), q.OrElse("Description", c.Description)
	c.WorkingDir, c.Timeout = q.OrElse("WorkingDir", c.WorkingDir), q.Num("Timeout", c.Timeout)
	return kernel.Done()
}

// Its invocations stay, as they do for some weeks in the real service.
func deleteCommand(q *request) (any, error) {
	c, err := q.command()
	if err != nil {
		return nil, err
	}
	q.c.Commands = kernel.Without(q.c.Commands, c.ID)
	return kernel.Done()
}

// runCommand stores the command only where it is told to keep it.
func runCommand(q *request) (any, error) {
	c, err := q.newCommand()
	if err != nil {
		return nil, err
	}
	answer, err := q.invoke(c)
	if err == nil && q.Is("KeepCommand") {
		q.c.Commands = append(q.c.Commands, c)
	}
	return answer, err
}

func invokeCommand(q *request) (any, error) {
	c, err := q.command()
	if err != nil {
		return nil, err
	}
	return q.invoke(c)
}

// All instances have to exist before any is touched. One that does not run is told of in the
// result. ResourceTag, with which a call may choose instances, is accepted and
// chooses none.
func (q *request) invoke(c *command) (any, error) {
	targets := q.List("InstanceId")
	var on []*instance
	for _, id := range targets {
		at, ok := kernel.Find(q.Request, q.c.Instances, id)
		if !ok {
			return nil, kernel.Refuse(404, "InvalidInstance.NotFound", "The specified instances do not exist.")
		}
		on = append(on, at)
		q.Touch(kernel.InstanceKind, id)
	}
	i := &invocation{Resource: q.NewResource("t", c.Name), Command: c.ID, Type: c.Type, Content: c.Content, Parameters: q.Str("Parameters"), Instances: targets,
		User: q.Str("Username"), Container: q.Str("ContainerName"), Launcher: cmp.Or(q.Str("Launcher"), c.Launcher)}
	i.Description, i.answered = c.Description, len(q.c.Guests) > 0
	for _, at := range on {
		i.Results = append(i.Results, q.c.resultOf(i, at))
	}
	q.c.Invocations = append(q.c.Invocations, i)
	return map[string]any{"CommandId": c.ID, "InvokeId": i.ID}, nil
}

// shown is a script as a call wants to see it.
func (q *request) shown(content string) string {
	if q.Str("ContentEncoding") != "PlainText" {
		return content
	}
	plain, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		return content
	}
	return string(plain)
}

func describeCommands(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.Commands, func(c *command) bool {
		return q.OneOf("CommandId", c.ID) && q.Matches("Name", c.Name) && q.OneOf("Type", c.Type) && c.HasTags(q.Request)
	})
	// Newest first, unlike most lists of ECS.
	slices.Reverse(kept)
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	views := []any{}
	for _, c := range page {
		views = append(views, map[string]any{
			"CommandId": c.ID, "Name": c.Name, "Type": c.Type, "Description": c.Description, "CommandContent": q.shown(c.Content), "Timeout": c.Timeout,
			"WorkingDir": c.WorkingDir, "EnableParameter": c.Parametrised, "CreationTime": kernel.Stamp(c.Created), "Version": 1, "Latest": true,
			"Provider": "User", "Category": "", "InvokeTimes": 0, "ResourceGroupId": "", "Launcher": c.Launcher,
			"ParameterNames": map[string]any{"ParameterName": []any{}}, "ParameterDefinitions": map[string]any{"ParameterDefinition": []any{}},
			"Tags": map[string]any{"Tag": kernel.TagViews(c.Tags, "TagKey", "TagValue")},
		})
	}
	if err != nil {
		return nil, err
	}
	answer["Commands"] = map[string]any{"Command": views}
	return answer, nil
}

// Output is answered with IncludeOutput.
func describeInvocations(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.Invocations, func(i *invocation) bool {
		return q.OneOf("InvokeId", i.ID) && q.OneOf("CommandId", i.Command) && q.Matches("CommandName", i.Name) && q.OneOf("CommandType", i.Type) &&
			(!q.Has("InstanceId") || slices.Contains(i.Instances, q.Str("InstanceId"))) && i.HasTags(q.Request)
	})
	// Newest first.
	slices.Reverse(kept)
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, i := range page {
		on := []any{}
		for _, id := range i.Instances {
			on = append(on, q.invokeInstance(i, id))
		}
		whole, status := q.c.whole(i)
		views = append(views, map[string]any{
			"InvokeId": i.ID, "CommandId": i.Command, "CommandName": i.Name, "CommandType": i.Type, "CommandDescription": i.Description,
			"CommandContent": q.shown(i.Content), "Parameters": cmp.Or(i.Parameters, "{}"), "CreationTime": kernel.Stamp(i.began()),
			"InvokeStatus": whole, "InvocationStatus": status, "RepeatMode": "Once", "Timed": false, "Username": i.User, "WorkingDir": "", "ContainerId": "", "ContainerName": i.Container, "Launcher": i.Launcher,
			"InvokeInstances": map[string]any{"InvokeInstance": on},
			"Tags":            map[string]any{"Tag": kernel.TagViews(i.Tags, "TagKey", "TagValue")},
		})
	}
	answer["Invocations"] = map[string]any{"Invocation": views}
	return answer, nil
}
