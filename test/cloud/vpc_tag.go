package cloud

import (
	"slices"
	"strings"
)

const vpcTagCall = "RegionId! ResourceType! "

var vpcTagActions = []rpcAction{
	{
		name: "TagResources", write: true, on: onVPCTagged, do: tagVPC,
		params: vpcTagCall + "ResourceId:RepeatList! Tag:RepeatList!(Key Value)",
	},
	{
		name: "UnTagResources", write: true, on: onVPCTagged, do: untagVPC,
		params: vpcTagCall + "ResourceId:RepeatList! TagKey:RepeatList All:Boolean",
	},
	{
		name: "ListTagResources", do: listVPCTags, on: onVPCTagged,
		params: vpcTagCall + "ResourceId:RepeatList Tag:RepeatList(Key Value) MaxResults:Integer=1..50 NextToken",
	},
}

func onVPCTagged(q *rpcRequest) []string {
	kind, arns := strings.ToLower(q.str("ResourceType")), []string(nil)
	for _, id := range q.list("ResourceId") {
		arns = append(arns, q.arn("vpc", kind+"/"+id))
	}
	if len(arns) == 0 {
		arns = []string{q.arn("vpc", kind+"/*")}
	}
	return arns
}

// vpcTagged lists the resources of the type that a call names.
func (q *rpcRequest) vpcTagged() ([]*ecsResource, string, error) {
	s := &q.c.vpc
	var all []*ecsResource
	var kind string
	switch strings.ToUpper(q.str("ResourceType")) {
	case "VPC":
		all, kind = bases(s.vpcs), vpcKind
	case "VSWITCH":
		all, kind = bases(s.switches), vswitchKind
	case "ROUTETABLE":
		all, kind = bases(s.tables), routeTableKind
	case "EIP":
		all, kind = bases(s.eips), eipKind
	case "NATGATEWAY":
		all, kind = bases(s.nats), natKind
	case "NETWORKACL":
		all, kind = bases(s.acls), aclKind
	case "FLOWLOG":
		all, kind = bases(s.flowLogs), flowLogKind
	case "IPV6GATEWAY":
		all, kind = bases(s.gateways6), ipv6GatewayKind
	default:
		return nil, "", refuse(400, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records.")
	}
	return within(q, all, func(*ecsResource) bool { return true }), kind, nil
}

func (q *rpcRequest) vpcChosen() ([]*ecsResource, error) {
	all, kind, err := q.vpcTagged()
	if err != nil {
		return nil, err
	}
	var chosen []*ecsResource
	for _, id := range q.list("ResourceId") {
		r, ok := find(q, all, id)
		if !ok {
			return nil, refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		}
		chosen = append(chosen, r)
		q.touch(kind, id)
	}
	return chosen, nil
}

func tagVPC(q *rpcRequest) (any, error) {
	chosen, err := q.vpcChosen()
	if err != nil {
		return nil, err
	}
	return q.addTags(chosen)
}

func untagVPC(q *rpcRequest) (any, error) {
	chosen, err := q.vpcChosen()
	if err != nil {
		return nil, err
	}
	return q.removeTags(chosen)
}

func listVPCTags(q *rpcRequest) (any, error) {
	all, _, err := q.vpcTagged()
	if err != nil {
		return nil, err
	}
	ids, rows := q.list("ResourceId"), []any{}
	if len(ids) == 0 && len(q.items("Tag")) == 0 {
		return nil, missingInECS("ResourceId")
	}
	for _, r := range all {
		if len(ids) > 0 && !slices.Contains(ids, r.id) || !r.hasTags(q) {
			continue
		}
		for _, view := range tagViews(r.tags, "TagKey", "TagValue") {
			view["ResourceId"], view["ResourceType"] = r.id, strings.ToUpper(q.str("ResourceType"))
			rows = append(rows, view)
		}
	}
	page, next, err := tokenPage(q, rows, 50)
	return map[string]any{"NextToken": next, "TagResources": map[string]any{"TagResource": page}}, err
}
