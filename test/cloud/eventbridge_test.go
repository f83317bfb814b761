package cloud

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
)

func cloudEvent(id, source, kind, name string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"source":%q,"specversion":"1.0","type":%q,"time":"2026-01-02T03:04:05Z","aliyunaccountid":"1","data":{"eventName":%q}}`,
		id, source, kind, name)
}

func TestRulesSendEventsToTheirFunctions(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "router"})
	deploy(t, c, fc.Function{Name: "canary"})
	for name, pattern := range map[string]string{
		"router-ecs": `{"source":["acs.ecs"],"type":[{"prefix":"ecs:ActionTrail:"}]}`,
		"canary-run": `{"source":["acs.ecs"],"data":{"eventName":["RunInstances"]}}`,
	} {
		function, _, _ := strings.Cut(name, "-")
		if err := c.AddRule(name, []byte(pattern), function); err != nil {
			t.Fatal(err)
		}
	}
	c.Emit(cloudEvent("e1", "acs.ecs", "ecs:ActionTrail:ApiCall", "AuthorizeSecurityGroup"))
	c.Emit(cloudEvent("e2", "acs.ecs", "ecs:ActionTrail:ConsoleOperation", "RunInstances"))
	c.Emit(cloudEvent("e3", "acs.oss", "oss:ActionTrail:ApiCall", "PutBucket"))
	c.Emit([]byte("this is no event"))
	c.Emit(cloudEvent("e4", "acs.ecs", "ecs:ActionTrail:ApiCall", strings.Repeat("x", eventbridge.MaxEventBytes)))
	c.Emit(cloudEvent("e5", "acs.ecs", "ecs:ActionTrail:ApiCall", strings.Repeat("x", fc.MaxAsyncBody))) // the bus takes it, Function Compute does not
	idle(t, c)
	if inv := attempts(c, "router"); len(inv) != 2 || inv[0].Error != "" || inv[1].Error != "" {
		t.Errorf("%+v", inv)
	}
	if inv := attempts(c, "canary"); len(inv) != 1 || !strings.Contains(inv[0].Payload, `"e2"`) || inv[0].Trigger != "eventbridge" {
		t.Errorf("%+v", inv)
	}
	list := c.Events()
	if len(list) != 6 || list[1].Name != "RunInstances" || len(list[1].Targets) != 2 || len(list[2].Targets) != 0 ||
		list[3].Dropped == "" || list[4].Dropped == "" || len(list[5].Failed) != 1 {
		t.Errorf("%+v", list)
	}
}

func TestTheBusHasAsManyRulesAsTheRealOne(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "router"})
	pattern := []byte(`{"source":["acs.ecs"]}`)
	for i := range 10 {
		if err := c.AddRule(fmt.Sprintf("router-%d", i), pattern, "router"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.AddRule("router-10", pattern, "router"); err == nil || !strings.Contains(err.Error(), "maximum of 10 event rules") {
		t.Error("the eleventh:", err)
	}
	c = fcCloud(t)
	deploy(t, c, fc.Function{Name: "router"})
	for what, x := range map[string]struct{ name, pattern, target string }{
		"six expressions":  {"r", `{"source":["a","b","c","d","e","f"]}`, "router"},
		"another language": {"r", `{"source":[{"wildcard":"acs.*"}]}`, "router"},
		"an underscore":    {"my_rule", `{"source":["acs.ecs"]}`, "router"},
		"no function":      {"r", `{"source":["acs.ecs"]}`, "nosuch"},
	} {
		if err := c.AddRule(x.name, []byte(x.pattern), x.target); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}

func TestAtLeastOnceCanBeTwice(t *testing.T) {
	c := fcCloud(t)
	deploy(t, c, fc.Function{Name: "router"})
	if err := c.AddRule("router-all", []byte(`{"source":[{"prefix":"acs."}]}`), "router"); err != nil {
		t.Fatal(err)
	}
	c.Emit(cloudEvent("e1", "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
	idle(t, c)
	if err := c.Redeliver("e1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Redeliver("nosuch"); err == nil {
		t.Error("delivered what never came")
	}
	idle(t, c)
	inv := attempts(c, "router")
	if len(inv) != 2 || inv[0].Payload != inv[1].Payload || inv[0].RequestID == inv[1].RequestID {
		t.Errorf("%+v", inv)
	}
	c.EventFaults(eventbridge.EventFaults{Duplicate: 100, Delay: 5 * time.Millisecond, Reorder: true})
	for i := range 5 {
		c.Emit(cloudEvent(fmt.Sprint("f", i), "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
	}
	idle(t, c)
	if n := len(attempts(c, "router")); n != 12 {
		t.Errorf("ran %d times, want 12", n)
	}
	if e := c.Events(); e[len(e)-1].Copies != 2 {
		t.Errorf("%+v", e[len(e)-1])
	}
}
