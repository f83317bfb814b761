package artefacts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

func matches(t *testing.T, pattern, source, typ string) bool {
	t.Helper()
	p, err := events.ParsePattern([]byte(pattern))
	if err != nil {
		t.Fatal(err)
	}
	event := fmt.Sprintf(`{"specversion":"1.0","id":"1","source":%q,"type":%q,"data":{}}`, source, typ)
	ok, err := p.Match([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// What any trigger asks for passes the rule, in every form in which it may come.
func TestPatternLetsThrough(t *testing.T) {
	both(t, func(t *testing.T, practices []*practice.Practice, made output.Output) {
		pattern := made.Files["deploy/eventbridge/triage.json"]
		for _, p := range practices {
			for _, trigger := range p.Triggers {
				for _, form := range forms(p, trigger) {
					if !matches(t, pattern, form[0], form[1]) {
						t.Errorf("%s: an event of %s:%s with source %s and type %s does not reach triage", p.ID, trigger.Service, trigger.Name, form[0], form[1])
					}
				}
			}
		}
	})
}

func forms(p *practice.Practice, t practice.Trigger) [][2]string {
	service := strings.ToLower(t.Service)
	if service != "config" {
		return [][2]string{
			{"acs." + service, service + ":ActionTrail:ApiCall"},
			{"acs." + service, service + ":ActionTrail:ConsoleOperation"},
			{"acs.actiontrail", service + ":ActionTrail:ApiCall"},
		}
	}
	forms := [][2]string{
		{"acs.config", "config:Config:ConfigurationItemChangeNotification"},
		{"acs.config", "config:Config:NonCompliantNotification"},
		{"acs.config", "config:CloudMonitor:ConfigurationItemChangeNotification"},
	}
	typ := t.Name
	if !strings.HasPrefix(typ, "ACS::") {
		typ = p.Resource
	}
	if service, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(typ, "ACS::")), "::"); service != "" {
		forms = append(forms, [2]string{"acs." + service, service + ":Config:ConfigurationItemChangeNotification"})
	}
	return forms
}

func TestPatternKeepsOut(t *testing.T) {
	both(t, func(t *testing.T, _ []*practice.Practice, made output.Output) {
		pattern := made.Files["deploy/eventbridge/triage.json"]
		for _, form := range [][2]string{
			{"acs.ecs", "ecs:Instance:StateChange"},
			{"acs.oss", "oss:ObjectCreated:PutObject"},
			{"mine", "ecs:ActionTrail:ApiCall"},
		} {
			if matches(t, pattern, form[0], form[1]) {
				t.Errorf("source %s, type %s reaches triage", form[0], form[1])
			}
		}
		if !strings.Contains(pattern, "prefix") && matches(t, pattern, "acs.cdn", "cdn:ActionTrail:ApiCall") {
			t.Error("a service that nobody asked for reaches triage")
		}
	})
}

// EventBridge takes five expressions a field; beyond them the rule is wider, never
// refused.
func TestPatternOfManyServices(t *testing.T) {
	p := &practice.Practice{ID: "many"}
	for i := range 9 {
		p.Triggers = append(p.Triggers, practice.Trigger{Service: fmt.Sprintf("Service%d", i), Name: "Do", Resource: "region"})
	}
	pattern := compact(newPattern([]*practice.Practice{p}))
	if !matches(t, pattern, "acs.service8", "service8:ActionTrail:ApiCall") || matches(t, pattern, "other", "other:ActionTrail:ApiCall") {
		t.Error(pattern)
	}
	if _, err := events.ParsePattern([]byte(compact(newPattern(nil)))); err != nil {
		t.Errorf("without practices: %v", err)
	}
}

// Who asks for all that somebody does gets the events of all services.
func TestPatternOfEveryAct(t *testing.T) {
	p := *fakes()[0]
	p.Triggers = []practice.Trigger{{Service: practice.Every, Name: practice.Every, By: "root-account", Resource: "account"}}
	pattern := compact(newPattern([]*practice.Practice{&p}))
	if !matches(t, pattern, "acs.oss", "oss:ActionTrail:ApiCall") || strings.Contains(pattern, "*") {
		t.Error(pattern)
	}
}
