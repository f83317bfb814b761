package cloud

// ecsInventory is what Cloud Config sees of ECS. mu is held.
func (c *Cloud) ecsInventory(add noteItem) {
	for _, g := range c.ecs.groups {
		q := c.ecsRequest(g.region, nil)
		permissions := []any{}
		for _, r := range g.rules {
			permissions = append(permissions, q.ruleView(r))
		}
		add(groupKind, g.id, g.name, g.region, g.created, g.tags, map[string]any{
			"SecurityGroupId": g.id, "SecurityGroupName": g.name, "Description": g.description, "VpcId": g.vpc, "RegionId": g.region,
			"SecurityGroupType": g.kind, "InnerAccessPolicy": g.inner, "ServiceManaged": g.managed, "CreationTime": stamp(g.created),
			"Permissions": map[string]any{"Permission": permissions}, "Tags": map[string]any{"Tag": tagViews(g.tags, "TagKey", "TagValue")},
		})
	}
	for _, i := range c.ecs.instances {
		view := c.ecsRequest(i.region, nil).instanceView(i)
		// Nothing set is an empty text here, and not "optional".
		view["MetadataOptions"] = map[string]any{"HttpTokens": i.tokens, "HttpEndpoint": i.endpoint}
		add(instanceKind, i.id, i.name, i.region, i.created, i.tags, view)
	}
	for _, d := range c.ecs.disks {
		add(diskKind, d.id, d.name, d.region, d.created, d.tags, d.view())
	}
}

// ecsRequest is a call that nobody made, to read as one does.
func (c *Cloud) ecsRequest(region string, params map[string]string) *rpcRequest {
	return &rpcRequest{c: c, region: region, params: params}
}
