package artefacts

import (
	"bytes"
	"encoding/json"
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

func TestPolicies(t *testing.T) {
	both(t, func(t *testing.T, practices []*practice.Practice, made output.Output) {
		for _, p := range practices {
			enforce, observe := granted(t, made, p.ID, "*"), granted(t, made, p.ID+".observe", "*")
			want := slices.Sorted(slices.Values(slices.Concat(p.Reads, p.Writes)))
			if !slices.Equal(enforce, slices.Compact(want)) {
				t.Errorf("%s may do %v, want %v", p.ID, enforce, want)
			}
			for _, action := range p.Writes {
				if slices.Contains(observe, action) && !slices.Contains(p.Reads, action) {
					t.Errorf("%s may %s while it observes", p.ID, action)
				}
			}
			if len(p.Writes) == 0 && !slices.Equal(enforce, observe) {
				t.Errorf("%s only tells, and its two policies differ", p.ID)
			}
			for _, name := range []string{p.ID, p.ID + ".observe"} {
				if got := granted(t, made, name, auditStore); !slices.Equal(got, []string{"log:GetLogStoreLogs", "log:PostLogStoreLogs"}) {
					t.Errorf("%s may %v the audit log", name, got)
				}
			}
			if got := granted(t, made, router, "acs:fc:*:*:functions/"+p.ID); !slices.Equal(got, []string{"fc:InvokeFunction"}) {
				t.Errorf("the router may %v %s", got, p.ID)
			}
		}
		if text := made.Files["deploy/ram/"+router+".json"]; strings.Contains(text, "functions/*") || strings.Count(text, "functions/") != len(practices)+1 {
			t.Errorf("the router invokes the practices and, through Function Compute, notify; its policy:\n%s", text)
		}
		if trust := made.Files["deploy/ram/trust.json"]; !strings.Contains(trust, `"fc.aliyuncs.com"`) {
			t.Errorf("trust.json:\n%s", trust)
		}
	})
}

// A practice that is retired is in the docs and nowhere else.
func TestRetiredHasNothing(t *testing.T) {
	made, err := Output(fakes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range made.Files {
		if path != "docs/practices.md" && (strings.Contains(path, "old-one") || strings.Contains(text, "old-one")) {
			t.Errorf("%s has a practice that is retired", path)
		}
	}
}
