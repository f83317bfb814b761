package vpccriticalisolation

import (
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// fresh is how long an EIP counts as just put on: after that somebody may rely on it.
const fresh = 10 * time.Minute

// eip is an elastic IP as VPC describes it, with what it is on.
type eip struct {
	AllocationID, IPAddress, Status, Mode, VpcID string

	InstanceID, InstanceType, PrivateIPAddress string

	ServiceManaged int
}

type eips struct{ EIPAddresses struct{ EIPAddress []eip } }

func (p eips) Items() []eip { return p.EIPAddresses.EIPAddress }

func (e eip) binding() []string {
	return []string{"AllocationId", e.AllocationID, "InstanceId", e.InstanceID, "InstanceType", e.InstanceType}
}

// place is where on an interface the EIP was. An instance has one place only.
func (e eip) place() []string {
	if e.InstanceType != "NetworkInterface" {
		return nil
	}
	return []string{"Mode", e.Mode, "PrivateIpAddress", e.PrivateIPAddress}
}

// finding says that the EIP is there. It is taken off if that may be done at once.
func (e eip) finding(pass *practice.Pass, r practice.Resource, fixed bool) practice.Finding {
	f := practice.Finding{
		Key: e.AllocationID, Resource: r,
		Title:  fmt.Sprintf("The EIP %s is on %s in a VPC with critical data", e.IPAddress, e.InstanceID),
		Advice: "Take it off when nobody relies on it; it stays in the account. Or exempt the VPC.",
	}
	if e.ServiceManaged != 0 {
		f.Managed = "the cloud service that made the EIP"
	}
	if justPutOn(pass, e) && !fixed {
		f.Changes = []practice.Change{{
			Why:  fmt.Sprintf("take the EIP %s, just put on, off %s; it is not released", e.IPAddress, e.InstanceID),
			Call: cloud.New("vpc", "UnassociateEipAddress", r.Region, e.binding()...),
			Undo: new(cloud.New("vpc", "AssociateEipAddress", r.Region, append(e.binding(), e.place()...)...)),
		}}
	}
	return f
}

// justPutOn tells whether this very event put the EIP where it is, on an instance or
// an interface, so lately that nobody can rely on it yet.
func justPutOn(pass *practice.Pass, e eip) bool {
	event := pass.Event
	return strings.EqualFold(event.Service, "vpc") && event.Name == "AssociateEipAddress" &&
		event.Params["AllocationId"] == e.AllocationID && event.Params["InstanceId"] == e.InstanceID &&
		(e.InstanceType == "EcsInstance" || e.InstanceType == "NetworkInterface") && pass.Now.Sub(event.Time) < fresh
}
