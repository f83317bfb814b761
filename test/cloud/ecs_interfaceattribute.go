package cloud

var nicAttributeActions = []rpcAction{{
	name: "DescribeNetworkInterfaceAttribute", on: onEach("eni", named("NetworkInterfaceId")), do: describeNIC,
	params: "RegionId! NetworkInterfaceId! Attribute Tag:RepeatList(Key Value)",
}}

// describeNIC answers what DescribeNetworkInterfaces has for each.
func describeNIC(q *rpcRequest) (any, error) {
	n, err := q.nic()
	if err != nil {
		return nil, err
	}
	return q.nicView(n), nil
}
