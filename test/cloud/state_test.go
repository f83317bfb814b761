package cloud

import (
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
)

const wholeState = `
ecs:
  disk-encryption-by-default: true
  disk-default-kms-key: key-1
  other-regions:
    cn-beijing: {disk-encryption-by-default: true}
  security-groups:
    - id: sg-2
      name: db
      tags: {team: data, env: prod}
    - id: sg-1
      name: web
      description: the web tier
      rules:
        - {id: sgr-1, protocol: TCP, ports: 22/22, source: 0.0.0.0/0}
        - {id: sgr-2, protocol: tcp, port-list: prl-1, source: "::/0", policy: drop, priority: 7, description: no admin}
        - {id: sgr-3, protocol: all, ports: -1/-1, group: sg-2}
        - {id: sgr-4, protocol: udp, ports: 53/53, prefix-list: pl-1, dest: 172.16.0.0/16, source-ports: 1024/65535}
        - {id: sgr-5, direction: egress, protocol: all, ports: -1/-1, dest: 0.0.0.0/0}
    - {id: sg-3, service-managed: true, type: enterprise, region: cn-beijing}
    - id: sg-4
      vpc: classic
      rules: [{id: sgr-6, protocol: icmp, ports: -1/-1, source: 10.0.0.0/8, nic: intranet}]
  instances:
    - id: i-1
      name: web-1
      http-tokens: optional
      http-endpoint: enabled
      security-groups: [sg-1, sg-2]
      tags: {env: prod}
      disks: [{id: d-1, encrypted: false, type: system}]
    - {id: i-2, status: Stopped}
  disks:
    - {id: d-2, encrypted: true, kms-key: key-2, size: 500, instance: i-2}
    - {id: d-3, encrypted: false, category: local_ssd_pro}
  prefix-lists: [{id: pl-1, name: office, entries: [203.0.113.0/24, 198.51.100.0/24]}]
  port-lists: [{id: prl-1, name: admin, entries: [22/22, 3389/3389]}]
ram:
  root-access-keys: 1
  root-mfa: false
  users: [{name: alice, access-keys: 2, policies: [AdministratorAccess]}]
actiontrail:
  trails:
    - {name: audit, logging: true, sls-project-arn: "acs:log:cn-hangzhou:1000000000000001:project/audit"}
    - {name: archive, logging: false, events: Write, region: cn-beijing, oss-bucket: archive, home-region: cn-beijing, organization: true}
`

func TestDumpIsReadBack(t *testing.T) {
	c := startCloud(t)
	load(t, c, wholeState)
	first := dump(t, c)
	other := startCloud(t)
	load(t, other, first)
	if second := dump(t, other); second != first {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
	for _, want := range []string{
		"name: audit", "root-access-keys: 1", "root-mfa: false", "id: sgr-2", "priority: 7", "port-list: prl-1", "instance: i-1", "kms-key: key-2", "source: ::/0", "vpc: classic",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the dump lacks %q:\n%s", want, first)
		}
	}
	if strings.Contains(first, "key-1") != true || strings.Contains(first, "cn-hangzhou\n") {
		t.Errorf("%s", first)
	}
}

// Undoing a change brings back the very text of the state before it.
func TestDumpsOfTheSameStateAreEqual(t *testing.T) {
	c := startCloud(t)
	load(t, c, twoRules)
	client := ecsClient(t, c, admin(c))
	before := dump(t, c)
	modify := func(policy string) {
		r := ecs.CreateModifySecurityGroupRuleRequest()
		r.SecurityGroupId, r.SecurityGroupRuleId, r.Policy = "sg-1", "sgr-ssh", policy
		must[*ecs.ModifySecurityGroupRuleResponse](t)(client.ModifySecurityGroupRule(r))
	}
	modify("drop")
	if dump(t, c) == before {
		t.Error("the dump does not show the change")
	}
	modify("accept")
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func TestMistakesInAStateAreFoundByLine(t *testing.T) {
	for name, test := range map[string]struct{ document, says string }{
		"unknown key":     {"ecs:\n  disk-encryption-by-default: true\n  securitygroups: []\n", "securitygroups"},
		"bad ports":       {"ecs:\n  disk-encryption-by-default: true\n  security-groups:\n    - id: sg-1\n      rules:\n        - {protocol: tcp, ports: 22, source: 0.0.0.0/0}\n", "line 6"},
		"no such group":   {"ecs:\n  disk-encryption-by-default: true\n  security-groups:\n    - id: sg-1\n      rules:\n        - {protocol: tcp, ports: 22/22, group: sg-9}\n", "line 6"},
		"id of a disk":    {"ecs:\n  disk-encryption-by-default: true\n  disks:\n    - {id: disk-1, encrypted: true}\n", "line 4"},
		"id twice":        {"ecs:\n  disk-encryption-by-default: true\n  disks:\n    - {id: d-1, encrypted: true}\n    - {id: d-1, encrypted: true}\n", "line 5"},
		"no instance":     {"ecs:\n  disk-encryption-by-default: true\n  disks:\n    - {id: d-1, encrypted: true, instance: i-1}\n", "line 4"},
		"encrypted local": {"ecs:\n  disk-encryption-by-default: true\n  disks:\n    - {id: d-1, encrypted: true, category: local_ssd_pro}\n", "local disk"},
		"metadata":        {"ecs:\n  disk-encryption-by-default: true\n  instances:\n    - {id: i-1, http-tokens: yes}\n", "HttpTokens"},
		"trail":           {"actiontrail:\n  trails:\n    - {logging: true}\n", "line 3"},
		"root keys":       {"ram:\n  root-access-keys: 3\n", "line 2"},
		"not YAML":        {"ecs: [", ""},
	} {
		t.Run(name, func(t *testing.T) { wantMistake(t, test.document, test.says) })
	}
}

func TestLoadLeavesOtherProductsAlone(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	load(t, c, wholeState)
	load(t, c, "actiontrail: {trails: []}")
	if got := dump(t, c); !strings.Contains(got, "sgr-1") || strings.Contains(got, "name: audit") {
		t.Error(got)
	}
	rulesOf(t, ecsClient(t, c, k), "sg-1") // the user is still there
}

// wantMistake loads a document that is wrong: the error says what, and nothing is loaded.
func wantMistake(t *testing.T, document, says string) {
	t.Helper()
	c := startCloud(t)
	before := dump(t, c)
	err := c.Load([]byte(document))
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want it to say %q", err, says)
	}
	if dump(t, c) != before {
		t.Error("something was loaded all the same")
	}
}
