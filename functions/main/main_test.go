package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/deploy/generate/artefacts"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

var (
	root     = filepath.Join("..", "..")
	binaries string
)

func TestMain(m *testing.M) {
	os.Exit(account.BuildOnce(root, func(dir string) int {
		binaries = dir
		return m.Run()
	}))
}

func quiet(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := c.Idle(ctx); err != nil {
		t.Fatal(err)
	}
}

// nothing is an event that no practice asks for.
const nothing = `{"specversion":"1.0","id":"1","source":"acs.ecs","type":"ecs:ActionTrail:ApiCall","time":"2026-11-29T02:00:00Z","datacontenttype":"application/json",
	"data":{"eventId":"1","eventVersion":"1","eventName":"DescribeRegions","serviceName":"Ecs","eventTime":"2026-11-29T02:00:00Z","acsRegion":"cn-hangzhou","userIdentity":{"type":"ram-user","accountId":"1","principalId":"1"}}}`

// Each function of s.yaml starts, and answers as the one that it is.
func TestEveryFunctionAnswers(t *testing.T) {
	made, err := artefacts.Output(functions.All, (settings.Settings{}).Deployed(functions.All), nil) // with what an operator may have switched off
	if err != nil {
		t.Fatal(err)
	}
	c, err := account.Start(account.Options{Root: root, Binaries: binaries, Serverless: []byte(made.Files["s.yaml"]), Observe: true,
		State: []byte("ecs:\n  security-groups:\n    - id: sg-1\n      rules: [{protocol: TCP, ports: 22/22, source: 0.0.0.0/0}]\n")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.RetryBase, c.LogTriggerInterval = 10*time.Millisecond, 10*time.Millisecond
	for _, p := range functions.All {
		if p.Retired == "" {
			if err := c.Invoke(practice.FunctionName(p.ID), []byte(nothing)); err != nil {
				t.Error(err)
			}
		}
	}
	if err := c.FireTimer("ecsguard-triage", "cases", ""); err != nil {
		t.Error(err)
	}
	quiet(t, c)
	answers := map[string]map[string]any{}
	for _, i := range c.Invocations() {
		var answer map[string]any
		if err := json.Unmarshal([]byte(i.Result), &answer); i.Error != "" || err != nil {
			t.Errorf("%s: %s %s", i.Function, i.Error, i.Result)
		}
		answers[i.Function] = answer
	}
	for _, p := range functions.All {
		if p.Retired == "" && answers[practice.FunctionName(p.ID)]["practice"] != p.ID {
			t.Errorf("%s answers %v", p.ID, answers[practice.FunctionName(p.ID)])
		}
	}
	if _, ok := answers["ecsguard-triage"]["invoked"].([]any); !ok {
		t.Errorf("triage answers %v", answers["ecsguard-triage"])
	}
	if _, ok := answers["ecsguard-notify"]["messages"].(float64); !ok {
		t.Errorf("notify answers %v", answers["ecsguard-notify"])
	}
}

// A process that exits would say nothing.
func TestANameThatIsWrong(t *testing.T) {
	c, err := cloud.New(cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for name, env := range map[string]map[string]string{"unnamed": nil, "misnamed": {envFunction: "sg-pubic-ingress"}} {
		err := c.DeployFunction(cloud.Function{Name: name, Binary: filepath.Join(binaries, "target", "ecsguard", "main"), Env: env})
		if err == nil {
			err = c.FireTimer(name, "sweep", "sweep")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	quiet(t, c)
	ended := c.Invocations()
	for _, i := range ended {
		if i.Error == "" || !strings.Contains(i.Result, `ECSGUARD_FUNCTION is \"`) || !strings.Contains(i.Result, "set it to triage") {
			t.Errorf("%s: %s %s", i.Function, i.Error, i.Result)
		}
	}
	if len(ended) != 2 {
		t.Errorf("%d invocations", len(ended))
	}
}

// Serverless Devs removes no function by itself: one that was left behind does nothing.
func TestAFunctionWhosePracticeIsOff(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ecsguard.yaml")
	if err := os.WriteFile(file, []byte("practices: {vpc-flow-log: {mode: off}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{envFunction: "vpc-flow-log", settings.EnvFile: file, settings.EnvProject: "p"}
	h, ok := handler(func(name string) string { return env[name] }, slog.New(slog.DiscardHandler), outside{}).(func(context.Context, []byte) (*engine.Answer, error))
	if !ok {
		t.Fatal("it is not a practice's handler")
	}
	answer, err := h(t.Context(), []byte(`{"triggerName":"sweep","payload":"sweep"}`))
	if err != nil || answer.Practice != "vpc-flow-log" || len(answer.Outcomes) > 0 {
		t.Errorf("%+v, %v", answer, err)
	}
}
