package ram

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestRoles(t *testing.T) {
	files := fstest.MapFS{
		"trust.json":                {Data: []byte("trust")},
		"fix-it.json":               {Data: []byte("reads and writes")},
		"fix-it.observe.json":       {Data: []byte("reads")},
		"ecsguard-triage.json":      {Data: []byte("invokes")},
		"ecsguard-triage.ecs.json":  {Data: []byte("reads ECS")},
		"ecsguard-triage.more.json": {Data: []byte("reads more")},
		"ram.go":                    {Data: []byte("package ram")},
		"tell-only.canary.json":     {Data: []byte("opens")},
		"tell-only.json":            {Data: []byte("looks")},
		"tell-only.observe.json":    {Data: []byte("looks")},
		"folder/not-a-role.json":    {Data: []byte("deeper")},
		"ecsguard-triage.json.bk":   {Data: []byte("no")},
	}
	one := func(name, document string) Role { return Role{name, []Policy{{name, document}}} }
	triage := Role{"ecsguard-triage", []Policy{{"ecsguard-triage", "invokes"}, {"ecsguard-triage-ecs", "reads ECS"}, {"ecsguard-triage-more", "reads more"}}}
	for _, x := range []struct {
		observe, canary bool
		want            []Role
	}{
		{true, false, []Role{triage, one("ecsguard-fix-it", "reads"), one("ecsguard-tell-only", "looks")}},
		{false, false, []Role{triage, one("ecsguard-fix-it", "reads and writes"), one("ecsguard-tell-only", "looks")}},
		{false, true, []Role{triage, one("ecsguard-fix-it", "reads and writes"), one("ecsguard-tell-only", "opens")}},
	} {
		got, err := roles(files, x.observe, x.canary)
		if err != nil || !reflect.DeepEqual(got, x.want) {
			t.Errorf("observe %t, canary %t: %v, %v", x.observe, x.canary, got, err)
		}
	}
	if _, err := roles(fstest.MapFS{"some.ecs.json": {Data: []byte("reads")}}, true, false); err == nil {
		t.Error("a further policy of a role that there is not is taken")
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

func TestRAMTakesThem(t *testing.T) {
	all, err := Roles(false, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if len(r.Name) > MaxName || len(r.Policies) > MaxPolicies || r.Policies[0].Name != r.Name {
			t.Errorf("%s has %d policies, %s first; RAM takes %d, and names of %d", r.Name, len(r.Policies), r.Policies[0].Name, MaxPolicies, MaxName)
		}
		for _, p := range r.Policies {
			var compact bytes.Buffer
			if err := json.Compact(&compact, []byte(p.Document)); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
			if compact.Len() > MaxDocument {
				t.Errorf("%s: %d characters; RAM takes %d", p.Name, compact.Len(), MaxDocument)
			}
		}
	}
}

func TestActions(t *testing.T) {
	for document, want := range map[string]string{
		`{"Version":"1","Statement":[{"Effect":"Allow","Action":["a:B","a:C"],"Resource":"*"},{"Effect":"Deny","Action":["a:D"]},{"Effect":"Allow","Action":"e:*"}]}`: "a:B a:C e:*",
		`{"Statement":{"Effect":"Allow","Action":"a:B"}}`: "a:B",
		`{}`: "",
	} {
		if got, err := Actions(document); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s allows %v, %v; want %s", document, got, err, want)
		}
	}
	if _, err := Actions(`{"Statement":[{"Action":7}]}`); err == nil {
		t.Error("a number is an action")
	}
}
