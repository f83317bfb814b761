package cloud

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Roles and policies have tags. This product takes lists as JSON.
var ramTagActions = []rpcAction{
	{name: "TagResources", write: true, on: onRAMTagged, do: ramTag, params: "ResourceType!=role|policy ResourceNames:Json Tag:Json!(Key! Value!)"},
	{name: "UntagResources", write: true, on: onRAMTagged, do: ramUntag, params: "ResourceType!=role|policy ResourceNames:Json! TagKeys:Json All:Boolean"},
	{name: "ListTagResources", on: onRAMTagged, do: ramListTags, params: "ResourceType!=role|policy ResourceNames:Json Tag:Json(Key Value) PageSize:Integer=1..100 NextToken"},
}

func onRAMTagged(q *rpcRequest) []string {
	names, err := q.jsonList("ResourceNames", 1000) // the handler refuses a bad one
	if err != nil || len(names) == 0 {
		return []string{"*"}
	}
	var arns []string
	for _, name := range names {
		arns = append(arns, "acs:ram:*:"+q.c.Account+":"+q.str("ResourceType")+"/"+name)
	}
	return arns
}

// tagList are the tags of a call as RAM takes them, in either of the two forms.
func (q *rpcRequest) tagList() (map[string]string, error) {
	tags := q.tags()
	if !q.has("Tag") {
		return tags, nil
	}
	var list []struct{ Key, Value string }
	if err := json.Unmarshal([]byte(q.str("Tag")), &list); err != nil {
		return nil, refuse(400, "InvalidParameter.Tag", "The parameter Tag is not valid: it is not a JSON list of keys and values.")
	}
	for _, t := range list {
		tags[t.Key] = t.Value
	}
	for key := range tags {
		if key == "" || len(key) > 128 || strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") {
			return nil, refuse(400, "InvalidParameter.TagKey", "The parameter TagKey is not valid: %q.", key)
		}
	}
	return tags, nil
}

// ramTags are the tags of the roles or policies of a call, by name.
func (q *rpcRequest) ramTags() (all map[string]*map[string]string, names []string, err error) {
	if names, err = q.jsonList("ResourceNames", 50); err != nil {
		return nil, nil, err
	}
	all = map[string]*map[string]string{}
	if q.str("ResourceType") == "role" {
		for _, r := range q.c.ram.roles {
			all[r.name] = &r.tags
		}
	} else {
		for name, p := range q.c.ram.policies {
			all[name] = &p.tags
		}
	}
	for i, name := range names {
		if q.str("ResourceType") == "role" {
			if r := q.c.ram.roles[strings.ToLower(name)]; r != nil {
				names[i] = r.name
			}
		}
		if all[names[i]] == nil {
			kind := map[string]string{"role": "Role", "policy": "Policy"}[q.str("ResourceType")]
			return nil, nil, refuse(404, "EntityNotExist."+kind, "The %s does not exist: %s.", q.str("ResourceType"), name)
		}
		q.touch("ACS::RAM::"+map[string]string{"role": "Role", "policy": "Policy"}[q.str("ResourceType")], names[i])
	}
	return all, names, nil
}

func ramTag(q *rpcRequest) (any, error) {
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
	return done()
}

func ramUntag(q *rpcRequest) (any, error) {
	keys, err := q.jsonList("TagKeys", 20)
	if err != nil {
		return nil, err
	}
	all, names, err := q.ramTags()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		maps.DeleteFunc(*all[name], func(key, _ string) bool { return q.is("All") || slices.Contains(keys, key) })
	}
	return done()
}

func ramListTags(q *rpcRequest) (any, error) {
	wanted, err := q.tagList()
	if err != nil {
		return nil, err
	}
	all, names, err := q.ramTags()
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, name := range sortedKeys(all) {
		if names != nil && !slices.Contains(names, name) || !carries(*all[name], wanted) {
			continue
		}
		for _, view := range tagViews(*all[name], "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceName"], view["ResourceType"] = name, name, q.str("ResourceType")
			rows = append(rows, view)
		}
	}
	page, next, err := tokenPage(q, rows, q.num("PageSize", 20))
	return map[string]any{"TagResources": map[string]any{"TagResource": page}, "NextToken": next}, err
}
