package ecs

import (
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var instanceAttachmentActions = []action{{
	Name: "DescribeInstanceAttachmentAttributes", On: onEach("instance", kernel.NamedIn("InstanceIds")), Do: describeInstanceAttachments,
	Params: "RegionId! InstanceIds!" + byECSNumber,
}}

// describeInstanceAttachments says which private pool an instance is of: none here.
func describeInstanceAttachments(q *request) (any, error) {
	ids, err := q.JSONList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool { return slices.Contains(ids, i.ID) })
	return kernel.Numbered(q.Request, kept, 10, "Instances", "Instance", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.ID, "PrivatePoolOptionsId": "", "PrivatePoolOptionsMatchCriteria": "None"}
	})
}
