package publicpath

import (
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// TakeOff takes an EIP off what it is on. It stays in the account, and can be put back.
func TakeOff(e resource.EIP, region, why string) practice.Change {
	on := []string{"AllocationId", e.AllocationID, "InstanceId", e.InstanceID, "InstanceType", e.InstanceType}
	back := on
	if e.InstanceType == "NetworkInterface" { // an instance has one place only
		back = append(back, "Mode", e.Mode, "PrivateIpAddress", e.PrivateIPAddress)
	}
	return practice.Change{
		Why:  why,
		Call: cloud.New("vpc", "UnassociateEipAddress", region, on...),
		Undo: new(cloud.New("vpc", "AssociateEipAddress", region, back...)),
	}
}
