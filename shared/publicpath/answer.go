package publicpath

import (
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// machine is the instance with its primary interface; others are to be read. The
// public addresses of an instance are on the primary one.
func machine(v *resource.Instance) (m *Machine, others []string, err error) {
	switch {
	case v.Status == "Pending":
		return nil, nil, fmt.Errorf("reading instance %s: its addresses are still being made: %w", v.InstanceID, practice.ErrNotYet)
	case v.PublicIPAddress == nil || v.EIPAddress == nil || v.SecurityGroupIDs == nil:
		return nil, nil, fmt.Errorf("reading instance %s: the answer does not say which addresses and security groups it has", v.InstanceID)
	}
	first := &Interface{holder: v.InstanceID, VPC: v.VpcAttributes.VpcID, VSwitch: v.VpcAttributes.VSwitchID, Groups: v.SecurityGroupIDs.SecurityGroupID}
	for _, n := range v.NetworkInterfaces.NetworkInterface {
		if !n.Primary() {
			others = append(others, n.NetworkInterfaceID)
			continue
		}
		first.ID = n.NetworkInterfaceID
		first.IPs, first.IP6s = n.Private(), n.IPv6()
	}
	if e := v.EIPAddress; e.AllocationID != "" || e.IPAddress != "" {
		first.Path = "the EIP " + e.IPAddress
	}
	if ips := v.PublicIPAddress.IPAddress; len(ips) > 0 {
		first.Path = "the static public address " + ips[0]
	}
	return &Machine{ID: v.InstanceID, Name: v.InstanceName, Tags: v.Tags.Map(), Interfaces: []*Interface{first}}, others, nil
}

// describe is the interface as it describes itself.
func describe(n *resource.Interface) (*Interface, error) {
	if n.SecurityGroupIDs == nil || n.AssociatedPublicIP == nil {
		return nil, fmt.Errorf("reading network interface %s: the answer does not say which addresses and security groups it has", n.NetworkInterfaceID)
	}
	i := &Interface{ID: n.NetworkInterfaceID, VPC: n.VpcID, VSwitch: n.VSwitchID, Groups: n.SecurityGroupIDs.SecurityGroupID}
	i.IPs, i.IP6s = n.Private(), n.IPv6()
	if n.Primary() {
		i.holder = n.InstanceID
	}
	public := n.AssociatedPublicIP.PublicIPAddress
	for _, a := range n.PrivateIPSets.PrivateIPSet { // each may have one
		if public == "" {
			public = a.AssociatedPublicIP.PublicIPAddress
		}
	}
	if public != "" {
		i.Path = "the EIP " + public
	}
	return i, nil
}

// onInstance tells whether the interface is on an instance, though it may be one of a
// cloud service, which is not to be seen.
func onInstance(n *resource.Interface) bool { return strings.HasPrefix(n.InstanceID, "i-") }
