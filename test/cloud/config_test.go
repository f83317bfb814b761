package cloud

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/config"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"

	"github.com/ecsguard/ecsguard/events"
	ourconfig "github.com/ecsguard/ecsguard/test/cloud/config"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// watched is a cloud that Cloud Config looks at right after each write.
func watched(t *testing.T, state string) *Cloud {
	t.Helper()
	c := fcCloud(t)
	c.ConfigDelay = 20 * time.Millisecond
	load(t, c, state)
	return c
}

func configClient(t *testing.T, c *Cloud, k kernel.Credentials) *config.Client {
	t.Helper()
	return must[*config.Client](t)(config.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
}

// configEvents are the events of Cloud Config, as text, that came to the bus.
func configEvents(t *testing.T, c *Cloud, kind string) []map[string]any {
	t.Helper()
	idle(t, c)
	var list []map[string]any
	for _, d := range c.Events() {
		if !strings.HasSuffix(d.Type, ":Config:"+kind) {
			continue
		}
		var e map[string]any
		if err := json.Unmarshal(d.Event, &e); err != nil {
			t.Fatal(err)
		}
		if read, err := events.Decode(d.Event); err != nil || len(read) != 1 || read[0].Account != c.Account {
			t.Errorf("ecsguard cannot read it: %v %v", read, err)
		}
		list = append(list, e["data"].(map[string]any))
	}
	return list
}

const itemChange, badResult = "ConfigurationItemChangeNotification", "NonCompliantNotification"

func TestChangesOfResourcesAreTold(t *testing.T) {
	c := watched(t, oneGroup)
	client := ecsClient(t, c, admin(c))
	must[*ecs.AuthorizeSecurityGroupResponse](t)(client.AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "0.0.0.0/0"))))
	changes := configEvents(t, c, itemChange)
	if len(changes) != 1 {
		t.Fatalf("%d: %v", len(changes), changes)
	}
	e := changes[0]
	if e["resourceId"] != "sg-1" || e["resourceType"] != "ACS::ECS::SecurityGroup" || e["resourceEventType"] != "MODIFY" || e["regionId"] != "cn-hangzhou" {
		t.Errorf("%v", e)
	}
	for k, v := range e {
		if _, ok := v.(string); !ok {
			t.Errorf("%s is %T, every value is text", k, v)
		}
	}
	var diff map[string][2]any
	if err := json.Unmarshal([]byte(e["configurationDiff"].(string)), &diff); err != nil {
		t.Fatal(err)
	}
	if len(diff) != 1 || !strings.Contains(fmt.Sprint(diff["Permissions"][1]), "0.0.0.0/0") || strings.Contains(fmt.Sprint(diff["Permissions"][0]), "0.0.0.0/0") {
		t.Errorf("%v", diff)
	}
	var item struct {
		ServiceManaged bool
		Permissions    struct{ Permission []map[string]any }
	}
	if err := json.Unmarshal([]byte(e["configuration"].(string)), &item); err != nil {
		t.Fatal(err)
	}
	if len(item.Permissions.Permission) != 1 || item.Permissions.Permission[0]["Direction"] != "ingress" || item.Permissions.Permission[0]["Policy"] != "Accept" {
		t.Errorf("%+v", item)
	}
}

func TestResourcesThatComeAndGoAreTold(t *testing.T) {
	c := watched(t, oneGroup)
	client := ecsClient(t, c, admin(c))
	run := runCall()
	id := must[*ecs.RunInstancesResponse](t)(client.RunInstances(run)).InstanceIdSets.InstanceIdSet[0]
	idle(t, c)
	remove := ecs.CreateDeleteInstanceRequest()
	remove.InstanceId, remove.Force = id, "true"
	must[*ecs.DeleteInstanceResponse](t)(client.DeleteInstance(remove))
	var got []string
	for _, e := range configEvents(t, c, itemChange) {
		got = append(got, e["resourceType"].(string)+" "+e["resourceEventType"].(string))
		if e["resourceType"] == kernel.InstanceKind && !strings.Contains(e["configuration"].(string), `"MetadataOptions":{"HttpEndpoint":"","HttpTokens":""}`) {
			t.Errorf("%v", e["configuration"])
		}
	}
	slices.Sort(got)
	if want := []string{"ACS::ECS::Disk DISCOVERED", "ACS::ECS::Disk REMOVE", "ACS::ECS::Instance DISCOVERED", "ACS::ECS::Instance REMOVE"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// It looks at intervals: what is put right in between it never learns of.
func TestCloudConfigMissesWhatDoesNotLast(t *testing.T) {
	c := watched(t, oneGroup)
	c.ConfigDelay = 300 * time.Millisecond
	client := ecsClient(t, c, admin(c))
	must[*ecs.AuthorizeSecurityGroupResponse](t)(client.AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "0.0.0.0/0"))))
	revoke := ecs.CreateRevokeSecurityGroupRequest()
	revoke.SecurityGroupId = "sg-1"
	revoke.Permissions = &[]ecs.RevokeSecurityGroupPermissions{{IpProtocol: "tcp", PortRange: "22/22", SourceCidrIp: "0.0.0.0/0"}}
	must[*ecs.RevokeSecurityGroupResponse](t)(client.RevokeSecurityGroup(revoke))
	if changes := configEvents(t, c, itemChange); len(changes) != 0 {
		t.Errorf("%v", changes)
	}
}

func TestCloudConfigIsSilentUnlessSwitchedOn(t *testing.T) {
	c := fcCloud(t)
	load(t, c, oneGroup)
	must[*ecs.AuthorizeSecurityGroupResponse](t)(ecsClient(t, c, admin(c)).AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "0.0.0.0/0"))))
	if changes := configEvents(t, c, itemChange); len(changes) != 0 {
		t.Errorf("%v", changes)
	}
	// What it would see can be asked for all the same.
	list := config.CreateListDiscoveredResourcesRequest()
	list.ResourceTypes = kernel.GroupKind
	found := must[*config.ListDiscoveredResourcesResponse](t)(configClient(t, c, admin(c)).ListDiscoveredResources(list)).DiscoveredResourceProfiles
	if found.TotalCount != 1 || found.DiscoveredResourceProfileList[0].ResourceId != "sg-1" {
		t.Errorf("%+v", found)
	}
}

func managedCall(name, source string, types ...string) *config.CreateConfigRuleRequest {
	r := config.CreateCreateConfigRuleRequest()
	r.ConfigRuleName, r.SourceOwner, r.SourceIdentifier, r.ResourceTypesScope = name, "ALIYUN", source, &types
	r.ConfigRuleTriggerTypes, r.RiskLevel = itemChange, requests.NewInteger(1)
	return r
}

func TestManagedRulesJudge(t *testing.T) {
	const state = `
ecs:
  security-groups:
    - {id: sg-open, rules: [{protocol: all, ports: -1/-1, source: 0.0.0.0/0}]}
    - {id: sg-shadowed, rules: [{protocol: all, ports: -1/-1, source: 0.0.0.0/0, priority: 2}, {protocol: all, ports: -1/-1, source: 0.0.0.0/0, policy: drop}]}
    - {id: sg-ssh, rules: [{protocol: tcp, ports: 22/22, source: 0.0.0.0/0}]}
  instances:
    - {id: i-old}
    - {id: i-new, http-tokens: required}
  disks:
    - {id: d-plain, encrypted: false}
    - {id: d-safe, encrypted: true}
ram: {root-access-keys: 1}
actiontrail: {trails: [{name: audit, logging: false}]}
`
	for source, test := range map[string]struct{ kind, bad string }{
		"sg-public-access-check":            {kernel.GroupKind, "sg-open"},
		"ecs-disk-encrypted":                {kernel.DiskKind, "d-plain"},
		"ecs-instance-meta-data-mode-check": {kernel.InstanceKind, "i-old"},
		"actiontrail-enabled":               {ourconfig.AccountKind, "1000000000000001"},
		"root-ak-check":                     {ourconfig.AccountKind, "1000000000000001"},
	} {
		t.Run(source, func(t *testing.T) {
			c := watched(t, state)
			client := configClient(t, c, admin(c))
			id := must[*config.CreateConfigRuleResponse](t)(client.CreateConfigRule(managedCall("r", source, test.kind))).ConfigRuleId
			told := configEvents(t, c, badResult)
			if len(told) != 1 {
				t.Fatalf("%v", told)
			}
			qualifier := told[0]["evaluationResultIdentifier"].(map[string]any)["evaluationResultQualifier"].(map[string]any)
			if qualifier["resourceId"] != test.bad || qualifier["resourceType"] != test.kind || qualifier["configRuleId"] != id ||
				qualifier["sourceIdentifier"] != source || told[0]["riskLevel"] != "Critical" || told[0]["complianceType"] != "NON_COMPLIANT" {
				t.Errorf("%v", told[0])
			}
			results := config.CreateListConfigRuleEvaluationResultsRequest()
			results.ConfigRuleId, results.ComplianceType = id, "NON_COMPLIANT"
			list := must[*config.ListConfigRuleEvaluationResultsResponse](t)(client.ListConfigRuleEvaluationResults(results)).EvaluationResults.EvaluationResultList
			if len(list) != 1 || list[0].EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId != test.bad {
				t.Errorf("%+v", list)
			}
			get := config.CreateGetConfigRuleRequest()
			get.ConfigRuleId = id
			if r := must[*config.GetConfigRuleResponse](t)(client.GetConfigRule(get)).ConfigRule; r.Compliance.ComplianceType != "NON_COMPLIANT" || r.Compliance.Count != 1 {
				t.Errorf("%+v", r)
			}
			start := config.CreateStartConfigRuleEvaluationRequest()
			start.ConfigRuleId = id
			must[*config.StartConfigRuleEvaluationResponse](t)(client.StartConfigRuleEvaluation(start))
			if told := configEvents(t, c, badResult); len(told) != 2 || told[1]["lastNonCompliantRecordTimestamp"] == nil {
				t.Errorf("%v", told)
			}
		})
	}
}

func TestRulesJudgeChanges(t *testing.T) {
	c := watched(t, oneGroup+"\nactiontrail: {trails: [{name: audit, logging: true}]}")
	k := admin(c)
	client := configClient(t, c, k)
	for source, kind := range map[string]string{"sg-public-access-check": kernel.GroupKind, "actiontrail-enabled": ourconfig.AccountKind} {
		must[*config.CreateConfigRuleResponse](t)(client.CreateConfigRule(managedCall(source, source, kind)))
	}
	if told := configEvents(t, c, badResult); len(told) != 0 {
		t.Fatalf("%v", told)
	}
	all := tcp("-1/-1", "0.0.0.0/0")
	all.IpProtocol = "all"
	must[*ecs.AuthorizeSecurityGroupResponse](t)(ecsClient(t, c, k).AuthorizeSecurityGroup(authorizeCall(all)))
	if told := configEvents(t, c, badResult); len(told) != 1 || told[0]["invokingEventMessageType"] != itemChange {
		t.Errorf("%v", told)
	}
	trail := generic(t, c, k, "Actiontrail", "2020-07-06", "actiontrail.cn-hangzhou.aliyuncs.com")
	if _, err := trail.call("StopLogging", "Name", "audit"); err != nil {
		t.Fatal(err)
	}
	if told := configEvents(t, c, badResult); len(told) != 2 {
		t.Errorf("%v", told)
	}
	list := must[*config.ListConfigRulesResponse](t)(client.ListConfigRules(config.CreateListConfigRulesRequest())).ConfigRules
	if list.TotalCount != 2 || list.ConfigRuleList[0].Compliance.ComplianceType != "NON_COMPLIANT" {
		t.Errorf("%+v", list)
	}
	// A rule that is off is silent, and one that is gone is not found.
	off := config.CreateDeactiveConfigRulesRequest()
	off.ConfigRuleIds = list.ConfigRuleList[0].ConfigRuleId + "," + list.ConfigRuleList[1].ConfigRuleId
	must[*config.DeactiveConfigRulesResponse](t)(client.DeactiveConfigRules(off))
	if _, err := trail.call("StartLogging", "Name", "audit"); err != nil {
		t.Fatal(err)
	}
	if _, err := trail.call("StopLogging", "Name", "audit"); err != nil {
		t.Fatal(err)
	}
	if told := configEvents(t, c, badResult); len(told) != 2 {
		t.Errorf("%v", told)
	}
	remove := config.CreateDeleteConfigRulesRequest()
	remove.ConfigRuleIds = list.ConfigRuleList[0].ConfigRuleId + ",cr-none"
	outcome := must[*config.DeleteConfigRulesResponse](t)(client.DeleteConfigRules(remove)).OperateRuleResult.OperateRuleItemList
	if len(outcome) != 2 || !outcome[0].Success || outcome[1].ErrorCode != "ConfigRuleNotExists" {
		t.Errorf("%+v", outcome)
	}
	get := config.CreateGetConfigRuleRequest()
	get.ConfigRuleId = list.ConfigRuleList[0].ConfigRuleId
	_, err := client.GetConfigRule(get)
	wantCode(t, err, "ConfigRuleNotExists")
}

func TestCustomRulesAskTheirFunction(t *testing.T) {
	c := watched(t, oneGroup)
	k := admin(c)
	deploy(t, c, fc.Function{Name: "judge"})
	client := configClient(t, c, k)
	r := managedCall("custom", "acs:fc:cn-hangzhou:"+c.Account+":functions/judge", kernel.GroupKind)
	r.SourceOwner, r.InputParameters = "CUSTOM_FC", `{"ports":"22,3389"}`
	id := must[*config.CreateConfigRuleResponse](t)(client.CreateConfigRule(r)).ConfigRuleId
	idle(t, c)
	inv := attempts(c, "judge")
	if len(inv) != 1 || inv[0].Trigger != "config" {
		t.Fatalf("%+v", inv)
	}
	read, err := events.Decode([]byte(inv[0].Payload))
	if err != nil || len(read) != 1 || read[0].Kind != events.KindConfigRule || read[0].ResultToken == "" || read[0].Resources[0].ID != "sg-1" {
		t.Fatalf("%v %+v: %s", err, read, inv[0].Payload)
	}
	say := func(version, token, evaluations string) error {
		_, err := generic(t, c, k, "Config", version, "config.cn-shanghai.aliyuncs.com").call("PutEvaluations", "ResultToken", token, "Evaluations", evaluations)
		return err
	}
	verdict := func(kind string, at int64) string {
		return fmt.Sprintf(`[{"accountId":%s,"complianceResourceId":"sg-1","complianceResourceType":%q,"complianceRegionId":"cn-hangzhou","complianceType":%q,"orderingTimestamp":%d,"annotation":"no"}]`,
			c.Account, kernel.GroupKind, kind, at)
	}
	wantCode(t, say("2020-09-07", "forged", verdict("NON_COMPLIANT", 1)), "Invalid.ResultToken.Value")
	wantCode(t, say("2020-09-07", read[0].ResultToken, verdict("PERHAPS", 1)), "Invalid.ComplianceType.Value")
	wantCode(t, say("2020-09-07", read[0].ResultToken, "{"), "Invalid.Evaluations.Value")
	if err := say("2019-01-08", read[0].ResultToken, verdict("NON_COMPLIANT", 2)); err != nil {
		t.Fatal(err)
	}
	if err := say("2020-09-07", read[0].ResultToken, verdict("COMPLIANT", 1)); err != nil { // it comes late
		t.Fatal(err)
	}
	if told := configEvents(t, c, badResult); len(told) != 1 {
		t.Errorf("%v", told)
	}
	results := config.CreateListConfigRuleEvaluationResultsRequest()
	results.ConfigRuleId = id
	list := must[*config.ListConfigRuleEvaluationResultsResponse](t)(client.ListConfigRuleEvaluationResults(results)).EvaluationResults.EvaluationResultList
	if len(list) != 1 || list[0].ComplianceType != "NON_COMPLIANT" || list[0].Annotation != "no" {
		t.Errorf("%+v", list)
	}
}

func TestConfigRulesThatCannotBe(t *testing.T) {
	c := startCloud(t)
	client := configClient(t, c, admin(c))
	must[*config.CreateConfigRuleResponse](t)(client.CreateConfigRule(managedCall("taken", "root-ak-check", ourconfig.AccountKind)))
	for name, test := range map[string]struct {
		edit func(*config.CreateConfigRuleRequest)
		code string
	}{
		"no name":         {func(r *config.CreateConfigRuleRequest) { r.ConfigRuleName = "" }, "MissingConfigRuleName"},
		"a name twice":    {func(r *config.CreateConfigRuleRequest) { r.ConfigRuleName = "taken" }, "ConfigRuleExists"},
		"no managed rule": {func(r *config.CreateConfigRuleRequest) { r.SourceIdentifier = "no-such-check" }, "Invalid.SourceIdentifier.Value"},
		"no function":     {func(r *config.CreateConfigRuleRequest) { r.SourceOwner = "CUSTOM_FC" }, "Invalid.SourceIdentifier.Value"},
		"another type":    {func(r *config.CreateConfigRuleRequest) { r.ResourceTypesScope = &[]string{kernel.DiskKind} }, "Invalid.ResourceTypesScope.Value"},
		"another trigger": {func(r *config.CreateConfigRuleRequest) { r.ConfigRuleTriggerTypes = "Sometimes" }, "Invalid.ConfigRuleTriggerTypes.Value"},
		"bad parameters":  {func(r *config.CreateConfigRuleRequest) { r.InputParameters = "{" }, "Invalid.InputParameters.Value"},
		"no such risk":    {func(r *config.CreateConfigRuleRequest) { r.RiskLevel = requests.NewInteger(4) }, "InvalidParameter"},
	} {
		r := managedCall("r", "root-ak-check", ourconfig.AccountKind)
		test.edit(r)
		_, err := client.CreateConfigRule(r)
		if err == nil {
			t.Errorf("%s: was made", name)
			continue
		}
		wantCode(t, err, test.code)
	}
}

func TestDiscoveredResourcesAreWhatCloudConfigSaw(t *testing.T) {
	c := watched(t, oneGroup)
	c.ConfigDelay = time.Hour
	k := admin(c)
	must[*ecs.AuthorizeSecurityGroupResponse](t)(ecsClient(t, c, k).AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "0.0.0.0/0"))))
	get := config.CreateGetDiscoveredResourceRequest()
	get.ResourceType, get.ResourceId = kernel.GroupKind, "sg-1"
	client := configClient(t, c, k)
	if d := must[*config.GetDiscoveredResourceResponse](t)(client.GetDiscoveredResource(get)).DiscoveredResourceDetail; strings.Contains(d.Configuration, "0.0.0.0/0") ||
		d.ResourceId != "sg-1" || fmt.Sprint(d.AccountId) != c.Account {
		t.Errorf("it has seen what it cannot have: %+v", d)
	}
	get.ResourceId = "sg-none"
	_, err := client.GetDiscoveredResource(get)
	wantCode(t, err, "ResourceNotExists")
	old := generic(t, c, k, "Config", "2019-01-08", "config.cn-shanghai.aliyuncs.com")
	_, err = old.call("ListDiscoveredResources", "PageNumber", "1")
	wantCode(t, err, "MissingPageSize")
	answer, err := old.call("ListDiscoveredResources", "PageNumber", "1", "PageSize", "10", "ResourceTypes", kernel.GroupKind)
	if err != nil || !strings.Contains(answer.GetHttpContentString(), `"TotalCount":1`) {
		t.Errorf("%v %v", answer, err)
	}
}

// The metadata at hand is of another version, so the tables are checked against
// the SDK.
func TestParametersOfCloudConfigAreThoseOfItsSDK(t *testing.T) {
	c := startCloud(t)
	served := c.RPC[slices.IndexFunc(c.RPC, func(p *kernel.Product) bool { return p.Code == "Config" && p.Version == "2020-09-07" })]
	for name, request := range map[string]any{
		"CreateConfigRule": config.CreateConfigRuleRequest{}, "GetConfigRule": config.GetConfigRuleRequest{}, "ListConfigRules": config.ListConfigRulesRequest{},
		"DeleteConfigRules": config.DeleteConfigRulesRequest{}, "ActiveConfigRules": config.ActiveConfigRulesRequest{},
		"DeactiveConfigRules": config.DeactiveConfigRulesRequest{}, "StartConfigRuleEvaluation": config.StartConfigRuleEvaluationRequest{},
		"ListConfigRuleEvaluationResults": config.ListConfigRuleEvaluationResultsRequest{}, "GetDiscoveredResource": config.GetDiscoveredResourceRequest{},
		"ListDiscoveredResources": config.ListDiscoveredResourcesRequest{}, "PutEvaluations": config.PutEvaluationsRequest{},
	} {
		var theirs []realParam
		for _, f := range reflect.VisibleFields(reflect.TypeOf(request)) {
			if f.Tag.Get("position") == "" {
				continue
			}
			p := realParam{Name: f.Tag.Get("name"), Type: f.Type.Name()}
			if f.Tag.Get("type") == "Repeated" {
				p.Type = "RepeatList"
			}
			p.Type = strings.Replace(p.Type, "string", "String", 1)
			theirs = append(theirs, p)
		}
		for _, d := range differences(served.Actions[name].Spec, theirs) {
			t.Errorf("%s: %s", name, d)
		}
	}
}
