package logservice

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Project holds logstores. Its name, which is its id, is taken once in all regions and accounts.
// It is the unit of permission: ARNs are project/name and below. Its region is part of the host,
// so a call to another region's host does not find it.
type Project struct {
	kernel.Resource
	policy   string // as it was written
	modified time.Time
}

// Project finds a project, or nil. The caller holds mu.
func (c *Service) Project(name string) *Project {
	for _, p := range c.Projects {
		if p.ID == name {
			return p
		}
	}
	return nil
}

// addProject makes a project without a check: the caller has made it, and holds mu.
func (c *Service) addProject(name, description, region string, made time.Time) *Project {
	p := &Project{Resource: kernel.Resource{ID: name, Name: name, Description: description, Region: region, Tags: map[string]string{}, Created: made}, modified: made}
	c.Projects = append(c.Projects, p)
	return p
}

var (
	projectName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	logstoreName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]$`)
)

// createProject refuses a name that any region has: a project's name is part of a host name.
func (c *Service) createProject(q *logCall) (any, error) {
	var in struct{ ProjectName, Description string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.ProjectName != q.project || !projectName.MatchString(in.ProjectName) {
		return nil, kernel.Refuse(400, "ParameterInvalid", "The project name %s is invalid", in.ProjectName)
	}
	if c.Project(in.ProjectName) != nil {
		return nil, kernel.Refuse(400, "ProjectAlreadyExist", "Project %s already exist", in.ProjectName)
	}
	c.addProject(in.ProjectName, in.Description, q.region, c.Clock())
	return nil, nil
}

// Times are without a zone, which is that of the clock.
func (c *Service) projectView(p *Project) map[string]string {
	return map[string]string{
		"projectName": p.Name, "description": p.Description, "status": "Normal", "owner": "", "region": p.Region, "resourceGroupId": c.ResourceGroup(),
		"createTime": p.Created.Format(time.DateTime), "lastModifyTime": p.modified.Format(time.DateTime),
	}
}

func (c *Service) getProject(q *logCall) (any, error) {
	return c.projectView(c.Project(q.project)), nil
}

// Only the description can be changed.
func (c *Service) updateProject(q *logCall) (any, error) {
	var in struct{ Description string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	p := c.Project(q.project)
	p.Description, p.modified = in.Description, c.Clock()
	return nil, nil
}

// deleteProject takes the logstores along, without asking: so does the real one.
func (c *Service) deleteProject(q *logCall) (any, error) {
	c.Projects = kernel.Without(c.Projects, q.project)
	c.Logstores = slices.DeleteFunc(c.Logstores, func(s *Store) bool { return s.Project == q.project })
	return nil, nil
}

// listProjects lists those of the region that was asked, though names are taken everywhere.
func (c *Service) listProjects(q *logCall) (any, error) {
	views := []map[string]string{}
	for _, p := range kernel.ByID(c.Projects) {
		if p.Region == q.region {
			views = append(views, c.projectView(p))
		}
	}
	some := page(views, q.query, 100)
	return map[string]any{"count": len(some), "total": len(views), "projects": some}, nil
}

// slsTagCall is what the calls about tags have in the body.
// tags is kept raw, since the two calls have different things under that name.
type slsTagCall struct {
	ResourceType string          `json:"resourceType"`
	ResourceID   []string        `json:"resourceId"`
	Tags         json.RawMessage `json:"tags"`
	All          bool            `json:"all"`
}

// taggedProjects are the projects that a call about tags names.
// What cannot be read names none; the handler refuses it then.
func taggedProjects(q *logCall) []string {
	var in slsTagCall
	if q.Method == http.MethodGet {
		if json.Unmarshal([]byte(q.query.Get("resourceId")), &in.ResourceID) != nil {
			return nil
		}
		return in.ResourceID
	}
	if json.Unmarshal(q.body, &in) != nil {
		return nil
	}
	return in.ResourceID
}

// eachProject does something to every project that a call names, of which all have to exist.
func (c *Service) eachProject(q *logCall, kind string, do func(p *Project) error) error {
	if kind != "PROJECT" && kind != "project" {
		return kernel.Refuse(400, "ParameterInvalid", "resourceType %q is invalid (the local cloud tags projects)", kind)
	}
	names := taggedProjects(q)
	if len(names) == 0 {
		return kernel.Refuse(400, "ParameterInvalid", "resourceId is not a list of projects")
	}
	for _, name := range names {
		if p := c.Project(name); p == nil || p.Region != q.region {
			return kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", name)
		}
	}
	for _, name := range names {
		if err := do(c.Project(name)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Service) listProjectTags(q *logCall) (any, error) {
	rows := []any{}
	err := c.eachProject(q, q.query.Get("resourceType"), func(p *Project) error {
		for _, key := range kernel.SortedKeys(p.Tags) {
			rows = append(rows, map[string]any{"resourceType": "project", "resourceId": p.Name, "tagKey": key, "tagValue": p.Tags[key]})
		}
		return nil
	})
	return map[string]any{"nextToken": "", "tagResources": rows}, err
}

// tagProjects takes tags as a list of keys and values, untagProjects as a list of keys, under one name.
func (c *Service) tagProjects(q *logCall) (any, error) {
	var in slsTagCall
	var tags []struct{ Key, Value string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if err := decodeJSON(in.Tags, &tags); err != nil {
		return nil, err
	}
	return nil, c.eachProject(q, in.ResourceType, func(p *Project) error {
		for _, t := range tags {
			p.Tags[t.Key] = t.Value
		}
		return nil
	})
}

func (c *Service) untagProjects(q *logCall) (any, error) {
	var in slsTagCall
	var keys []string
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if !in.All || len(in.Tags) > 0 {
		if err := decodeJSON(in.Tags, &keys); err != nil {
			return nil, err
		}
	}
	return nil, c.eachProject(q, in.ResourceType, func(p *Project) error {
		for key := range p.Tags {
			if in.All || slices.Contains(keys, key) {
				delete(p.Tags, key)
			}
		}
		return nil
	})
}

// getProjectPolicy answers the policy's text, which is empty where there is none.
func (c *Service) getProjectPolicy(q *logCall) (any, error) {
	return kernel.RestAnswer{Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(c.Project(q.project).policy)}, nil
}

// putProjectPolicy keeps the policy and judges no call by it: nothing here has access over accounts.
func (c *Service) putProjectPolicy(q *logCall) (any, error) {
	if !json.Valid(q.body) {
		return nil, kernel.Refuse(400, "ParameterInvalid", "the policy is not a JSON document")
	}
	c.Project(q.project).policy = string(q.body)
	return nil, nil
}

func (c *Service) deleteProjectPolicy(q *logCall) (any, error) {
	c.Project(q.project).policy = ""
	return nil, nil
}

// moveProject moves a project into a resource group, of which the account has one.
// To the one that the account has is no error.
func (c *Service) moveProject(q *logCall) (any, error) {
	var in struct {
		ResourceID      string `json:"resourceId"`
		ResourceGroupID string `json:"resourceGroupId"`
	}
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.ResourceGroupID != c.ResourceGroup() {
		return nil, kernel.Refuse(404, "ResourceGroupNotExist", "The resource group does not exist : %s", in.ResourceGroupID)
	}
	return nil, nil
}
