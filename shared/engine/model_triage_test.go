package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions/triage"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The model as it is deployed: events come to triage, which wakes one practice of the family
// for all. Triage is the real one, and is interrupted at each of its calls like a practice.
const (
	triageFunction = "ecsguard-triage"
	notifyFunction = "ecsguard-notify"
)

// The mutants of triage.
const (
	deaf     = "who is woken does not hear for whom it speaks"
	unhanded = "who is woken does not say that it has looked"
	hasty    = "what does not show yet is taken for good"
)

// An instance is a process of triage, which remembers what it has read. A process has one
// invocation at a time.
type instance struct {
	triage *triage.Triage
	of     *try // nil: idle
}

// idle is a process of triage that has nothing to do, for an attempt.
func (m *model) idle(t *try) *triage.Triage {
	i := slices.IndexFunc(m.instances, func(i *instance) bool { return i.of == nil })
	if i < 0 {
		i = len(m.instances)
		m.instances = append(m.instances, &instance{triage: triage.New(m.practices, m.settings, slog.New(slog.DiscardHandler))})
	}
	m.instances[i].of = t
	return m.instances[i].triage
}

// leaves gives back what an attempt had; a process that has died is not used again.
func (m *model) leaves(t *try) {
	m.instances = slices.DeleteFunc(m.instances, func(i *instance) bool { return i.of == t && t.dead })
	for _, i := range m.instances {
		if i.of == t {
			i.of = nil
		}
	}
}

// route invokes triage.
func (m *model) route(name string, body []byte) *invocation {
	v := &invocation{name: "triage of " + name, body: body, floor: m.cloud.number()}
	m.invoked = append(m.invoked, v)
	return v
}

// routes is one attempt of triage.
func (m *model) routes(ctx context.Context, t *try) error {
	in := triage.Invocation{
		Request: "request of " + t.of.name, Region: region, Account: account, Version: "model", Attempt: t.number,
		Ledger: logbook{m, t}, Reader: reading{hands{m, t}}, Now: t.now,
		Invoke: func(ctx context.Context, function, task string, body []byte) error {
			for n := 0; ; n++ {
				_, err := m.gate(ctx, t, &waiting{kind: "invoke", label: "invokes " + function + " " + task, invokes: func() error { return m.invokes(t, function, task, body) }})
				if n > 0 && errors.Is(err, triage.ErrGiven) {
					return nil // by a try before this one
				}
				if err == nil || !ours.Retryable(err) || n == 2 || !ours.Sleep(ctx, time.Second) {
					return err
				}
			}
		},
	}
	_, err := m.idle(t).Handle(ctx, in, t.of.body)
	return err
}

// invokes is what Function Compute does when it is asked for a task: it does each once.
func (m *model) invokes(t *try, function, task string, body []byte) error {
	if m.tasks[function+task] {
		return triage.ErrGiven
	}
	m.tasks[function+task] = true
	name := fmt.Sprintf("task %d", len(m.tasks))
	switch function {
	case notifyFunction: // nobody of the family is left who could look
		for i := range m.cfg.members {
			m.toldFailed[memberID(i)] = true
		}
	case triageFunction:
		m.route(name, body)
	default:
		i := slices.IndexFunc(m.practices, func(p *practice.Practice) bool { return practice.FunctionName(p.ID) == function })
		m.asks(m.practices[i], name, body).floor = t.of.floor
	}
	return nil
}

// asks invokes a practice with a payload.
func (m *model) asks(p *practice.Practice, name string, body []byte) *invocation {
	happened, err := events.Decode(body)
	if err != nil || len(happened) != 1 {
		panic(fmt.Sprintf("%d events: %v", len(happened), err))
	}
	v := m.invoke(p, name, happened[0])
	v.body = body
	return v
}

// heard is an event as a mutant hears it.
func (m *model) heard(e events.Event) events.Event {
	switch m.cfg.mutant {
	case deaf:
		e.For = nil
	case unhanded:
		e.Asked = slices.Clone(e.Asked)
		for i := range e.Asked {
			e.Asked[i].Handover = ""
		}
	}
	return e
}

// failsForGood is what the destination for failures does.
func (m *model) failsForGood(v *invocation) {
	if v.practice == nil { // people are told at once that something was not looked at
		for i := range m.cfg.members {
			m.toldFailed[memberID(i)] = true
		}
		return
	}
	m.route("the failure of "+v.name, encoded(map[string]any{
		"timestamp":      time.Now().UnixMilli(),
		"requestContext": map[string]any{"requestId": "request of " + v.name, "functionName": practice.FunctionName(v.practice.ID), "condition": "RetriesExhausted", "approximateInvokeCount": 3},
		"requestPayload": json.RawMessage(v.body), "responsePayload": map[string]string{"errorMessage": "it failed"},
	})).floor = v.floor
}

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// behindFor is how long what an event did may not show to triage, which comes first.
const behindFor = 8 * time.Second

// openingEvent is the event of an opened port, with the rules that were made if the call
// named them.
func openingEvent(name string, made ...modelRule) []byte {
	params := map[string]any{"RegionId": region}
	for name, value := range callOf("AuthorizeSecurityGroup", made...).Params {
		params[name] = value
	}
	now := time.Now().UTC().Format(time.RFC3339)
	return encoded(map[string]any{
		"id": name, "source": "acs.ecs", "specversion": "1.0", "type": "ecs:ActionTrail:ApiCall", "time": now, "aliyunaccountid": account, "aliyunregionid": region,
		"data": map[string]any{
			"eventId": name, "eventName": "AuthorizeSecurityGroup", "eventTime": now, "serviceName": "Ecs", "acsRegion": region, "recipientAccountId": account,
			"userIdentity":      map[string]any{"type": "ram-user", "accountId": account, "userName": "owner"},
			"requestParameters": params,
		},
	})
}

func ticks(name string) []byte {
	return encoded(map[string]string{"triggerTime": time.Now().UTC().Format(time.RFC3339), "triggerName": name, "payload": "all"})
}

// reading is the cloud as triage has it.
type reading struct{ hands }

func (r reading) Read(ctx context.Context, call ours.Call, out any) error {
	return r.Do(ctx, call, out)
}

// triaged is a case in which events come to triage.
func triaged(seed uint64, kinds ...string) modelConfig {
	cfg := randomCase(seed, kinds...)
	cfg.triaged, cfg.timers = true, int(seed%3)
	return cfg
}

// One practice is woken for its family. Whatever a member objects to is closed in the end,
// or people are told, and what was handed over is looked at.
func TestModelOfTriage(t *testing.T) { throughFaults(t, 40, triaged) }

// Those that only tell are not woken beside one that acts.
func TestModelOfTriageWithOnlookers(t *testing.T) {
	for _, kinds := range [][]string{nil, allFaults} {
		for _, seed := range seeds(40) {
			cfg := triaged(seed, kinds...)
			for i := range cfg.members {
				cfg.members[i].mode, cfg.members[i].health = practice.Observe, works
			}
			if seed%3 > 0 {
				cfg.members[0].mode = practice.Enforce
			}
			if m := explore(t, cfg, random(seed)); len(m.violations) > 0 {
				t.Fatalf("seed %d, faults %s: %s", seed, strings.Join(kinds, " "), m.report())
			}
		}
	}
}
