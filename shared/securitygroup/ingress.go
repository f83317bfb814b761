package securitygroup

import "github.com/ecsguard/ecsguard/shared/practice"

// Family is of the practices that object to the ingress rules of a group.
const Family = "ingress rules"

const (
	own      = "params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"
	several  = "params.SecurityGroupIds.*|params.SecurityGroupId.*|params.SecurityGroupIds|params.SecurityGroupId|resources.ACS::ECS::SecurityGroup"
	launched = "params.SecurityGroupId|params.SecurityGroupIds.*|params.SecurityGroupIds|params.NetworkInterface.*.SecurityGroupId" +
		"|params.NetworkInterface.*.SecurityGroupIds.*|resources.ACS::ECS::SecurityGroup"
)

// Ingress is what opens a port, or gives an open group to somebody.
var Ingress = []practice.Trigger{
	{Service: "Ecs", Name: "AuthorizeSecurityGroup", Resource: own},
	{Service: "Ecs", Name: "ModifySecurityGroupRule", Resource: own},
	{Service: "Ecs", Name: "ConfigureSecurityGroupPermissions", Resource: own},
	{Service: "Ecs", Name: "RevokeSecurityGroup", Resource: own}, // of a Drop rule, which lets in what was behind it
	{Service: "Ecs", Name: "ModifyPrefixList", Resource: "params.PrefixListId", Type: TypePrefixList},
	{Service: "Ecs", Name: "ModifyPortRangeList", Resource: "params.PortRangeListId", Type: TypePortList},

	{Service: "Ecs", Name: "JoinSecurityGroup", Resource: own},
	{Service: "Ecs", Name: "ModifyInstanceAttribute", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "CreateNetworkInterface", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "ModifyNetworkInterfaceAttribute", Resource: several, Maybe: true},
	{Service: "Ecs", Name: "AttachNetworkInterface", Resource: "params.NetworkInterfaceId", Type: TypeInterface},
	{Service: "Ecs", Name: "RunInstances", Resource: launched, Maybe: true},
	{Service: "Ecs", Name: "RunInstances", Resource: "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", Type: TypeInstance, New: true, Else: true}, // by a launch template
	{Service: "Ecs", Name: "CreateInstance", Resource: launched, Maybe: true},
	{Service: "Ecs", Name: "CreateInstance", Resource: "response.InstanceId|resources.ACS::ECS::Instance", Type: TypeInstance, New: true, Else: true},

	{Service: "Config", Name: Type, Resource: "resource"},
}
