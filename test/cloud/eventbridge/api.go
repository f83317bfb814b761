package eventbridge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const (
	functionTarget   = "acs.fc.function"
	defaultBus       = "default"
	maxTargets       = 5 // of a rule
	targetFields     = `(Id! Type! Endpoint PushRetryStrategy ErrorsTolerance ParamList:RepeatList DeadLetterQueue:Struct ConcurrentConfig:Struct)`
	namedRule        = "EventBusName! RuleName! "
	ruleStatusValues = "Status=ENABLE|DISABLE "
)

// An event of a rule that was disabled or deleted is lost: that is how an intruder silences what
// listens to it, and so these are events that a practice looks for.
var eventBridgeActions = []action{
	{
		Name: "CreateRule", Write: true, On: onRule, Do: createBusRule,
		Params: namedRule + ruleStatusValues + "FilterPattern! Description EventTargets:Json" + targetFields,
	},
	{Name: "GetRule", On: onRule, Do: getBusRule, Params: namedRule},
	{Name: "ListRules", On: onRule, Do: listBusRules, Params: "EventBusName! RuleNamePrefix Limit:Integer=1..100 NextToken"},
	{Name: "UpdateRule", Write: true, On: onRule, Do: updateBusRule, Params: namedRule + ruleStatusValues + "FilterPattern! Description"},
	{Name: "EnableRule", Write: true, On: onRule, Do: switchBusRule(false), Params: namedRule},
	{Name: "DisableRule", Write: true, On: onRule, Do: switchBusRule(true), Params: namedRule},
	{Name: "DeleteRule", Write: true, On: onRule, Do: deleteBusRule, Params: namedRule},
	{Name: "PutTargets", Write: true, On: onRule, Do: putBusTargets, Params: namedRule + "Targets:Json!" + targetFields},
	{Name: "ListTargets", On: onRule, Do: listBusTargets, Params: "EventBusName RuleName Arn Limit:Integer=1..100 NextToken"},
	{Name: "DeleteTargets", Write: true, On: onRule, Do: deleteBusTargets, Params: namedRule + "TargetIds:Json"},
	{Name: "TestEventPattern", Do: testEventPattern, Params: "Event! EventPattern!"},
	{Name: "ListEventBuses", Do: listEventBuses, Params: "NamePrefix Limit:Integer=1..100 NextToken"},
	{Name: "GetEventBus", On: onRule, Do: getEventBus, Params: "EventBusName!"},
}

// startEventBridgeAPI serves the rules of the bus. An error of the product's
// own comes as HTTP 200: Terraform's provider looks for EventRuleNotExisted in
// the body of a call that succeeded.
func (c *Service) startEventBridgeAPI() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{
		Code: "Eventbridge", Ram: "eventbridge", Version: "2020-04-01", ByHost: true, Endpoint: kernel.Regional("eventbridge-console"),
		Refused: func(answer map[string]any) { answer["Success"] = false },
	}, eventBridgeActions, "eventbridge.*.aliyuncs.com")
}

func onRule(q *kernel.Request) []string {
	arn := q.ARN("eventbridge", "eventbus/"+q.OrElse("EventBusName", "*"))
	if kernel.FindParam(q.Action.Spec, "RuleName") != nil {
		arn += "/rule/" + q.OrElse("RuleName", "*")
	}
	return []string{arn}
}

// busAnswer is the envelope of every answer of the product.
func busAnswer(data any) (any, error) {
	return map[string]any{"Code": "Success", "Message": "Success", "Success": true, "Data": data}, nil
}

// busError is an error of the product's own.
func busError(code, format string, args ...any) error {
	return kernel.Refuse(http.StatusOK, code, format, args...)
}

// busRefusal makes an error that a trigger also gets the product's own.
func busRefusal(err error) error {
	if err == nil {
		return nil
	}
	e := *kernel.AsError(err)
	e.Status = http.StatusOK
	return &e
}

func (q *request) bus() error {
	if name := q.Str("EventBusName"); name != defaultBus {
		return busError("EventBusNotExist", "The event bus [%s] not existed! (The local cloud has the default bus only.)", name)
	}
	if q.Region != q.c.Region {
		return busError("EventBusNotExist", "The event bus [default] not existed! (The local cloud has that of %s only.)", q.c.Region)
	}
	return nil
}

// busRule finds the rule of a call.
func (q *request) busRule() (*eventRule, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	r := q.c.Rule(q.Str("RuleName"))
	if r == nil {
		return nil, busError("EventRuleNotExisted", "The event rule [%s] of event bus [%s] not existed!", q.Str("RuleName"), q.Str("EventBusName"))
	}
	q.Touch("ACS::EventBridge::Rule", r.name)
	return r, nil
}

// The pattern is answered as it was given.
func (r *eventRule) view(q *request) map[string]any {
	status := "ENABLE"
	if r.disabled {
		status = "DISABLE"
	}
	return map[string]any{
		"RuleName": r.name, "EventBusName": defaultBus, "Description": r.description, "Status": status, "FilterPattern": r.Text,
		"RuleARN":          q.ARN("eventbridge", "eventbus/"+defaultBus+"/rule/"+r.name),
		"CreatedTimestamp": r.created.UnixMilli(), "Targets": append([]busTarget{}, r.targets...),
	}
}

// A rule is there only when its targets are right, too.
func createBusRule(q *request) (any, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	r := &eventRule{name: q.Str("RuleName"), description: q.Str("Description"), Text: q.Str("FilterPattern"), disabled: q.Str("Status") == "DISABLE"}
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
	q.Touch("ACS::EventBridge::Rule", r.name)
	return busAnswer(map[string]any{"RuleARN": r.view(q)["RuleARN"]})
}

func getBusRule(q *request) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	return busAnswer(r.view(q))
}

func listBusRules(q *request) (any, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	views := []any{}
	for _, r := range q.c.rules {
		if strings.HasPrefix(r.name, q.Str("RuleNamePrefix")) {
			views = append(views, r.view(q))
		}
	}
	page, next, err := kernel.TokenPage(q.Request, views, q.Num("Limit", 100))
	if err != nil {
		return nil, err
	}
	return busAnswer(map[string]any{"Rules": page, "NextToken": next, "Total": len(views)})
}

// A bad pattern leaves the rule as it was. Targets are not touched.
func updateBusRule(q *request) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	pattern, err := events.ParsePattern([]byte(q.Str("FilterPattern")))
	if err != nil {
		return nil, busError("InvalidEventPattern", "rule %s: %v", r.name, err)
	}
	r.pattern, r.Text = pattern, q.Str("FilterPattern")
	r.description = q.OrElse("Description", r.description)
	if q.Has("Status") {
		r.disabled = q.Str("Status") == "DISABLE"
	}
	return busAnswer(map[string]any{})
}

// To switch off what is off is no error.
func switchBusRule(off bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		r, err := q.busRule()
		if err != nil {
			return nil, err
		}
		r.disabled = off
		return busAnswer(map[string]any{})
	}
}

func deleteBusRule(q *request) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	q.c.rules = slices.DeleteFunc(q.c.rules, func(o *eventRule) bool { return o == r })
	return busAnswer(map[string]any{})
}

// busTargets reads the targets of a call: functions of this account and
// region, that get the event as it is.
func (q *request) busTargets(name string) ([]busTarget, error) {
	if !q.Has(name) {
		return nil, nil
	}
	var targets []busTarget
	if err := json.Unmarshal([]byte(q.Str(name)), &targets); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter %q is not valid: %v.", name, err)
	}
	for _, t := range targets {
		switch m := FunctionEndpoint.FindStringSubmatch(t.Endpoint); {
		case t.ID == "" || t.Type == "":
			return nil, busError("EventTargetMissingAttribute", "A target needs Id and Type.")
		case t.Type != functionTarget:
			return nil, busError("EventTargetClassNotExist", "The event target class [%s] not existed! (The local cloud has %s only.)", t.Type, functionTarget)
		case m == nil || t.function() == "":
			return nil, busError("EventTargetMissingAttribute", "The endpoint [%s] of target [%s] is not that of a function.", t.Endpoint, t.ID)
		case m[1] != q.Region || m[2] != q.c.Account:
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

// FunctionEndpoint is the ARN of a function, of Function Compute 3.0 or with a
// service as before.
var FunctionEndpoint = regexp.MustCompile(`^acs:fc:([^:]*):([^:]*):(?:services/[^/]+/)?functions/([^/]+)(?:/[^/]+)?$`)

// function is the name of the target, from its endpoint.
func (t busTarget) function() string {
	m := FunctionEndpoint.FindStringSubmatch(t.Endpoint)
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

func putBusTargets(q *request) (any, error) {
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
func listBusTargets(q *request) (any, error) {
	if bus, rule, ok := strings.Cut(strings.TrimPrefix(q.Str("Arn"), q.ARN("eventbridge", "eventbus/")), "/rule/"); ok {
		q.Params["EventBusName"], q.Params["RuleName"] = bus, rule
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
	page, next, err := kernel.TokenPage(q.Request, views, q.Num("Limit", 100))
	if err != nil {
		return nil, err
	}
	return busAnswer(map[string]any{"Targets": page, "NextToken": next, "Total": len(views)})
}

// deleteBusTargets reports ids that are no targets among the answer's errors.
func deleteBusTargets(q *request) (any, error) {
	r, err := q.busRule()
	if err != nil {
		return nil, err
	}
	var ids []string
	if q.Has("TargetIds") {
		if err := json.Unmarshal([]byte(q.Str("TargetIds")), &ids); err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter \"TargetIds\" is not valid: %v.", err)
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

// It asks the same matcher that the bus uses, and needs no rule.
func testEventPattern(q *request) (any, error) {
	pattern, err := events.ParsePattern([]byte(q.Str("EventPattern")))
	if err != nil {
		return nil, busError("InvalidEventPattern", "%v", err)
	}
	ok, err := pattern.Match([]byte(q.Str("Event")))
	if err != nil {
		return nil, busError("JsonAttributeInvalid", "The Json attribute is invalid: %v", err)
	}
	return busAnswer(map[string]any{"Result": ok})
}

func (q *request) busView() map[string]any {
	return map[string]any{
		"EventBusName": defaultBus, "EventBusARN": q.ARN("eventbridge", "eventbus/"+defaultBus),
		"Description": "", "CreateTimestamp": q.c.LongAgo().UnixMilli(),
	}
}

func listEventBuses(q *request) (any, error) {
	views := []any{}
	if strings.HasPrefix(defaultBus, q.Str("NamePrefix")) && q.Region == q.c.Region {
		views = append(views, q.busView())
	}
	return busAnswer(map[string]any{"EventBuses": views, "Total": len(views), "NextToken": ""})
}

func getEventBus(q *request) (any, error) {
	if err := q.bus(); err != nil {
		return nil, err
	}
	return busAnswer(q.busView())
}
