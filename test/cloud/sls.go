package cloud

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
)

// slsState is Simple Log Service: projects hold logstores, logstores hold
// shards, and a shard is a sequence of log groups as they were written.
type slsState struct {
	// SLSLag is how long a written record stays invisible to queries, which
	// the real index also takes. Pulling by cursor sees it at once. Set it
	// before use, or use SetIndexLag.
	SLSLag time.Duration

	// SLSHistoryLag is how much longer it takes what is history when it comes: a record
	// dated three minutes back or more. The documentation says no more than that it takes
	// longer; default 1 min. Set it before use.
	SLSHistoryLag time.Duration

	slsProjects map[string]*slsProject
}

type slsProject struct {
	name, description, region string
	tags                      map[string]string
	policy                    string // as it was written
	created, modified         time.Time
	stores                    map[string]*slsStore
}

type slsStore struct {
	conf     logstoreConf
	shards   []*slsShard
	index    *sls.Index
	metering string
	next     int            // the shard that takes the next write without a hash key
	lag      *time.Duration // if set, in the place of SLSLag
	created  time.Time
	modified time.Time
}

type slsGroup struct {
	*sls.LogGroup
	received time.Time
	index    *sls.Index // the index in force when it arrived: an index is never applied to older logs
	unseen   int        // so many pulls do not see it, nor what comes behind it
}

// logstoreConf is a logstore as its API shows it.
type logstoreConf struct {
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

func (c *Cloud) startSLS() {
	c.logState = c.logstoreState
	c.slsProjects, c.SLSHistoryLag = map[string]*slsProject{}, time.Minute
	c.handle("*.log.aliyuncs.com", c.serveREST(restAPI{
		product: "sls", idHeader: "x-log-requestid", maxBody: 2 * maxLogGroup,
		route: c.slsRoute, refusal: slsRefusal,
	}))
	c.addSection(sectionOf("logs", func(files *[]logsFile, _ map[string]any) (func(), error) {
		stores, err := c.loadLogs(*files)
		return func() { c.placeLogs(stores) }, err
	}, nil))
}

// slsRefusal gives the errors that are not this product's own its names.
func slsRefusal(e *Error, call restCall, _ string) restAnswer {
	status, code := e.Status, e.Code
	switch {
	case strings.HasPrefix(code, "Throttling") && call.write:
		status, code = 403, "WriteQuotaExceed"
	case strings.HasPrefix(code, "Throttling"):
		status, code = 403, "ReadQuotaExceed"
	case code == "EntityTooLarge":
		code = "PostBodyTooLarge"
	case code == "InternalError":
		code = "InternalServerError"
	}
	b, _ := json.Marshal(map[string]string{"errorCode": code, "errorMessage": e.Message})
	return restAnswer{status: status, header: map[string]string{"Content-Type": "application/json"}, body: b}
}

// slsRequest is a request on its way through the router.
type slsRequest struct {
	*http.Request
	region, project string
	query           url.Values
	body            []byte
	unseen          int // what a fault makes of a write
}

// slsRoute finds what a request asks for. The host names the project:
// {project}.{region}[-intranet].log.aliyuncs.com.
func (c *Cloud) slsRoute(r *http.Request, packed []byte) (restCall, error) {
	labels := strings.Split(strings.TrimSuffix(bareHost(r.Host), ".log.aliyuncs.com"), ".")
	q := &slsRequest{Request: r, query: r.URL.Query()}
	if len(labels) == 2 {
		q.project = labels[0]
	} else if len(labels) != 1 {
		return restCall{}, refuse(400, "InvalidHost", "Host header %s is invalid", r.Host)
	}
	q.region = strings.TrimSuffix(labels[len(labels)-1], "-intranet")
	if len(packed) > 0 {
		var err error
		if q.body, err = slsBody(r, packed); err != nil {
			return restCall{}, err
		}
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	call, err := c.slsFind(q, path)
	if err != nil {
		return call, err
	}
	call.resource = fmt.Sprintf("acs:log:%s:%s:%s", q.region, c.Account, call.resource)
	call.write = r.Method != http.MethodGet && call.action != "log:GetLogStoreLogs"
	call.struck = func(f *Fault) { q.unseen = f.Unseen }
	call.params = map[string]string{"project": q.project}
	for k := range q.query {
		call.params[k] = q.query.Get(k)
	}
	if len(path) > 1 {
		call.params["logstore"] = path[1]
	}
	return call, nil
}

func (c *Cloud) slsFind(q *slsRequest, path []string) (restCall, error) {
	if q.project == "" {
		if call, ok := c.slsRegional(q, path); ok {
			return call, nil
		}
		if q.Method != http.MethodPost || path[0] != "" {
			return restCall{}, unknownSLS(q)
		}
		// Clients that are made with Tea name the project that they make in the body only.
		var in struct{ ProjectName string }
		if err := decodeJSON(q.body, &in); err != nil {
			return restCall{}, err
		}
		q.project = in.ProjectName
	}
	call, err := c.slsProjectCall(q, path)
	if err != nil {
		return call, err
	}
	if call.action == "log:CreateProject" {
		return call, nil
	}
	// A project that does not exist is told apart before permission is judged:
	// there is no owner to ask.
	c.mu.Lock()
	p := c.slsProjects[q.project]
	c.mu.Unlock()
	if p == nil || p.region != q.region {
		return call, refuse(404, "ProjectNotExist", "The Project does not exist : %s", q.project)
	}
	return call, nil
}

func unknownSLS(q *slsRequest) error {
	return refuse(400, "NotSupported", "the local cloud does not answer %s %s of Simple Log Service", q.Method, q.URL.Path)
}

func (c *Cloud) slsProjectCall(q *slsRequest, path []string) (restCall, error) {
	project := "project/" + q.project
	simple := func(action, resource string, f func(*slsRequest) (any, error)) (restCall, error) {
		return restCall{action: "log:" + action, resource: resource, do: c.slsDo(q, func(q *slsRequest) (any, error) {
			if c.slsProjects[q.project] == nil && action != "CreateProject" {
				return nil, refuse(404, "ProjectNotExist", "The Project does not exist : %s", q.project)
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
		return restCall{}, unknownSLS(q)
	}
	if len(path) == 1 {
		switch q.Method {
		case "GET":
			return simple("ListLogStores", project+"/logstore/*", c.listLogstores)
		case "POST":
			return simple("CreateLogStore", project+"/logstore/*", c.createLogstore)
		}
		return restCall{}, unknownSLS(q)
	}
	return c.slsLogstoreCall(q, path, project+"/logstore/"+path[1])
}

func (c *Cloud) slsLogstoreCall(q *slsRequest, path []string, resource string) (restCall, error) {
	name := path[1]
	call := func(action string, f func(*slsRequest, *slsStore) (any, error)) (restCall, error) {
		return restCall{action: "log:" + action, resource: resource, do: c.slsDo(q, func(q *slsRequest) (any, error) {
			s, err := c.logstore(q.project, name)
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
		shard := func(f func(*slsRequest, *slsShard) (any, error)) func(*slsRequest, *slsStore) (any, error) {
			return func(q *slsRequest, s *slsStore) (any, error) {
				id, err := strconv.Atoi(path[3])
				if err != nil || id < 0 || id >= len(s.shards) {
					return nil, refuse(404, "ShardNotExist", "shard %s does not exist", path[3])
				}
				return f(q, s.shards[id])
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
	return restCall{}, unknownSLS(q)
}

// slsDo runs f under the cloud's lock. f returns a restAnswer, nil for an
// empty body, or anything else to be sent as JSON.
func (c *Cloud) slsDo(q *slsRequest, f func(*slsRequest) (any, error)) func(Principal, string) (restAnswer, error) {
	return func(Principal, string) (restAnswer, error) {
		c.mu.Lock()
		v, err := f(q)
		c.mu.Unlock()
		if err != nil || v == nil {
			return restAnswer{}, err
		}
		if a, ok := v.(restAnswer); ok {
			return a, nil
		}
		return jsonAnswer(v)
	}
}

// logstore finds a logstore. The caller holds mu.
func (c *Cloud) logstore(project, name string) (*slsStore, error) {
	p := c.slsProjects[project]
	if p == nil {
		return nil, refuse(404, "ProjectNotExist", "The Project does not exist : %s", project)
	}
	s := p.stores[name]
	if s == nil {
		return nil, refuse(404, "LogStoreNotExist", "logstore %s does not exist", name)
	}
	return s, nil
}

func decodeJSON(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return refuse(400, "PostBodyInvalid", "body is not a json string: %v", err)
	}
	return nil
}

var (
	projectName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	logstoreName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]$`)
)

func (c *Cloud) createProject(q *slsRequest) (any, error) {
	var in struct{ ProjectName, Description string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.ProjectName != q.project || !projectName.MatchString(in.ProjectName) {
		return nil, refuse(400, "ParameterInvalid", "The project name %s is invalid", in.ProjectName)
	}
	if c.slsProjects[in.ProjectName] != nil {
		return nil, refuse(400, "ProjectAlreadyExist", "Project %s already exist", in.ProjectName)
	}
	now := c.clock()
	c.slsProjects[in.ProjectName] = &slsProject{name: in.ProjectName, description: in.Description, region: q.region,
		created: now, modified: now, stores: map[string]*slsStore{}}
	return nil, nil
}

func (c *Cloud) projectView(p *slsProject) map[string]string {
	return map[string]string{
		"projectName": p.name, "description": p.description, "status": "Normal", "owner": "", "region": p.region, "resourceGroupId": c.resourceGroup(),
		"createTime": p.created.Format(time.DateTime), "lastModifyTime": p.modified.Format(time.DateTime),
	}
}

func (c *Cloud) getProject(q *slsRequest) (any, error) {
	return c.projectView(c.slsProjects[q.project]), nil
}

func (c *Cloud) updateProject(q *slsRequest) (any, error) {
	var in struct{ Description string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	p := c.slsProjects[q.project]
	p.description, p.modified = in.Description, c.clock()
	return nil, nil
}

func (c *Cloud) deleteProject(q *slsRequest) (any, error) {
	delete(c.slsProjects, q.project)
	return nil, nil
}

func (c *Cloud) listProjects(q *slsRequest) (any, error) {
	views := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.slsProjects)) {
		if p := c.slsProjects[name]; p.region == q.region {
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

func (c *Cloud) createLogstore(q *slsRequest) (any, error) {
	var in logstoreConf
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	p := c.slsProjects[q.project]
	if p.stores[in.Name] != nil {
		return nil, refuse(400, "LogStoreAlreadyExist", "logstore %s already exists", in.Name)
	}
	now := c.clock()
	s, err := newLogstore(in, now)
	if err != nil {
		return nil, err
	}
	p.stores[in.Name] = s
	return nil, nil
}

func newLogstore(in logstoreConf, now time.Time) (*slsStore, error) {
	if !logstoreName.MatchString(in.Name) {
		return nil, refuse(400, "LogStoreInfoInvalid", "logstore name %s is invalid", in.Name)
	}
	if err := checkTTL(in.TTL); err != nil {
		return nil, err
	}
	if in.ShardCount < 1 || in.ShardCount > 100 {
		return nil, refuse(400, "LogStoreInfoInvalid", "shardCount value is out of range")
	}
	in.CreateTime, in.LastModifyTime = now.Unix(), now.Unix()
	if in.Mode == "" {
		in.Mode = "standard"
	}
	s := &slsStore{conf: in, created: now, modified: now}
	for i := range in.ShardCount {
		// Real cursors start at the time of creation in nanoseconds, so that no
		// two shards share one.
		s.shards = append(s.shards, &slsShard{id: i, begin: now.UnixNano() + int64(i)*1e9,
			beginKey: shardKey(i, in.ShardCount), endKey: shardKey(i+1, in.ShardCount)})
	}
	return s, nil
}

func checkTTL(days int) error {
	if days < 1 || days > 3650 {
		return refuse(400, "LogStoreInfoInvalid", "ttl value is out of range")
	}
	return nil
}

func (c *Cloud) listLogstores(q *slsRequest) (any, error) {
	names := slices.Sorted(maps.Keys(c.slsProjects[q.project].stores))
	some := page(names, q.query, 500)
	if some == nil {
		some = []string{}
	}
	return map[string]any{"count": len(some), "total": len(names), "logstores": some}, nil
}

func (c *Cloud) getLogstore(_ *slsRequest, s *slsStore) (any, error) { return s.conf, nil }

func (c *Cloud) updateLogstore(q *slsRequest, s *slsStore) (any, error) {
	in := s.conf
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if err := checkTTL(in.TTL); err != nil {
		return nil, err
	}
	// Name, shards and mode cannot be changed this way.
	in.Name, in.ShardCount, in.Mode = s.conf.Name, s.conf.ShardCount, s.conf.Mode
	in.CreateTime, in.LastModifyTime = s.conf.CreateTime, c.clock().Unix()
	s.conf = in
	return nil, nil
}

func (c *Cloud) deleteLogstore(q *slsRequest, s *slsStore) (any, error) {
	delete(c.slsProjects[q.project].stores, s.conf.Name)
	return nil, nil
}

func (c *Cloud) createIndex(q *slsRequest, s *slsStore) (any, error) {
	if s.index != nil {
		return nil, refuse(400, "IndexAlreadyExist", "log store index is already created")
	}
	return c.updateIndex(q, s)
}

func (c *Cloud) updateIndex(q *slsRequest, s *slsStore) (any, error) {
	var in sls.Index
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if q.Method == "PUT" && s.index == nil {
		return nil, refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	if in.Line == nil && len(in.Keys) == 0 {
		return nil, refuse(400, "IndexInfoInvalid", "required field line or keys is missing")
	}
	for name, key := range in.Keys {
		switch key.Type {
		case "text", "json", "long", "double":
		default:
			return nil, refuse(400, "IndexInfoInvalid", "key %s has an unknown type %q", name, key.Type)
		}
	}
	s.index = &in
	return nil, nil
}

func (c *Cloud) getIndex(_ *slsRequest, s *slsStore) (any, error) {
	if s.index == nil {
		return nil, refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	return s.index, nil
}

func (c *Cloud) deleteIndex(_ *slsRequest, s *slsStore) (any, error) {
	if s.index == nil {
		return nil, refuse(404, "IndexConfigNotExist", "index config doesn't exist")
	}
	s.index = nil
	return nil, nil
}

// AddLogStore makes a project and a logstore ready for use, with the same
// checks as the API. A nil index makes one that cannot be queried.
func (c *Cloud) AddLogStore(project, logstore string, shards int, index *sls.Index) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	p := c.slsProjects[project]
	if p == nil {
		if !projectName.MatchString(project) {
			return refuse(400, "ParameterInvalid", "The project name %s is invalid", project)
		}
		p = &slsProject{name: project, region: c.Region, created: now, modified: now, stores: map[string]*slsStore{}}
		c.slsProjects[project] = p
	}
	s, err := newLogstore(logstoreConf{Name: logstore, TTL: 30, ShardCount: shards}, now)
	if err != nil {
		return err
	}
	s.index = index
	p.stores[logstore] = s
	return nil
}

// logstoreState is the code of what keeps a service from writing to a logstore; empty:
// nothing does. mu is held.
func (c *Cloud) logstoreState(project, store, region string) string {
	p := c.slsProjects[project]
	switch {
	case p == nil || p.region != region:
		return "ProjectNotExist"
	case p.stores[store] == nil:
		return "LogStoreNotExist"
	}
	return ""
}
