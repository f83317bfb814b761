package vpccriticalisolation

import (
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// fresh is how long an EIP counts as just put on: after that somebody may rely on it.
const fresh = 10 * time.Minute

// A place is what an EIP is on.
type place struct {
	made  time.Time // zero where that is not known
	fixed bool      // the EIP cannot be taken off
}

// finding says that the EIP is there. It is taken off if that may be done at once.
func finding(pass *practice.Pass, e resource.EIP, r practice.Resource, on place) practice.Finding {
	f := practice.Finding{
		Key: e.AllocationID, Resource: r,
		Title:  fmt.Sprintf("The EIP %s is on %s in a VPC with critical data", e.IPAddress, e.InstanceID),
		Advice: "Take it off when nobody relies on it; it stays in the account. Or exempt the VPC.", Managed: e.Managed(),
	}
	put := justPutOn(pass, e, on.made)
	if !put && pass.Event.Actor.Name != "" {
		f.Doubt = "no answer says since when the EIP is there; ActionTrail has who put it on"
	}
	if put && !on.fixed {
		why := fmt.Sprintf("take the EIP %s, just put on, off %s; it is not released", e.IPAddress, e.InstanceID)
		f.Changes = []practice.Change{publicpath.TakeOff(e, r.Region, why)}
	}
	return f
}

// justPutOn tells whether this very event put the EIP where it is, on an instance or
// an interface, so lately that nobody can rely on it yet. An event may be late, or forged:
// what it says counts only where the state bears it out. No answer says since when an EIP
// is on something, but it cannot be longer than there is the EIP, or what it is on.
func justPutOn(pass *practice.Pass, e resource.EIP, made time.Time) bool {
	event := pass.Event
	young := func(t time.Time) bool { return !t.IsZero() && pass.Now.Sub(t) < fresh }
	return (young(e.Allocated()) || young(made)) &&
		event.Is("vpc", "AssociateEipAddress") &&
		event.Params["AllocationId"] == e.AllocationID && event.Params["InstanceId"] == e.InstanceID &&
		(e.InstanceType == "EcsInstance" || e.InstanceType == "NetworkInterface") && pass.Now.Sub(event.Time) < fresh
}
