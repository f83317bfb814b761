package cloud

import (
	"slices"
	"strings"
)

const tagCall = "RegionId! ResourceType! "

var tagActions = []rpcAction{
	{
		name: "TagResources", write: true, on: onTagged, do: tagResources,
		params: tagCall + "ResourceId:RepeatList! Tag:RepeatList!(Key! Value!)",
	},
	{
		name: "UntagResources", write: true, on: onTagged, do: untagResources,
		params: tagCall + "ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		name: "ListTagResources", do: listTagResources,
		params: tagCall + "ResourceId:RepeatList Tag:RepeatList(Key Value) TagFilter:RepeatList(TagKey TagValues:RepeatList) NextToken",
	},
}

func onTagged(q *rpcRequest) []string {
	return onEach(strings.ToLower(q.str("ResourceType")), repeated("ResourceId"))(q)
}

// tagged lists the resources of a type that can carry tags.
func (q *rpcRequest) tagged() ([]*ecsResource, error) {
	var all []*ecsResource
	switch strings.ToLower(q.str("ResourceType")) {
	case "securitygroup":
		for _, r := range q.c.ecs.groups {
			all = append(all, &r.ecsResource)
		}
	case "instance":
		for _, r := range q.c.ecs.instances {
			all = append(all, &r.ecsResource)
		}
	case "disk":
		for _, r := range q.c.ecs.disks {
			all = append(all, &r.ecsResource)
		}
	default:
		return nil, refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
	}
	return within(q, all, func(*ecsResource) bool { return true }), nil
}

// chosen are the resources that a call names, every one of which must exist.
func (q *rpcRequest) chosen() ([]*ecsResource, error) {
	all, err := q.tagged()
	if err != nil {
		return nil, err
	}
	ids := q.list("ResourceId")
	if len(ids) > 50 {
		return nil, refuse(400, "NumberExceed.ResourceIds", "The ResourceIds parameter's number is exceed.")
	}
	var chosen []*ecsResource
	for _, id := range ids {
		i := slices.IndexFunc(all, func(r *ecsResource) bool { return r.id == id })
		if i < 0 {
			return nil, refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		}
		chosen = append(chosen, all[i])
		q.touch(map[string]string{"securitygroup": groupKind, "instance": instanceKind, "disk": diskKind}[strings.ToLower(q.str("ResourceType"))], id)
	}
	return chosen, nil
}

func tagResources(q *rpcRequest) (any, error) {
	chosen, err := q.chosen()
	if err != nil {
		return nil, err
	}
	tags := q.tags()
	for key := range tags {
		if strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") || len(key) > 128 {
			return nil, refuse(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
		}
	}
	for _, r := range chosen {
		for k, v := range tags {
			r.tags[k] = v
		}
		if len(r.tags) > 20 {
			return nil, refuse(400, "NumberExceed.Tags", "The Tags parameter's number is exceed.")
		}
	}
	return done()
}

func untagResources(q *rpcRequest) (any, error) {
	chosen, err := q.chosen()
	if err != nil {
		return nil, err
	}
	keys := q.list("TagKey")
	for _, r := range chosen {
		if q.is("All") && len(keys) == 0 {
			r.tags = map[string]string{}
		}
		for _, k := range keys {
			delete(r.tags, k)
		}
	}
	return done()
}

func listTagResources(q *rpcRequest) (any, error) {
	all, err := q.tagged()
	if err != nil {
		return nil, err
	}
	ids := q.list("ResourceId")
	if len(ids) == 0 && len(q.items("Tag")) == 0 {
		return nil, missingInECS("ResourceId")
	}
	rows := []any{}
	for _, r := range all {
		if len(ids) > 0 && !slices.Contains(ids, r.id) || !r.hasTags(q) {
			continue
		}
		for _, view := range tagViews(r.tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = r.id, strings.ToLower(q.str("ResourceType"))
			rows = append(rows, view)
		}
	}
	page, next, err := tokenPage(q, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}
