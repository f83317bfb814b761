package ecs

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// ecsInventory is what Cloud Config sees of ECS. mu is held.
func (c *Service) ecsInventory(add kernel.NoteItem) {
	for _, g := range c.Groups {
		q := c.ecsRequest(g.Region, nil)
		permissions := []any{}
		for _, r := range g.Rules {
			permissions = append(permissions, q.ruleView(r))
		}
		add(kernel.GroupKind, g.ID, g.Name, g.Region, g.Created, g.Tags, map[string]any{
			"SecurityGroupId": g.ID, "SecurityGroupName": g.Name, "Description": g.Description, "VpcId": g.VPC, "RegionId": g.Region,
			"SecurityGroupType": g.Kind, "InnerAccessPolicy": title(g.InnerAccess), "ServiceManaged": g.ServiceManaged, "CreationTime": kernel.Stamp(g.Created),
			"Permissions": map[string]any{"Permission": permissions}, "Tags": map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")},
		})
	}
	for _, i := range c.Instances {
		view := c.ecsRequest(i.Region, nil).instanceView(i)
		// Nothing set is an empty text here, and not "optional".
		view["MetadataOptions"] = map[string]any{"HttpTokens": i.HTTPTokens, "HttpEndpoint": i.HTTPEndpoint}
		add(kernel.InstanceKind, i.ID, i.Name, i.Region, i.Created, i.Tags, view)
	}
	for _, d := range c.Disks {
		add(kernel.DiskKind, d.ID, d.Name, d.Region, d.Created, d.Tags, d.view())
	}
}

// ecsRequest is a call that nobody made, to read as one does.
func (c *Service) ecsRequest(region string, params map[string]string) *request {
	return c.request(&kernel.Request{C: c.Cloud, Region: region, Params: params})
}
