package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/artefacts"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/settings"
)

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"break-glass: [203.0.113.7]\npractices:\n  sg-public-ingress: {mode: enforce, params: {allowed-ports: [80, 443]}}\n": "",
		"practices:\n  sg-public-ingress: {mod: enforce}\n":                                                                  "ecsguard.yaml: [2:23] unknown field",
		"break-glass: [office]\n":                                                  "ecsguard.yaml: line 1: break-glass[0]",
		"practices:\n  sg-pubic-ingress: {mode: enforce}\n":                        "settings: practices.sg-pubic-ingress: there is no such practice",
		"practices:\n  sg-public-ingress: {params: {allowed-ports: [80, http]}}\n": "param allowed-ports of sg-public-ingress",
		"mode: off\n": "ecsguard.yaml: line 1: mode: \"off\" is for single practices",
		"practices:\n  sg-public-ingress: {mode: off}\n":                                 "",
		"practices:\n  nat-risky-dnat: {params: {risky-ports: [30/20]}}\n":               "param risky-ports of nat-risky-dnat",
		"practices:\n  sg-risky-port-ingress: {params: {trusted: [office]}}\nmode: {}\n": "ecsguard.yaml: ",
	} {
		err := check(t.Context(), "ecsguard.yaml", []byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// With what is set by default no practice is refused, and none trips over having
// nothing to read.
func TestDefaults(t *testing.T) {
	for _, p := range functions.All {
		all := map[string][]string{}
		for _, param := range p.Params {
			all[param.Name] = param.Default
		}
		if err := params(t.Context(), p, all); err != nil {
			t.Error(err)
		}
	}
}

// What would be deployed from the project's folder.
func TestProject(t *testing.T) {
	root := t.TempDir()
	made, err := artefacts.Output(functions.All, (settings.Settings{}).Deployed(functions.All), nil)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("s.yaml", made.Files["s.yaml"])
	if err := project(t.Context(), root); err != nil {
		t.Errorf("the project itself: %v", err)
	}
	for text, want := range map[string]string{
		"mode: enforce\n": "",
		"practices:\n  vpc-flow-log: {mode: off}\n":   "s.yaml deploys what is off in ecsguard.yaml (vpc-flow-log)",
		"practices:\n  vpc-flowlog: {mode: off}\n":    "practices.vpc-flowlog: there is no such practice",
		"practices:\n  vpc-flow-log: {mode: never}\n": "none of off, observe",
	} {
		put("ecsguard.yaml", text)
		if err := project(t.Context(), root); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
