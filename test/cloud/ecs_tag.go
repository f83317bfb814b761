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

// tagged lists the resources of a type that can carry tags, and what the
// audit log calls the type.
func (q *rpcRequest) tagged() ([]*ecsResource, string, error) {
	s := &q.c.ecs
	var all []*ecsResource
	var kind string
	switch strings.ToLower(q.str("ResourceType")) {
	case "securitygroup":
		all, kind = bases(s.groups), groupKind
	case "instance":
		all, kind = bases(s.instances), instanceKind
	case "disk":
		all, kind = bases(s.disks), diskKind
	case "eni":
		all, kind = bases(s.nics), nicKind
	case "image":
		all, kind = bases(s.images), imageKind
	case "snapshot":
		all, kind = bases(s.snapshots), snapshotKind
	case "snapshotpolicy":
		all, kind = bases(s.policies), snapshotPolicyKind
	case "keypair":
		all, kind = bases(s.keyPairs), keyPairKind
	case "launchtemplate":
		all, kind = bases(s.templates), templateKind
	default:
		return nil, "", refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
	}
	return within(q, all, func(*ecsResource) bool { return true }), kind, nil
}

// chosen are the resources that a call names, every one of which must exist.
func (q *rpcRequest) chosen() ([]*ecsResource, error) {
	all, kind, err := q.tagged()
	if err != nil {
		return nil, err
	}
	ids := q.list("ResourceId")
	if len(ids) > 50 {
		return nil, refuse(400, "NumberExceed.ResourceIds", "The ResourceIds parameter's number is exceed.")
	}
	var chosen []*ecsResource
	for _, id := range ids {
		r, ok := find(q, all, id)
		if !ok {
			return nil, refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		}
		chosen = append(chosen, r)
		q.touch(kind, id)
	}
	return chosen, nil
}

func tagResources(q *rpcRequest) (any, error) {
	chosen, err := q.chosen()
	if err != nil {
		return nil, err
	}
	return q.addTags(chosen)
}

func untagResources(q *rpcRequest) (any, error) {
	chosen, err := q.chosen()
	if err != nil {
		return nil, err
	}
	return q.removeTags(chosen)
}

func listTagResources(q *rpcRequest) (any, error) {
	all, _, err := q.tagged()
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

// ecsTags are the tags of a resource. mu is held.
func (c *Cloud) ecsTags(region, kind, id string) map[string]string {
	q := c.ecsRequest(region, map[string]string{"ResourceType": kind})
	all, _, err := q.tagged()
	if err != nil { // a kind that cannot carry tags
		return nil
	}
	if r, ok := find(q, all, id); ok {
		return r.tags
	}
	return nil
}
