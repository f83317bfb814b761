package publicpath

import (
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// An EIP is an elastic IP as VPC describes it, with what it is on.
type EIP struct {
	AllocationID, IPAddress, Status, Mode, VpcID string

	InstanceID, InstanceType, PrivateIPAddress, AllocationTime string

	ServiceManaged int
}

// EIPs is a page of them.
type EIPs struct{ EIPAddresses struct{ EIPAddress []EIP } }

// Items makes the page one that cloud.ReadNumbered reads.
func (p EIPs) Items() []EIP { return p.EIPAddresses.EIPAddress }

// Allocated is since when there is the EIP; zero where that cannot be read. Since when it
// is on something no answer says.
func (e EIP) Allocated() time.Time { return cloud.Time(e.AllocationTime) }

// Managed is who alone may change the EIP, if not its owner.
func (e EIP) Managed() string {
	if e.ServiceManaged != 0 {
		return "the cloud service that made the EIP"
	}
	return ""
}

// TakeOff takes the EIP off what it is on. It stays in the account, and can be put back.
func (e EIP) TakeOff(region, why string) practice.Change {
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
