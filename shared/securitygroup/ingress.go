package securitygroup

import (
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Family is of the practices that object to the ingress rules of a group.
var Family = &practice.Family{Name: "ingress rules", Join: Join, Spread: Spread}

// Member makes a practice one of the family: it fills in what all of its members have in
// common. Triggers and Reads that the practice names are besides those of all.
func Member(p *practice.Practice) *practice.Practice {
	p.Resource, p.Family, p.Evidence = Type, Family, Evidence
	p.Triggers = practice.Triggers(Ingress, p.Triggers)
	p.Reads = slices.Compact(slices.Sorted(slices.Values(slices.Concat(IngressReads, p.Reads))))
	p.Writes, p.Sweep = Writes, Daily()
	return p
}

// Trusted is the Param of those whom no edit shuts out.
var Trusted = practice.Param{Name: practice.Trusted, Kind: practice.AddressBlocks,
	Doc: "addresses and blocks that never lose access: the company's own, the way in for emergencies"}

// IngressReads are the RAM actions that Judge and Evidence may call.
var IngressReads = slices.Compact(slices.Sorted(slices.Values(slices.Concat(Reads, besideReads, EvidenceReads))))

// Where events name groups. A list is flattened (SecurityGroupIds.1); some calls have
// it under the name of one.
const (
	own     = "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"
	several = "params.SecurityGroupIds.*|params.SecurityGroupId.*|params.SecurityGroupIds|params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"
)

// Ingress is what opens a port, or gives an open group to somebody.
var Ingress = practice.Triggers(Opening, Attaching, practice.Configured(Type))

// Opening changes the rules of a group, or what they name.
var Opening = []practice.Trigger{
	{Service: "Ecs", Name: "AuthorizeSecurityGroup", Resource: own, Type: Type},
	{Service: "Ecs", Name: "ModifySecurityGroupRule", Resource: own, Type: Type},
	{Service: "Ecs", Name: "ConfigureSecurityGroupPermissions", Resource: own, Type: Type},
	{Service: "Ecs", Name: "RevokeSecurityGroup", Resource: own, Type: Type}, // of a Drop rule, which lets in what was behind it
	{Service: "Ecs", Name: "ModifyPrefixList", Resource: "params.PrefixListId", Type: TypePrefixList},
	{Service: "Ecs", Name: "ModifyPortRangeList", Resource: "params.PortRangeListId", Type: TypePortList},
}

// Attaching gives a group to an instance or an interface. Its rules are as they were.
var Attaching = []practice.Trigger{
	{Service: "Ecs", Name: "JoinSecurityGroup", Resource: own},
	{Service: "Ecs", Name: "ModifyInstanceAttribute", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "ModifyInstanceVpcAttribute", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "CreateNetworkInterface", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "ModifyNetworkInterfaceAttribute", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "AttachNetworkInterface", Resource: "params.NetworkInterfaceId", Type: TypeInterface},
	{Service: "Ecs", Name: "CreateInstance", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", Type: TypeInstance, New: true, Else: true},

	// A launch may name groups in all of these places at once: those of the instance,
	// which its primary interface has, and those of each further interface.
	{Service: "Ecs", Name: "RunInstances", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "RunInstances", Resource: "params.NetworkInterface.*.SecurityGroupId", Maybe: true},
	{Service: "Ecs", Name: "RunInstances", Resource: "params.NetworkInterface.*.SecurityGroupIds.*", Maybe: true},
	{Service: "Ecs", Name: "RunInstances", Resource: "params.NetworkInterface.*.NetworkInterfaceId", Type: TypeInterface, Maybe: true},
	{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", Type: TypeInstance, New: true, Else: true}, // by a launch template
}
