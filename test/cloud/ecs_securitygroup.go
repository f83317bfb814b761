package cloud

import "slices"

// securityGroup holds rules of both directions in the order of their making.
type securityGroup struct {
	ecsResource
	vpc, kind, inner string // kind: normal or enterprise; inner: InnerAccessPolicy
	managed          bool   // by a cloud service: nobody else may write to it
	rules            []*securityRule
}

var onGroup = onEach("securitygroup", named("SecurityGroupId"))

var securityGroupActions = []rpcAction{
	{
		name: "CreateSecurityGroup", write: true, do: createSecurityGroup,
		params: `RegionId! SecurityGroupName Description VpcId SecurityGroupType=normal|enterprise ServiceManaged:Boolean
			ResourceGroupId ClientToken Tag:RepeatList(Key Value key value)`,
		on: func(q *rpcRequest) []string {
			arns := []string{q.arn("ecs", "securitygroup/*")}
			if q.has("VpcId") {
				arns = append(arns, q.arn("vpc", "vpc/"+q.str("VpcId")))
			}
			return arns
		},
	},
	{
		name: "DeleteSecurityGroup", write: true, on: onGroup, do: deleteSecurityGroup,
		params: "RegionId! SecurityGroupId!",
	},
	{
		name: "DescribeSecurityGroups", do: describeSecurityGroups,
		params: `RegionId! SecurityGroupId SecurityGroupIds SecurityGroupName SecurityGroupType VpcId NetworkType ServiceManaged:Boolean
			ResourceGroupId Tag:RepeatList(Key Value key value) FuzzyQuery:Boolean IsQueryEcsCount:Boolean DryRun:Boolean
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
		on: onEach("securitygroup", func(q *rpcRequest) []string {
			return slices.Concat(named("SecurityGroupId")(q), namedIn("SecurityGroupIds")(q))
		}),
	},
	{
		name: "ModifySecurityGroupAttribute", write: true, on: onGroup, do: modifySecurityGroupAttribute,
		params: "RegionId! SecurityGroupId! SecurityGroupName Description",
	},
	{
		name: "ModifySecurityGroupPolicy", write: true, on: onGroup, do: modifySecurityGroupPolicy,
		params: "RegionId! SecurityGroupId! InnerAccessPolicy! ClientToken",
	},
	{
		name: "DescribeSecurityGroupReferences", on: onEach("securitygroup", repeated("SecurityGroupId")), do: describeSecurityGroupReferences,
		params: "RegionId! SecurityGroupId:RepeatList!",
	},
	{
		name: "JoinSecurityGroup", write: true, do: joinSecurityGroup, on: both(onMember, onGroup),
		params: "RegionId SecurityGroupId! InstanceId NetworkInterfaceId",
	},
	{
		name: "LeaveSecurityGroup", write: true, do: leaveSecurityGroup, on: both(onMember, onGroup),
		params: "RegionId SecurityGroupId! InstanceId NetworkInterfaceId",
	},
}

// group finds the group of a call, for reading.
func (q *rpcRequest) group() (*securityGroup, error) {
	id := q.str("SecurityGroupId")
	g, ok := find(q, q.c.ecs.groups, id)
	if !ok {
		return nil, refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
	}
	q.touch(groupKind, id)
	return g, nil
}

// ownGroup finds the group of a call, for writing.
func (q *rpcRequest) ownGroup() (*securityGroup, error) {
	g, err := q.group()
	if err == nil && g.managed {
		return nil, refuse(403, "InvalidOperation.ResourceManagedByCloudProduct",
			"You cannot modify security groups managed by cloud services. (SecurityGroupId: %s)", g.id)
	}
	return g, err
}

func createSecurityGroup(q *rpcRequest) (any, error) {
	if !validName(q.str("SecurityGroupName")) {
		return nil, refuse(400, "InvalidSecurityGroupName.Malformed", "The specified parameter SecurityGroupName is not valid.")
	}
	g := &securityGroup{
		ecsResource: q.newResource("sg", q.str("SecurityGroupName")),
		vpc:         q.str("VpcId"), kind: q.orElse("SecurityGroupType", "normal"), managed: q.is("ServiceManaged"),
		inner: "Accept",
	}
	if g.kind == "enterprise" {
		g.inner = "Drop"
		if g.vpc == "" {
			return nil, refuse(400, "MissingParameter.VpcId", "The VpcId is mandatory when SecurityGroupType is enterprise.")
		}
	}
	if g.vpc != "" && q.c.vpc.of(q.region, g.vpc) == nil {
		return nil, refuse(404, "InvalidVpcId.NotFound", "The specified VPC does not exist.")
	}
	q.c.ecs.groups = append(q.c.ecs.groups, g)
	q.touch(groupKind, g.id)
	return map[string]any{"SecurityGroupId": g.id}, nil
}

func deleteSecurityGroup(q *rpcRequest) (any, error) {
	g, err := q.ownGroup()
	if err != nil {
		return nil, err
	}
	for _, n := range q.c.ecs.nics {
		if slices.Contains(q.c.groupsOf(n), g.id) {
			return nil, refuse(403, "DependencyViolation", "There is still instance(s) in the specified security group.")
		}
	}
	for _, other := range q.c.ecs.groups {
		if other != g && other.refersTo(g.id) {
			return nil, refuse(403, "DependencyViolation", "The specified security group has been authorized in another one.")
		}
	}
	q.c.ecs.groups = without(q.c.ecs.groups, g.id)
	return done()
}

func (g *securityGroup) refersTo(id string) bool {
	return slices.ContainsFunc(g.rules, func(r *securityRule) bool { return r.group == id })
}

func modifySecurityGroupAttribute(q *rpcRequest) (any, error) {
	g, err := q.ownGroup()
	if err != nil {
		return nil, err
	}
	if !validName(q.str("SecurityGroupName")) {
		return nil, refuse(400, "InvalidSecurityGroupName.Malformed", "The specified parameter SecurityGroupName is not valid.")
	}
	g.name = q.orElse("SecurityGroupName", g.name)
	g.description = q.orElse("Description", g.description)
	return done()
}

func describeSecurityGroups(q *rpcRequest) (any, error) {
	ids, err := q.jsonList("SecurityGroupIds", 100)
	if err != nil {
		return nil, err
	}
	kept := within(q, q.c.ecs.groups, func(g *securityGroup) bool {
		return (ids == nil || slices.Contains(ids, g.id)) &&
			q.matches("SecurityGroupId", g.id) && q.matches("SecurityGroupName", g.name) &&
			q.matches("SecurityGroupType", g.kind) && q.matches("VpcId", g.vpc) &&
			q.matches("NetworkType", g.network()) && q.matchesBool("ServiceManaged", g.managed) && g.hasTags(q)
	})
	page, answer, err := anyPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range page {
		views = append(views, q.groupView(g))
	}
	answer["RegionId"] = q.region
	answer["SecurityGroups"] = map[string]any{"SecurityGroup": views}
	return answer, nil
}

func (g *securityGroup) network() string {
	if g.vpc == "" {
		return "classic"
	}
	return "vpc"
}

func (q *rpcRequest) groupView(g *securityGroup) map[string]any {
	members := 0
	for _, i := range q.c.ecs.instances {
		if slices.Contains(i.groups, g.id) {
			members++
		}
	}
	view := map[string]any{
		"SecurityGroupId": g.id, "SecurityGroupName": g.name, "Description": g.description,
		"SecurityGroupType": g.kind, "VpcId": g.vpc, "CreationTime": stamp(g.created),
		"ServiceManaged": g.managed, "ResourceGroupId": "", "RuleCount": len(g.rules),
		"Tags": map[string]any{"Tag": tagViews(g.tags, "TagKey", "TagValue")},
	}
	if g.managed {
		view["ServiceID"] = 1
	}
	if q.is("IsQueryEcsCount") {
		view["EcsCount"], view["AvailableInstanceAmount"] = members, 2000-members
	}
	return view
}
