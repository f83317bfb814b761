package cloud

import "slices"

var instanceAttachmentActions = []rpcAction{{
	name: "DescribeInstanceAttachmentAttributes", on: onEach("instance", namedIn("InstanceIds")), do: describeInstanceAttachments,
	params: "RegionId! InstanceIds!" + byECSNumber,
}}

// describeInstanceAttachments says which private pool an instance is of: none here.
func describeInstanceAttachments(q *rpcRequest) (any, error) {
	ids, err := q.jsonList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	kept := within(q, q.c.ecs.instances, func(i *instance) bool { return slices.Contains(ids, i.id) })
	return numbered(q, kept, 10, "Instances", "Instance", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.id, "PrivatePoolOptionsId": "", "PrivatePoolOptionsMatchCriteria": "None"}
	})
}
