package cloud

import "testing"

func TestTagsOfNetworkBalancers(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
nlb:
  load-balancers:
    - {id: nlb-1, created-at: "2026-02-04T01:39:00Z"}
`)
	r := rawFor(t, c, admin(c))
	r.call("nlb:TagResources", "ResourceType", "loadbalancer", "ResourceId.1", "nlb-1", "Tag.1.Key", "team", "Tag.1.Value", "a")
	r.is(r.call("nlb:ListTagResources", "ResourceType", "loadbalancer", "ResourceId.1", "nlb-1"), "TagResources.0.TagValue", "a")
	r.is(r.call("nlb:ListLoadBalancers"), "LoadBalancers.0.CreateTime", "2026-02-04T01:39:00Z")
	r.refused("InvalidResourceId.NotFound", "nlb:TagResources", "ResourceType", "loadbalancer", "ResourceId.1", "nlb-9", "Tag.1.Key", "team", "Tag.1.Value", "a")
	r.refused("IllegalParam.ResourceType", "nlb:TagResources", "ResourceType", "instance", "ResourceId.1", "nlb-1", "Tag.1.Key", "team", "Tag.1.Value", "a")
	sameAfterLoading(t, c)
	r.call("nlb:UntagResources", "ResourceType", "loadbalancer", "ResourceId.1", "nlb-1", "TagKey.1", "team")
	sameAfterLoading(t, c)
}
