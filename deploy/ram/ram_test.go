package ram

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
)

func TestRoles(t *testing.T) {
	files := fstest.MapFS{
		"trust.json":              {Data: []byte("trust")},
		"fix-it.json":             {Data: []byte("reads and writes")},
		"fix-it.observe.json":     {Data: []byte("reads")},
		"ecsguard-router.json":    {Data: []byte("invokes")},
		"ram.go":                  {Data: []byte("package ram")},
		"tell-only.canary.json":   {Data: []byte("opens")},
		"tell-only.json":          {Data: []byte("looks")},
		"tell-only.observe.json":  {Data: []byte("looks")},
		"folder/not-a-role.json":  {Data: []byte("deeper")},
		"ecsguard-router.json.bk": {Data: []byte("no")},
	}
	for observe, want := range map[bool][]Role{
		true:  {{"ecsguard-router", "invokes"}, {"ecsguard-fix-it", "reads"}, {"ecsguard-tell-only", "looks"}},
		false: {{"ecsguard-router", "invokes"}, {"ecsguard-fix-it", "reads and writes"}, {"ecsguard-tell-only", "looks"}},
	} {
		got, err := roles(files, observe, false)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("observe %t: %v, %v", observe, got, err)
		}
	}
	if got, err := roles(files, false, true); err != nil || got[2] != (Role{"ecsguard-tell-only", "opens"}) || got[1].Policy != "reads and writes" {
		t.Errorf("with a canary: %v, %v", got, err)
	}
}

// A function whose role is not made cannot be deployed.
func TestEveryRoleThatIsDeployedIsHere(t *testing.T) {
	deployed, err := os.ReadFile("../../s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, found := range regexp.MustCompile(`:role/(ecsguard-[a-z0-9-]+)`).FindAllSubmatch(deployed, -1) {
		want = append(want, string(found[1]))
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if len(want) < 3 {
		t.Fatalf("s.yaml names the roles %v", want)
	}
	for _, observe := range []bool{true, false} {
		all, err := Roles(observe, false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range all {
			got = append(got, r.Name)
		}
		for _, name := range want { // a practice that is off has a policy here, and no function
			if !slices.Contains(got, name) {
				t.Errorf("s.yaml names %s, which is not here", name)
			}
		}
	}
}

// What RAM takes of a custom policy.
const (
	mostBytes = 6144
	longest   = 64 // of a role's name
)

func TestRAMTakesThem(t *testing.T) {
	all, err := Roles(false, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(r.Policy)); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
		if compact.Len() > mostBytes || len(r.Name) > longest {
			t.Errorf("%s: %d bytes; RAM takes %d, and names of %d", r.Name, compact.Len(), mostBytes, longest)
		}
	}
}
