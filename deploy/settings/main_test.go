package main

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/functions"
)

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"break-glass: [203.0.113.7]\npractices:\n  sg-public-ingress: {mode: enforce, params: {allowed-ports: [80, 443]}}\n": "",
		"practices:\n  sg-public-ingress: {mod: enforce}\n":                                                                  "ecsguard.yaml: [2:23] unknown field",
		"break-glass: [office]\n":                                                        "ecsguard.yaml: line 1: break-glass[0]",
		"practices:\n  sg-pubic-ingress: {mode: enforce}\n":                              "settings: practices.sg-pubic-ingress: there is no such practice",
		"practices:\n  sg-public-ingress: {params: {allowed-ports: [80, http]}}\n":       "param allowed-ports of sg-public-ingress",
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
