// Echo is a function for the tests of the local cloud: the event says what it
// does. It is built with the real runtime SDK and talks to real host names.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/gogo/protobuf/proto"
)

type event struct {
	Do       string // what to do
	Failures int    // fail: how many attempts fail
	File     string // gate: fail while this file exists
	URL      string // get
	Body     string // of an http trigger: the event within
	Project  string // write
	Logstore string
	Source   json.RawMessage // of a log trigger; of an event it is a string
}

type source struct {
	Endpoint, ProjectName, LogstoreName, BeginCursor, EndCursor string
	ShardID                                                     int
}

type answer struct {
	PID      int
	Request  string
	Function string
	Region   string
	Account  string
	Attempt  int
	KeyID    string
	Left     time.Duration // until the deadline
	Env      map[string]string
	Event    json.RawMessage
	Logs     []string
}

func main() { fc.Start(handle) }

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var in event
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	if in.Body != "" {
		if err := json.Unmarshal([]byte(in.Body), &in); err != nil {
			return nil, err
		}
	}
	fcc, _ := fccontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	out := answer{PID: os.Getpid(), Request: fcc.RequestID, Function: fcc.Function.Name, Region: fcc.Region, Account: fcc.AccountId,
		Attempt: fcc.RetryCount, KeyID: fcc.Credentials.AccessKeyId, Left: time.Until(deadline), Event: raw, Env: map[string]string{}}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		out.Env[k] = v
	}
	// A gate in the environment is for events that cannot say it themselves.
	for _, gate := range []string{in.File, os.Getenv("GATE")} {
		if gate == "" {
			continue
		}
		if _, err := os.Stat(gate); err == nil {
			return nil, errors.New("the gate is closed")
		}
	}
	switch in.Do {
	case "fail":
		if fcc.RetryCount < in.Failures {
			return nil, errors.New("not yet")
		}
	case "panic":
		panic("as told")
	case "exit":
		fmt.Println("last words")
		os.Exit(3)
	case "hang":
		fmt.Println("hanging")
		select {}
	case "get":
		resp, err := http.Get(in.URL)
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
	case "write":
		return out, write(fcc, in)
	case "http":
		return map[string]any{"statusCode": 201, "headers": map[string]string{"X-Echo": "yes"}, "body": out.Request}, nil
	}
	var from source
	if json.Unmarshal(in.Source, &from) == nil && from.ProjectName != "" {
		logs, err := read(fcc, from)
		if err != nil {
			return nil, err
		}
		out.Logs = logs
		fmt.Println("read", strings.Join(logs, " "))
	}
	return out, nil
}

func client(fcc *fccontext.FcContext) sls.ClientInterface {
	k := fcc.Credentials
	return sls.CreateNormalInterfaceV2("https://"+fcc.Region+"-intranet.log.aliyuncs.com",
		sls.NewStaticCredentialsProvider(k.AccessKeyId, k.AccessKeySecret, k.SecurityToken))
}

func write(fcc *fccontext.FcContext, in event) error {
	return client(fcc).PutLogs(in.Project, in.Logstore, &sls.LogGroup{Logs: []*sls.Log{{
		Time:     proto.Uint32(uint32(time.Now().Unix())),
		Contents: []*sls.LogContent{{Key: proto.String("message"), Value: proto.String("from a function")}},
	}}})
}

// read reads a batch of a log trigger to its end.
func read(fcc *fccontext.FcContext, s source) ([]string, error) {
	var logs []string
	for cursor := s.BeginCursor; cursor != s.EndCursor; {
		list, next, err := client(fcc).PullLogs(s.ProjectName, s.LogstoreName, s.ShardID, cursor, s.EndCursor, 2)
		if err != nil {
			return nil, err
		}
		for _, g := range list.LogGroups {
			for _, l := range g.Logs {
				logs = append(logs, l.Contents[0].GetValue())
			}
		}
		cursor = next
	}
	return logs, nil
}
