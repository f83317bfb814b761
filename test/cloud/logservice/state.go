package logservice

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/gogo/protobuf/proto"
)

// logsFile is a logstore with what services have written to it. It is not dumped:
// logs are no state that anybody changes.
type logsFile struct {
	Project   string            `yaml:"project"`
	Logstore  string            `yaml:"logstore"`
	Region    string            `yaml:"region,omitempty"`
	FlowLog   bool              `yaml:"flow-log,omitempty"`  // a flow log's: its index, and what its logs have in common
	Index     map[string]string `yaml:"index,omitempty"`     // type by name; neither this nor flow-log: no index
	Analytics *bool             `yaml:"analytics,omitempty"` // false: the index is for searching only
	Logs      []map[string]any  `yaml:"logs,omitempty"`      // ago says how old one is: 26h
}

// flowLogIndex is the index that the console gives to a flow log's logstore.
var flowLogIndex = map[string]string{
	"version": "text", "account-id": "text", "eni-id": "text", "vm-id": "text", "vswitch-id": "text", "vpc-id": "text", "protocol": "long",
	"srcaddr": "text", "srcport": "long", "dstaddr": "text", "dstport": "long", "direction": "text", "action": "text",
	"packets": "long", "bytes": "long", "start": "long", "end": "long", "log-status": "text",
}

// loadedStore is a logstore on its way into its project.
type loadedStore struct {
	project, region string
	store           *Store
}

func (c *Service) loadLogs(files []logsFile) (stores []loadedStore, err error) {
	for i, f := range files {
		s, err := c.loadLogstore(f)
		if err != nil {
			return nil, kernel.At(err, "$.logs[%d]", i)
		}
		stores = append(stores, s)
	}
	return stores, nil
}

func (c *Service) loadLogstore(f logsFile) (made loadedStore, err error) {
	made.project, made.region = f.Project, f.Region
	if made.region == "" {
		made.region = c.Region
	}
	p := c.Projects[f.Project]
	switch {
	case !projectName.MatchString(f.Project):
		return made, fmt.Errorf("the project name %q is invalid", f.Project)
	case p != nil && p.Region != made.region:
		return made, fmt.Errorf("the project %s is in %s", f.Project, p.Region)
	case !slices.Contains(kernel.Regions, made.region):
		return made, fmt.Errorf("no region %q", made.region)
	}
	if made.store, err = NewLogstore(LogstoreConf{Name: f.Logstore, TTL: 30, ShardCount: 1}, c.LongAgo()); err != nil {
		return made, err
	}
	if made.store.Index, err = f.index(); err != nil {
		return made, err
	}
	group := &sls.LogGroup{Topic: proto.String(""), Source: proto.String("")}
	if f.FlowLog {
		group.Topic = proto.String("flow_log")
	}
	for _, fields := range f.Logs {
		l, err := f.log(fields, c.Clock(), c.Account)
		if err != nil {
			return made, err
		}
		group.Logs = append(group.Logs, l)
	}
	made.store.Shards[0].Groups = []Group{{LogGroup: group, Received: c.LongAgo(), Index: made.store.Index}}
	return made, nil
}

func (f logsFile) index() (*sls.Index, error) {
	types := f.Index
	if f.FlowLog && types == nil {
		types = flowLogIndex
	}
	if len(types) == 0 {
		return nil, nil
	}
	x := &sls.Index{Keys: map[string]sls.IndexKey{}}
	for name, kind := range types {
		if !slices.Contains([]string{"text", "long", "double", "json"}, kind) {
			return nil, fmt.Errorf("the index of %s has an unknown type %q", name, kind)
		}
		x.Keys[name] = sls.IndexKey{Type: kind, Token: sls.CreateDefaultIndex().Line.Token, DocValue: f.Analytics == nil || *f.Analytics}
	}
	return x, nil
}

// log makes a log of its fields.
func (f logsFile) log(fields map[string]any, now time.Time, account string) (*sls.Log, error) {
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
	if f.FlowLog {
		usual := map[string]string{
			"version": "1", "account-id": account, "protocol": "6", "direction": "in", "action": "ACCEPT", "log-status": "OK",
			"start": strconv.FormatInt(when.Unix(), 10), "end": strconv.FormatInt(when.Unix()+60, 10),
		}
		maps.Copy(usual, text)
		text = usual
	}
	l := &sls.Log{Time: proto.Uint32(uint32(when.Unix()))}
	for _, name := range slices.Sorted(maps.Keys(text)) {
		l.Contents = append(l.Contents, &sls.LogContent{Key: proto.String(name), Value: proto.String(text[name])})
	}
	return l, nil
}

// placeLogs puts loaded logstores beside those that are there. mu is held.
func (c *Service) placeLogs(stores []loadedStore) {
	for _, s := range stores {
		p := c.Projects[s.project]
		if p == nil {
			p = &logProject{name: s.project, Region: s.region, created: c.LongAgo(), modified: c.LongAgo(), Stores: map[string]*Store{}}
			c.Projects[s.project] = p
		}
		p.Stores[s.store.conf.Name] = s.store
	}
}
