package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// apiDir is a copy of the APIs' own metadata, which is not the project's.
const apiDir = "../../../shared/openapi"

// The tables are checked against the metadata that Alibaba Cloud publishes:
// every name, type and whether it is required.
func TestParametersAreThoseOfTheRealAPIs(t *testing.T) {
	if _, err := os.Stat(apiDir); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no metadata at " + apiDir)
	}
	c := startCloud(t)
	compared := 0
	for _, p := range c.RPC {
		if v := metadataVersion(t, p); v != p.Version {
			t.Logf("%s: the metadata is of version %s, not %s", p.Code, v, p.Version)
			continue
		}
		for _, name := range kernel.SortedKeys(p.Actions) {
			file, err := os.ReadFile(filepath.Join(apiDir, strings.ToLower(p.Code), name+".json"))
			if errors.Is(err, fs.ErrNotExist) {
				t.Logf("%s:%s is not in the metadata", p.Code, name)
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			compared++
			var real struct {
				Parameters []realParam `json:"parameters"`
			}
			if err := json.Unmarshal(file, &real); err != nil {
				t.Fatal(err)
			}
			real.Parameters = append(real.Parameters, newer[p.Code+":"+name]...)
			for _, d := range differences(p.Actions[name].Spec, real.Parameters) {
				t.Errorf("%s:%s: %s", p.Code, name, d)
			}
		}
	}
	if compared < 80 {
		t.Errorf("compared only %d actions", compared)
	}
}

// newer are parameters that the SDK has, and the metadata does not have yet.
var newer = map[string][]realParam{
	"Alb:ListServerGroups": {{Name: "ShowRelationEnabled", Type: "Boolean"}},
	// These two are older than the metadata, which has lost them.
	"Ims:SetSecurityPreference": {{Name: "EnforceMFAForLogin", Type: "Boolean"}, {Name: "AllowUserLongTermLogin", Type: "Boolean"}},
}

// metadataVersion is the version of the API that the metadata describes.
func metadataVersion(t *testing.T, p *kernel.Product) string {
	t.Helper()
	var about struct{ Version string }
	file, err := os.ReadFile(filepath.Join(apiDir, strings.ToLower(p.Code), "version.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return p.Version // every action of it is named below
	}
	if err == nil {
		err = json.Unmarshal(file, &about)
	}
	if err != nil {
		t.Fatal(err)
	}
	return about.Version
}

type realParam struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`
	Required bool        `json:"required"`
	Fields   []realParam `json:"sub_parameters"`
}

func differences(ours []kernel.Param, theirs []realParam) []string {
	var found []string
	for _, r := range theirs {
		i := slices.IndexFunc(ours, func(p kernel.Param) bool { return p.Name == r.Name })
		if i < 0 {
			found = append(found, fmt.Sprintf("lacks %s (%s)", r.Name, r.Type))
			continue
		}
		if p := ours[i]; p.Kind != r.Type || p.Required != r.Required {
			found = append(found, fmt.Sprintf("%s is %s required=%v, in the metadata %s required=%v", p.Name, p.Kind, p.Required, r.Type, r.Required))
		}
		if len(r.Fields) > 0 {
			for _, d := range differences(ours[i].Fields, r.Fields) {
				found = append(found, r.Name+".N: "+d)
			}
		}
	}
	for _, p := range ours {
		if !slices.ContainsFunc(theirs, func(r realParam) bool { return r.Name == p.Name }) {
			found = append(found, fmt.Sprintf("has %s, which the metadata does not", p.Name))
		}
	}
	return found
}

func TestParameterTablesAreRead(t *testing.T) {
	spec := kernel.ParseParams("A! B:Integer=1..5 C=x|y\n\tD:RepeatList!(E! F:RepeatList(G)) H:RepeatList I:Struct(J)")
	for name, want := range map[string]string{
		"A": "String", "B": "Integer", "C": "String", "D.1.E": "String", "D.2.F.3.G": "String", "H.4": "String", "I.J": "String",
	} {
		if p := kernel.FindParam(spec, name); p == nil || p.Kind != want {
			t.Errorf("%s: %v", name, p)
		}
	}
	for _, name := range []string{"D", "D.E", "D.1.X", "D.0.E", "H", "H.x", "I", "X", "B.1"} {
		if p := kernel.FindParam(spec, name); p != nil && name != "I" {
			t.Errorf("%s was found: %v", name, p)
		}
	}
	if !spec[0].Required || spec[1].Required || !spec[3].Required || spec[1].Max != 5 || len(spec[2].Allowed) != 2 {
		t.Errorf("%+v", spec)
	}
}

// What the practices read, write and undo in these products is served: what is not would be found out only by
// the practice that needs it.
func TestWhatPracticesNameIsServed(t *testing.T) {
	rows, err := os.ReadFile("../../../shared/practices.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the catalogue of practices is not beside the project: what is served is compared with it only where it is")
	}
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, p := range startCloud(t).RPC {
		for name := range p.Actions {
			served[strings.ToLower(p.Code)+":"+name] = true
		}
	}
	var list []any
	if err := json.Unmarshal(rows, &list); err != nil {
		t.Fatal(err)
	}
	found := 0
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			product, _ := v["product"].(string)
			action, _ := v["action"].(string)
			if slices.Contains([]string{"ram", "ims", "sts", "resourcemanager"}, strings.ToLower(product)) && action != "" {
				found++
				if !served[strings.ToLower(product)+":"+action] {
					t.Errorf("%s:%s is not served", product, action)
				}
			}
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(list)
	if found < 40 {
		t.Errorf("found only %d", found)
	}
}
