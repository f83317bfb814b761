package logservice

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Simple Log Service: projects hold logstores, logstores hold shards, and a shard is
// a sequence of log groups as they were written.
type state struct {
	// SLSLag is how long a written record stays invisible to queries, which
	// the real index also takes. Pulling by cursor sees it at once. Set it
	// before use, or use SetIndexLag.
	SLSLag time.Duration

	// SLSHistoryLag is how much longer it takes what is history when it comes: a record
	// dated three minutes back or more. The documentation says no more than that it takes
	// longer; default 1 min. Set it before use.
	SLSHistoryLag time.Duration

	Projects  kernel.Table[*Project]
	Logstores kernel.Table[*Store] // of all projects
}

// storeRows are the logstores of a document. Their place is the document itself: there is
// nothing beside them.
var storeRows = kernel.Kind{Key: "logs"}

// load reads the logstores that a document lists. Their projects are made with them, and
// logstores that are there already stay beside them.
// A logstore that is there and that the document names is made anew.
func (c *Service) load(rows *kernel.Table[*Store], _ map[string]any) (func(), error) {
	l := c.NewLoader()
	for i, s := range *rows {
		if s == nil {
			return nil, kernel.At(errors.New("it needs a project and a logstore"), "$.logs[%d]", i)
		}
		// Two projects may have a logstore of one name.
		s.Name, s.Region = s.Project+"/"+s.Logstore, s.In
		if err := kernel.LoadRow(&l, c, storeRows, s); err != nil {
			return nil, kernel.At(err, "$.logs[%d]", i)
		}
	}
	return func() {
		for _, s := range *rows {
			if c.Project(s.Project) == nil {
				c.addProject(s.Project, "", s.Region, c.LongAgo())
			}
			c.Logstores = append(kernel.Without(c.Logstores, s.ID), s)
		}
	}, nil
}

// flowLogIndex is the index that the console gives to a flow log's logstore.
var flowLogIndex = map[string]string{
	"version": "text", "account-id": "text", "eni-id": "text", "vm-id": "text", "vswitch-id": "text", "vpc-id": "text", "protocol": "long",
	"srcaddr": "text", "srcport": "long", "dstaddr": "text", "dstport": "long", "direction": "text", "action": "text",
	"packets": "long", "bytes": "long", "start": "long", "end": "long", "log-status": "text",
}

// Defaults gives a flow log's logstore the index that it comes with.
func (s *Store) Defaults(*Service) {
	if s.FlowLog && s.Types == nil {
		s.Types = flowLogIndex
	}
}

// Check refuses a project that the document has in another region than the cloud, and makes
// the shards and the index, which refuse the rest.
func (s *Store) Check(c *Service) (err error) {
	p := c.Project(s.Project)
	switch {
	case !projectName.MatchString(s.Project):
		return fmt.Errorf("the project name %q is invalid", s.Project)
	case p != nil && p.Region != s.Region:
		return fmt.Errorf("the project %s is in %s", s.Project, p.Region)
	}
	if err = s.configure(LogstoreConf{Name: s.Logstore, TTL: 30, ShardCount: 1}, c.LongAgo()); err != nil {
		return err
	}
	s.Index, err = s.index()
	return err
}

// Complete writes the document's logs, as one group that came long ago.
func (s *Store) Complete(_ *kernel.Loader, c *Service) error {
	group := &sls.LogGroup{Topic: proto.String(""), Source: proto.String("")}
	if s.FlowLog {
		group.Topic = proto.String("flow_log")
	}
	for _, fields := range s.Logs {
		l, err := s.log(fields, c.Clock(), c.Account)
		if err != nil {
			return err
		}
		group.Logs = append(group.Logs, l)
	}
	s.Shards[0].Groups = []Group{{LogGroup: group, Received: c.LongAgo(), Index: s.Index}}
	return nil
}

// nil where the document says none: such a logstore can be pulled and not searched.
func (s *Store) index() (*sls.Index, error) {
	if s.Trail {
		return TrailIndex(), nil
	}
	if len(s.Types) == 0 {
		return nil, nil
	}
	x := &sls.Index{Keys: map[string]sls.IndexKey{}}
	for name, kind := range s.Types {
		if !slices.Contains([]string{"text", "long", "double", "json"}, kind) {
			return nil, fmt.Errorf("the index of %s has an unknown type %q", name, kind)
		}
		x.Keys[name] = sls.IndexKey{Type: kind, Token: sls.CreateDefaultIndex().Line.Token, DocValue: s.Analytics == nil || *s.Analytics}
	}
	return x, nil
}

// log makes a log of its fields.
// The age is counted from the loading. A flow log's and a trail's logs need only what is special
// about them: the rest is as the services write it.
func (s *Store) log(fields map[string]any, now time.Time, account string) (*sls.Log, error) {
	text := map[string]string{}
	for name, value := range fields {
		text[name] = fmt.Sprint(value)
	}
	ago, err := time.ParseDuration(strings.TrimSpace(text["ago"]))
	if err != nil {
		return nil, errors.New("a log says how old it is, such as ago: 26h")
	}
	delete(text, "ago")
	when := now.Add(-ago)
	if s.FlowLog {
		usual := map[string]string{
			"version": "1", "account-id": account, "protocol": "6", "direction": "in", "action": "ACCEPT", "log-status": "OK",
			"start": strconv.FormatInt(when.Unix(), 10), "end": strconv.FormatInt(when.Unix()+60, 10),
		}
		maps.Copy(usual, text)
		text = usual
	}
	if s.Trail {
		event := map[string]any{"eventTime": kernel.Stamp(when), "userIdentity": map[string]any{"accessKeyId": text["accessKeyId"], "userName": text["userName"], "type": "ram-user"}}
		for name, value := range text {
			if name != "accessKeyId" && name != "userName" {
				event[name] = value
			}
		}
		b, err := json.Marshal(event)
		if err != nil {
			return nil, err
		}
		text = map[string]string{"event": string(b)}
	}
	l := &sls.Log{Time: proto.Uint32(uint32(when.Unix()))}
	for _, name := range slices.Sorted(maps.Keys(text)) {
		l.Contents = append(l.Contents, &sls.LogContent{Key: proto.String(name), Value: proto.String(text[name])})
	}
	return l, nil
}
