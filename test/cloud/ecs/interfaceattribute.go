package ecs

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

var nicAttributeActions = []action{{
	Name: "DescribeNetworkInterfaceAttribute", On: onEach("eni", kernel.Named("NetworkInterfaceId")), Do: describeNIC,
	Params: "RegionId! NetworkInterfaceId! Attribute Tag:RepeatList(Key Value)",
}}

// describeNIC answers what DescribeNetworkInterfaces has for each.
func describeNIC(q *request) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	return q.nicView(n), nil
}
