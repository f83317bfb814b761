package cloud

import (
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/config"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
	ourconfig "github.com/ecsguard/ecsguard/test/cloud/config"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const restOfState = `
ecs:
  disk-encryption-by-default: true
  disks: [{id: d-1, encrypted: false}]
ram:
  root-access-keys: 0
  policies:
    - name: look
      description: may look
      document:
        Version: "1"
        Statement: [{Effect: Allow, Action: "ecs:Describe*", Resource: "*", Condition: {IpAddress: {"acs:SourceIp": [203.0.113.0/24]}}}]
    - {name: text, document: '{"Version":"1","Statement":[{"Effect":"Deny","Action":["ram:*"],"Resource":"*"}]}'}
  users: [{name: alice, access-keys: 1, policies: [look, text]}]
slb:
  load-balancers:
    - id: lb-1
      name: web
      address: 198.51.100.7
      bandwidth: 5
      tags: {env: prod}
      listeners:
        - {port: 443, protocol: https, settings: {TLSCipherPolicy: tls_cipher_policy_1_2, ServerCertificateId: cert-1, BackendServerPort: "80"}}
        - {port: 80, protocol: http, stopped: true, settings: {ListenerForward: "on", ForwardPort: "443"}, tags: {a: b}}
alb:
  security-policies: [{id: spy-1, name: strict, tls-versions: [TLSv1.3]}]
  load-balancers:
    - id: alb-1
      address-type: Intranet
      deletion-protection: true
      zone-mappings: [{ZoneId: cn-hangzhou-h, VSwitchId: vsw-1}]
      listeners:
        - id: lsn-1
          port: 443
          protocol: HTTPS
          tls-policy: spy-1
          idle-timeout: 30
          gzip: false
          default-actions: [{Type: ForwardGroup, Order: 1, ForwardGroupConfig: {ServerGroupTuples: [{ServerGroupId: sgp-1}]}}]
          certificates: [{CertificateId: cert-1}]
        - {id: lsn-2, port: 80, protocol: HTTP, stopped: true, default-actions: [{Type: Redirect, RedirectConfig: {Port: "443"}}]}
config:
  rules:
    - {id: cr-1, name: disks, source: ecs-disk-encrypted, risk: 2}
    - {id: cr-2, name: mine, source: "acs:fc:cn-hangzhou:1000000000000001:functions/judge", types: ["ACS::ECS::Disk"], parameters: {days: "7"}, stopped: true}
`

func TestBalancersRulesAndPoliciesAreReadBack(t *testing.T) {
	c := startCloud(t)
	load(t, c, restOfState)
	isReadBack(t, c)
	got := dump(t, c)
	for _, want := range []string{
		"tls_cipher_policy_1_2", "ForwardPort: \"443\"", "stopped: true", "tls-policy: spy-1", "gzip: false", "ServerGroupId: sgp-1", "id: cr-2", "days: \"7\"",
		"acs:SourceIp", "description: may look",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the dump lacks %q:\n%s", want, got)
		}
	}
	k := admin(c)
	listener := slb.CreateDescribeLoadBalancerHTTPSListenerAttributeRequest()
	listener.LoadBalancerId, listener.ListenerPort = "lb-1", "443"
	if l := must[*slb.DescribeLoadBalancerHTTPSListenerAttributeResponse](t)(slbClient(t, c, k).DescribeLoadBalancerHTTPSListenerAttribute(listener)); l.Status != "running" || l.TLSCipherPolicy != "tls_cipher_policy_1_2" {
		t.Error(l)
	}
	// A rule that was there has judged.
	results := config.CreateListConfigRuleEvaluationResultsRequest()
	results.ConfigRuleId = "cr-1"
	list := must[*config.ListConfigRuleEvaluationResultsResponse](t)(configClient(t, c, k).ListConfigRuleEvaluationResults(results)).EvaluationResults.EvaluationResultList
	if len(list) != 1 || list[0].ComplianceType != ourconfig.NonCompliant {
		t.Errorf("%+v", list)
	}
}

// A user comes with what it may do.
func TestDumpOfUsersIsReadByAFreshCloud(t *testing.T) {
	c := startCloud(t)
	admin(c)
	role := c.AddRole("guard", kernel.Policy{}, kernel.SystemPolicies["AliyunRAMFullAccess"])
	first := dump(t, c)
	if !strings.Contains(first, "admin-1") || strings.Contains(first, "guard-1") {
		t.Errorf("%s %s", role, first)
	}
	other := startCloud(t)
	load(t, other, first)
	if second := dump(t, other); second != first {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
	if p := other.Policy("admin-1"); p == nil || p.Kind != "Custom" || p.Current().Doc.JSON() != kernel.SystemPolicies["AdministratorAccess"].JSON() {
		t.Errorf("%+v", p)
	}
}

func TestMistakesInTheRestAreFoundByLine(t *testing.T) {
	for name, test := range map[string]struct{ document, says string }{
		"system policy":  {"ram:\n  root-access-keys: 0\n  policies:\n    - {name: AdministratorAccess, document: '{}'}\n", "line 4"},
		"no document":    {"ram:\n  root-access-keys: 0\n  policies:\n    - {name: a, document: {Version: \"1\"}}\n", "no Statement"},
		"no policy":      {"ram:\n  root-access-keys: 0\n  users:\n    - {name: a, policies: [none]}\n", "line 4"},
		"two listeners":  {"slb:\n  load-balancers:\n    - {id: lb-1, address: 1.2.3.4, listeners: [{port: 80, protocol: http}, {port: 80, protocol: http}]}\n", "line 3"},
		"classic policy": {"slb:\n  load-balancers:\n    - {id: lb-1, address: 1.2.3.4, listeners: [{port: 443, protocol: https, settings: {TLSCipherPolicy: x}}]}\n", "TLSCipherPolicy"},
		"no tls policy":  {"alb:\n  load-balancers:\n    - id: alb-1\n      listeners:\n        - {id: lsn-1, port: 443, protocol: HTTPS, tls-policy: spy-9}\n", "line 5"},
		"no such rule":   {"config:\n  rules:\n    - {id: cr-1, name: a, source: none}\n", "line 3"},
		"no port":        {"ecs:\n  disk-encryption-by-default: true\n  instances:\n    - {id: i-1, listening: [{port: 0, process: a}]}\n", "line 4"},
		"no version":     {"ecs:\n  disk-encryption-by-default: true\n  launch-templates:\n    - {id: lt-1, name: a, default-version: 2, versions: [{}]}\n", "line 4"},
		"nothing":        {"ecs:\n  disk-encryption-by-default: true\n  disks:\n    - {id: d-1, encrypted: false}\n    -\n", "ecs.disks[1]"},
		"nothing inside": {"ecs:\n  disk-encryption-by-default: true\n  security-groups:\n    - {id: sg-1, rules: [null]}\n", "ecs.security-groups[0].rules[0]"},
		"no trail":       {"actiontrail:\n  trails: [null]\n", "actiontrail.trails[0]"},
		"no region":      {"ecs:\n  disk-encryption-by-default: true\n  other-regions: {cn-beijing: null}\n", "cn-beijing"},
		"tags of a list": {"ecs:\n  disk-encryption-by-default: true\n  prefix-lists:\n    - {id: pl-1, entries: [], tags: {a: b}}\n", "unknown field \"tags\""},
		"tags of DNAT":   {"vpc:\n  nat-gateways:\n    - {id: ngw-1, dnat: [{protocol: tcp, external-ip: 1.2.3.4, external-port: \"1\", internal-ip: 172.16.0.1, internal-port: \"1\", tags: {a: b}}]}\n", "vpc.nat-gateways[0].dnat[0]): unknown field \"tags\""},
		"text of a disk": {"ecs:\n  disk-encryption-by-default: true\n  disks:\n    - {id: d-1, encrypted: false, description: x}\n", "unknown field \"description\""},
		"id of a key":    {"ecs:\n  disk-encryption-by-default: true\n  key-pairs:\n    - {name: a, id: b}\n", "unknown field \"id\""},
		"no parameter":   {"ecs:\n  disk-encryption-by-default: true\n  launch-templates:\n    - {id: lt-1, name: a, versions: [{parameters: {Nothing: x}}]}\n", "line 4"},
	} {
		t.Run(name, func(t *testing.T) { wantMistake(t, test.document, test.says) })
	}
}
