package cloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
)

const (
	functionTarget   = "acs.fc.function"
	defaultBus       = "default"
	maxTargets       = 5 // of a rule
	targetFields     = `(Id! Type! Endpoint PushRetryStrategy ErrorsTolerance ParamList:RepeatList DeadLetterQueue:Struct ConcurrentConfig:Struct)`
	namedRule        = "EventBusName! RuleName! "
	ruleStatusValues = "Status=ENABLE|DISABLE "
)

var eventBridgeActions = []rpcAction{
	{
		name: "CreateRule", write: true, on: onRule, do: createBusRule,
		params: namedRule + ruleStatusValues + "FilterPattern! Description EventTargets:Json" + targetFields,
	},
	{name: "GetRule", on: onRule, do: getBusRule, params: namedRule},
	{name: "ListRules", on: onRule, do: listBusRules, params: "EventBusName! RuleNamePrefix Limit:Integer=1..100 NextToken"},
	{name: "UpdateRule", write: true, on: onRule, do: updateBusRule, params: namedRule + ruleStatusValues + "FilterPattern! Description"},
	{name: "EnableRule", write: true, on: onRule, do: switchBusRule(false), params: namedRule},
	{name: "DisableRule", write: true, on: onRule, do: switchBusRule(true), params: namedRule},
	{name: "DeleteRule", write: true, on: onRule, do: deleteBusRule, params: namedRule},
	{name: "PutTargets", write: true, on: onRule, do: putBusTargets, params: namedRule + "Targets:Json!" + targetFields},
	{name: "ListTargets", on: onRule, do: listBusTargets, params: "EventBusName RuleName Arn Limit:Integer=1..100 NextToken"},
	{name: "DeleteTargets", write: true, on: onRule, do: deleteBusTargets, params: namedRule + "TargetIds:Json"},
	{name: "TestEventPattern", do: testEventPattern, params: "Event! EventPattern!"},
	{name: "ListEventBuses", do: listEventBuses, params: "NamePrefix Limit:Integer=1..100 NextToken"},
	{name: "GetEventBus", on: onRule, do: getEventBus, params: "EventBusName!"},
}

// startEventBridgeAPI serves the rules of the bus. An error of the product's
// own comes as HTTP 200: Terraform's provider looks for EventRuleNotExisted in
// the body of a call that succeeded.
func (c *Cloud) startEventBridgeAPI() {
	c.serveRPC(&rpcProduct{
		code: "Eventbridge", ram: "eventbridge", version: "2020-04-01", byHost: true, missing: missingAtGateway,
		refused: func(answer map[string]any) { answer["Success"] = false },
	}, eventBridgeActions, "eventbridge.*.aliyuncs.com", "eventbridge-console.*.aliyuncs.com")
}

func onRule(q *rpcRequest) []string {
	arn := q.arn("eventbridge", "eventbus/"+q.orElse("EventBusName", "*"))
	if findParam(q.action.spec, "RuleName") != nil {
		arn += "/rule/" + q.orElse("RuleName", "*")
	}
	return []string{arn}
}

// busAnswer is the envelope of every answer of the product.
func busAnswer(data any) (any, error) {
	return map[string]any{"Code": "Success", "Message": "Success", "Success": true, "Data": data}, nil
}

// busError is an error of the product's own.
func busError(code, format string, args ...any) error {
	return refuse(http.StatusOK, code, format, args...)
}

// busRefusal makes an error that a trigger also gets the product's own.
func busRefusal(err error) error {
	if err == nil {
		return nil
	}
	e := *asError(err)
	e.Status = http.StatusOK
	return &e
}

func (q *rpcRequest) bus() error {
	if name := q.str("EventBusName"); name != defaultBus {
		return busError("EventBusNotExist", "The event bus [%s] not existed! (The local cloud has the default bus only.)", name)
	}
	if q.region != q.c.Region {
		return busError("EventBusNotExist", "The event bus [default] not existed! (The local cloud has that of %s only.)", q.c.Region)
	}
	return nil
}

// busRule finds the rule of a call.
func (q *rpcRequest) busRule() (*eventRule, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	r := q.c.rule(q.str("RuleName"))
	if r == nil {
		return nil, busError("EventRuleNotExisted", "The event rule [%s] of event bus [%s] not existed!", q.str("RuleName"), q.str("EventBusName"))
	}
	q.touch("ACS::EventBridge::Rule", r.name)
	return r, nil
}

func (r *eventRule) view(q *rpcRequest) map[string]any {
	status := "ENABLE"
	if r.disabled {
		status = "DISABLE"
	}
	return map[string]any{
		"RuleName": r.name, "EventBusName": defaultBus, "Description": r.description, "Status": status, "FilterPattern": r.text,
		"RuleARN":          q.arn("eventbridge", "eventbus/"+defaultBus+"/rule/"+r.name),
		"CreatedTimestamp": r.created.UnixMilli(), "Targets": append([]busTarget{}, r.targets...),
	}
}

func createBusRule(q *rpcRequest) (any, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	r := &eventRule{name: q.str("RuleName"), description: q.str("Description"), text: q.str("FilterPattern"), disabled: q.str("Status") == "DISABLE"}
	targets, err := q.busTargets("EventTargets")
	if err == nil {
		err = r.put(targets)
	}
	if err == nil {
		err = busRefusal(q.c.addRule(r))
	}
	if err != nil {
		return nil, err
	}
	q.touch("ACS::EventBridge::Rule", r.name)
	return busAnswer(map[string]any{"RuleARN": r.view(q)["RuleARN"]})
}

func getBusRule(q *rpcRequest) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	return busAnswer(r.view(q))
}

func listBusRules(q *rpcRequest) (any, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	views := []any{}
	for _, r := range q.c.rules {
		if strings.HasPrefix(r.name, q.str("RuleNamePrefix")) {
			views = append(views, r.view(q))
		}
	}
	page, next, err := tokenPage(q, views, q.num("Limit", 100))
	if err != nil {
		return nil, err
	}
	return busAnswer(map[string]any{"Rules": page, "NextToken": next, "Total": len(views)})
}

func updateBusRule(q *rpcRequest) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	pattern, err := events.ParsePattern([]byte(q.str("FilterPattern")))
	if err != nil {
		return nil, busError("InvalidEventPattern", "rule %s: %v", r.name, err)
	}
	r.pattern, r.text = pattern, q.str("FilterPattern")
	r.description = q.orElse("Description", r.description)
	if q.has("Status") {
		r.disabled = q.str("Status") == "DISABLE"
	}
	return busAnswer(map[string]any{})
}

func switchBusRule(off bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		r, err := q.busRule()
		if err != nil {
			return nil, err
		}
		r.disabled = off
		return busAnswer(map[string]any{})
	}
}

func deleteBusRule(q *rpcRequest) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	q.c.rules = slices.DeleteFunc(q.c.rules, func(o *eventRule) bool { return o == r })
	return busAnswer(map[string]any{})
}

// busTargets reads the targets of a call: functions of this account and
// region, that get the event as it is.
func (q *rpcRequest) busTargets(name string) ([]busTarget, error) {
	if !q.has(name) {
		return nil, nil
	}
	var targets []busTarget
	if err := json.Unmarshal([]byte(q.str(name)), &targets); err != nil {
		return nil, refuse(400, "InvalidParameter", "The specified parameter %q is not valid: %v.", name, err)
	}
	for _, t := range targets {
		switch m := functionEndpoint.FindStringSubmatch(t.Endpoint); {
		case t.ID == "" || t.Type == "":
			return nil, busError("EventTargetMissingAttribute", "A target needs Id and Type.")
		case t.Type != functionTarget:
			return nil, busError("EventTargetClassNotExist", "The event target class [%s] not existed! (The local cloud has %s only.)", t.Type, functionTarget)
		case m == nil || t.function() == "":
			return nil, busError("EventTargetMissingAttribute", "The endpoint [%s] of target [%s] is not that of a function.", t.Endpoint, t.ID)
		case m[1] != q.region || m[2] != q.c.Account:
			return nil, busError("EventTargetIneffectiveAttribute", "The function of target [%s] is not of this region and account.", t.ID)
		}
		for _, p := range t.ParamList {
			if p.ResourceKey == "Body" && p.Form != "ORIGINAL" {
				return nil, busError("EventTargetIneffectiveAttribute", "The local cloud sends the event as it is: Body has the form ORIGINAL, not %s.", p.Form)
			}
		}
	}
	return targets, nil
}

// functionEndpoint is the ARN of a function, of Function Compute 3.0 or with a
// service as before.
var functionEndpoint = regexp.MustCompile(`^acs:fc:([^:]*):([^:]*):(?:services/[^/]+/)?functions/([^/]+)(?:/[^/]+)?$`)

// function is the name of the target, from its endpoint.
func (t busTarget) function() string {
	m := functionEndpoint.FindStringSubmatch(t.Endpoint)
	if m == nil {
		return ""
	}
	return m[3]
}

// put adds targets to a rule, or replaces those with their ids.
func (r *eventRule) put(targets []busTarget) error {
	all := slices.Clone(r.targets)
	for _, t := range targets {
		if i := slices.IndexFunc(all, func(o busTarget) bool { return o.ID == t.ID }); i >= 0 {
			all[i] = t
		} else {
			all = append(all, t)
		}
	}
	if len(all) > maxTargets {
		return busError("EventTargetCountExceedLimit", "The current count of event target is [%d], which will exceed the limit quota [%d]", len(all), maxTargets)
	}
	r.targets = all
	return nil
}

func putBusTargets(q *rpcRequest) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	targets, err := q.busTargets("Targets")
	if err == nil {
		err = r.put(targets)
	}
	if err != nil {
		return nil, err
	}
	return busAnswer(map[string]any{"ErrorEntriesCount": 0, "ErrorEntries": []any{}})
}

// listBusTargets takes a rule by name, or by ARN.
func listBusTargets(q *rpcRequest) (any, error) {
	if bus, rule, ok := strings.Cut(strings.TrimPrefix(q.str("Arn"), q.arn("eventbridge", "eventbus/")), "/rule/"); ok {
		q.params["EventBusName"], q.params["RuleName"] = bus, rule
	}
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, t := range r.targets {
		view := map[string]any{}
		text, _ := json.Marshal(t) // it came out of JSON
		if err := json.Unmarshal(text, &view); err != nil {
			return nil, fmt.Errorf("a target of rule %s: %w", r.name, err)
		}
		view["RuleName"], view["EventBusName"] = r.name, defaultBus
		views = append(views, view)
	}
	page, next, err := tokenPage(q, views, q.num("Limit", 100))
	if err != nil {
		return nil, err
	}
	return busAnswer(map[string]any{"Targets": page, "NextToken": next, "Total": len(views)})
}

// deleteBusTargets reports ids that are no targets among the answer's errors.
func deleteBusTargets(q *rpcRequest) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	var ids []string
	if q.has("TargetIds") {
		if err := json.Unmarshal([]byte(q.str("TargetIds")), &ids); err != nil {
			return nil, refuse(400, "InvalidParameter", "The specified parameter \"TargetIds\" is not valid: %v.", err)
		}
	}
	failed := []any{}
	for _, id := range ids {
		i := slices.IndexFunc(r.targets, func(t busTarget) bool { return t.ID == id })
		if i < 0 {
			failed = append(failed, map[string]any{"EntryId": id, "ErrorCode": "EventTargetNotExist", "ErrorMessage": "The event target is not existed!"})
			continue
		}
		r.targets = slices.Delete(r.targets, i, i+1)
	}
	return busAnswer(map[string]any{"ErrorEntriesCount": len(failed), "ErrorEntries": failed})
}

func testEventPattern(q *rpcRequest) (any, error) {
	pattern, err := events.ParsePattern([]byte(q.str("EventPattern")))
	if err != nil {
		return nil, busError("InvalidEventPattern", "%v", err)
	}
	ok, err := pattern.Match([]byte(q.str("Event")))
	if err != nil {
		return nil, busError("JsonAttributeInvalid", "The Json attribute is invalid: %v", err)
	}
	return busAnswer(map[string]any{"Result": ok})
}

func (q *rpcRequest) busView() map[string]any {
	return map[string]any{
		"EventBusName": defaultBus, "EventBusARN": q.arn("eventbridge", "eventbus/"+defaultBus),
		"Description": "", "CreateTimestamp": q.c.before().UnixMilli(),
	}
}

func listEventBuses(q *rpcRequest) (any, error) {
	views := []any{}
	if strings.HasPrefix(defaultBus, q.str("NamePrefix")) && q.region == q.c.Region {
		views = append(views, q.busView())
	}
	return busAnswer(map[string]any{"EventBuses": views, "Total": len(views), "NextToken": ""})
}

func getEventBus(q *rpcRequest) (any, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	return busAnswer(q.busView())
}
