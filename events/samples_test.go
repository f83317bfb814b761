package events

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// facts are what a reader of the sample would say; zero values are not checked
// but for the errors and the actor's MFA.
type facts struct {
	kind             Kind
	service, name    string
	rule             string
	id, key          string
	time             string
	account, region  string
	actor            Actor // SourceIP and UserAgent are compared where they are given
	errorCode        string
	params           map[string]string
	absent           []string // parameters that are not there
	resources        []Resource
	token            bool
	trigger, payload string
}

const (
	account = "1098765432101234"
	group   = "sg-bp1guard0web00000001"
	rule    = "sgr-bp1guard0rule0000001"
	inst    = "i-bp1guard0inst00000001"
	disk    = "d-bp1guard0disk00000001"
)

var (
	theGroup = []Resource{{"ACS::ECS::SecurityGroup", group}}
	sato     = Actor{Type: "ram-user", Account: account, PrincipalID: "230987654321098765", Name: "sato", AccessKeyID: "LTAI5tSample****"}
	satoMFA  = Actor{Type: "ram-user", Account: account, PrincipalID: "230987654321098765", Name: "sato", MFA: true}
	suzuki   = Actor{Type: "ram-user", Account: account, PrincipalID: "239988776655443322", Name: "suzuki"}
	theRoot  = Actor{Type: "root-account", Account: account, PrincipalID: account, Name: "root"}
	theTrail = []Resource{{"ACS::ActionTrail::Trail", "org-audit"}}
)

func with(a Actor, change func(*Actor)) Actor { change(&a); return a }

var ownSamples = map[string][]facts{
	"actiontrail/authorize-security-group-legacy": {{
		kind: KindActionTrail, service: "ecs", name: "AuthorizeSecurityGroup", time: "2026-02-03T02:14:05Z",
		id: "5D0C0001-8A41-5F3B-B0E6-2C91E7A40001", key: "actiontrail/5D0C0001-8A41-5F3B-B0E6-2C91E7A40001",
		account: account, region: "cn-hangzhou", resources: theGroup,
		actor:  with(sato, func(a *Actor) { a.SourceIP = "203.0.113.24"; a.UserAgent = "aliyun-cli/3.0.266" }),
		params: map[string]string{"SecurityGroupId": group, "PortRange": "22/22", "SourceCidrIp": "0.0.0.0/0", "Priority": "1"},
		absent: []string{"Permissions.1.SourceCidrIp"},
	}},
	"actiontrail/authorize-security-group-permissions": {{
		kind: KindActionTrail, service: "ecs", name: "AuthorizeSecurityGroup", account: account, actor: satoMFA, resources: theGroup,
		params: map[string]string{"Permissions.2.SourceCidrIp": "0.0.0.0/1", "Permissions.3.Priority": "10", "Permissions.1.PortRange": "22/22"},
		absent: []string{"SourceCidrIp"},
	}},
	"actiontrail/authorize-security-group-failed": {{
		kind: KindActionTrail, service: "ecs", name: "AuthorizeSecurityGroup", account: account, errorCode: "Forbidden.RAM", resources: theGroup,
		actor: Actor{Type: "ram-user", Account: account, PrincipalID: "231122334455667788", Name: "tanaka", AccessKeyID: "LTAI5tOther****"},
	}},
	"actiontrail/authorize-security-group-ipv6": {{
		kind: KindActionTrail, service: "ecs", name: "AuthorizeSecurityGroup", account: account,
		actor:  with(sato, func(a *Actor) { a.SourceIP = "2001:db8:7::24" }),
		params: map[string]string{"Permissions.1.Ipv6SourceCidrIp": "::/0"}, resources: theGroup,
	}},
	"actiontrail/modify-security-group-rule": {{
		kind: KindActionTrail, service: "ecs", name: "ModifySecurityGroupRule", account: account,
		actor:  with(satoMFA, func(a *Actor) { a.MFA = false }),
		params: map[string]string{"SecurityGroupRuleId": rule, "SourceCidrIp": "0.0.0.0/0"}, resources: theGroup,
	}},
	"actiontrail/run-instances-console": {{
		kind: KindActionTrail, service: "ecs", name: "RunInstances", account: account, actor: satoMFA,
		params: map[string]string{"SystemDisk.Size": "40", "ImageOptions.LoginAsNonRoot": "false", "NetworkInterface.1.SecurityGroupId": group},
		absent: []string{"Tags"},
		resources: []Resource{{"ACS::ECS::Image", "aliyun_3_x64_20G_alibase_20250117.vhd"},
			{"ACS::ECS::Instance", inst}},
	}},
	"actiontrail/create-disk": {{
		kind: KindActionTrail, service: "ecs", name: "CreateDisk", account: account, actor: sato,
		params: map[string]string{"Encrypted": "false", "Size": "100"}, absent: []string{"DiskId"},
		resources: []Resource{{"ACS::ECS::Disk", disk}},
	}},
	"actiontrail/create-vpc": {{
		kind: KindActionTrail, service: "vpc", name: "CreateVpc", account: account, region: "cn-hangzhou", actor: sato,
		params: map[string]string{"CidrBlock": "10.0.0.0/8"}, absent: []string{"VpcId"},
		resources: []Resource{{"ACS::VPC::VPC", "vpc-bp1guard0vpc00000001"}},
	}},
	"actiontrail/create-access-key-root": {{
		kind: KindActionTrail, service: "ims", name: "CreateAccessKey", account: account, region: "cn-shanghai",
		actor: theRoot, absent: []string{"UserPrincipalName", "UserName"},
		resources: []Resource{{"ACS::RAM::AccessKey", "LTAI5tRoot****"}},
	}},
	"actiontrail/stop-logging": {{
		kind: KindActionTrail, service: "actiontrail", name: "StopLogging", account: account, actor: suzuki,
		params: map[string]string{"Name": "org-audit"}, resources: theTrail,
	}},
	"actiontrail/update-trail": {{
		kind: KindActionTrail, service: "actiontrail", name: "UpdateTrail", account: account, actor: suzuki,
		params: map[string]string{"EventRW": "Read", "OssBucketName": ""}, resources: theTrail,
	}},
	"actiontrail/delete-trail": {{
		kind: KindActionTrail, service: "actiontrail", name: "DeleteTrail", account: account, resources: theTrail,
		actor: with(suzuki, func(a *Actor) { a.AccessKeyID = "LTAI5tThird****" }),
	}},
	"actiontrail/disable-disk-encryption-by-default": {{
		kind: KindActionTrail, service: "ecs", name: "DisableDiskEncryptionByDefault", account: account, region: "cn-hangzhou", actor: sato,
	}},
	"actiontrail/modify-instance-metadata-options": {{
		kind: KindActionTrail, service: "ecs", name: "ModifyInstanceMetadataOptions", account: account, actor: sato,
		params: map[string]string{"HttpTokens": "optional"}, resources: []Resource{{"ACS::ECS::Instance", inst}},
	}},
	"actiontrail/own-revoke": {{
		kind: KindActionTrail, service: "ecs", name: "RevokeSecurityGroup", account: account, resources: theGroup,
		params: map[string]string{"SecurityGroupRuleId.1": rule},
		actor: Actor{Type: "assumed-role", Account: account, PrincipalID: "302233445566778899:session",
			Name: "ecsguard-sg-public-ingress:session", AccessKeyID: "STS.NTsample****"},
	}},
	"actiontrail/system-delete-disk": {{
		kind: KindActionTrail, service: "ecs", name: "DeleteDisk", account: account, time: "2026-02-07T21:52:00Z",
		actor:     Actor{Type: "system", Account: account, Name: "ecs.aliyuncs.com", SourceIP: "ecs.aliyuncs.com"},
		absent:    []string{"DiskId"},
		resources: []Resource{{"ACS::ECS::Disk", disk}, {"ACS::ECS::Instance", inst}},
	}},
	"config/item-change-security-group": {{
		kind: KindConfigItem, service: "config", name: "ACS::ECS::SecurityGroup", account: account, region: "cn-hangzhou",
		time: "2026-02-03T02:24:30Z", key: "acs.ecs/3a9e7f10-2b4c-4f2e-8d0a-6c5b4a3d0021", resources: theGroup,
	}},
	"config/noncompliant-disk": {{
		kind: KindConfigNonCompliant, service: "config", name: "ACS::ECS::Disk", rule: "ecs-disk-encrypted", account: account,
		region: "cn-hangzhou", time: "2026-02-04T04:19:59Z", resources: []Resource{{"ACS::ECS::Disk", disk}},
	}},
	"config/custom-rule": {{
		kind: KindConfigRule, service: "config", name: "ACS::ECS::SecurityGroup", account: account, region: "cn-hangzhou",
		time: "2026-02-03T02:24:30Z", resources: theGroup, token: true, params: map[string]string{"ports": "22,3389"},
	}},
	"config/remediation": {
		{kind: KindConfigRemediation, service: "config", name: "ACS::ECS::SecurityGroup", account: account, region: "cn-hangzhou", resources: theGroup},
		{kind: KindConfigRemediation, service: "config", name: "ACS::ECS::Disk", account: account, resources: []Resource{{"ACS::ECS::Disk", disk}}},
	},
	"timer/sweep": {{
		kind: KindTimer, time: "2026-02-03T18:00:00Z", trigger: "sweep", payload: "all", key: "timer/sweep/2026-02-03T18:00:00Z",
	}},
	"signin/root-console": {{
		kind: KindActionTrail, service: "aascustomer", name: "ConsoleSignin", account: account, region: "cn-hangzhou",
		actor: with(theRoot, func(a *Actor) { a.SourceIP = "198.51.100.77" }), time: "2026-02-05T00:55:10Z",
	}},
}

func TestOwnSamples(t *testing.T) {
	for _, name := range sampleFiles(t) {
		t.Run(name, func(t *testing.T) {
			want, known := ownSamples[name]
			if !known {
				t.Fatal("no facts in ownSamples about this sample")
			}
			list, err := Decode(sample(t, name))
			if err != nil {
				t.Fatal(err)
			}
			checkFacts(t, list, want)
		})
	}
}

// sharedSamples are facts about documented events that are kept beside the
// project and are not part of it.
var sharedSamples = map[string]facts{
	"at_ConsoleSignin_ramuser_nomfa": {
		kind: KindActionTrail, service: "aassub", name: "ConsoleSignin", account: "159498693826****", region: "cn-hangzhou",
		key:   "actiontrail/1.167_1627549154939_****",
		actor: Actor{Type: "ram-user", Account: "159498693826****", PrincipalID: "23890260100229****", Name: "Alice"}},
	"at_ConsoleSignin_root_nomfa": {
		kind: KindActionTrail, service: "aascustomer", name: "ConsoleSignin", account: "151266687691****", time: "2021-01-01T00:00:00Z",
		actor: Actor{Type: "root-account", Account: "151266687691****", PrincipalID: "151266687691****", Name: "root", SourceIP: "192.168.XX.XX"}},
	"at_LookupEvents_assumedrole": {
		kind: KindActionTrail, service: "actiontrail", name: "LookupEvents", account: "159498693826****",
		params: map[string]string{"LookupAttribute.1.Value": "Write", "LookupAttribute.1.Key": "EventRW"},
		actor: Actor{Type: "assumed-role", Account: "159498693826****", PrincipalID: "34359792600393****:u1",
			Name: "custom-role-for-actiontrail:u1", AccessKeyID: "STS.NUQNP4PiGyckMsNiGELCs****"}},
	"at_actiontrail_UpdateTrail_ramuser_console": {
		kind: KindActionTrail, service: "actiontrail", name: "UpdateTrail", account: "43274", region: "", time: "2016-01-06T03:29:15Z",
		params: map[string]string{"StartLogging": "false", "OssKeyPrefix": "", "Name": "default"},
		actor:  Actor{Type: "ram-user", Account: "43274", PrincipalID: "288153348682784898", Name: "Bob", MFA: true, UserAgent: "AliyunConsole"}},
	"at_ecs_CreateNetworkInterface_assumedrole": {
		kind: KindActionTrail, service: "ecs", name: "CreateNetworkInterface", account: "116214825062****",
		params: map[string]string{"Tag.1.Value": "StreamCompute"},
		resources: []Resource{{"ACS::ECS::SecurityGroup", "sg-bp10mvd143r6lfks****"},
			{"ACS::VPC::VSwitch", "vsw-bp1iqqma1noh402c8****"}},
		actor: Actor{Type: "assumed-role", Account: "116214825062****", PrincipalID: "31645666448606****:116214825062****",
			Name: "aliyunstreamdefaultrole:116214825062****", AccessKeyID: "STS.NUnj6nuqKaEoMZGsT****"}},
	"at_ecs_DeleteDisk_system": {
		kind: KindActionTrail, service: "ecs", name: "DeleteDisk", region: "cn-hangzhou",
		actor: Actor{Type: "system", Name: "ecs.aliyuncs.com", SourceIP: "ecs.aliyuncs.com"}, absent: []string{"DiskId"},
		resources: []Resource{{"ACS::ECS::Disk", "d-8vbf8rpv2nn0l1zm****"}, {"ACS::ECS::Instance", "i-8vb0smn1lf6g77md****"}}},
	"at_ecs_RunInstances_ramuser_ConsoleOperation": {
		kind: KindActionTrail, service: "ecs", name: "RunInstances", account: "1234567890123456", time: "2025-07-07T01:39:09Z",
		params: map[string]string{"SystemDisk.Size": "20", "IoOptimized": "true", "NetworkInterface.1.SecurityGroupId": "sg-bp19xclfrq0xuz3xnkob"},
		absent: []string{"Tags"},
		resources: []Resource{{"ACS::ECS::Image", "aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd"},
			{"ACS::ECS::Instance", "i-bp12uqx3r5o21mj0trru"}},
		actor: Actor{Type: "ram-user", Account: "1234567890123456", PrincipalID: "201234567890123456", Name: "alice", MFA: true}},
	"at_ecs_StopInstance_root_console": {
		kind: KindActionTrail, service: "ecs", name: "StopInstance", account: "154735325685****", region: "cn-beijing",
		params:    map[string]string{"ForceStop": "false", "InstanceId": "i-2zeip56clb391fpf****"},
		resources: []Resource{{"ACS::ECS::Instance", "i-2zeip56clb391fpf****"}},
		actor:     Actor{Type: "root-account", Account: "154735325685****", PrincipalID: "154735325685****", Name: "root"}},
	"at_ims_CreateUser_root_console": {
		kind: KindActionTrail, service: "ims", name: "CreateUser", account: "163205818484****", region: "cn-shanghai",
		resources: []Resource{{"ACS::RAM::User", "Alice@163205818484****.onaliyun.com"}},
		actor:     Actor{Type: "root-account", Account: "163205818484****", PrincipalID: "163205818484****", Name: "root"}},
	"at_ram_CreateGroup_ramuser_accesskey": {
		kind: KindActionTrail, service: "ram", name: "CreateGroup", account: "43274", params: map[string]string{"GroupName": "grp1"},
		actor: Actor{Type: "ram-user", Account: "43274", PrincipalID: "27418064654829****", Name: "Alice", AccessKeyID: "f6Iz********EI4d"}},
	"at_ram_DeleteGroup_ramuser_console": { // sessionAttributes instead of attributes
		kind: KindActionTrail, service: "ram", name: "DeleteGroup", account: "123456789012****",
		actor: Actor{Type: "ram-user", Account: "123456789012****", PrincipalID: "27418064654829****", Name: "Alice", MFA: true}},
	"at_resourcemanager_CreateResourceGroup_root": {
		kind: KindActionTrail, service: "resourcemanager", name: "CreateResourceGroup", account: "1117495088180940",
		actor: Actor{Type: "root-account", Account: "1117495088180940", PrincipalID: "1117495088180940", Name: "root"}},
	"ce_aliyuncvc_overview_full_envelope": {
		kind: KindOther, service: "aliyuncvc", name: "MemberOperate", account: "123456789098****", time: "2020-11-19T13:04:41Z",
		key: "acs:aliyuncvc/45ef4dewdwe1-7c35-447a-bd93-fab****"},
	"ce_dashscope_AsyncTaskFinish_full_envelope": { // one-digit month
		kind: KindOther, service: "dashscope", name: "AsyncTaskFinish", time: "2023-01-25T01:45:16.969Z", region: "cn-beijing"},
	"ce_ebs_DiskIOHang_full_envelope": { // has eventName and resourceId, and is neither ActionTrail nor Config
		kind: KindOther, service: "ebs", name: "DiskIOHang", time: "2020-11-19T13:04:41Z"},
	"ce_mns_full_envelope_fc_event": {
		kind: KindOther, service: "mns", name: "SendMessage", account: "16490154********", region: "cn-chengdu"},
	"config_ConfigurationItemChange_mns_create": {
		kind: KindConfigItem, service: "config", name: "ACS::OSS::Bucket", account: "132585902944****", region: "cn-beijing",
		time: "2021-08-25T09:20:13Z", id: "c9e582cf-8aba-47bc-8bf3-8c2c5c7fa615/test_bucket",
		resources: []Resource{{"ACS::OSS::Bucket", "test_bucket"}}},
	"config_NonCompliantNotification_mns": {
		kind: KindConfigNonCompliant, service: "config", name: "ACS::ECS::Instance", rule: "ecs-instances-in-vpc",
		account: "120886317861****", region: "cn-beijing", time: "2021-09-06T05:58:37.476Z",
		resources: []Resource{{"ACS::ECS::Instance", "i-2ze1qff61suafi71****"}}},
	"config_NonCompliantNotification_sls": {
		kind: KindConfigNonCompliant, service: "config", name: "ACS::ECS::Instance", rule: "ecs-instance-imageId-check",
		account: "1413397765616316", region: "cn-beijing", resources: []Resource{{"ACS::ECS::Instance", "i-2ze1j7ocdg95bd5z4p**"}}},
	"config_customrule_function_event": { // the configuration is a string that is not JSON
		kind: KindConfigRule, service: "config", name: "ACS::RAM::User", region: "ap-southeast-1", token: true,
		params:    map[string]string{"dangerousActions": "ecs:*,oss:*,log:*"},
		resources: []Resource{{"ACS::RAM::User", "20082888873117****"}}},
}

func TestSharedSamples(t *testing.T) {
	files, err := filepath.Glob(sharedDir + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(sharedDir); err != nil || len(files) == 0 {
		t.Skipf("the documented samples are not here: no %s", sharedDir)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if strings.HasPrefix(name, "s.") {
			continue // configurations of triggers, not events
		}
		t.Run(name, func(t *testing.T) {
			list, err := Decode(readFile(t, file))
			if err != nil {
				t.Fatal(err)
			}
			want, known := sharedSamples[name]
			if !known {
				t.Fatal("no facts in sharedSamples about this sample")
			}
			checkFacts(t, list, []facts{want})
		})
	}
}

func checkFacts(t *testing.T, list []Event, want []facts) {
	t.Helper()
	if len(list) != len(want) {
		t.Fatalf("%d events, want %d", len(list), len(want))
	}
	for i := range list {
		mustBeSound(t, &list[i])
		want[i].check(t, &list[i])
	}
}

func (want facts) check(t *testing.T, e *Event) {
	t.Helper()
	if e.Kind != want.kind {
		t.Errorf("Kind %q, want %q", e.Kind, want.kind)
	}
	for _, f := range []struct{ field, have, want string }{
		{"Service", e.Service, want.service},
		{"Name", e.Name, want.name},
		{"Rule", e.Rule, want.rule},
		{"ErrorCode", e.ErrorCode, want.errorCode},
		{"Trigger", e.Trigger, want.trigger},
		{"Payload", e.Payload, want.payload},
	} {
		if f.have != f.want {
			t.Errorf("%s %q, want %q", f.field, f.have, f.want)
		}
	}
	for _, f := range []struct{ field, have, want string }{
		{"ID", e.ID, want.id},
		{"Key", e.Key(), want.key},
		{"Time", e.Time.Format("2006-01-02T15:04:05.999Z07:00"), want.time},
		{"Account", e.Account, want.account},
		{"Region", e.Region, want.region},
		{"SourceIP", e.Actor.SourceIP, want.actor.SourceIP},
		{"UserAgent", e.Actor.UserAgent, want.actor.UserAgent},
	} {
		if f.want != "" && f.have != f.want {
			t.Errorf("%s %q, want %q", f.field, f.have, f.want)
		}
	}
	have, wanted := e.Actor, want.actor
	have.SourceIP, have.UserAgent, wanted.SourceIP, wanted.UserAgent = "", "", "", ""
	if have != wanted {
		t.Errorf("Actor %+v, want %+v", have, wanted)
	}
	for name, value := range want.params {
		if got, ok := e.Params[name]; !ok || got != value {
			t.Errorf("Params[%q] = %q, %v; want %q", name, got, ok, value)
		}
	}
	for _, name := range want.absent {
		if got, ok := e.Params[name]; ok {
			t.Errorf("Params[%q] = %q, want none", name, got)
		}
	}
	if !reflect.DeepEqual(e.Resources, want.resources) {
		t.Errorf("Resources %v, want %v", e.Resources, want.resources)
	}
	if (e.ResultToken != "") != want.token {
		t.Errorf("ResultToken %q", e.ResultToken)
	}
	if e.Succeeded() != (want.errorCode == "") {
		t.Errorf("Succeeded %v with code %q, message %q", e.Succeeded(), e.ErrorCode, e.ErrorMessage)
	}
}
