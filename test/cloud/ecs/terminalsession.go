package ecs

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// terminalSession is a shell on instances through Cloud Assistant, past every security group.
// One that was started is connected until it is ended; there is no WebSocket behind it. Commands and
// ports that it forwards are kept as far as the API answers them.
type terminalSession struct {
	kernel.Resource `yaml:",inline" dump:"no tags no description"`
	Instances       []string `yaml:"instances"`
	Username        string   `yaml:"username,omitempty"`
	Server          string   `yaml:"target-server,omitempty"`
	Port            int      `yaml:"port,omitempty"`
	Identity        string   `yaml:"identity-type,omitempty"` // default RAMUser
	Principal       string   `yaml:"principal,omitempty"`
	Address         string   `yaml:"client-ip,omitempty"`
	Ended           bool     `yaml:"ended,omitempty"`
}

// sentFile is a file that was put on instances. It arrived at once.
type sentFile struct {
	kernel.Resource `yaml:",inline"`
	Content         string   `yaml:"content"` // in Base64
	Directory       string   `yaml:"directory"`
	Owner           string   `yaml:"owner,omitempty"` // default root
	Mode            string   `yaml:"mode,omitempty"`  // default 0644
	Instances       []string `yaml:"instances,omitempty"`
}

var (
	sessionRows = kernel.Kind{Key: "terminal-sessions", Prefix: "s", Type: "ACS::ECS::TerminalSession"}
	fileRows    = kernel.Kind{Key: "sent-files", Prefix: "f", Tagged: "invocation", Type: "ACS::ECS::SendFile"}
)

func (s *terminalSession) Defaults(*Service)    { s.Identity = cmp.Or(s.Identity, "RAMUser") }
func (s *terminalSession) Check(*Service) error { return nil }

func (f *sentFile) Defaults(*Service) {
	f.Owner, f.Mode = cmp.Or(f.Owner, "root"), cmp.Or(f.Mode, "0644")
}

func (f *sentFile) Check(*Service) error {
	if _, err := base64.StdEncoding.DecodeString(f.Content); err != nil {
		return fmt.Errorf("its content is no Base64: %w", err)
	}
	return nil
}

var terminalActions = []action{
	{
		Name: "StartTerminalSession", Write: true, On: onEach("instance", kernel.Repeated("InstanceId")), Do: startSession,
		Params: "RegionId! InstanceId:RepeatList! PortNumber:Integer=1..65535 TargetServer CommandLine Username PasswordName ConnectionType EncryptionOptions ClientToken",
	},
	{Name: "EndTerminalSession", Write: true, Do: endSession, Params: "RegionId! SessionId!"},
	{
		Name: "DescribeTerminalSessions", On: onEach("instance", kernel.Named("InstanceId")), Do: describeSessions,
		Params: "RegionId! InstanceId SessionId MaxResults:Integer=1..100 NextToken",
	},
	{
		Name: "SendFile", Write: true, On: onEach("instance", kernel.Repeated("InstanceId")), Do: sendFile,
		Params: `RegionId! InstanceId:RepeatList! Name! TargetDir! Content! ContentType Description FileOwner FileGroup FileMode Overwrite:Boolean Timeout:Long
			ResourceGroupId ClientToken Tag:RepeatList(Key Value)`,
	},
	{
		Name: "DescribeSendFileResults", On: onEach("instance", kernel.Named("InstanceId")), Do: describeFiles,
		Params: `RegionId! InvokeId InstanceId Name InvocationStatus ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Long=1..1000000 PageSize:Long=1..50 MaxResults:Integer=1..50 NextToken`,
	},
}

// targets are the instances of a call, all of which have to be there.
func (q *request) targets() ([]string, error) {
	ids := q.List("InstanceId")
	for _, id := range ids {
		if _, ok := kernel.Find(q.Request, q.c.Instances, id); !ok {
			return nil, kernel.Refuse(404, "InvalidInstance.NotFound", "The specified instances do not exist.")
		}
		q.Touch(kernel.InstanceKind, id)
	}
	return ids, nil
}

func startSession(q *request) (any, error) {
	on, err := q.targets()
	if err != nil {
		return nil, err
	}
	s := &terminalSession{Resource: q.NewResource("s", ""), Instances: on, Username: q.OrElse("Username", "ecs-assist-user"), Server: q.Str("TargetServer"),
		Port: q.Num("PortNumber", 0), Identity: "RAMUser", Principal: q.Who.ID, Address: q.c.CallerIP(q.HTTP)}
	q.c.Sessions = append(q.c.Sessions, s)
	return map[string]any{"SessionId": s.ID, "SecurityToken": q.NewResource("token", "").ID, "WebSocketUrl": "wss://" + q.Region + ".axt.aliyuncs.com/" + s.ID}, nil
}

func endSession(q *request) (any, error) {
	s, ok := kernel.Find(q.Request, q.c.Sessions, q.Str("SessionId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidSessionId.NotFound", "The specified SessionId does not exist.")
	}
	s.Ended = true
	return kernel.Done()
}

// The newest is first.
func describeSessions(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.Sessions, func(s *terminalSession) bool {
		return q.Matches("SessionId", s.ID) && (!q.Has("InstanceId") || slices.Contains(s.Instances, q.Str("InstanceId")))
	})
	slices.Reverse(kept)
	page, next, err := kernel.TokenPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, s := range page {
		status, on := "Connected", []any{}
		if s.Ended {
			status = "Terminated"
		}
		for _, id := range s.Instances {
			on = append(on, map[string]any{"InstanceId": id, "Status": status, "StartTime": kernel.Stamp(s.Created)})
		}
		views = append(views, map[string]any{
			"SessionId": s.ID, "CreationTime": kernel.Stamp(s.Created), "TargetServer": s.Server, "PortNumber": s.Port, "PrincipalId": s.Principal, "Username": s.Username,
			"ClientIP": s.Address, "IdentityType": s.Identity, "Connections": map[string]any{"Connection": on},
		})
	}
	return map[string]any{"Sessions": map[string]any{"Session": views}, "NextToken": next}, nil
}

// sendFile takes plain text unless the call says Base64; the answer has Base64.
func sendFile(q *request) (any, error) {
	on, err := q.targets()
	if err != nil {
		return nil, err
	}
	content := q.Str("Content")
	if q.Str("ContentType") != "Base64" {
		content = base64.StdEncoding.EncodeToString([]byte(content))
	}
	switch plain, err := base64.StdEncoding.DecodeString(content); {
	case err != nil:
		return nil, kernel.Refuse(400, "FileContent.DecodeError", "The Content can not be base64 decoded.")
	case len(plain) > 24<<10:
		return nil, kernel.Refuse(400, "FileContent.ExceedLimit", "The length of the file content exceeds the upper limit.")
	}
	f := &sentFile{Resource: q.NewResource("f", q.Str("Name")), Content: content, Directory: q.Str("TargetDir"), Owner: q.OrElse("FileOwner", "root"),
		Mode: q.OrElse("FileMode", "0644"), Instances: on}
	f.Description = q.Str("Description")
	q.c.Files = append(q.c.Files, f)
	return map[string]any{"InvokeId": f.ID}, nil
}

// The newest is first.
func describeFiles(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.Files, func(f *sentFile) bool {
		return q.OneOf("InvokeId", f.ID) && q.Matches("Name", f.Name) && (!q.Has("InstanceId") || slices.Contains(f.Instances, q.Str("InstanceId"))) && f.HasTags(q.Request)
	})
	slices.Reverse(kept)
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, f := range page {
		on := []any{}
		for _, id := range f.Instances {
			on = append(on, map[string]any{"InstanceId": id, "InvocationStatus": "Success"})
		}
		views = append(views, map[string]any{
			"InvokeId": f.ID, "Name": f.Name, "Description": f.Description, "TargetDir": f.Directory, "Content": f.Content, "ContentType": "Base64", "FileOwner": f.Owner,
			"FileGroup": f.Owner, "FileMode": f.Mode, "Overwrite": "false", "InvocationStatus": "Success", "CreationTime": kernel.Stamp(f.Created),
			"InvokeInstances": map[string]any{"InvokeInstance": on}, "Tags": map[string]any{"Tag": kernel.TagViews(f.Tags, "TagKey", "TagValue")},
		})
	}
	answer["Invocations"] = map[string]any{"Invocation": views}
	return answer, nil
}
