package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The types of what Cloud Assistant does besides commands: a shell on an instance, and a file that is put on
// instances. ActionTrail and Cloud Config have no names for either.
const (
	TypeTerminalSession = "ACS::ECS::TerminalSession"
	TypeSentFile        = "ACS::ECS::SendFile"
)

var _ = add(
	Kind{Type: TypeTerminalSession, Words: "Session Manager session", Param: "SessionId"}, // its ids begin as those of snapshots
	Kind{Type: TypeSentFile, Words: "file sent by Cloud Assistant", Param: "InvokeId", Prefix: "f-"},
)

// A TerminalSession is a shell, or a tunnel to a port, that somebody opened through Cloud Assistant.
type TerminalSession struct {
	SessionID, TargetServer, PrincipalID, Username, ClientIP, IdentityType string

	PortNumber  int
	Connections *struct{ Connection []Connection } // nil: the answer does not say
}

// A Connection is a session's to one instance: Connecting, Connected, Terminated or Failed.
type Connection struct{ InstanceID, Status string }

// About says which session it is.
func (s TerminalSession) About() About { return About{Type: TypeTerminalSession, ID: s.SessionID} }

type sessionPage struct {
	cloud.Page
	Sessions struct{ Session []TerminalSession }
}

func (p sessionPage) Items() []TerminalSession { return p.Sessions.Session }

// TerminalSessions reads those of a region that the parameters choose. The cloud keeps them for some weeks.
func TerminalSessions(ctx context.Context, r cloud.Reader, region string, params ...string) ([]TerminalSession, error) {
	return cloud.ReadList[sessionPage](ctx, r, cloud.New("ecs", "DescribeTerminalSessions", region, append([]string{"MaxResults", "100"}, params...)...))
}

// A SentFile is one that somebody has put on instances.
type SentFile struct {
	InvokeID, Name, TargetDir, FileOwner, FileMode, ContentType string

	Content         *string // as ContentType says; nil: the answer does not say
	InvokeInstances InvokeInstances
}

// About says which file it is.
func (f SentFile) About() About { return About{Type: TypeSentFile, ID: f.InvokeID, Name: f.Name} }

// InvokeInstances are the instances of a run.
type InvokeInstances struct{ InvokeInstance []struct{ InstanceID string } }

// IDs are theirs.
func (i InvokeInstances) IDs() (ids []string) {
	for _, one := range i.InvokeInstance {
		ids = append(ids, one.InstanceID)
	}
	return ids
}

type filePage struct {
	cloud.Page
	Invocations struct{ Invocation []SentFile }
}

func (p filePage) Items() []SentFile { return p.Invocations.Invocation }

// SentFiles reads those of a region that the parameters choose.
func SentFiles(ctx context.Context, r cloud.Reader, region string, params ...string) ([]SentFile, error) {
	return cloud.ReadList[filePage](ctx, r, cloud.New("ecs", "DescribeSendFileResults", region, append([]string{"MaxResults", "50"}, params...)...))
}
