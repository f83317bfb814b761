package functions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// unwanted are the operations of the local cloud that change something and wake no
// practice, by the reason. An operation that is new there has to be looked at by one, or
// stand here: unless it is of a product that no practice asks anything of, which is new itself.
var unwanted = map[string][]string{
	"it takes something away, and with it what could be wrong about it": {
		"Alb DeleteListener", "Alb DeleteLoadBalancer", "Alb DeleteSecurityPolicy", "Alb StopListener", "Ecs DeleteDisk", "Ecs DeleteImage", "Ecs DeleteInstance",
		"Ecs DeleteKeyPairs", "Ecs DeleteLaunchTemplate", "Ecs DeleteNetworkInterface", "Ecs DeletePortRangeList", "Ecs DeletePrefixList",
		"Ecs DeleteSnapshot", "Ecs DetachDisk", "Ecs UnassignIpv6Addresses", "Ecs UnassignPrivateIpAddresses",
		"Ram DetachPolicyFromUser", "Slb DeleteLoadBalancer", "Slb DeleteLoadBalancerListener",
		"Slb StopLoadBalancerListener", "Vpc DeleteHaVip", "Vpc DeleteIpv6Gateway", "Vpc DeleteNatGateway", "Vpc DeleteRouteTable", "Vpc DeleteSnatEntry",
		"Vpc DeleteVSwitch", "Vpc DeleteVpc", "Vpc ReleaseEipAddress",
		"Actiontrail DeleteDataEventSelector", "Ecs DeleteCommand", "Ecs EndTerminalSession", "Ecs StopInvocation",
		"Alb DeleteServerGroup", "Alb RemoveServersFromServerGroup", "Ecs DeleteInstances",
		"Cbn DetachCenChildInstance", "Vpc UnassociateVpcCidrBlock", "VpcPeer DeleteVpcPeerConnection",
		"Ram DeleteGroup", "Ram DeleteLoginProfile", "Ram DeletePolicyVersion", "Ram DeleteVirtualMFADevice",
		"Ram ClearAccountAlias", "Slb DeleteServerCertificate", "Slb DeleteVServerGroup", "Slb RemoveBackendServers",
		"Slb RemoveVServerGroupBackendServers",
		"Ims DeleteGroup", "Ims DeleteLoginProfile", "Ims DeleteVirtualMFADevice", "ResourceManager DeleteFolder",
		"ResourceManager DeletePolicyVersion", "ResourceManager DeleteResourceGroup",
		"ResourceManager DeleteServiceLinkedRole",
	},
	"it is what a practice would ask for": {
		"Actiontrail StartLogging", "Ecs EnableDiskEncryptionByDefault", "Ecs InstallCloudAssistant", "Vpc ActiveFlowLog", "Vpc CreateFlowLog", "Vpc OpenFlowLogService", "Vpc CreateIpv6EgressOnlyRule",
		"Ims BindMFADevice", "Ram BindMFADevice", "ResourceManager EnableControlPolicy",
	},
	"what it makes does nothing until another call uses it, which is looked at": {
		"Alb CreateSecurityPolicy", "Ecs CreateKeyPair", "Ecs CreatePortRangeList", "Ecs CreatePrefixList",
		"Vpc CreateHaVip", "Vpc CreateIpv6Gateway", "Vpc CreateRouteTable",
		"Ecs AssignIpv6Addresses", "Ecs AssignPrivateIpAddresses",
		"Alb CreateServerGroup",
	},
	"what it starts is judged whether it runs or not": {"Alb StartListener"},
	"it changes nothing that a practice judges": {
		"Ecs ConvertNatPublicIpToEip", "Slb SetLoadBalancerHTTPListenerAttribute", "Vpc ModifyEipAddressAttribute",
		"Vpc ModifyNetworkAclAttributes", "Vpc ModifySnatEntry", "Vpc ModifyVSwitchAttribute", "Vpc DeleteIpv6EgressOnlyRule",
		"Alb DisableDeletionProtection", "Alb EnableDeletionProtection", "Alb UpdateLoadBalancerAttribute",
		"Alb UpdateServerGroupAttribute", "Ecs ModifyDiskAttribute", "Ecs ModifyDiskSpec", "Ecs ResizeDisk", "Slb ModifyLoadBalancerInstanceSpec",
		"Slb SetLoadBalancerDeleteProtection", "Slb SetLoadBalancerModificationProtection", "Slb SetLoadBalancerName", "Slb SetLoadBalancerTCPListenerAttribute",
		"Slb SetServerCertificateName", "Slb SetVServerGroupAttribute", "Vpc ModifyNatGatewayAttribute",
		"Ims GenerateCredentialReport", "ResourceManager CreateFolder", "ResourceManager CreateResourceGroup", "ResourceManager UpdateResourceGroup",
	},
	notYet: {
		"Actiontrail CreateTrail", "Ecs CreateImage", "Ecs CopyImage", "Ecs CreateSnapshot",
		"Ecs CopySnapshot", "Ecs ApplyAutoSnapshotPolicy", "Ecs CancelAutoSnapshotPolicy",
		"Ecs CreateAutoSnapshotPolicy", "Ecs DeleteAutoSnapshotPolicy", "Ecs ModifyAutoSnapshotPolicyEx",
		"Vpc UnassociateRouteTable",
		"Ecs ModifyDiskDefaultKMSKeyId", "Ecs ResetDiskDefaultKMSKeyId", "Ecs ModifyImageAttribute", "Ecs ModifyImageSharePermission", "Ecs ModifySnapshotAttribute",
		"Ram AttachPolicyToRole", "Ram CreatePolicy", "Ram CreateRole",
		"Ram UpdateRole",
		"Actiontrail PutDataEventSelector", "Alb TagResources", "Alb UnTagResources", "Ecs AttachInstanceRamRole", "Ecs DetachInstanceRamRole", "Ims UpdateUser", "Ram AddUserToGroup",
		"Ram AttachPolicyToGroup", "Ram CreateGroup", "Ram CreateVirtualMFADevice", "Ram SetAccountAlias", "Ram SetDefaultPolicyVersion",
		"Ram SetSecurityPreference", "Ram TagResources", "Ram UntagResources", "Ram UpdateGroup",
		"Ram UpdatePolicyDescription", "Ram UpdateUser", "ResourceManager CreateServiceLinkedRole", "Slb AddVServerGroupBackendServers",
		"Slb CreateLoadBalancerTCPListener", "Slb CreateLoadBalancerUDPListener", "Slb SetLoadBalancerStatus", "Slb TagResources", "Slb UntagResources",
		"Ims AddUserToGroup", "Ims ChangePassword", "Ims CreateGroup", "Ims CreateVirtualMFADevice",
		"Ims DeleteAccessKeyInRecycleBin", "Ims DeleteUserInRecycleBin", "Ims RestoreAccessKeyFromRecycleBin",
		"Ims RestoreUserFromRecycleBin", "Ims SetAccessKeyPolicy", "Ims SetAccessKeyPolicyForAccount",
		"Ims TagResources", "Ims UntagResources", "Ims UpdateGroup", "Ram ChangePassword",
		"ResourceManager AttachControlPolicy", "ResourceManager CreateControlPolicy",
		"ResourceManager CreatePolicy", "ResourceManager CreateResourceAccount", "ResourceManager CreateRole",
		"ResourceManager DeleteControlPolicy", "ResourceManager DetachControlPolicy", "ResourceManager DisableControlPolicy",
		"ResourceManager EnableResourceDirectory", "ResourceManager MoveAccount",
		"ResourceManager UpdateControlPolicy", "ResourceManager UpdateRole",
		"Kms CancelKeyDeletion", "Kms CreateSecret", "Kms DeleteKeyMaterial", "Kms DeleteSecret", "Kms DisableKey", "Kms EnableKey", "Kms RestoreSecret",
		"Kms ScheduleKeyDeletion", "Kms SetDeletionProtection", "Kms UpdateRotationPolicy", "Kms UpdateSecretRotationPolicy",
	},
	"it is of what ecsguard itself stands on, which no practice looks at": {
		"Config ActiveConfigRules", "Config CreateConfigRule", "Config DeactiveConfigRules", "Config DeleteConfigRules", "Config PutEvaluations", "Config StartConfigRuleEvaluation",
		"Config StopConfigRules", "Eventbridge CreateRule", "Eventbridge EnableRule",
	},
}

// notYet is the one reason that lapses by itself: a practice that asks for what stands here
// needs no change of this list.
const notYet = "no practice is about it yet"

func TestEveryWriteIsWantedOrNotForAReason(t *testing.T) {
	c, err := cloud.New(cloud.Options{Account: "1098765432101234", Region: "cn-hangzhou", NoPort: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	reasons := map[string]string{}
	for reason, names := range unwanted {
		for _, name := range names {
			if reasons[name] != "" {
				t.Errorf("%s has two reasons", name)
			}
			reasons[name] = reason
		}
	}
	asked := map[string]bool{}
	for _, p := range functions.All {
		for _, trigger := range p.Triggers {
			asked[strings.ToLower(trigger.Service)] = true
		}
	}
	for _, name := range c.Writes() {
		wanted, excused := wants(name), reasons[name] != ""
		service, _, _ := strings.Cut(name, " ")
		if wanted == excused && !(wanted && reasons[name] == notYet) && (wanted || asked[strings.ToLower(service)] || isNamed(service)) {
			t.Errorf("%s: looked at by a practice is %v, and the reason why not %q", name, wanted, reasons[name])
		}
		delete(reasons, name)
	}
	for name := range reasons {
		t.Errorf("the local cloud has no %s", name)
	}
}

// isNamed tells whether the list has an operation of a service.
func isNamed(service string) bool {
	for _, names := range unwanted {
		if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, service+" ") }) {
			return true
		}
	}
	return false
}

// wants tells whether any practice asks for an operation, also where it takes exemptions away.
func wants(name string) bool {
	service, operation, _ := strings.Cut(name, " ")
	e := &events.Event{Kind: events.KindActionTrail, Service: strings.ToLower(service), Name: operation, Data: []byte("{}"),
		Params: map[string]string{"All": "true", "ResourceId.1": "sg-1", "ResourceId.2": "vpc-1"}}
	return len(practice.NewMatcher(functions.All).Match(e)) > 0 || slices.ContainsFunc(functions.All, func(p *practice.Practice) bool {
		return slices.ContainsFunc(p.Triggers, func(trigger practice.Trigger) bool { return e.Is(trigger.Service, trigger.Name) })
	})
}
