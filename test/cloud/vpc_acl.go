package cloud

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// networkACL guards vSwitches. Its entries count in their order: the first
// that matches decides.
type networkACL struct {
	ecsResource
	vpc             string
	ingress, egress []aclEntry
	changed         time.Time
}

// aclEntry is one rule; cidr is the source or the destination.
type aclEntry struct {
	id, name, description, policy, protocol, port, cidr string
}

const aclKind = "ACS::VPC::NetworkAcl"

var onACL = inVPC("networkacl", "NetworkAclId")

const (
	aclCall    = "RegionId! NetworkAclId! ClientToken "
	aclTargets = "Resource:RepeatList(ResourceId! ResourceType!) DryRun:Boolean"
	aclFields  = "NetworkAclEntryId NetworkAclEntryName EntryType IpVersion Policy Protocol Port Description "
)

var aclActions = []rpcAction{
	{
		name: "CreateNetworkAcl", write: true, do: createACL, on: both(inVPC("networkacl", ""), onVPC),
		params: "RegionId! VpcId! NetworkAclName Description ClientToken DryRun:Boolean Tag:RepeatList(Key Value)",
	},
	{name: "DeleteNetworkAcl", write: true, do: deleteACL, on: onACL, params: aclCall + "DryRun:Boolean"},
	{
		name: "ModifyNetworkAclAttributes", write: true, do: modifyACL, on: onACL,
		params: aclCall + "NetworkAclName Description DryRun:Boolean",
	},
	{
		name: "UpdateNetworkAclEntries", write: true, do: updateACL, on: onACL,
		params: aclCall + "UpdateIngressAclEntries:Boolean UpdateEgressAclEntries:Boolean DryRun:Boolean IngressAclEntries:RepeatList(" +
			aclFields + "SourceCidrIp) EgressAclEntries:RepeatList(" + aclFields + "DestinationCidrIp)",
	},
	{
		name: "CopyNetworkAclEntries", write: true, do: copyACL, on: both(onACL, inVPC("networkacl", "SourceNetworkAclId")),
		params: "RegionId! NetworkAclId! SourceNetworkAclId! ClientToken DryRun:Boolean",
	},
	{name: "AssociateNetworkAcl", write: true, do: associateACL, on: onACL, params: aclCall + aclTargets},
	{name: "UnassociateNetworkAcl", write: true, do: unassociateACL, on: onACL, params: aclCall + aclTargets},
	{
		name: "DescribeNetworkAcls", do: describeACLs, on: onACL,
		params: "RegionId! NetworkAclId NetworkAclName VpcId ResourceId ResourceType ClientToken Tags:RepeatList(Key Value)" + byNumber,
	},
	{name: "DescribeNetworkAclAttributes", do: describeACLAttributes, on: onACL, params: aclCall},
}

// acl finds the ACL of a call.
func (q *rpcRequest) acl() (*networkACL, error) {
	a, ok := find(q, q.c.vpc.acls, q.str("NetworkAclId"))
	if !ok {
		return nil, refuse(400, "InvalidNetworkAcl.NotFound", "The special Network Acl is not found.")
	}
	q.touch(aclKind, a.id)
	return a, nil
}

// ownACL is acl for writing: not while a change is being made.
func (q *rpcRequest) ownACL() (*networkACL, error) {
	a, err := q.acl()
	if err == nil && !q.c.settled(a.changed) {
		return nil, refuse(400, "NetworkStatus.Modifying", "The special Network Acl is in modifying.")
	}
	return a, err
}

// createACL makes one that lets everything through, as the real ones begin.
func createACL(q *rpcRequest) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	all := func() []aclEntry {
		return []aclEntry{{id: q.c.resourceID("nae", q.region), policy: "accept", protocol: "all", port: "-1/-1", cidr: "0.0.0.0/0"}}
	}
	a := &networkACL{ecsResource: q.newResource("nacl", q.str("NetworkAclName")), vpc: v.id, ingress: all(), egress: all()}
	a.changed = a.created
	q.c.vpc.acls = append(q.c.vpc.acls, a)
	q.touch(aclKind, a.id)
	return map[string]any{"NetworkAclId": a.id, "NetworkAclAttribute": q.aclView(a)}, nil
}

func deleteACL(q *rpcRequest) (any, error) {
	a, err := q.ownACL()
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(q.c.vpc.switches, func(v *vswitch) bool { return v.acl == a.id }):
		return nil, refuse(400, "DependencyViolation.VSwitch", "The specified network ACL is associated with a vSwitch.")
	}
	q.c.vpc.acls = without(q.c.vpc.acls, a.id)
	return done()
}

func modifyACL(q *rpcRequest) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	a.name, a.description = q.orElse("NetworkAclName", a.name), q.orElse("Description", a.description)
	return done()
}

// updateACL replaces all entries of a direction, when it is told to.
func updateACL(q *rpcRequest) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	ingress, egress := a.ingress, a.egress
	if q.is("UpdateIngressAclEntries") {
		if ingress, err = q.aclEntries("IngressAclEntries", "SourceCidrIp"); err != nil {
			return nil, err
		}
	}
	if q.is("UpdateEgressAclEntries") {
		if egress, err = q.aclEntries("EgressAclEntries", "DestinationCidrIp"); err != nil {
			return nil, err
		}
	}
	a.ingress, a.egress, a.changed = ingress, egress, q.c.clock()
	return done()
}

// copyACL replaces all entries by those of another ACL.
func copyACL(q *rpcRequest) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	source, ok := find(q, q.c.vpc.acls, q.str("SourceNetworkAclId"))
	switch {
	case !ok:
		return nil, refuse(400, "InvalidSourceNetworkAcl.NotFound", "The source network ACL is not found.")
	case source == a:
		return nil, refuse(400, "ParameterIllegal.SourceNetworkAclId", "The source network ACL is the network ACL itself.")
	}
	copied := func(entries []aclEntry) []aclEntry {
		entries = slices.Clone(entries)
		for i := range entries {
			entries[i].id = q.c.resourceID("nae", q.region)
		}
		return entries
	}
	a.ingress, a.egress, a.changed = copied(source.ingress), copied(source.egress), q.c.clock()
	return done()
}

func (q *rpcRequest) aclEntries(param, block string) ([]aclEntry, error) {
	var entries []aclEntry
	for i, item := range q.items(param) {
		e := aclEntry{
			id: item["NetworkAclEntryId"], name: item["NetworkAclEntryName"], description: item["Description"],
			policy: strings.ToLower(item["Policy"]), protocol: strings.ToLower(item["Protocol"]), port: item["Port"], cidr: item[block],
		}
		if e.id == "" {
			e.id = q.c.resourceID("nae", q.region)
		}
		if kind := item["EntryType"]; kind != "" && kind != "custom" {
			return nil, refuse(400, "ParameterIllegal.EntryType", "The entries of the system cannot be changed: %s.%d.EntryType is %s.", param, i+1, kind)
		}
		if err := e.check(fmt.Sprintf("%s.%d.", param, i+1), block); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if len(entries) > 100 {
		return nil, refuse(400, "QuotaExceeded.NetworkAclEntry", "The specified network ACL has too many entries.")
	}
	return entries, nil
}

func (e aclEntry) check(where, block string) error {
	illegal := func(field string) error {
		return refuse(400, "ParameterIllegal."+field, "The specified parameter %s%s is illegal.", where, field)
	}
	withPorts := e.protocol == "tcp" || e.protocol == "udp"
	_, err := netip.ParsePrefix(e.cidr)
	switch {
	case e.policy != "accept" && e.policy != "drop":
		return illegal("Policy")
	case !slices.Contains([]string{"icmp", "gre", "tcp", "udp", "all", "icmpv6"}, e.protocol):
		return illegal("Protocol")
	case !validPorts(e.port, withPorts):
		return illegal("Port")
	case err != nil:
		return illegal(block)
	}
	return nil
}

func associateACL(q *rpcRequest) (any, error) {
	return q.changeACLOf(func(a *networkACL, v *vswitch) error {
		if v.acl != "" {
			return refuse(400, "InvalidResource.BindingExist", "The binding instance has been binded.") // sic
		}
		return nil
	}, func(a *networkACL, v *vswitch) { v.acl = a.id })
}

func unassociateACL(q *rpcRequest) (any, error) {
	return q.changeACLOf(func(a *networkACL, v *vswitch) error {
		switch {
		case v.acl == "":
			return refuse(400, "InvalidResource.NotBinding", "The resource has not been binded.") // sic
		case v.acl != a.id:
			return refuse(400, "Mismatch.NetworkAclAndVSwitch", "The specified network ACL and vSwitch are not matched.")
		}
		return nil
	}, func(_ *networkACL, v *vswitch) { v.acl = "" })
}

// changeACLOf changes the vSwitches that a call names, all or none.
func (q *rpcRequest) changeACLOf(check func(*networkACL, *vswitch) error, change func(*networkACL, *vswitch)) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	targets := q.items("Resource")
	if len(targets) == 0 {
		return nil, refuse(400, "ParameterMissing.Resources", "ParameterMissing.Resources")
	}
	var switches []*vswitch
	for _, target := range targets {
		if target["ResourceType"] != "VSwitch" {
			return nil, refuse(400, "ParameterIllegal.ResourceType", "The specified resource type is illegal.")
		}
		v := q.c.vpc.switchOf(q.region, target["ResourceId"])
		switch {
		case v == nil:
			return nil, refuse(400, "InvalidResource.NotFound", "The binding instance is not found.")
		case v.vpc != a.vpc:
			return nil, refuse(400, "InvalidResource.VpcError", "The network acl and resource not in same vpc.")
		}
		if err := check(a, v); err != nil {
			return nil, err
		}
		switches = append(switches, v)
		q.touch(vswitchKind, v.id)
	}
	for _, v := range switches {
		change(a, v)
	}
	a.changed = q.c.clock()
	return done()
}

func describeACLs(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.acls, func(a *networkACL) bool {
		return q.matches("NetworkAclId", a.id) && q.matches("NetworkAclName", a.name) && q.matches("VpcId", a.vpc) && a.hasTags(q) &&
			(!q.has("ResourceId") || slices.ContainsFunc(q.c.vpc.switches, func(v *vswitch) bool { return v.id == q.str("ResourceId") && v.acl == a.id }))
	})
	return inWords(numbered(q, kept, 10, "NetworkAcls", "NetworkAcl", q.aclView))
}

func describeACLAttributes(q *rpcRequest) (any, error) {
	a, err := q.acl()
	if err != nil {
		return nil, err
	}
	return map[string]any{"NetworkAclAttribute": q.aclView(a)}, nil
}

// aclServices are the cloud's own addresses, which every ACL lets through
// before anything else counts.
var aclServices = []string{"100.100.2.128/28", "100.100.2.112/28", "100.100.100.200/32"}

func (q *rpcRequest) aclView(a *networkACL) map[string]any {
	status := q.c.status(a.changed, "Modifying", "Available")
	resources := []any{}
	for _, v := range q.c.vpc.switches {
		if v.acl == a.id {
			resources = append(resources, map[string]any{"ResourceType": "VSwitch", "ResourceId": v.id, "Status": map[string]string{"Modifying": "BINDING", "Available": "BINDED"}[status]})
		}
	}
	list := func(entries []aclEntry, block string) []any {
		views := []any{}
		add := func(e aclEntry, kind string) {
			version := "IPV4"
			if isIPv6(e.cidr) {
				version = "IPV6"
			}
			views = append(views, map[string]any{
				"NetworkAclEntryId": e.id, "NetworkAclEntryName": e.name, "Description": e.description, "Policy": e.policy,
				"Protocol": e.protocol, "Port": e.port, block: e.cidr, "EntryType": kind, "IpVersion": version,
			})
		}
		for _, cidr := range aclServices {
			add(aclEntry{policy: "accept", protocol: "all", port: "-1/-1", cidr: cidr}, "service")
		}
		for _, e := range entries {
			add(e, "custom")
		}
		add(aclEntry{policy: "drop", protocol: "all", port: "-1/-1", cidr: "0.0.0.0/0"}, "system")
		return views
	}
	return map[string]any{
		"NetworkAclId": a.id, "NetworkAclName": a.name, "Description": a.description, "VpcId": a.vpc, "RegionId": a.region, "Status": status,
		"CreationTime": stamp(a.created), "OwnerId": ownerID(q.c.Account), "Tags": vpcTags(&a.ecsResource),
		"Resources":         map[string]any{"Resource": resources},
		"IngressAclEntries": map[string]any{"IngressAclEntry": list(a.ingress, "SourceCidrIp")},
		"EgressAclEntries":  map[string]any{"EgressAclEntry": list(a.egress, "DestinationCidrIp")},
	}
}
