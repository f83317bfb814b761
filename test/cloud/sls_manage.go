package cloud

import (
	"encoding/json"
	"net/http"
	"slices"
)

// What is asked of a region's host, and names its project in the body or the query; and
// what a project has beside its logstores.

// slsRegional finds what is asked of a region and not of a project.
func (c *Cloud) slsRegional(q *slsRequest, path []string) (restCall, bool) {
	tagging := func(action string, do func(*slsRequest) (any, error)) (restCall, bool) {
		resource := "project/*"
		if names := taggedProjects(q); len(names) == 1 {
			resource = "project/" + names[0]
		}
		return restCall{action: "log:" + action, resource: resource, do: c.slsDo(q, do)}, true
	}
	switch q.Method + " " + path[0] {
	case "GET ":
		return restCall{action: "log:ListProject", resource: "project/*", do: c.slsDo(q, c.listProjects)}, true
	case "POST ":
		// The project is named by the body alone; the host may do so too.
		var in struct{ ProjectName string }
		if json.Unmarshal(q.body, &in) == nil {
			q.project = in.ProjectName
		}
		return restCall{action: "log:CreateProject", resource: "project/" + q.project, do: c.slsDo(q, c.createProject)}, true
	case "GET tags":
		return tagging("ListTagResources", c.listProjectTags)
	case "POST tag":
		return tagging("TagResources", c.tagProjects)
	case "POST untag":
		return tagging("UntagResources", c.untagProjects)
	}
	return restCall{}, false
}

// slsProjectExtra finds what a project has beside its logstores.
func (c *Cloud) slsProjectExtra(q *slsRequest, path []string) (action string, do func(*slsRequest) (any, error)) {
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
func taggedProjects(q *slsRequest) []string {
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
func (c *Cloud) eachProject(q *slsRequest, kind string, do func(p *slsProject) error) error {
	if kind != "PROJECT" && kind != "project" {
		return refuse(400, "ParameterInvalid", "resourceType %q is invalid (the local cloud tags projects)", kind)
	}
	names := taggedProjects(q)
	if len(names) == 0 {
		return refuse(400, "ParameterInvalid", "resourceId is not a list of projects")
	}
	for _, name := range names {
		if p := c.slsProjects[name]; p == nil || p.region != q.region {
			return refuse(404, "ProjectNotExist", "The Project does not exist : %s", name)
		}
	}
	for _, name := range names {
		if err := do(c.slsProjects[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) listProjectTags(q *slsRequest) (any, error) {
	rows := []any{}
	err := c.eachProject(q, q.query.Get("resourceType"), func(p *slsProject) error {
		for _, key := range sortedKeys(p.tags) {
			rows = append(rows, map[string]any{"resourceType": "project", "resourceId": p.name, "tagKey": key, "tagValue": p.tags[key]})
		}
		return nil
	})
	return map[string]any{"nextToken": "", "tagResources": rows}, err
}

func (c *Cloud) tagProjects(q *slsRequest) (any, error) {
	var in slsTagCall
	var tags []struct{ Key, Value string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if err := decodeJSON(in.Tags, &tags); err != nil {
		return nil, err
	}
	return nil, c.eachProject(q, in.ResourceType, func(p *slsProject) error {
		if p.tags == nil {
			p.tags = map[string]string{}
		}
		for _, t := range tags {
			p.tags[t.Key] = t.Value
		}
		return nil
	})
}

func (c *Cloud) untagProjects(q *slsRequest) (any, error) {
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
	return nil, c.eachProject(q, in.ResourceType, func(p *slsProject) error {
		for key := range p.tags {
			if in.All || slices.Contains(keys, key) {
				delete(p.tags, key)
			}
		}
		return nil
	})
}

// getProjectPolicy answers the policy's text, which is empty where there is none.
func (c *Cloud) getProjectPolicy(q *slsRequest) (any, error) {
	return restAnswer{header: map[string]string{"Content-Type": "application/json"}, body: []byte(c.slsProjects[q.project].policy)}, nil
}

func (c *Cloud) putProjectPolicy(q *slsRequest) (any, error) {
	if !json.Valid(q.body) {
		return nil, refuse(400, "ParameterInvalid", "the policy is not a JSON document")
	}
	c.slsProjects[q.project].policy = string(q.body)
	return nil, nil
}

func (c *Cloud) deleteProjectPolicy(q *slsRequest) (any, error) {
	c.slsProjects[q.project].policy = ""
	return nil, nil
}

// moveProject moves a project into a resource group, of which the account has one.
func (c *Cloud) moveProject(q *slsRequest) (any, error) {
	var in struct {
		ResourceID      string `json:"resourceId"`
		ResourceGroupID string `json:"resourceGroupId"`
	}
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.ResourceGroupID != c.resourceGroup() {
		return nil, refuse(404, "ResourceGroupNotExist", "The resource group does not exist : %s", in.ResourceGroupID)
	}
	return nil, nil
}

// What a logstore is paid by.
const usualMetering = "ChargeByFunction"

func (c *Cloud) getMetering(_ *slsRequest, s *slsStore) (any, error) {
	mode := s.metering
	if mode == "" {
		mode = usualMetering
	}
	return map[string]string{"meteringMode": mode}, nil
}

func (c *Cloud) setMetering(q *slsRequest, s *slsStore) (any, error) {
	var in struct{ MeteringMode string }
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	if in.MeteringMode != usualMetering && in.MeteringMode != "ChargeByDataIngest" {
		return nil, refuse(400, "ParameterInvalid", "meteringMode %q is invalid", in.MeteringMode)
	}
	s.metering = in.MeteringMode
	return nil, nil
}
