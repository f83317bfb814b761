package cloud

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

func certificate(t *testing.T) (cert, key string) {
	k := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.com"}, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"www.example.com"}}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k))
	private := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(k))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// sameAfterLoading fails unless another cloud that loads the state is in the same.
func sameAfterLoading(t *testing.T, c *Cloud) {
	t.Helper()
	saved := dump(t, c)
	other := startCloud(t)
	load(t, other, saved)
	if again := dump(t, other); again != saved {
		t.Errorf("saved:\n%s\nloaded and saved again:\n%s", saved, again)
	}
}

func TestClassicBalancersAsClientsUseThem(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	r := rawFor(t, c, admin(c))
	lb := r.call("slb:CreateLoadBalancer", "LoadBalancerName", "one", "VSwitchId", "vsw-1", "LoadBalancerSpec", "slb.s1.small")["LoadBalancerId"].(string)
	on := func(action string, form ...string) map[string]any {
		t.Helper()
		return r.call("slb:"+action, append([]string{"LoadBalancerId", lb}, form...)...)
	}
	r.is(on("DescribeLoadBalancerAttribute"), "VpcId", "vpc-1")
	on("SetLoadBalancerName", "LoadBalancerName", "two")
	on("SetLoadBalancerStatus", "LoadBalancerStatus", "inactive")
	on("SetLoadBalancerModificationProtection", "ModificationProtectionStatus", "ConsoleProtection", "ModificationProtectionReason", "managed by code")
	on("ModifyLoadBalancerInstanceSpec", "LoadBalancerSpec", "slb.s2.small")
	a := on("DescribeLoadBalancerAttribute")
	for path, want := range map[string]any{
		"LoadBalancerName": "two", "LoadBalancerStatus": "inactive", "ModificationProtectionReason": "managed by code", "LoadBalancerSpec": "slb.s2.small", "MasterZoneId": "cn-hangzhou-h",
	} {
		r.is(a, path, want)
	}

	// The provider writes its lists in single quotes, and numbers as text.
	on("AddBackendServers", "BackendServers", "[{'ServerId':'i-1','Weight':'100', 'Type': 'ecs'}]")
	on("CreateLoadBalancerTCPListener", "ListenerPort", "22", "BackendServerPort", "2222", "Bandwidth", "-1", "healthCheckInterval", "7", "HealthCheckSwitch", "off")
	a = on("DescribeLoadBalancerTCPListenerAttribute", "ListenerPort", "22")
	r.is(a, "HealthCheckInterval", 7)
	r.is(a, "HealthCheck", "off")
	r.is(a, "EstablishedTimeout", 900)
	on("StartLoadBalancerListener", "ListenerPort", "22", "ListenerProtocol", "tcp")
	r.is(on("DescribeHealthStatus", "ListenerPort", "22"), "BackendServers.BackendServer.0.Port", 2222)
	on("SetLoadBalancerTCPListenerAttribute", "ListenerPort", "22", "PersistenceTimeout", "30")
	r.is(r.call("slb:DescribeLoadBalancerListeners", "LoadBalancerId.1", lb), "Listeners.0.TCPListenerConfig.PersistenceTimeout", 30)

	group := on("CreateVServerGroup", "VServerGroupName", "web", "BackendServers", `[{"ServerId":"i-1","Port":8080,"Weight":50}]`)["VServerGroupId"].(string)
	r.is(on("DescribeVServerGroups"), "VServerGroups.VServerGroup.0.ServerCount", 1)
	on("CreateLoadBalancerHTTPListener", "ListenerPort", "80", "Bandwidth", "-1", "VServerGroupId", group, "HealthCheck", "off", "StickySession", "off")
	r.is(on("DescribeHealthStatus", "ListenerPort", "80"), "BackendServers.BackendServer.0.Port", 8080)
	sameAfterLoading(t, c)
	r.refused("RspoolVipExist", "slb:DeleteVServerGroup", "VServerGroupId", group)
	r.is(r.call("slb:AddVServerGroupBackendServers", "VServerGroupId", group, "BackendServers", "[{'ServerId':'i-2','Port':'81','Weight':'10'}]"), "BackendServers.BackendServer.1.Weight", 10)
	r.call("slb:RemoveVServerGroupBackendServers", "VServerGroupId", group, "BackendServers", `[{"ServerId":"i-1","Port":8080}]`)
	r.is(r.call("slb:DescribeVServerGroupAttribute", "VServerGroupId", group), "BackendServers.BackendServer.0.ServerId", "i-2")
	r.refused("InvalidParameter", "slb:AddVServerGroupBackendServers", "VServerGroupId", group, "BackendServers", `[{"ServerId":"i-9","Port":80}]`)
	r.call("slb:TagResources", "ResourceType", "vservergroup", "ResourceId.1", group, "Tag.1.Key", "team", "Tag.1.Value", "a")
	r.is(r.call("slb:ListTagResources", "ResourceType", "vservergroup", "ResourceId.1", group), "TagResources.TagResource.0.TagValue", "a")
	on("DeleteLoadBalancerListener", "ListenerPort", "80", "ListenerProtocol", "http")
	r.call("slb:DeleteVServerGroup", "VServerGroupId", group)

	cert, key := certificate(t)
	_, other := certificate(t)
	r.refused("CertificateAndPrivateKeyIsRefusedByVerification", "slb:UploadServerCertificate", "ServerCertificate", cert, "PrivateKey", other)
	r.refused("CertificateFormatInvalid", "slb:UploadServerCertificate", "ServerCertificate", "x", "PrivateKey", key)
	a = r.call("slb:UploadServerCertificate", "ServerCertificate", cert, "PrivateKey", key, "ServerCertificateName", "site")
	r.is(a, "CommonName", "example.com")
	id := a["ServerCertificateId"].(string)
	on("CreateLoadBalancerHTTPSListener", "ListenerPort", "443", "BackendServerPort", "80", "Bandwidth", "-1", "ServerCertificateId", id, "HealthCheck", "off", "StickySession", "off")
	r.refused("CertificateBeingUsed", "slb:DeleteServerCertificate", "ServerCertificateId", id)
	on("SetLoadBalancerDeleteProtection", "DeleteProtection", "on")
	r.refused("OperationDenied.DeleteProtection", "slb:DeleteLoadBalancer", "LoadBalancerId", lb)
	on("SetLoadBalancerDeleteProtection", "DeleteProtection", "off")
	on("DeleteLoadBalancer")
	r.call("slb:DeleteServerCertificate", "ServerCertificateId", id)
}

func TestServerGroupsOfApplicationBalancers(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	r := rawFor(t, c, admin(c))
	group := r.call("alb:CreateServerGroup", "ServerGroupName", "web", "VpcId", "vpc-1", "Protocol", "HTTP", "HealthCheckConfig.HealthCheckEnabled", "true",
		"HealthCheckConfig.HealthCheckPath", "/health", "StickySessionConfig.StickySessionEnabled", "false", "Tag.1.Key", "team", "Tag.1.Value", "a")["ServerGroupId"].(string)
	a := r.call("alb:ListServerGroups", "ServerGroupIds.1", group)
	for path, want := range map[string]any{
		"HealthCheckConfig.HealthCheckEnabled": true, "HealthCheckConfig.HealthCheckPath": "/health", "HealthCheckConfig.HealthCheckInterval": 2,
		"StickySessionConfig.StickySessionEnabled": false, "ServerGroupStatus": "Available", "Scheduler": "Wrr",
	} {
		r.is(a, "ServerGroups.0."+path, want)
	}
	r.call("alb:AddServersToServerGroup", "ServerGroupId", group, "Servers.1.ServerId", "i-1", "Servers.1.ServerType", "Ecs", "Servers.1.Port", "80", "Servers.1.RemoteIpEnabled", "false")
	a = r.call("alb:ListServerGroupServers", "ServerGroupId", group)
	r.is(a, "Servers.0.Weight", 100)
	r.is(a, "Servers.0.Port", 80)
	r.is(a, "Servers.0.RemoteIpEnabled", false)
	r.refused("ResourceAlreadyExist.BackendServer", "alb:AddServersToServerGroup", "ServerGroupId", group, "Servers.1.ServerId", "i-1", "Servers.1.ServerType", "Ecs", "Servers.1.Port", "80")
	r.refused("ResourceNotFound.BackendServer", "alb:AddServersToServerGroup", "ServerGroupId", group, "Servers.1.ServerId", "i-9", "Servers.1.ServerType", "Ecs", "Servers.1.Port", "80")
	r.refused("ResourceNotFound.Vpc", "alb:CreateServerGroup", "ServerGroupName", "web", "VpcId", "vpc-9", "HealthCheckConfig.HealthCheckEnabled", "false")

	lb := r.call("alb:CreateLoadBalancer", "LoadBalancerName", "alb", "VpcId", "vpc-1", "AddressType", "Internet", "AddressAllocatedMode", "Fixed", "LoadBalancerEdition", "Basic",
		"LoadBalancerBillingConfig.PayType", "PostPay", "ZoneMappings.1.ZoneId", "cn-hangzhou-h", "ZoneMappings.1.VSwitchId", "vsw-1")["LoadBalancerId"].(string)
	r.is(r.call("alb:GetLoadBalancerAttribute", "LoadBalancerId", lb), "AddressAllocatedMode", "Fixed")
	listener := r.call("alb:CreateListener", "LoadBalancerId", lb, "ListenerPort", "80", "ListenerProtocol", "HTTP", "DefaultActions.1.Type", "ForwardGroup",
		"DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId", group)["ListenerId"].(string)
	r.is(r.call("alb:ListServerGroups", "ShowRelationEnabled", "true"), "ServerGroups.0.RelatedListenerIds.0", listener)
	r.refused("ResourceInUse.ServerGroup", "alb:DeleteServerGroup", "ServerGroupId", group)
	r.call("alb:TagResources", "ResourceType", "loadbalancer", "ResourceId.1", lb, "Tag.1.Key", "team", "Tag.1.Value", "b")
	r.is(r.call("alb:ListTagResources", "ResourceType", "loadbalancer", "ResourceId.1", lb), "TagResources.0.TagValue", "b")
	r.call("alb:UpdateLoadBalancerAttribute", "LoadBalancerId", lb, "LoadBalancerName", "renamed", "ModificationProtectionConfig.Status", "ConsoleProtection", "ModificationProtectionConfig.Reason", "by code")
	r.is(r.call("alb:GetLoadBalancerAttribute", "LoadBalancerId", lb), "ModificationProtectionConfig.Reason", "by code")
	r.call("alb:EnableDeletionProtection", "ResourceId", lb)
	r.refused("OperationDenied.DeletionProtectionEnabled", "alb:DeleteLoadBalancer", "LoadBalancerId", lb)
	r.call("alb:DisableDeletionProtection", "ResourceId", lb)
	sameAfterLoading(t, c)
	r.call("alb:DeleteListener", "ListenerId", listener)
	r.call("alb:RemoveServersFromServerGroup", "ServerGroupId", group, "Servers.1.ServerId", "i-1", "Servers.1.ServerType", "Ecs", "Servers.1.Port", "80")
	r.call("alb:DeleteServerGroup", "ServerGroupId", group)
}

// The calls about tags that came before TagResources.
func TestOldTagsOfECS(t *testing.T) {
	c := startCloud(t)
	load(t, c, aNetwork)
	r := rawFor(t, c, admin(c))
	for _, id := range []string{"i-1", "i-2"} {
		r.call("ecs:AddTags", "ResourceType", "instance", "ResourceId", id, "Tag.1.Key", "team", "Tag.1.Value", "a")
	}
	a := r.call("ecs:DescribeTags", "ResourceType", "instance")
	r.is(a, "Tags.Tag.0.TagKey", "team")
	r.is(a, "Tags.Tag.0.ResourceTypeCount.Instance", 2)
	r.is(r.call("ecs:DescribeTags", "ResourceType", "image", "ResourceId", "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd"), "TotalCount", 0)
	r.call("ecs:RemoveTags", "ResourceType", "instance", "ResourceId", "i-1", "Tag.1.Key", "team", "Tag.1.Value", "other")
	r.is(r.call("ecs:DescribeTags", "ResourceId", "i-1"), "TotalCount", 1)
	r.call("ecs:RemoveTags", "ResourceType", "instance", "ResourceId", "i-1", "Tag.1.Key", "team")
	r.is(r.call("ecs:DescribeTags", "ResourceId", "i-1"), "TotalCount", 0)
	r.refused("InvalidResourceId.NotFound", "ecs:AddTags", "ResourceType", "disk", "ResourceId", "d-none", "Tag.1.Key", "x")
}
