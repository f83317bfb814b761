package logservice

import (
	"cmp"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Store is a logstore. What a document says of one are the logs that services have written to
// it, of which all came long ago.
// TTL is kept, and nothing expires by it.
type Store struct {
	kernel.Resource `yaml:"-"` // its id: project/logstore

	Project   string            `yaml:"project"`
	Logstore  string            `yaml:"logstore"`
	In        string            `yaml:"region,omitempty"`
	FlowLog   bool              `yaml:"flow-log,omitempty"`  // a flow log's: its index, and what its logs have in common
	Trail     bool              `yaml:"trail,omitempty"`     // a trail's: its index, and each log is an event with these fields
	Types     map[string]string `yaml:"index,omitempty"`     // type by name; neither this nor flow-log: no index
	Analytics *bool             `yaml:"analytics,omitempty"` // false: the index is for searching only
	Logs      []map[string]any  `yaml:"logs,omitempty"`      // ago says how old one is: 26h

	conf     LogstoreConf
	Shards   []*Shard   `yaml:"-"`
	Index    *sls.Index `yaml:"-"`
	metering string
	next     int            // the shard that takes the next write without a hash key
	lag      *time.Duration // if set, in the place of SLSLag
}

// LogstoreConf is a logstore as its API shows it.
// The names of fields are of three manners, as the API has grown.
type LogstoreConf struct {
	Name           string `json:"logstoreName"`
	TTL            int    `json:"ttl"`
	ShardCount     int    `json:"shardCount"`
	WebTracking    bool   `json:"enable_tracking"`
	AutoSplit      bool   `json:"autoSplit"`
	MaxSplitShard  int    `json:"maxSplitShard"`
	AppendMeta     bool   `json:"appendMeta"`
	TelemetryType  string `json:"telemetryType"`
	HotTTL         int    `json:"hot_ttl,omitempty"`
	Mode           string `json:"mode,omitempty"`
	Infrequent     int    `json:"infrequentAccessTTL,omitempty"`
	Encrypt        any    `json:"encrypt_conf,omitempty"`
	CreateTime     int64  `json:"createTime,omitempty"`
	LastModifyTime int64  `json:"lastModifyTime,omitempty"`
}

// Logstore finds a logstore. The caller holds mu.
func (c *Service) Logstore(project, name string) (*Store, error) {
	if c.Project(project) == nil {
		return nil, kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", project)
	}
	if s := c.store(project, name); s != nil {
		return s, nil
	}
	return nil, kernel.Refuse(404, "LogStoreNotExist", "logstore %s does not exist", name)
}

func (c *Service) store(project, name string) *Store {
	for _, s := range c.Logstores {
		if s.Project == project && s.conf.Name == name {
			return s
		}
	}
	return nil
}

// MakeLogstore makes a logstore in a project that is there, with the checks of the API. The
// caller holds mu.
func (c *Service) MakeLogstore(project string, conf LogstoreConf) (*Store, error) {
	if c.store(project, conf.Name) != nil {
		return nil, kernel.Refuse(400, "LogStoreAlreadyExist", "logstore %s already exists", conf.Name)
	}
	s := &Store{Project: project, Logstore: conf.Name}
	if err := s.configure(conf, c.Clock()); err != nil {
		return nil, err
	}
	c.Logstores = append(c.Logstores, s)
	return s, nil
}

// A logstore that exists is refused with 400, which clients take for success when they make sure
// that it is there.
func (c *Service) createLogstore(q *logCall) (any, error) {
	var in LogstoreConf
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	_, err := c.MakeLogstore(q.project, in)
	return nil, err
}

// configure makes the shards of a new logstore.
func (s *Store) configure(in LogstoreConf, now time.Time) error {
	if !logstoreName.MatchString(in.Name) {
		return kernel.Refuse(400, "LogStoreInfoInvalid", "logstore name %s is invalid", in.Name)
	}
	if err := checkTTL(in.TTL); err != nil {
		return err
	}
	if in.ShardCount < 1 || in.ShardCount > 100 {
		return kernel.Refuse(400, "LogStoreInfoInvalid", "shardCount value is out of range")
	}
	in.CreateTime, in.LastModifyTime = now.Unix(), now.Unix()
	in.Mode = cmp.Or(in.Mode, "standard")
	s.ID, s.Created, s.conf = s.Project+"/"+in.Name, now, in
	for i := range in.ShardCount {
		// Real cursors start at the time of creation in nanoseconds, so that no
		// two shards share one.
		s.Shards = append(s.Shards, &Shard{id: i, Begin: now.UnixNano() + int64(i)*1e9,
			beginKey: shardKey(i, in.ShardCount), endKey: shardKey(i+1, in.ShardCount)})
	}
	return nil
}

// checkTTL bounds how long logs are kept; 3650 days are for ever. Nothing here ever expires.
func checkTTL(days int) error {
	if days < 1 || days > 3650 {
		return kernel.Refuse(400, "LogStoreInfoInvalid", "ttl value is out of range")
	}
	return nil
}

// Up to 500 names on a page.
func (c *Service) listLogstores(q *logCall) (any, error) {
	var names []string
	for _, s := range kernel.ByID(c.Logstores) {
		if s.Project == q.project {
			names = append(names, s.conf.Name)
		}
	}
	some := page(names, q.query, 500)
	if some == nil {
		some = []string{}
	}
	return map[string]any{"count": len(some), "total": len(names), "logstores": some}, nil
}

func (c *Service) getLogstore(_ *logCall, s *Store) (any, error) { return s.conf, nil }

// updateLogstore changes what the body names and leaves the rest, of which some cannot be changed.
func (c *Service) updateLogstore(q *logCall, s *Store) (any, error) {
	in := s.conf
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if err := checkTTL(in.TTL); err != nil {
		return nil, err
	}
	// Name, shards and mode cannot be changed this way.
	in.Name, in.ShardCount, in.Mode = s.conf.Name, s.conf.ShardCount, s.conf.Mode
	in.CreateTime, in.LastModifyTime = s.conf.CreateTime, c.Clock().Unix()
	s.conf = in
	return nil, nil
}

// Its logs go, too. A trail that delivers to it goes on, and fails.
func (c *Service) deleteLogstore(q *logCall, s *Store) (any, error) {
	c.Logstores = kernel.Without(c.Logstores, s.ID)
	return nil, nil
}

func (c *Service) createIndex(q *logCall, s *Store) (any, error) {
	if s.Index != nil {
		return nil, kernel.Refuse(400, "IndexAlreadyExist", "log store index is already created")
	}
	return c.updateIndex(q, s)
}

// updateIndex sets the index for what comes from now on. Logs keep the one that they came under.
func (c *Service) updateIndex(q *logCall, s *Store) (any, error) {
	var in sls.Index
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if q.Method == "PUT" && s.Index == nil {
		return nil, kernel.Refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	if in.Line == nil && len(in.Keys) == 0 {
		return nil, kernel.Refuse(400, "IndexInfoInvalid", "required field line or keys is missing")
	}
	for name, key := range in.Keys {
		switch key.Type {
		case "text", "json", "long", "double":
		default:
			return nil, kernel.Refuse(400, "IndexInfoInvalid", "key %s has an unknown type %q", name, key.Type)
		}
	}
	s.Index = &in
	return nil, nil
}

// getIndex answers 404 where there is none, by which clients tell whether to create or to update.
func (c *Service) getIndex(_ *logCall, s *Store) (any, error) {
	if s.Index == nil {
		return nil, kernel.Refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	return s.Index, nil
}

// What came under it is still found if another index is made.
func (c *Service) deleteIndex(_ *logCall, s *Store) (any, error) {
	if s.Index == nil {
		return nil, kernel.Refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	s.Index = nil
	return nil, nil
}

// AddLogStore makes a project and a logstore ready for use, with the same
// checks as the API. A nil index makes one that cannot be queried.
func (c *Service) AddLogStore(project, logstore string, shards int, index *sls.Index) error {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if c.Project(project) == nil {
		if !projectName.MatchString(project) {
			return kernel.Refuse(400, "ParameterInvalid", "The project name %s is invalid", project)
		}
		c.addProject(project, "", c.Region, c.Clock())
	}
	// One that is there is made anew, with nothing in it.
	c.Logstores = kernel.Without(c.Logstores, project+"/"+logstore)
	s, err := c.MakeLogstore(project, LogstoreConf{Name: logstore, TTL: 30, ShardCount: shards})
	if err != nil {
		return err
	}
	s.Index = index
	return nil
}

// logstoreState is the code of what keeps a service from writing to a logstore; empty:
// nothing does. mu is held.
func (c *Service) logstoreState(project, store, region string) string {
	p := c.Project(project)
	switch {
	case p == nil || p.Region != region:
		return "ProjectNotExist"
	case c.store(project, store) == nil:
		return "LogStoreNotExist"
	}
	return ""
}

// What a logstore is paid by.
const usualMetering = "ChargeByFunction"

func (c *Service) getMetering(_ *logCall, s *Store) (any, error) {
	mode := s.metering
	if mode == "" {
		mode = usualMetering
	}
	return map[string]string{"meteringMode": mode}, nil
}

// setMetering takes what a logstore can be paid by; Terraform's provider reads and sets it.
func (c *Service) setMetering(q *logCall, s *Store) (any, error) {
	var in struct{ MeteringMode string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.MeteringMode != usualMetering && in.MeteringMode != "ChargeByDataIngest" {
		return nil, kernel.Refuse(400, "ParameterInvalid", "meteringMode %q is invalid", in.MeteringMode)
	}
	s.metering = in.MeteringMode
	return nil, nil
}
