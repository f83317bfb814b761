package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The types of what ecsguard stands on, which events name.
const (
	TypeEventRule  = "ACS::EventBridge::Rule"
	TypeLogProject = "ACS::SLS::Project"
)

var _ = add(
	Kind{Type: TypeEventRule, Words: "EventBridge rule", Param: "RuleName", Page: "https://eventbridge.console.aliyun.com/{region}/event-buses/default/rules"},
	Kind{Type: TypeLogProject, Words: "log project", Page: "https://sls.console.aliyun.com/lognext/project/{id}/overview"},
)

// An EventRule sends events of the default bus somewhere.
type EventRule struct{ RuleName, Status, FilterPattern string }

// Enabled tells whether it does.
func (r EventRule) Enabled() (bool, error) {
	switch r.Status {
	case "ENABLE":
		return true, nil
	case "DISABLE":
		return false, nil
	}
	return false, fmt.Errorf("the answer does not say whether the rule %s is on: the status is %q", r.RuleName, r.Status)
}

// EventRuleOf reads one rule of the default bus; none: there is no such rule. What EventBridge
// itself refuses comes as an answer that succeeded.
func EventRuleOf(ctx context.Context, r cloud.Reader, region, name string) ([]EventRule, error) {
	var answer struct {
		Code, Message string
		Data          *EventRule
	}
	call := cloud.New("eventbridge", "GetRule", region, "EventBusName", "default", "RuleName", name)
	err := r.Read(ctx, call, &answer)
	switch {
	case cloud.NotFound(err), err == nil && answer.Code == "EventRuleNotExisted":
		return nil, nil
	case err != nil:
		return nil, err
	case answer.Code != "" && answer.Code != "Success":
		return nil, &cloud.Error{Action: call.RAM(), Code: answer.Code, Message: answer.Message}
	case answer.Data == nil:
		return nil, fmt.Errorf("%s: the answer does not have the rule %s", call.RAM(), name)
	}
	return []EventRule{*answer.Data}, nil
}
