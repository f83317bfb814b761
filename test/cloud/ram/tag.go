package ram

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Roles and policies have tags. This product takes lists as JSON.
var ramTagActions = []action{
	{Name: "TagResources", Write: true, On: onRAMTagged, Do: ramTag, Params: "ResourceType!=role|policy ResourceNames:Json Tag:Json!(Key! Value!)"},
	{Name: "UntagResources", Write: true, On: onRAMTagged, Do: ramUntag, Params: "ResourceType!=role|policy ResourceNames:Json! TagKeys:Json All:Boolean"},
	{Name: "ListTagResources", On: onRAMTagged, Do: ramListTags, Params: "ResourceType!=role|policy ResourceNames:Json Tag:Json(Key Value) PageSize:Integer=1..100 NextToken"},
}

func onRAMTagged(q *kernel.Request) []string {
	names, err := q.JSONList("ResourceNames", 1000) // the handler refuses a bad one
	if err != nil || len(names) == 0 {
		return []string{"*"}
	}
	var arns []string
	for _, name := range names {
		arns = append(arns, "acs:ram:*:"+q.C.Account+":"+q.Str("ResourceType")+"/"+name)
	}
	return arns
}

// tagList are the tags of a call as RAM takes them, in either of the two forms.
func (q *request) tagList() (map[string]string, error) {
	tags := q.Tags()
	if !q.Has("Tag") {
		return tags, nil
	}
	var list []struct{ Key, Value string }
	if err := json.Unmarshal([]byte(q.Str("Tag")), &list); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter.Tag", "The parameter Tag is not valid: it is not a JSON list of keys and values.")
	}
	for _, t := range list {
		tags[t.Key] = t.Value
	}
	for key := range tags {
		if key == "" || len(key) > 128 || strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") {
			return nil, kernel.Refuse(400, "InvalidParameter.TagKey", "The parameter TagKey is not valid: %q.", key)
		}
	}
	return tags, nil
}

// ramTags are the tags of the roles or policies of a call, by name.
func (q *request) ramTags() (all map[string]*map[string]string, names []string, err error) {
	if names, err = q.JSONList("ResourceNames", 50); err != nil {
		return nil, nil, err
	}
	all = map[string]*map[string]string{}
	if q.Str("ResourceType") == "role" {
		for _, r := range q.c.Roles {
			all[r.Name] = &r.tags
		}
	} else {
		for name, p := range q.c.Policies {
			all[name] = &p.tags
		}
	}
	for i, name := range names {
		if q.Str("ResourceType") == "role" {
			if r := q.c.Roles[strings.ToLower(name)]; r != nil {
				names[i] = r.Name
			}
		}
		if all[names[i]] == nil {
			kind := map[string]string{"role": "Role", "policy": "Policy"}[q.Str("ResourceType")]
			return nil, nil, kernel.Refuse(404, "EntityNotExist."+kind, "The %s does not exist: %s.", q.Str("ResourceType"), name)
		}
		q.Touch("ACS::RAM::"+map[string]string{"role": "Role", "policy": "Policy"}[q.Str("ResourceType")], names[i])
	}
	return all, names, nil
}

func ramTag(q *request) (any, error) {
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	all, names, err := q.ramTags()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		into := all[name]
		if *into == nil {
			*into = map[string]string{}
		}
		maps.Copy(*into, tags)
	}
	return kernel.Done()
}

func ramUntag(q *request) (any, error) {
	keys, err := q.JSONList("TagKeys", 20)
	if err != nil {
		return nil, err
	}
	all, names, err := q.ramTags()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		maps.DeleteFunc(*all[name], func(key, _ string) bool { return q.Is("All") || slices.Contains(keys, key) })
	}
	return kernel.Done()
}

func ramListTags(q *request) (any, error) {
	wanted, err := q.tagList()
	if err != nil {
		return nil, err
	}
	all, names, err := q.ramTags()
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, name := range kernel.SortedKeys(all) {
		if names != nil && !slices.Contains(names, name) || !kernel.Carries(*all[name], wanted) {
			continue
		}
		for _, view := range kernel.TagViews(*all[name], "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceName"], view["ResourceType"] = name, name, q.Str("ResourceType")
			rows = append(rows, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, rows, q.Num("PageSize", 20))
	return map[string]any{"TagResources": map[string]any{"TagResource": page}, "NextToken": next}, err
}
