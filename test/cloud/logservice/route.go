package logservice

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// logCall is a request on its way through the router.
// body is unpacked; the signature was checked on what was sent.
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

// slsFind finds the call of a path. What needs no project comes first: some clients name it in the
// body only, others by the host.
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
	p := c.Project(q.project)
	c.Mu.Unlock()
	if p == nil || p.Region != q.region {
		return call, kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", q.project)
	}
	return call, nil
}

// unknownSLS is the answer to what is not here. It says so by name: an empty success would let a test
// pass that proves nothing.
func unknownSLS(q *logCall) error {
	return kernel.Refuse(400, "NotSupported", "the local cloud does not answer %s %s of Simple Log Service", q.Method, q.URL.Path)
}

// slsProjectCall finds what is asked of a project. That it exists is looked at a second time under
// the lock, as another call may have deleted it meanwhile.
func (c *Service) slsProjectCall(q *logCall, path []string) (kernel.RestCall, error) {
	project := "project/" + q.project
	simple := func(action, resource string, f func(*logCall) (any, error)) (kernel.RestCall, error) {
		return kernel.RestCall{Action: "log:" + action, Resource: resource, Do: c.slsDo(q, func(q *logCall) (any, error) {
			if c.Project(q.project) == nil && action != "CreateProject" {
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

// slsLogstoreCall finds what is asked of a logstore. The same path writes, searches or describes, by
// method and by the parameter type, so that the order of the cases matters.
// That the logstore exists is asked after permission, unlike for the project.
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
// It is how every call of this product is done, so nothing is seen half changed.
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

// slsRegional finds what is asked of a region and not of a project.
// A call about the tags of several projects needs permission for all projects.
func (c *Service) slsRegional(q *logCall, path []string) (kernel.RestCall, bool) {
	tagging := func(action string, do func(*logCall) (any, error)) (kernel.RestCall, bool) {
		resource := "project/*"
		if names := taggedProjects(q); len(names) == 1 {
			resource = "project/" + names[0]
		}
		return kernel.RestCall{Action: "log:" + action, Resource: resource, Do: c.slsDo(q, do)}, true
	}
	switch q.Method + " " + path[0] {
	case "GET ":
		return kernel.RestCall{Action: "log:ListProject", Resource: "project/*", Do: c.slsDo(q, c.listProjects)}, true
	case "POST ":
		// The project is named by the body alone; the host may do so too.
		var in struct{ ProjectName string }
		if json.Unmarshal(q.body, &in) == nil {
			q.project = in.ProjectName
		}
		return kernel.RestCall{Action: "log:CreateProject", Resource: "project/" + q.project, Do: c.slsDo(q, c.createProject)}, true
	case "GET tags":
		return tagging("ListTagResources", c.listProjectTags)
	case "POST tag":
		return tagging("TagResources", c.tagProjects)
	case "POST untag":
		return tagging("UntagResources", c.untagProjects)
	}
	return kernel.RestCall{}, false
}

// slsProjectExtra finds what a project has beside its logstores.
func (c *Service) slsProjectExtra(q *logCall, path []string) (action string, do func(*logCall) (any, error)) {
	switch q.Method + " " + path[0] {
	case "GET policy":
		return "GetProjectPolicy", c.getProjectPolicy
	case "POST policy":
		return "PutProjectPolicy", c.putProjectPolicy
	case "DELETE policy":
		return "DeleteProjectPolicy", c.deleteProjectPolicy
	case "PUT resourcegroup":
		return "ChangeResourceGroup", c.moveProject
	}
	return "", nil
}
