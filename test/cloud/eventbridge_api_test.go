package cloud

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// bus is the generic client of the default bus. It answers the data of a call,
// and the code: an error of the product's own is HTTP 200.
func bus(t *testing.T, c *Cloud, k kernel.Credentials) func(action string, params ...string) (map[string]any, string) {
	t.Helper()
	p := generic(t, c, k, "eventbridge", "2020-04-01", "eventbridge.cn-hangzhou.aliyuncs.com")
	return func(action string, params ...string) (map[string]any, string) {
		t.Helper()
		if action != "TestEventPattern" && action != "ListEventBuses" {
			params = append(params, "EventBusName", "default")
		}
		r, err := p.call(action, params...)
		if err != nil {
			t.Fatalf("%s: %v", action, err)
		}
		var answer struct {
			Code    string
			Success bool
			Data    map[string]any
		}
		if err := json.Unmarshal(r.GetHttpContentBytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Success != (answer.Code == "Success") {
			t.Errorf("%s: %+v", action, answer)
		}
		return answer.Data, answer.Code
	}
}

func TestRulesOfTriggersAreSeenAndChanged(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "triage"})
	deploy(t, c, fc.Function{Name: "other"})
	if err := c.AddRule("router-events", []byte(`{"source":["acs.ecs"]}`), "triage"); err != nil {
		t.Fatal(err)
	}
	ask := bus(t, c, admin(c))
	emit := func(id string) (router, other int) {
		c.Emit(cloudEvent(id, "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
		idle(t, c)
		return len(attempts(c, "triage")), len(attempts(c, "other"))
	}
	rule, _ := ask("GetRule", "RuleName", "router-events")
	target := rule["Targets"].([]any)[0].(map[string]any)
	if rule["Status"] != "ENABLE" || rule["FilterPattern"] != `{"source":["acs.ecs"]}` || target["Type"] != "acs.fc.function" ||
		target["Endpoint"] != "acs:fc:cn-hangzhou:"+c.Account+":functions/triage" {
		t.Errorf("%v", rule)
	}
	if r, o := emit("e1"); r != 1 || o != 0 {
		t.Error(r, o)
	}
	ask("DisableRule", "RuleName", "router-events")
	if r, _ := emit("e2"); r != 1 {
		t.Error("a disabled rule sends events")
	}
	ask("EnableRule", "RuleName", "router-events")
	// The form of an endpoint before Function Compute 3.0.
	ask("PutTargets", "RuleName", "router-events", "Targets",
		`[{"Id":"two","Type":"acs.fc.function","Endpoint":"acs:fc:cn-hangzhou:`+c.Account+`:services/s.LATEST/functions/other"}]`)
	if r, o := emit("e3"); r != 2 || o != 1 {
		t.Error(r, o)
	}
	if data, _ := ask("DeleteTargets", "RuleName", "router-events", "TargetIds", `["router-events","nosuch"]`); data["ErrorEntriesCount"] != 1.0 {
		t.Errorf("%v", data)
	}
	ask("UpdateRule", "RuleName", "router-events", "FilterPattern", `{"data":{"eventName":["Y"]}}`)
	if r, o := emit("e4"); r != 2 || o != 1 {
		t.Error(r, o)
	}
	if data, _ := ask("ListTargets", "Arn", rule["RuleARN"].(string)); data["Total"] != 1.0 {
		t.Errorf("%v", data)
	}
	ask("DeleteRule", "RuleName", "router-events")
	if _, code := ask("GetRule", "RuleName", "router-events"); code != "EventRuleNotExisted" {
		t.Error(code)
	}
	if _, code := ask("DeleteRule", "RuleName", "router-events"); code != "EventRuleNotExisted" {
		t.Error(code)
	}
}

func TestRuleMadeWithTheOfficialClientDelivers(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "triage"})
	client := must[*eventbridge.Client](t)(eventbridge.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(admin(c))))
	create := eventbridge.CreateCreateRuleRequest()
	create.Domain = "eventbridge.cn-hangzhou.aliyuncs.com"
	create.EventBusName, create.RuleName, create.FilterPattern = "default", "all", `{"source":[{"prefix":"acs.ecs"}]}`
	create.EventTargets = &[]eventbridge.CreateRuleEventTargets{{
		Id: "1", Type: "acs.fc.function", Endpoint: "acs:fc:cn-hangzhou:" + c.Account + ":functions/triage",
		ParamList: &[]eventbridge.CreateRuleEventTargetsParamListItem{{ResourceKey: "Body", Form: "ORIGINAL"}},
	}}
	if made := must[*eventbridge.CreateRuleResponse](t)(client.CreateRule(create)); !made.Success || made.Data.RuleARN == "" {
		t.Errorf("%+v", made)
	}
	list := eventbridge.CreateListRulesRequest()
	list.Domain, list.EventBusName, list.Limit = create.Domain, "default", requests.NewInteger(10)
	rules := must[*eventbridge.ListRulesResponse](t)(client.ListRules(list)).Data.Rules
	if len(rules) != 1 || rules[0].Targets[0].Id != "1" {
		t.Errorf("%+v", rules)
	}
	c.Emit(cloudEvent("e1", "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
	idle(t, c)
	if inv := attempts(c, "triage"); len(inv) != 1 {
		t.Errorf("%+v", inv)
	}
}

func TestBusRefusesWhatTheRealOneRefuses(t *testing.T) {
	c := fcCloud(t)
	k := admin(c)
	ask := bus(t, c, k)
	const pattern = `{"source":["acs.ecs"]}`
	for i := range 10 {
		if _, code := ask("CreateRule", "RuleName", fmt.Sprint("rule-", i), "FilterPattern", pattern, "Status", "DISABLE"); code != "Success" {
			t.Fatal(code)
		}
	}
	target := func(id, kind, endpoint string) string {
		return fmt.Sprintf(`[{"Id":%q,"Type":%q,"Endpoint":%q}]`, id, kind, endpoint)
	}
	here := "acs:fc:cn-hangzhou:" + c.Account + ":functions/f"
	var six []string
	for i := range 6 {
		six = append(six, fmt.Sprintf(`{"Id":"%d","Type":"acs.fc.function","Endpoint":%q}`, i, here))
	}
	for name, test := range map[string]struct {
		call []string
		want string
	}{
		"the eleventh rule":   {[]string{"CreateRule", "RuleName", "rule-10", "FilterPattern", pattern}, "EventRuleCountExceedLimit"},
		"a rule twice":        {[]string{"CreateRule", "RuleName", "rule-0", "FilterPattern", pattern}, "EventRuleExisted"},
		"a bad name":          {[]string{"CreateRule", "RuleName", "my_rule", "FilterPattern", pattern}, "EventRuleNameInvalid"},
		"six expressions":     {[]string{"UpdateRule", "RuleName", "rule-0", "FilterPattern", `{"source":["a","b","c","d","e","f"]}`}, "InvalidEventPattern"},
		"six targets":         {[]string{"PutTargets", "RuleName", "rule-0", "Targets", "[" + six[0] + "," + six[1] + "," + six[2] + "," + six[3] + "," + six[4] + "," + six[5] + "]"}, "EventTargetCountExceedLimit"},
		"another kind":        {[]string{"PutTargets", "RuleName", "rule-0", "Targets", target("1", "acs.mns.queue", "acs:mns:cn-hangzhou:1:queues/q")}, "EventTargetClassNotExist"},
		"no endpoint":         {[]string{"PutTargets", "RuleName", "rule-0", "Targets", target("1", "acs.fc.function", "")}, "EventTargetMissingAttribute"},
		"another account":     {[]string{"PutTargets", "RuleName", "rule-0", "Targets", target("1", "acs.fc.function", "acs:fc:cn-hangzhou:1:functions/f")}, "EventTargetIneffectiveAttribute"},
		"a transformed event": {[]string{"PutTargets", "RuleName", "rule-0", "Targets", `[{"Id":"1","Type":"acs.fc.function","Endpoint":"` + here + `","ParamList":[{"ResourceKey":"Body","Form":"TEMPLATE"}]}]`}, "EventTargetIneffectiveAttribute"},
	} {
		if _, code := ask(test.call[0], test.call[1:]...); code != test.want {
			t.Errorf("%s: got %s, want %s", name, code, test.want)
		}
	}
	if data, _ := ask("ListRules", "RuleNamePrefix", "rule-", "Limit", "3"); len(data["Rules"].([]any)) != 3 || data["Total"] != 10.0 || data["NextToken"] == "" {
		t.Errorf("%v", data)
	}
	p := generic(t, c, k, "eventbridge", "2020-04-01", "eventbridge.cn-hangzhou.aliyuncs.com")
	_, err := p.call("GetRule", "EventBusName", "default")
	wantCode(t, err, "MissingRuleName")
	p.client = generic(t, c, c.AddUser("alice", allow("eventbridge:*", "acs:eventbridge:*:*:eventbus/default/rule/rule-0")), "", "", "").client
	_, err = p.call("DeleteRule", "EventBusName", "default", "RuleName", "rule-1")
	wantCode(t, err, "NoPermission")
	if _, err = p.call("DeleteRule", "EventBusName", "default", "RuleName", "rule-0"); err != nil {
		t.Error(err)
	}
}

func TestPatternsAreTriedOnEvents(t *testing.T) {
	c := startCloud(t)
	ask := bus(t, c, admin(c))
	event := string(cloudEvent("e1", "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
	for pattern, want := range map[string]bool{`{"source":["acs.ecs"]}`: true, `{"source":[{"suffix":"oss"}]}`: false} {
		if data, _ := ask("TestEventPattern", "Event", event, "EventPattern", pattern); data["Result"] != want {
			t.Errorf("%s: %v", pattern, data)
		}
	}
	if _, code := ask("TestEventPattern", "Event", event, "EventPattern", `{"source":"acs.ecs"}`); code != "InvalidEventPattern" {
		t.Error(code)
	}
	if data, _ := ask("ListEventBuses"); data["Total"] != 1.0 {
		t.Errorf("%v", data)
	}
}

func TestTriggerThatIsOffIsADisabledRule(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "router"})
	trigger := fc.Fc3Trigger{TriggerName: "events", TriggerType: "eventbridge", TriggerConfig: json.RawMessage(
		`{"triggerEnable":false,"asyncInvocationType":true,"eventRuleFilterPattern":"{\"source\":[\"acs.ecs\"]}","eventSourceConfig":{"eventSourceType":"Default"}}`)}
	if err := c.DeployTrigger("router", trigger); err != nil {
		t.Fatal(err)
	}
	if rule, _ := bus(t, c, admin(c))("GetRule", "RuleName", "router-events"); rule["Status"] != "DISABLE" {
		t.Errorf("%v", rule)
	}
	c.Emit(cloudEvent("e1", "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
	idle(t, c)
	if inv := attempts(c, "router"); len(inv) != 0 {
		t.Errorf("%+v", inv)
	}
}
