package artefacts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// granted is what a policy file allows on a resource that is written just so.
func granted(t *testing.T, made output.Output, name, resource string) []string {
	t.Helper()
	var p policy
	dec := json.NewDecoder(bytes.NewReader([]byte(made.Files["deploy/ram/"+name+".json"])))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		t.Fatalf("%s.json: %v", name, err)
	}
	if p.Version != "1" {
		t.Errorf("%s.json: Version is %q", name, p.Version)
	}
	var actions []string
	for _, s := range p.Statement {
		if s.Effect != "Allow" {
			t.Errorf("%s.json: Effect is %q", name, s.Effect)
		}
		if slices.Contains(s.Resource, resource) {
			actions = append(actions, s.Action...)
		}
	}
	slices.Sort(actions)
	return actions
}

var wholeLedger = []string{"log:GetCursorOrData", "log:GetLogStoreLogs", "log:ListShards", "log:PostLogStoreLogs"}

func TestPolicies(t *testing.T) {
	both(t, func(t *testing.T, practices []*practice.Practice, made output.Output) {
		for _, p := range practices {
			enforce, observe := granted(t, made, p.ID, "*"), granted(t, made, p.ID+".observe", "*")
			reads, writes := slices.Clone(p.Reads), slices.Clone(p.Writes)
			for _, q := range p.Peers(practices) {
				reads, writes = append(reads, q.Reads...), append(writes, q.Writes...)
			}
			want := slices.Sorted(slices.Values(slices.Concat(reads, writes)))
			if !slices.Equal(enforce, slices.Compact(want)) {
				t.Errorf("%s may do %v, want %v", p.ID, enforce, want)
			}
			for _, action := range writes {
				if slices.Contains(observe, action) && !slices.Contains(reads, action) {
					t.Errorf("%s may %s while it observes", p.ID, action)
				}
			}
			if len(writes) == 0 && !slices.Equal(enforce, observe) {
				t.Errorf("%s only tells, and its two policies differ", p.ID)
			}
			for _, name := range []string{p.ID, p.ID + ".observe"} {
				if got := granted(t, made, name, auditStore); !slices.Equal(got, wholeLedger) {
					t.Errorf("%s may %v the audit log", name, got)
				}
				if got := granted(t, made, name, "acs:fc:*:*:functions/"+triage); !slices.Equal(got, []string{"fc:InvokeFunction"}) {
					t.Errorf("%s may %v triage, to which its failures go", name, got)
				}
			}
		}
		// The practices, notify and itself; and what is read of notify.
		if got := granted(t, made, triage, "acs:fc:*:*:functions/ecsguard-*"); !slices.Equal(got, []string{"fc:InvokeFunction"}) {
			t.Errorf("triage may %v the functions", got)
		}
		if text := made.Files["deploy/ram/"+triage+".json"]; strings.Contains(text, "functions/*") || strings.Count(text, "functions/") != 4 {
			t.Errorf("triage's policy:\n%s", text)
		}
		// What it may read is what all practices read, but of the log, and in no document
		// twice.
		var reads, want []string
		for path := range made.Files {
			if part, ok := strings.CutPrefix(path, "deploy/ram/"+triage+"."); ok && part != "json" {
				reads = append(reads, granted(t, made, triage+"."+strings.TrimSuffix(part, ".json"), "*")...)
			}
		}
		for _, p := range practices {
			want = append(want, p.Sweep.Reads...)
			if !p.Alone {
				want = append(want, p.Reads...)
			}
		}
		slices.Sort(reads)
		slices.Sort(want)
		want = slices.DeleteFunc(slices.Compact(want), func(a string) bool { return strings.HasPrefix(a, "log:") })
		if !slices.Equal(reads, want) {
			t.Errorf("triage may read %v, want %v", reads, want)
		}
		if got := granted(t, made, triage, auditStore); !slices.Equal(got, wholeLedger) {
			t.Errorf("triage may %v the audit log", got)
		}
		if got := granted(t, made, triage, trailStore); !slices.Equal(got, []string{"log:GetCursorOrData"}) {
			t.Errorf("triage may %v the trail's log", got)
		}
		if got := granted(t, made, triage, "acs:fc:*:*:functions/"+notify); !slices.Equal(got, []string{"fc:GetFunction", "fc:ListTriggers"}) {
			t.Errorf("triage may %v notify", got)
		}
		for _, name := range []string{triage, notify, notify + ".canary"} {
			for _, action := range slices.Concat(granted(t, made, name, "*"), granted(t, made, name, "acs:ecs:*:*:securitygroup/*")) {
				if writes := !strings.Contains(action, ":Describe") && !strings.Contains(action, ":Get"); writes && name != notify+".canary" {
					t.Errorf("%s may %s, and no canary is set", name, action)
				}
			}
		}
		if trust := made.Files["deploy/ram/trust.json"]; !strings.Contains(trust, `"fc.aliyuncs.com"`) {
			t.Errorf("trust.json:\n%s", trust)
		}
	})
}

// What RAM would refuse is refused here, by name.
func TestADocumentThatIsTooLong(t *testing.T) {
	all := fakes()
	for n := range 300 {
		all[0].Reads = append(all[0].Reads, fmt.Sprintf("ecs:DescribeThing%03d", n))
	}
	_, err := Output(all, inUse(all), nil)
	for _, name := range []string{"fix-it.json", "fix-it.observe.json", triage + ".ecs.json"} {
		if err == nil || !strings.Contains(err.Error(), "deploy/ram/"+name+" has ") {
			t.Errorf("%s is not refused: %v", name, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), triage+".json") {
		t.Errorf("%v", err)
	}
}

// The names of functions and of triage's policies are not a practice's.
func TestAnIDThatIsTaken(t *testing.T) {
	for _, id := range []string{"triage", "notify", "triage-ecs"} {
		all := fakes()
		all[0].ID = id
		if _, err := Output(all, inUse(all), nil); err == nil || !strings.Contains(err.Error(), id+" is taken") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// A practice that is retired is in the docs and nowhere else.
func TestRetiredHasNothing(t *testing.T) {
	made, err := Output(fakes(), inUse(fakes()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range made.Files {
		if !strings.HasPrefix(path, "docs/practices") && (strings.Contains(path, "old-one") || strings.Contains(text, "old-one")) {
			t.Errorf("%s has a practice that is retired", path)
		}
	}
}
