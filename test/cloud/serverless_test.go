package cloud

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const sYAML = `edition: 3.0.0
name: ecsguard
access: default
vars:
  region: ${env('REGION', 'cn-hangzhou')}
  account: ${config("AccountID")}
  anchored: &anchored
    runtime: go1
template:
  common:
    timeout: 20
    memorySize: 256
    region: ${vars.region}
    environmentVariables: {KEPT: "1", MODE: none}
    asyncInvokeConfig: {maxAsyncRetryAttempts: 2, asyncTask: true}
    triggers: [{triggerName: never, triggerType: log}]
resources:
  router:
    component: fc3
    extend: {name: common}
    actions:
      pre-deploy:
        - run: make build
    props:
      <<: *anchored
      functionName: router
      code: ./code
      handler: main
      role: Guard-Router
      memorySize: 128
      environmentVariables:
        MODE: ${env('MODE')}
      asyncInvokeConfig:
        asyncTask: true
        maxAsyncRetryAttempts: 0
        maxAsyncEventAgeInSeconds: 60
        destinationConfig:
          onFailure:
            destination: acs:fc:${vars.region}:${vars.account}:functions/notify
      triggers:
        - triggerName: ecs
          triggerType: eventbridge
          triggerConfig:
            triggerEnable: true
            asyncInvocationType: true
            eventRuleFilterPattern: '{"source":["acs.ecs"]}'
            eventSourceConfig:
              eventSourceType: Default
        - triggerName: daily
          triggerType: timer
          triggerConfig:
            enable: true
            cronExpression: '@every 24h'
            payload: sweep
  notify:
    component: fc3
    extend: {name: common, ignore: [timeout, asyncInvokeConfig.asyncTask, environmentVariables.MODE]}
    props:
      <<: *anchored
      functionName: notify
      concurrencyConfig: {reservedConcurrency: 2}
      code: ./code
      handler: main
      role: acs:ram::${vars.account}:role/Guard-Notify
      triggers:
        - triggerName: audit
          triggerType: log
          sourceArn: acs:log:${vars.region}:${vars.account}:project/p-project
          invocationRole: aliyunlogetlrole
          triggerConfig:
            enable: true
            sourceConfig: {logstore: audit}
            jobConfig: {maxRetryTime: 3, triggerInterval: 60}
            logConfig: {project: p-project, logstore: trigger-log}
            functionParameter: {mode: alerts}
        - triggerName: web
          triggerType: http
          triggerConfig: {authType: anonymous, methods: [GET, POST]}
`

// binaries is a directory as `make build` leaves it.
func binaries(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "code"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(echo, filepath.Join(dir, "code", "main")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func serverlessCloud(t *testing.T) *Cloud {
	t.Helper()
	c := fcCloud(t)
	c.AddRole("guard-router", fcTrust)
	c.AddRole("guard-notify", fcTrust, allow("log:GetCursorOrData", "*"))
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServerlessFileIsDeployedWhole(t *testing.T) {
	c := serverlessCloud(t)
	if err := c.DeployServerless([]byte(sYAML), binaries(t), map[string]string{"MODE": "observe"}); err != nil {
		t.Fatal(err)
	}
	a := call(t, c, "router", `{}`)
	if a.Env["MODE"] != "observe" || a.KeyID == "" {
		t.Errorf("%+v", a)
	}
	f := c.Functions["router"]
	if !f.AsyncTask || f.MaxAsyncRetryAttempts != 0 || f.MaxAsyncEventAge != time.Minute || f.TimeoutSec != 20 || f.Role != "acs:ram::"+c.Account+":role/guard-router" {
		t.Errorf("%+v", f.Function)
	}
	if a.Env["KEPT"] != "1" || f.MemoryMB != 128 {
		t.Errorf("of the template and the router: %v, %+v", a.Env, f.Function)
	}
	n := c.Functions["notify"]
	if n.MaxAsyncRetryAttempts != 2 || n.AsyncTask || n.TimeoutSec != 3 || n.MemoryMB != 256 || n.ReservedConcurrency != 2 || c.HTTPTrigger("notify") == "" {
		t.Errorf("%+v", n.Function)
	}
	if _, there := n.Env["MODE"]; there || n.Env["KEPT"] != "1" || len(n.Timers) > 0 {
		t.Errorf("of the template and notify: %v, %d timers", n.Env, len(n.Timers))
	}
	c.Emit(cloudEvent("e1", "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
	if err := c.FireTimer("router", "daily", ""); err != nil {
		t.Fatal(err)
	}
	if err := slsClient(c, c.RootSession()).PutLogs("p-project", "audit", group(time.Now(), "id", "a log")); err != nil {
		t.Fatal(err)
	}
	idle(t, c)
	if e := c.Events(); len(e[0].Rules) != 1 || e[0].Rules[0] != "router-ecs" {
		t.Errorf("%+v", e)
	}
	var told bool
	for _, i := range attempts(c, "router") {
		told = told || i.Trigger == "timer" && strings.Contains(i.Payload, `"payload":"sweep"`)
	}
	if !told {
		t.Error("the timer's own payload did not come")
	}
	inv := attempts(c, "notify")
	if len(inv) != 1 || !strings.Contains(inv[0].Payload, `"parameter":{"mode":"alerts"}`) || inv[0].Error != "" {
		t.Errorf("%+v", inv)
	}
}

func TestServerlessFileIsReadStrictly(t *testing.T) {
	for _, x := range []struct{ old, new, want string }{
		{"edition: 3.0.0", "edition: 1.0.0", "edition"},
		{"component: fc3", "component: fc2", "component"},
		{"memorySize: 128", "memorysise: 128", "memorysise"},
		{"memorySize: 128", "memorySize: 100", "memorySize"},
		{"triggerType: timer", "triggerType: oss", `triggerType "oss"`},
		{"asyncInvocationType: true", "asyncInvocationType: false", "asyncInvocationType"},
		{"triggerEnable: true", "triggerEnable: 7", "triggerEnable"},
		{`{"source":["acs.ecs"]}`, `{"source":"acs.ecs"}`, "router-ecs"},
		{"'@every 24h'", "'0 0 * * *'", "cronExpression"},
		{"role: Guard-Router", "role: nosuch", "role"},
		{"MODE: ${env('MODE')}", "MODE: ${env('NOSUCH')}", "NOSUCH"},
		{"MODE: ${env('MODE')}", "MODE: ${resources.notify.output}", "does not resolve ${resources.notify.output}"},
		{"MODE: ${env('MODE')}", "MODE: 7", "environmentVariables"},
		{"functions/notify", "functions/nosuch", "FunctionNotFound"},
		{"project/p-project\n", "project/nosuch\n", "ProjectNotExist"},
		{"triggerInterval: 60", "triggerInterval: 1", "triggerInterval"},
		{"authType: anonymous", "authType: function", "authType"},
		{"runtime: go1", "runtime: custom", "runtime"},
		{"region: ${vars.region}", "region: ${vars.nosuch}", "vars.nosuch"},
		{"handler: main", "handler: nosuch", "nosuch"},
		{"code: ./code", "code: {ossBucketName: x}", "code"},
		{"name: common", "name: nosuch", `no template "nosuch"`},
		{"ignore: [timeout", "ignore: [environmentVariables.NOSUCH", "no environmentVariables.NOSUCH"},
		{"ignore: [timeout", "ignore: [timeout.x", "no timeout.x"},
		{"extend:", "extends:", "extends"},
	} {
		text := strings.Replace(sYAML, x.old, x.new, 1)
		if text == sYAML {
			t.Errorf("%q is not in the file", x.old)
		}
		c := serverlessCloud(t)
		err := c.DeployServerless([]byte(text), binaries(t), map[string]string{"MODE": "observe"})
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s → %s: %v", x.old, x.new, err)
		}
	}
}
