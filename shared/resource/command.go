package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The types of Cloud Assistant: a stored command, and one run of a command, which keeps what
// was run.
const (
	TypeCommand    = "ACS::ECS::Command"
	TypeInvocation = "ACS::ECS::Invocation"
)

var _ = add(
	Kind{Type: TypeCommand, Words: "Cloud Assistant command", Param: "CommandId", Prefix: "c-", ARN: "acs:ecs:%s:%s:command/%s", Untags: "ecs",
		Page: "https://ecs.console.aliyun.com/cloud-assistant/region/{region}/command/detail?id={id}"},
	Kind{Type: TypeInvocation, Words: "Cloud Assistant invocation", Param: "InvokeId", Prefix: "t-",
		Page: "https://ecs.console.aliyun.com/cloud-assistant/region/{region}/invocation/detail?id={id}"},
)

// A Command is one that somebody has stored.
type Command struct {
	CommandID, Name, Provider string
	Launcher                  string  // what starts the script, if not its interpreter
	CommandContent            *string // in Base64; nil: the answer does not say
	Tags                      cloud.Tags
}

// About says which command it is.
func (c Command) About() About {
	return About{Type: TypeCommand, ID: c.CommandID, Name: c.Name, Tags: c.Tags.Map()}
}

// An Invocation is one run of a command.
type Invocation struct {
	InvokeID, CommandID, CommandName string
	CommandContent                   *string // in Base64; nil: the answer does not say
	Parameters                       string  // as JSON
	Launcher                         string  // what started the script, if not its interpreter
	InvokeInstances                  InvokeInstances
	Tags                             cloud.Tags
}

// About says which invocation it is.
func (i Invocation) About() About {
	return About{Type: TypeInvocation, ID: i.InvokeID, Name: i.CommandName, Tags: i.Tags.Map()}
}

type commandPage struct {
	cloud.Page
	Commands struct{ Command []Command }
}

func (p commandPage) Items() []Command { return p.Commands.Command }

type invocationPage struct {
	cloud.Page
	Invocations struct{ Invocation []Invocation }
}

func (p invocationPage) Items() []Invocation { return p.Invocations.Invocation }

// Commands reads those of a region that the parameters choose. Those that Alibaba Cloud
// offers to everybody are not among them.
func Commands(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Command, error) {
	return cloud.ReadList[commandPage](ctx, r, cloud.New("ecs", "DescribeCommands", region, append([]string{"ContentEncoding", "Base64", "MaxResults", "50"}, params...)...))
}

// Invocations reads those of a region that the parameters choose. The cloud keeps them for
// some weeks.
func Invocations(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Invocation, error) {
	return cloud.ReadList[invocationPage](ctx, r, cloud.New("ecs", "DescribeInvocations", region, append([]string{"ContentEncoding", "Base64", "MaxResults", "50"}, params...)...))
}
