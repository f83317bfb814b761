package logservice

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// What is asked of a region's host, and names its project in the body or the query; and
// what a project has beside its logstores.

// slsRegional finds what is asked of a region and not of a project.
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

// slsTagCall is what the calls about tags have in the body.
type slsTagCall struct {
	ResourceType string          `json:"resourceType"`
	ResourceID   []string        `json:"resourceId"`
	Tags         json.RawMessage `json:"tags"`
	All          bool            `json:"all"`
}

// taggedProjects are the projects that a call about tags names.
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
func (c *Service) eachProject(q *logCall, kind string, do func(p *logProject) error) error {
	if kind != "PROJECT" && kind != "project" {
		return kernel.Refuse(400, "ParameterInvalid", "resourceType %q is invalid (the local cloud tags projects)", kind)
	}
	names := taggedProjects(q)
	if len(names) == 0 {
		return kernel.Refuse(400, "ParameterInvalid", "resourceId is not a list of projects")
	}
	for _, name := range names {
		if p := c.Projects[name]; p == nil || p.Region != q.region {
			return kernel.Refuse(404, "ProjectNotExist", "The Project does not exist : %s", name)
		}
	}
	for _, name := range names {
		if err := do(c.Projects[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Service) listProjectTags(q *logCall) (any, error) {
	rows := []any{}
	err := c.eachProject(q, q.query.Get("resourceType"), func(p *logProject) error {
		for _, key := range kernel.SortedKeys(p.tags) {
			rows = append(rows, map[string]any{"resourceType": "project", "resourceId": p.name, "tagKey": key, "tagValue": p.tags[key]})
		}
		return nil
	})
	return map[string]any{"nextToken": "", "tagResources": rows}, err
}

func (c *Service) tagProjects(q *logCall) (any, error) {
	var in slsTagCall
	var tags []struct{ Key, Value string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if err := decodeJSON(in.Tags, &tags); err != nil {
		return nil, err
	}
	return nil, c.eachProject(q, in.ResourceType, func(p *logProject) error {
		if p.tags == nil {
			p.tags = map[string]string{}
		}
		for _, t := range tags {
			p.tags[t.Key] = t.Value
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
	return nil, c.eachProject(q, in.ResourceType, func(p *logProject) error {
		for key := range p.tags {
			if in.All || slices.Contains(keys, key) {
				delete(p.tags, key)
			}
		}
		return nil
	})
}

// getProjectPolicy answers the policy's text, which is empty where there is none.
func (c *Service) getProjectPolicy(q *logCall) (any, error) {
	return kernel.RestAnswer{Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(c.Projects[q.project].policy)}, nil
}

func (c *Service) putProjectPolicy(q *logCall) (any, error) {
	if !json.Valid(q.body) {
		return nil, kernel.Refuse(400, "ParameterInvalid", "the policy is not a JSON document")
	}
	c.Projects[q.project].policy = string(q.body)
	return nil, nil
}

func (c *Service) deleteProjectPolicy(q *logCall) (any, error) {
	c.Projects[q.project].policy = ""
	return nil, nil
}

// moveProject moves a project into a resource group, of which the account has one.
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

// What a logstore is paid by.
const usualMetering = "ChargeByFunction"

func (c *Service) getMetering(_ *logCall, s *Store) (any, error) {
	mode := s.metering
	if mode == "" {
		mode = usualMetering
	}
	return map[string]string{"meteringMode": mode}, nil
}

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
