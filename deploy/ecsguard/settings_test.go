package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/deploy/generate/artefacts"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/all"
	"github.com/ecsguard/ecsguard/shared/channel/dingtalk"
	"github.com/ecsguard/ecsguard/shared/channel/webhook"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"break-glass: [203.0.113.7]\npractices:\n  sg-public-ingress: {mode: enforce, params: {allowed-ports: [80, 443]}}\n": "",
		"practices:\n  sg-public-ingress: {mod: enforce}\n":                                                                  "ecsguard.yaml: line 2: practices.sg-public-ingress.mod: there is no such setting of a practice; did you mean mode?",
		"break-glass: [office]\n":                                                          "ecsguard.yaml: line 1: break-glass[0]",
		"practices:\n  sg-pubic-ingress: {mode: enforce}\n":                                "ecsguard.yaml: line 2: practices.sg-pubic-ingress: there is no such practice; did you mean sg-public-ingress?",
		"practices:\n  sg-public-ingress:\n    params: {allowed-ports: [80, \"70000\"]}\n": "ecsguard.yaml: line 3: param allowed-ports of sg-public-ingress",
		"practices:\n  sg-public-ingress: {params: {alowed-ports: [80]}}\n":                "ecsguard.yaml: line 2: practices.sg-public-ingress.params.alowed-ports: the practice has no such param; did you mean allowed-ports?",
		"practices:\n  sg-public-ingress: {params: {allowed-ports: [80, http]}}\n":         "param allowed-ports of sg-public-ingress",
		"mode: off\n": "ecsguard.yaml: line 1: mode: \"off\" is for single practices",
		"practices:\n  sg-public-ingress: {mode: off}\n":                                 "",
		"practices:\n  nat-risky-dnat: {params: {risky-ports: [30/20]}}\n":               "param risky-ports of nat-risky-dnat",
		"practices:\n  sg-risky-port-ingress: {params: {trusted: [office]}}\nmode: {}\n": "ecsguard.yaml: ",
	} {
		_, err := check(t.Context(), "ecsguard.yaml", []byte(text))
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
		if _, err := params(t.Context(), p, all); err != nil {
			t.Error(err)
		}
	}
}

// Wrong variables of a channel are refused before they are deployed: nobody could be told.
func TestChannels(t *testing.T) {
	token, secret := strings.Repeat("0123456789abcdef", 4), "SEC"+strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct {
		env  map[string]string
		says string
	}{
		{nil, ""}, // nothing is deployed
		{map[string]string{dingtalk.EnvToken: token, dingtalk.EnvSecret: secret}, ""},
		{map[string]string{dingtalk.EnvToken: secret, dingtalk.EnvSecret: token}, "swapped"},
		{map[string]string{dingtalk.EnvSecret: secret}, dingtalk.EnvToken},
		{map[string]string{webhook.EnvURL: "http://hooks.example.com"}, webhook.EnvURL},
	} {
		err := channels(func(name string) string { return c.env[name] })
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), token)) {
			t.Errorf("%v", err)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range channel.Variables(all.Channels) {
		if !strings.Contains(string(text), name+": ${env('"+name+"','')}") {
			t.Errorf("s.yaml does not deploy %s", name)
		}
	}
}

// here is a machine with variables.
func here(env map[string]string) surroundings {
	return surroundings{getenv: func(name string) string { return env[name] }, now: time.Now}
}

// What is said to be in force is what will be: s.yaml sets the mode of what sets none.
func TestTheModeIsThatOfTheDeployment(t *testing.T) {
	all := len(slices.DeleteFunc(slices.Clone(functions.All), func(p *practice.Practice) bool { return p.Retired != "" }))
	gentle := 0
	for _, p := range functions.All {
		if p.Retired == "" && p.Disruptive == "" {
			gentle++
		}
	}
	const unheard = "ecsguard.yaml: line 2: mode: enforce has no effect"
	for _, x := range []struct {
		text, env string
		says      string
		doubted   bool
	}{
		{"# first\nmode: enforce\n", "", fmt.Sprintf("practices: 0 enforce, 0 approve, %d observe, 0 off", all), true},
		{"# first\nmode: enforce\n", "enforce", fmt.Sprintf("practices: %d enforce, 0 approve, %d observe", gentle, all-gentle), false},
		{"# first\nmode: enforce\n", "approve", fmt.Sprintf("practices: 0 enforce, %d approve, %d observe", gentle, all-gentle), true},
		{"# first\nmode: observe\n", "", fmt.Sprintf("0 enforce, 0 approve, %d observe", all), false},
		{"practices: {sg-public-ingress: {mode: enforce}}\n", "", fmt.Sprintf("practices: 1 enforce, 0 approve, %d observe", all-1), false},
	} {
		path := filepath.Join(t.TempDir(), "ecsguard.yaml")
		if err := os.WriteFile(path, []byte(x.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := file(t.Context(), &out, path, here(map[string]string{settings.EnvMode: x.env})); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), x.says) || strings.Contains(out.String(), unheard) != x.doubted {
			t.Errorf("%q with %q, want %q:\n%s", x.text, x.env, x.says, out.String())
		}
		if err := file(t.Context(), io.Discard, path, here(map[string]string{settings.EnvMode: "enforec"})); err == nil || !strings.Contains(err.Error(), "ECSGUARD_MODE: ") {
			t.Errorf("a mode that there is not: %v", err)
		}
	}
	// Without a file, what is exported counts all the same.
	var out strings.Builder
	if err := project(t.Context(), &out, t.TempDir(), here(map[string]string{settings.EnvMode: "enforce"})); !strings.Contains(out.String(), fmt.Sprintf("practices: %d enforce", gentle)) {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

// Which regions are watched is said, and what may be a mistake in them.
func TestTheRegionsThatAreWatched(t *testing.T) {
	const unknown, unwatched = "is none of the regions that are known here", "is not among them, so nothing in it is watched"
	for _, x := range []struct {
		text, region string
		says, lacks  []string
	}{
		{"", "", []string{"regions that are watched: all\n"}, []string{unknown, unwatched}},
		{"regions: [cn-hangzhou, cn-shanghai]\n", "", []string{"regions that are watched: cn-hangzhou, cn-shanghai\n"}, []string{unknown, unwatched}},
		{"regions: [cn-hangzou]\n", "", []string{"ecsguard.yaml: line 1: regions[0]: cn-hangzou " + unknown + "; did you mean cn-hangzhou?\n", "ecsguard.yaml: line 1: regions: the region of the deployment (REGION), cn-hangzhou, " + unwatched}, nil},
		{"regions: [cn-shanghai]\n", "", []string{"cn-hangzhou, " + unwatched}, []string{unknown}},
		{"regions:\n  - cn-hangzhou\n  - eu-central-2\n", "eu-central-1", []string{"line 3: regions[1]: eu-central-2 " + unknown, "eu-central-1, " + unwatched}, nil},
		{"regions: [cn-shanghai]\n", "cn-shanghai", []string{"regions that are watched: cn-shanghai\n"}, []string{unknown, unwatched}},
	} {
		path := filepath.Join(t.TempDir(), "ecsguard.yaml")
		if err := os.WriteFile(path, []byte(x.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := file(t.Context(), &out, path, here(map[string]string{"REGION": x.region})); err != nil {
			t.Fatal(err)
		}
		says(t, out.String(), x.says...)
		for _, words := range x.lacks {
			if strings.Contains(out.String(), words) {
				t.Errorf("%q in %q says %q:\n%s", x.text, x.region, words, out.String())
			}
		}
	}
	// Every region that there is here is known.
	text := "regions: [" + strings.Join(kernel.Regions, ", ") + "]\n"
	set, err := settings.Parse("ecsguard.yaml", []byte(text))
	if err != nil || len(set.Doubts(time.Now())) > 0 {
		t.Errorf("%v, %v", err, set.Doubts(time.Now()))
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
	if err := project(t.Context(), io.Discard, root, here(nil)); err != nil {
		t.Errorf("the project itself: %v", err)
	}
	for text, want := range map[string]string{
		"mode: enforce\n": "",
		"practices:\n  vpc-flow-log: {mode: off}\n":   "s.yaml deploys what is off in ecsguard.yaml (vpc-flow-log)",
		"practices:\n  vpc-flowlog: {mode: off}\n":    "practices.vpc-flowlog: there is no such practice",
		"practices:\n  vpc-flow-log: {mode: never}\n": "none of off, observe",
	} {
		put("ecsguard.yaml", text)
		if err := project(t.Context(), io.Discard, root, here(nil)); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What is read is said in a few lines, so that a setting that does nothing shows.
func TestInForce(t *testing.T) {
	set, err := check(t.Context(), "ecsguard.yaml", []byte(`
break-glass: 203.0.113.7
changes-per-hour: 20
practices: {sg-public-ingress: {mode: enforce}, vpc-flow-log: {mode: off}}
exemptions: [{practice: "*", resource: sg-1, until: 2199-12-31, because: x, by: y}, {practice: "*", resource: sg-1, until: 2001-12-31, because: x, by: y}]
`))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(inForce(set, time.Now()), "\n")
	for _, want := range []string{"1 enforce, 0 approve", "1 off", "emergencies: 203.0.113.7; exemptions: 1, of which the first ends on 2199-12-31", "at most 20 changes"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nwant it to say %q", got, want)
		}
	}
}
