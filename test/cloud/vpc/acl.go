package vpc

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// networkACL guards vSwitches. Its entries count in their order: the first
// that matches decides.
// It has no state, unlike a security group: an answer has to be let out by an entry of its own. It
// is kept at the vSwitches which it guards (Vswitch.acl), since each has one at most, and a
// document writes it here. changed is when its last change began: see ownACL.
type networkACL struct {
	kernel.Resource `yaml:",inline"`
	VPC             string     `yaml:"vpc,omitempty"`       // default vpc-1
	VSwitches       []string   `yaml:"vswitches,omitempty"` // of a document only: kept at the vSwitches
	Ingress         []aclEntry `yaml:"ingress,omitempty" dump:"after tags"`
	Egress          []aclEntry `yaml:"egress,omitempty" dump:"after tags"`

	changed time.Time
}

var aclRows = kernel.Kind{Key: "network-acls", Prefix: "nacl", Tagged: "networkacl", Type: aclKind}

func (a *networkACL) Defaults(*Service) {
	a.VPC = cmp.Or(a.VPC, "vpc-1")
	for _, entries := range [][]aclEntry{a.Ingress, a.Egress} {
		for i := range entries {
			entries[i].Policy, entries[i].Ports = cmp.Or(entries[i].Policy, "accept"), cmp.Or(entries[i].Ports, "-1/-1")
		}
	}
}

// A document's entries are checked as a call's are, with the name of the block that ingress has.
func (a *networkACL) Check(c *Service) error {
	if _, err := kernel.ByItsID(c.VPCs, "VPC", a.VPC); err != nil {
		return err
	}
	for _, e := range slices.Concat(a.Ingress, a.Egress) {
		if err := e.check("", "CidrIp"); err != nil {
			return err
		}
	}
	return nil
}

// Complete puts the ACL on its vSwitches, each of which has one at most.
func (a *networkACL) Complete(_ *kernel.Loader, c *Service) error {
	for _, entries := range [][]aclEntry{a.Ingress, a.Egress} {
		for i := range entries {
			entries[i].ID = cmp.Or(entries[i].ID, c.ResourceID("nae", a.Region))
		}
	}
	for _, id := range a.VSwitches {
		s, err := kernel.ByItsID(c.Switches, "vSwitch", id)
		switch {
		case err != nil:
			return err
		case s.VPC != a.VPC:
			return fmt.Errorf("the vSwitch %s is of another VPC", id)
		case s.acl != "":
			return fmt.Errorf("the vSwitch %s has an ACL already", id)
		}
		s.acl = a.ID
	}
	a.VSwitches = nil
	return nil
}

// It writes the vSwitches back, in the order of their ids.
func (a *networkACL) Abridged(c *Service) *networkACL {
	short := *a
	short.VSwitches = c.switchesWhere(func(v *Vswitch) bool { return v.acl == a.ID })
	return &short
}

// aclEntry is one rule; cidr is the source or the destination.
type aclEntry struct {
	ID          string `yaml:"id,omitempty"`
	Name        string `yaml:"name,omitempty"`
	Description string `yaml:"description,omitempty"`
	Policy      string `yaml:"policy,omitempty"` // accept (default) or drop
	Protocol    string `yaml:"protocol"`
	Ports       string `yaml:"ports,omitempty"` // default -1/-1
	CIDR        string `yaml:"cidr"`
}

const aclKind = "ACS::VPC::NetworkAcl"

var onACL = InVPC("networkacl", "NetworkAclId")

const (
	aclCall    = "RegionId! NetworkAclId! ClientToken "
	aclTargets = "Resource:RepeatList(ResourceId! ResourceType!) DryRun:Boolean"
	aclFields  = "NetworkAclEntryId NetworkAclEntryName EntryType IpVersion Policy Protocol Port Description "
)

// Version 2016-04-28. UpdateNetworkAclEntries has no way to add one entry: a client reads them all
// and writes them all, so two of them undo each other's work. DryRun is the kernel's.
var aclActions = []action{
	{
		// It guards nothing until it is associated, and begins with entries that accept everything
		// in both directions.
		Name: "CreateNetworkAcl", Write: true, Do: createACL, On: kernel.Both(InVPC("networkacl", ""), onVPC),
		Params: "RegionId! VpcId! NetworkAclName Description ClientToken DryRun:Boolean Tag:RepeatList(Key Value)",
	},
	{Name: "DeleteNetworkAcl", Write: true, Do: deleteACL, On: onACL, Params: aclCall + "DryRun:Boolean"},
	{
		Name: "ModifyNetworkAclAttributes", Write: true, Do: modifyACL, On: onACL,
		Params: aclCall + "NetworkAclName Description DryRun:Boolean",
	},
	{
		// Up to 100 entries a direction. Priorities are the order: there is no number.
		Name: "UpdateNetworkAclEntries", Write: true, Do: updateACL, On: onACL,
		Params: aclCall + "UpdateIngressAclEntries:Boolean UpdateEgressAclEntries:Boolean DryRun:Boolean IngressAclEntries:RepeatList(" +
			aclFields + "SourceCidrIp) EgressAclEntries:RepeatList(" + aclFields + "DestinationCidrIp)",
	},
	{
		Name: "CopyNetworkAclEntries", Write: true, Do: copyACL, On: kernel.Both(onACL, InVPC("networkacl", "SourceNetworkAclId")),
		Params: "RegionId! NetworkAclId! SourceNetworkAclId! ClientToken DryRun:Boolean",
	},
	// Resource.n takes vSwitches only; the type has to be said.
	{Name: "AssociateNetworkAcl", Write: true, Do: associateACL, On: onACL, Params: aclCall + aclTargets},
	{Name: "UnassociateNetworkAcl", Write: true, Do: unassociateACL, On: onACL, Params: aclCall + aclTargets},
	{
		Name: "DescribeNetworkAcls", Do: describeACLs, On: onACL,
		Params: "RegionId! NetworkAclId NetworkAclName VpcId ResourceId ResourceType ClientToken Tags:RepeatList(Key Value)" + byNumber,
	},
	{Name: "DescribeNetworkAclAttributes", Do: describeACLAttributes, On: onACL, Params: aclCall},
}

// acl finds the ACL of a call.
// Errors about ACLs have 400, also where something is not found.
func (q *request) acl() (*networkACL, error) {
	a, ok := kernel.Find(q.Request, q.c.ACLs, q.Str("NetworkAclId"))
	if !ok {
		return nil, kernel.Refuse(400, "InvalidNetworkAcl.NotFound", "The special Network Acl is not found.")
	}
	q.Touch(aclKind, a.ID)
	return a, nil
}

// ownACL is acl for writing: not while a change is being made.
// The real service takes some seconds, and refuses the next change meanwhile; here it takes Lag.
func (q *request) ownACL() (*networkACL, error) {
	a, err := q.acl()
	if err == nil && !q.c.Settled(a.changed) {
		return nil, kernel.Refuse(400, "NetworkStatus.Modifying", "The special Network Acl is in modifying.")
	}
	return a, err
}

// createACL makes one that lets everything through, as the real ones begin.
func createACL(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	all := func() []aclEntry {
		return []aclEntry{{ID: q.c.ResourceID("nae", q.Region), Policy: "accept", Protocol: "all", Ports: "-1/-1", CIDR: "0.0.0.0/0"}}
	}
	a := &networkACL{Resource: q.NewResource("nacl", q.Str("NetworkAclName")), VPC: v.ID, Ingress: all(), Egress: all()}
	a.changed = a.Created
	q.c.ACLs = append(q.c.ACLs, a)
	q.Touch(aclKind, a.ID)
	return map[string]any{"NetworkAclId": a.ID, "NetworkAclAttribute": q.aclView(a)}, nil
}

// It has to be taken off every vSwitch first.
func deleteACL(q *request) (any, error) {
	a, err := q.ownACL()
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(q.c.Switches, func(v *Vswitch) bool { return v.acl == a.ID }):
		return nil, kernel.Refuse(400, "DependencyViolation.VSwitch", "The specified network ACL is associated with a vSwitch.")
	}
	q.c.ACLs = kernel.Without(q.c.ACLs, a.ID)
	return kernel.Done()
}

// Names and descriptions are not a change that has to be carried out.
func modifyACL(q *request) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	a.Name, a.Description = q.OrElse("NetworkAclName", a.Name), q.OrElse("Description", a.Description)
	return kernel.Done()
}

// updateACL replaces all entries of a direction, when it is told to.
// Without either of the two flags the call succeeds and changes nothing, whatever entries it
// brings. With a flag and no entries it takes all away, which leaves the system's entry: drop.
func updateACL(q *request) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	ingress, egress := a.Ingress, a.Egress
	if q.Is("UpdateIngressAclEntries") {
		if ingress, err = q.aclEntries("IngressAclEntries", "SourceCidrIp"); err != nil {
			return nil, err
		}
	}
	if q.Is("UpdateEgressAclEntries") {
		if egress, err = q.aclEntries("EgressAclEntries", "DestinationCidrIp"); err != nil {
			return nil, err
		}
	}
	a.Ingress, a.Egress, a.changed = ingress, egress, q.c.Clock()
	return kernel.Done()
}

// copyACL replaces all entries by those of another ACL.
// The copies have ids of their own.
func copyACL(q *request) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	source, ok := kernel.Find(q.Request, q.c.ACLs, q.Str("SourceNetworkAclId"))
	switch {
	case !ok:
		return nil, kernel.Refuse(400, "InvalidSourceNetworkAcl.NotFound", "The source network ACL is not found.")
	case source == a:
		return nil, kernel.Refuse(400, "ParameterIllegal.SourceNetworkAclId", "The source network ACL is the network ACL itself.")
	}
	copied := func(entries []aclEntry) []aclEntry {
		entries = slices.Clone(entries)
		for i := range entries {
			entries[i].ID = q.c.ResourceID("nae", q.Region)
		}
		return entries
	}
	a.Ingress, a.Egress, a.changed = copied(source.Ingress), copied(source.Egress), q.c.Clock()
	return kernel.Done()
}

// The order of the call is the order in which they count. Entries of the services and of the
// system may be sent back as they were read in some consoles; this cloud takes custom ones only.
// An entry that comes with an id keeps it.
func (q *request) aclEntries(param, block string) ([]aclEntry, error) {
	var entries []aclEntry
	for i, item := range q.Items(param) {
		e := aclEntry{
			ID: item["NetworkAclEntryId"], Name: item["NetworkAclEntryName"], Description: item["Description"],
			Policy: strings.ToLower(item["Policy"]), Protocol: strings.ToLower(item["Protocol"]), Ports: item["Port"], CIDR: item[block],
		}
		if e.ID == "" {
			e.ID = q.c.ResourceID("nae", q.Region)
		}
		if kind := item["EntryType"]; kind != "" && kind != "custom" {
			return nil, kernel.Refuse(400, "ParameterIllegal.EntryType", "The entries of the system cannot be changed: %s.%d.EntryType is %s.", param, i+1, kind)
		}
		if err := e.check(fmt.Sprintf("%s.%d.", param, i+1), block); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if len(entries) > 100 {
		return nil, kernel.Refuse(400, "QuotaExceeded.NetworkAclEntry", "The specified network ACL has too many entries.")
	}
	return entries, nil
}

// where is the place of the entry in the call, with its dot; empty for a document. Ports need the
// form of the protocol, as in rules of security groups.
func (e aclEntry) check(where, block string) error {
	illegal := func(field string) error {
		return kernel.Refuse(400, "ParameterIllegal."+field, "The specified parameter %s%s is illegal.", where, field)
	}
	withPorts := e.Protocol == "tcp" || e.Protocol == "udp"
	_, err := netip.ParsePrefix(e.CIDR)
	switch {
	case e.Policy != "accept" && e.Policy != "drop":
		return illegal("Policy")
	case !slices.Contains([]string{"icmp", "gre", "tcp", "udp", "all", "icmpv6"}, e.Protocol):
		return illegal("Protocol")
	case !kernel.ValidPorts(e.Ports, withPorts):
		return illegal("Port")
	case err != nil:
		return illegal(block)
	}
	return nil
}

// A vSwitch that has another ACL has to give it up first.
func associateACL(q *request) (any, error) {
	return q.changeACLOf(func(a *networkACL, v *Vswitch) error {
		if v.acl != "" {
			return kernel.Refuse(400, "InvalidResource.BindingExist", "The binding instance has been binded.") // sic
		}
		return nil
	}, func(a *networkACL, v *Vswitch) { v.acl = a.ID })
}

func unassociateACL(q *request) (any, error) {
	return q.changeACLOf(func(a *networkACL, v *Vswitch) error {
		switch {
		case v.acl == "":
			return kernel.Refuse(400, "InvalidResource.NotBinding", "The resource has not been binded.") // sic
		case v.acl != a.ID:
			return kernel.Refuse(400, "Mismatch.NetworkAclAndVSwitch", "The specified network ACL and vSwitch are not matched.")
		}
		return nil
	}, func(_ *networkACL, v *Vswitch) { v.acl = "" })
}

// changeACLOf changes the vSwitches that a call names, all or none.
// check is called for each vSwitch before change is called for any.
func (q *request) changeACLOf(check func(*networkACL, *Vswitch) error, change func(*networkACL, *Vswitch)) (any, error) {
	a, err := q.ownACL()
	if err != nil {
		return nil, err
	}
	targets := q.Items("Resource")
	if len(targets) == 0 {
		return nil, kernel.Refuse(400, "ParameterMissing.Resources", "ParameterMissing.Resources")
	}
	var switches []*Vswitch
	for _, target := range targets {
		if target["ResourceType"] != "VSwitch" {
			return nil, kernel.Refuse(400, "ParameterIllegal.ResourceType", "The specified resource type is illegal.")
		}
		v := q.c.SwitchOf(q.Region, target["ResourceId"])
		switch {
		case v == nil:
			return nil, kernel.Refuse(400, "InvalidResource.NotFound", "The binding instance is not found.")
		case v.VPC != a.VPC:
			return nil, kernel.Refuse(400, "InvalidResource.VpcError", "The network acl and resource not in same vpc.")
		}
		if err := check(a, v); err != nil {
			return nil, err
		}
		switches = append(switches, v)
		q.Touch(VswitchKind, v.ID)
	}
	for _, v := range switches {
		change(a, v)
	}
	a.changed = q.c.Clock()
	return kernel.Done()
}

// The numbers of its pages are text, as in some other lists of VPC.
func describeACLs(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.ACLs, func(a *networkACL) bool {
		return q.Matches("NetworkAclId", a.ID) && q.Matches("NetworkAclName", a.Name) && q.Matches("VpcId", a.VPC) && a.HasTags(q.Request) &&
			(!q.Has("ResourceId") || slices.ContainsFunc(q.c.Switches, func(v *Vswitch) bool { return v.ID == q.Str("ResourceId") && v.acl == a.ID }))
	})
	return kernel.InWords(kernel.Numbered(q.Request, kept, 10, "NetworkAcls", "NetworkAcl", q.aclView))
}

func describeACLAttributes(q *request) (any, error) {
	a, err := q.acl()
	if err != nil {
		return nil, err
	}
	return map[string]any{"NetworkAclAttribute": q.aclView(a)}, nil
}

// aclServices are the cloud's own addresses, which every ACL lets through
// before anything else counts.
var aclServices = []string{"100.100.2.128/28", "100.100.2.112/28", "100.100.100.200/32"}

// An entry list begins with the services, and ends with the system's drop, which cannot be
// changed: a reader who leaves those out gets the verdict for the cloud's own addresses wrong.
func (q *request) aclView(a *networkACL) map[string]any {
	status := q.c.Status(a.changed, "Modifying", "Available")
	resources := []any{}
	for _, v := range q.c.Switches {
		if v.acl == a.ID {
			resources = append(resources, map[string]any{"ResourceType": "VSwitch", "ResourceId": v.ID, "Status": map[string]string{"Modifying": "BINDING", "Available": "BINDED"}[status]})
		}
	}
	list := func(entries []aclEntry, block string) []any {
		views := []any{}
		add := func(e aclEntry, kind string) {
			version := "IPV4"
			if kernel.IsIPv6(e.CIDR) {
				version = "IPV6"
			}
			views = append(views, map[string]any{
				"NetworkAclEntryId": e.ID, "NetworkAclEntryName": e.Name, "Description": e.Description, "Policy": e.Policy,
				"Protocol": e.Protocol, "Port": e.Ports, block: e.CIDR, "EntryType": kind, "IpVersion": version,
			})
		}
		for _, cidr := range aclServices {
			add(aclEntry{Policy: "accept", Protocol: "all", Ports: "-1/-1", CIDR: cidr}, "service")
		}
		for _, e := range entries {
			add(e, "custom")
		}
		add(aclEntry{Policy: "drop", Protocol: "all", Ports: "-1/-1", CIDR: "0.0.0.0/0"}, "system")
		return views
	}
	return map[string]any{
		"NetworkAclId": a.ID, "NetworkAclName": a.Name, "Description": a.Description, "VpcId": a.VPC, "RegionId": a.Region, "Status": status,
		"CreationTime": kernel.Stamp(a.Created), "OwnerId": kernel.OwnerID(q.c.Account), "Tags": vpcTags(&a.Resource),
		"Resources":         map[string]any{"Resource": resources},
		"IngressAclEntries": map[string]any{"IngressAclEntry": list(a.Ingress, "SourceCidrIp")},
		"EgressAclEntries":  map[string]any{"EgressAclEntry": list(a.Egress, "DestinationCidrIp")},
	}
}
