package ram

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Roles and policies have tags. This product takes lists as JSON.
// RAM tags roles and policies, and IMS users.
var ramTagActions = []action{
	{Name: "TagResources", Write: true, On: onRAMTagged, Do: tagResources, Params: "ResourceType!=role|policy ResourceNames:Json Tag:Json!(Key! Value!)"},
	{Name: "UntagResources", Write: true, On: onRAMTagged, Do: untagResources, Params: "ResourceType!=role|policy ResourceNames:Json! TagKeys:Json All:Boolean"},
	{Name: "ListTagResources", On: onRAMTagged, Do: listTagResources, Params: "ResourceType!=role|policy ResourceNames:Json Tag:Json(Key Value) PageSize:Integer=1..100 NextToken"},
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

// tagged are the resources of a call that carry tags: those that it names, or all of its type.
func (q *request) tagged() (chosen []*kernel.Resource, err error) {
	names, err := q.JSONList("ResourceNames", 50)
	if err != nil {
		return nil, err
	}
	kind, all := "Policy", kernel.Bases(q.c.Policies)
	if q.Str("ResourceType") == "role" {
		kind, all = "Role", kernel.Bases(q.c.Roles)
	}
	if names == nil {
		return kernel.ByID(all), nil
	}
	for _, name := range names {
		r := named(all, name)
		if kind == "Role" {
			r = named(all, strings.ToLower(name))
		}
		if r == nil {
			return nil, kernel.Refuse(404, "EntityNotExist."+kind, "The %s does not exist: %s.", q.Str("ResourceType"), name)
		}
		q.Touch("ACS::RAM::"+kind, r.Name)
		chosen = append(chosen, r)
	}
	return kernel.ByID(chosen), nil
}

// The number of tags is not limited here.
func tagResources(q *request) (any, error) {
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	chosen, err := q.tagged()
	if err != nil {
		return nil, err
	}
	for _, r := range chosen {
		maps.Copy(r.Tags, tags)
	}
	return kernel.Done()
}

func untagResources(q *request) (any, error) {
	keys, err := q.JSONList("TagKeys", 20)
	if err != nil {
		return nil, err
	}
	chosen, err := q.tagged()
	if err != nil {
		return nil, err
	}
	for _, r := range chosen {
		maps.DeleteFunc(r.Tags, func(key, _ string) bool { return q.Is("All") && len(keys) == 0 || slices.Contains(keys, key) })
	}
	return kernel.Done()
}

func listTagResources(q *request) (any, error) {
	wanted, err := q.tagList()
	if err != nil {
		return nil, err
	}
	chosen, err := q.tagged()
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, r := range chosen {
		if !kernel.Carries(r.Tags, wanted) {
			continue
		}
		for _, view := range kernel.TagViews(r.Tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceName"], view["ResourceType"] = r.Name, r.Name, q.Str("ResourceType")
			rows = append(rows, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, rows, q.Num("PageSize", 20))
	return map[string]any{"TagResources": map[string]any{"TagResource": page}, "NextToken": next}, err
}

// Users have tags too, of which IMS alone knows. It takes lists as most products do.
var imsTagActions = []action{
	{Name: "TagResources", Write: true, On: onTaggedUsers, Do: tagUsers, Params: imsTagged + " Tag:RepeatList(Key Value)"},
	{Name: "UntagResources", Write: true, On: onTaggedUsers, Do: untagUsers, Params: imsTagged + " TagKey:RepeatList All:Boolean"},
	{Name: "ListTagResources", On: onTaggedUsers, Do: listUserTags, Params: imsTagged + " Tag:RepeatList(Key Value) PageSize:Integer=1..100 NextToken"},
}

const imsTagged = "ResourceType=user ResourceId:RepeatList ResourcePrincipalName:RepeatList"

func onTaggedUsers(q *kernel.Request) []string {
	var arns []string
	for _, name := range q.List("ResourcePrincipalName") {
		arns = append(arns, "acs:ram:*:"+q.C.Account+":user/"+loginName(name))
	}
	if len(arns) == 0 {
		return []string{"acs:ram:*:" + q.C.Account + ":user/*"}
	}
	return arns
}

// taggedUsers are the users that a call names, by name or by number, or all.
func (q *request) taggedUsers() ([]*ramUser, error) {
	names, numbers := q.List("ResourcePrincipalName"), q.List("ResourceId")
	if len(names)+len(numbers) == 0 {
		return kernel.ByID(q.c.Users), nil
	}
	var chosen []*ramUser
	add := func(u *ramUser, name string) error {
		if u == nil {
			return kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", name)
		}
		q.touchUser(u)
		chosen = append(chosen, u)
		return nil
	}
	for _, name := range names {
		if err := add(q.c.User(loginName(name)), name); err != nil {
			return nil, err
		}
	}
	for _, number := range numbers {
		if err := add(q.c.numbered(number), number); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

func tagUsers(q *request) (any, error) {
	users, err := q.taggedUsers()
	if err != nil {
		return nil, err
	}
	return q.AddTags(kernel.Bases(users))
}

func untagUsers(q *request) (any, error) {
	users, err := q.taggedUsers()
	if err != nil {
		return nil, err
	}
	return q.RemoveTags(kernel.Bases(users))
}

func listUserTags(q *request) (any, error) {
	users, err := q.taggedUsers()
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, u := range users {
		if !u.HasTags(q.Request) {
			continue
		}
		for _, view := range kernel.TagViews(u.Tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = u.number, "user"
			rows = append(rows, view)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, rows, q.Num("PageSize", 100))
	return map[string]any{"TagResources": map[string]any{"TagResource": page}, "NextToken": next, "IsTruncated": next != ""}, err
}
