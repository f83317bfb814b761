package logservice

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Simple Log Service: projects hold logstores, logstores hold
// shards, and a shard is a sequence of log groups as they were written.
type state struct {
	// SLSLag is how long a written record stays invisible to queries, which
	// the real index also takes. Pulling by cursor sees it at once. Set it
	// before use, or use SetIndexLag.
	SLSLag time.Duration

	// SLSHistoryLag is how much longer it takes what is history when it comes: a record
	// dated three minutes back or more. The documentation says no more than that it takes
	// longer; default 1 min. Set it before use.
	SLSHistoryLag time.Duration

	Projects map[string]*logProject
}

type logProject struct {
	name, description, Region string
	tags                      map[string]string
	policy                    string // as it was written
	created, modified         time.Time
	Stores                    map[string]*Store
}

type Store struct {
	conf     LogstoreConf
	Shards   []*Shard
	Index    *sls.Index
	metering string
	next     int            // the shard that takes the next write without a hash key
	lag      *time.Duration // if set, in the place of SLSLag
	created  time.Time
	modified time.Time
}

type Group struct {
	*sls.LogGroup
	Received time.Time
	Index    *sls.Index // the index in force when it arrived: an index is never applied to older logs
	unseen   int        // so many pulls do not see it, nor what comes behind it
}

// LogstoreConf is a logstore as its API shows it.
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

func (c *Service) register() {
	c.LogState = c.logstoreState
	c.Projects, c.SLSHistoryLag = map[string]*logProject{}, time.Minute
	c.AddEndpoint(kernel.Host("{region}.log.aliyuncs.com"), "sls", "log")
	c.Handle("*.log.aliyuncs.com", c.ServeREST(kernel.RestAPI{
		Product: "sls", IDHeader: "x-log-requestid", MaxBody: 2 * MaxLogGroup,
		Route: c.slsRoute, Refusal: slsRefusal,
	}))
	c.AddSection(kernel.SectionOf("logs", func(files *[]logsFile, _ map[string]any) (func(), error) {
		stores, err := c.loadLogs(*files)
		return func() { c.placeLogs(stores) }, err
	}, nil))
}

// slsRefusal gives the errors that are not this product's own its names.
func slsRefusal(e *kernel.Error, call kernel.RestCall, _ string) kernel.RestAnswer {
	status, code := e.Status, e.Code
	switch {
	case strings.HasPrefix(code, "Throttling") && call.Write:
		status, code = 403, "WriteQuotaExceed"
	case strings.HasPrefix(code, "Throttling"):
		status, code = 403, "ReadQuotaExceed"
	case code == "EntityTooLarge":
		code = "PostBodyTooLarge"
	case code == "InternalError":
		code = "InternalServerError"
	}
	b, _ := json.Marshal(map[string]string{"errorCode": code, "errorMessage": e.Message})
	return kernel.RestAnswer{Status: status, Header: map[string]string{"Content-Type": "application/json"}, Body: b}
}

// logCall is a request on its way through the router.
type logCall struct {
	*http.Request
	region, project string
	query           url.Values
	body            []byte
	unseen          int // what a fault makes of a write
}

// slsRoute finds what a request asks for. The host names the project:
// {project}.{region}[-intranet].log.aliyuncs.com.
func (c *Service) slsRoute(r *http.Request, packed []byte) (kernel.RestCall, error) {
	labels := strings.Split(strings.TrimSuffix(kernel.BareHost(r.Host), ".log.aliyuncs.com"), ".")
	q := &logCall{Request: r, query: r.URL.Query()}
	if len(labels) == 2 {
		q.project = labels[0]
	} else if len(labels) != 1 {
		return kernel.RestCall{}, kernel.Refuse(400, "InvalidHost", "Host header %s is invalid", r.Host)
	}
	q.region = strings.TrimSuffix(labels[len(labels)-1], "-intranet")
	if len(packed) > 0 {
		var err error
		if q.body, err = slsBody(r, packed); err != nil {
			return kernel.RestCall{}, err
		}
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	call, err := c.slsFind(q, path)
	if err != nil {
		return call, err
	}
	call.Resource = fmt.Sprintf("acs:log:%s:%s:%s", q.region, c.Account, call.Resource)
	call.Write = r.Method != http.MethodGet && call.Action != "log:GetLogStoreLogs"
	call.Struck = func(f *kernel.Fault) { q.unseen = f.Unseen }
	call.Params = map[string]string{"project": q.project}
	for k := range q.query {
		call.Params[k] = q.query.Get(k)
	}
	if len(path) > 1 {
		call.Params["logstore"] = path[1]
	}
	return call, nil
}

func (c *Service) slsFind(q *logCall, path []string) (kernel.RestCall, error) {
	if q.project == "" {
		if call, ok := c.slsRegional(q, path); ok {
			return call, nil
		}
		if q.Method != http.MethodPost || path[0] != "" {
			return kernel.RestCall{}, unknownSLS(q)
		}
		// Clients that are made with Tea name the project that they make in the body only.
		var in struct{ ProjectName string }
		if err := decodeJSON(q.body, &in); err != nil {
			return kernel.RestCall{}, err
		}
		q.project = in.ProjectName
	}
	call, err := c.slsProjectCall(q, path)
	if err != nil {
		return call, err
	}
	if call.Action == "log:CreateProject" {
		return call, nil
	}
	// A project that does not exist is told apart before permission is judged:
	// there is no owner to ask.
	c.Mu.Lock()
	p := c.Projects[q.project]
	c.Mu.Unlock()
	if p == nil || p.Region != q.region {
		return call, kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", q.project)
	}
	return call, nil
}

func unknownSLS(q *logCall) error {
	return kernel.Refuse(400, "NotSupported", "the local cloud does not answer %s %s of Simple Log Service", q.Method, q.URL.Path)
}

func (c *Service) slsProjectCall(q *logCall, path []string) (kernel.RestCall, error) {
	project := "project/" + q.project
	simple := func(action, resource string, f func(*logCall) (any, error)) (kernel.RestCall, error) {
		return kernel.RestCall{Action: "log:" + action, Resource: resource, Do: c.slsDo(q, func(q *logCall) (any, error) {
			if c.Projects[q.project] == nil && action != "CreateProject" {
				return nil, kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", q.project)
			}
			return f(q)
		})}, nil
	}
	switch q.Method + " " + path[0] {
	case "POST ":
		return simple("CreateProject", project, c.createProject)
	case "GET ":
		return simple("GetProject", project, c.getProject)
	case "PUT ":
		return simple("UpdateProject", project, c.updateProject)
	case "DELETE ":
		return simple("DeleteProject", project, c.deleteProject)
	}
	if action, do := c.slsProjectExtra(q, path); do != nil {
		return simple(action, project, do)
	}
	if path[0] != "logstores" {
		return kernel.RestCall{}, unknownSLS(q)
	}
	if len(path) == 1 {
		switch q.Method {
		case "GET":
			return simple("ListLogStores", project+"/logstore/*", c.listLogstores)
		case "POST":
			return simple("CreateLogStore", project+"/logstore/*", c.createLogstore)
		}
		return kernel.RestCall{}, unknownSLS(q)
	}
	return c.slsLogstoreCall(q, path, project+"/logstore/"+path[1])
}

func (c *Service) slsLogstoreCall(q *logCall, path []string, resource string) (kernel.RestCall, error) {
	name := path[1]
	call := func(action string, f func(*logCall, *Store) (any, error)) (kernel.RestCall, error) {
		return kernel.RestCall{Action: "log:" + action, Resource: resource, Do: c.slsDo(q, func(q *logCall) (any, error) {
			s, err := c.Logstore(q.project, name)
			if err != nil {
				return nil, err
			}
			return f(q, s)
		})}, nil
	}
	rest, kind := strings.Join(path[2:], "/"), q.query.Get("type")
	switch {
	case rest == "" && q.Method == "POST", q.Method == "POST" && (rest == "shards/lb" || rest == "shards/route"):
		return call("PostLogStoreLogs", c.putLogs)
	case rest == "" && q.Method == "GET" && kind == "log":
		return call("GetLogStoreLogs", c.getLogsV1)
	case (rest == "" || rest == "index") && q.Method == "GET" && kind == "histogram": // the latter by clients that are made with Tea
		return call("GetLogStoreHistogram", c.getHistograms)
	case rest == "logs" && q.Method == "POST":
		return call("GetLogStoreLogs", c.getLogsV2)
	case rest == "" && q.Method == "GET" && kind == "":
		return call("GetLogStore", c.getLogstore)
	case rest == "" && q.Method == "PUT":
		return call("UpdateLogStore", c.updateLogstore)
	case rest == "" && q.Method == "DELETE":
		return call("DeleteLogStore", c.deleteLogstore)
	case rest == "meteringmode" && q.Method == "GET":
		return call("GetLogStoreMeteringMode", c.getMetering)
	case rest == "meteringmode" && q.Method == "PUT":
		return call("UpdateLogStoreMeteringMode", c.setMetering)
	case rest == "shards" && q.Method == "GET":
		return call("ListShards", c.listShards)
	case rest == "index" && q.Method == "POST":
		return call("CreateIndex", c.createIndex)
	case rest == "index" && q.Method == "PUT":
		return call("UpdateIndex", c.updateIndex)
	case rest == "index" && q.Method == "GET":
		return call("GetIndex", c.getIndex)
	case rest == "index" && q.Method == "DELETE":
		return call("DeleteIndex", c.deleteIndex)
	case len(path) == 4 && path[2] == "shards" && q.Method == "GET":
		shard := func(f func(*logCall, *Shard) (any, error)) func(*logCall, *Store) (any, error) {
			return func(q *logCall, s *Store) (any, error) {
				id, err := strconv.Atoi(path[3])
				if err != nil || id < 0 || id >= len(s.Shards) {
					return nil, kernel.Refuse(404, "ShardNotExist", "shard %s does not exist", path[3])
				}
				return f(q, s.Shards[id])
			}
		}
		// One RAM action covers cursors and data.
		switch kind {
		case "cursor":
			return call("GetCursorOrData", shard(c.getCursor))
		case "cursor_time":
			return call("GetCursorOrData", shard(c.getCursorTime))
		case "log", "logs":
			return call("GetCursorOrData", shard(c.pullLogs))
		}
	}
	return kernel.RestCall{}, unknownSLS(q)
}

// slsDo runs f under the cloud's lock. f returns a restAnswer, nil for an
// empty body, or anything else to be sent as JSON.
func (c *Service) slsDo(q *logCall, f func(*logCall) (any, error)) func(kernel.Principal, string) (kernel.RestAnswer, error) {
	return func(kernel.Principal, string) (kernel.RestAnswer, error) {
		c.Mu.Lock()
		v, err := f(q)
		c.Mu.Unlock()
		if err != nil || v == nil {
			return kernel.RestAnswer{}, err
		}
		if a, ok := v.(kernel.RestAnswer); ok {
			return a, nil
		}
		return kernel.JSONAnswer(v)
	}
}

// Logstore finds a logstore. The caller holds mu.
func (c *Service) Logstore(project, name string) (*Store, error) {
	p := c.Projects[project]
	if p == nil {
		return nil, kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", project)
	}
	s := p.Stores[name]
	if s == nil {
		return nil, kernel.Refuse(404, "LogStoreNotExist", "logstore %s does not exist", name)
	}
	return s, nil
}

func decodeJSON(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return kernel.Refuse(400, "PostBodyInvalid", "body is not a json string: %v", err)
	}
	return nil
}

var (
	projectName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	logstoreName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]$`)
)

func (c *Service) createProject(q *logCall) (any, error) {
	var in struct{ ProjectName, Description string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.ProjectName != q.project || !projectName.MatchString(in.ProjectName) {
		return nil, kernel.Refuse(400, "ParameterInvalid", "The project name %s is invalid", in.ProjectName)
	}
	if c.Projects[in.ProjectName] != nil {
		return nil, kernel.Refuse(400, "ProjectAlreadyExist", "Project %s already exist", in.ProjectName)
	}
	now := c.Clock()
	c.Projects[in.ProjectName] = &logProject{name: in.ProjectName, description: in.Description, Region: q.region,
		created: now, modified: now, Stores: map[string]*Store{}}
	return nil, nil
}

func (c *Service) projectView(p *logProject) map[string]string {
	return map[string]string{
		"projectName": p.name, "description": p.description, "status": "Normal", "owner": "", "region": p.Region, "resourceGroupId": c.ResourceGroup(),
		"createTime": p.created.Format(time.DateTime), "lastModifyTime": p.modified.Format(time.DateTime),
	}
}

func (c *Service) getProject(q *logCall) (any, error) {
	return c.projectView(c.Projects[q.project]), nil
}

func (c *Service) updateProject(q *logCall) (any, error) {
	var in struct{ Description string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	p := c.Projects[q.project]
	p.description, p.modified = in.Description, c.Clock()
	return nil, nil
}

func (c *Service) deleteProject(q *logCall) (any, error) {
	delete(c.Projects, q.project)
	return nil, nil
}

func (c *Service) listProjects(q *logCall) (any, error) {
	views := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Projects)) {
		if p := c.Projects[name]; p.Region == q.region {
			views = append(views, c.projectView(p))
		}
	}
	some := page(views, q.query, 100)
	return map[string]any{"count": len(some), "total": len(views), "projects": some}, nil
}

// page cuts the part that offset and size ask for.
func page[T any](all []T, query url.Values, size int) []T {
	offset, _ := strconv.Atoi(query.Get("offset"))
	if n, err := strconv.Atoi(query.Get("size")); err == nil && n > 0 {
		size = n
	}
	offset = min(max(offset, 0), len(all))
	return all[offset:min(offset+size, len(all))]
}

func (c *Service) createLogstore(q *logCall) (any, error) {
	var in LogstoreConf
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	p := c.Projects[q.project]
	if p.Stores[in.Name] != nil {
		return nil, kernel.Refuse(400, "LogStoreAlreadyExist", "logstore %s already exists", in.Name)
	}
	now := c.Clock()
	s, err := NewLogstore(in, now)
	if err != nil {
		return nil, err
	}
	p.Stores[in.Name] = s
	return nil, nil
}

func NewLogstore(in LogstoreConf, now time.Time) (*Store, error) {
	if !logstoreName.MatchString(in.Name) {
		return nil, kernel.Refuse(400, "LogStoreInfoInvalid", "logstore name %s is invalid", in.Name)
	}
	if err := checkTTL(in.TTL); err != nil {
		return nil, err
	}
	if in.ShardCount < 1 || in.ShardCount > 100 {
		return nil, kernel.Refuse(400, "LogStoreInfoInvalid", "shardCount value is out of range")
	}
	in.CreateTime, in.LastModifyTime = now.Unix(), now.Unix()
	if in.Mode == "" {
		in.Mode = "standard"
	}
	s := &Store{conf: in, created: now, modified: now}
	for i := range in.ShardCount {
		// Real cursors start at the time of creation in nanoseconds, so that no
		// two shards share one.
		s.Shards = append(s.Shards, &Shard{id: i, Begin: now.UnixNano() + int64(i)*1e9,
			beginKey: shardKey(i, in.ShardCount), endKey: shardKey(i+1, in.ShardCount)})
	}
	return s, nil
}

func checkTTL(days int) error {
	if days < 1 || days > 3650 {
		return kernel.Refuse(400, "LogStoreInfoInvalid", "ttl value is out of range")
	}
	return nil
}

func (c *Service) listLogstores(q *logCall) (any, error) {
	names := slices.Sorted(maps.Keys(c.Projects[q.project].Stores))
	some := page(names, q.query, 500)
	if some == nil {
		some = []string{}
	}
	return map[string]any{"count": len(some), "total": len(names), "logstores": some}, nil
}

func (c *Service) getLogstore(_ *logCall, s *Store) (any, error) { return s.conf, nil }

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

func (c *Service) deleteLogstore(q *logCall, s *Store) (any, error) {
	delete(c.Projects[q.project].Stores, s.conf.Name)
	return nil, nil
}

func (c *Service) createIndex(q *logCall, s *Store) (any, error) {
	if s.Index != nil {
		return nil, kernel.Refuse(400, "IndexAlreadyExist", "log store index is already created")
	}
	return c.updateIndex(q, s)
}

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

func (c *Service) getIndex(_ *logCall, s *Store) (any, error) {
	if s.Index == nil {
		return nil, kernel.Refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	return s.Index, nil
}

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
	now := c.Clock()
	p := c.Projects[project]
	if p == nil {
		if !projectName.MatchString(project) {
			return kernel.Refuse(400, "ParameterInvalid", "The project name %s is invalid", project)
		}
		p = &logProject{name: project, Region: c.Region, created: now, modified: now, Stores: map[string]*Store{}}
		c.Projects[project] = p
	}
	s, err := NewLogstore(LogstoreConf{Name: logstore, TTL: 30, ShardCount: shards}, now)
	if err != nil {
		return err
	}
	s.Index = index
	p.Stores[logstore] = s
	return nil
}

// logstoreState is the code of what keeps a service from writing to a logstore; empty:
// nothing does. mu is held.
func (c *Service) logstoreState(project, store, region string) string {
	p := c.Projects[project]
	switch {
	case p == nil || p.Region != region:
		return "ProjectNotExist"
	case p.Stores[store] == nil:
		return "LogStoreNotExist"
	}
	return ""
}
