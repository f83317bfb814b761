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
	for _, p := range c.rpc {
		if v := metadataVersion(t, p); v != p.version {
			t.Logf("%s: the metadata is of version %s, not %s", p.code, v, p.version)
			continue
		}
		for _, name := range sortedKeys(p.actions) {
			file, err := os.ReadFile(filepath.Join(apiDir, strings.ToLower(p.code), name+".json"))
			if errors.Is(err, fs.ErrNotExist) {
				t.Logf("%s:%s is not in the metadata", p.code, name)
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
			real.Parameters = append(real.Parameters, newer[p.code+":"+name]...)
			for _, d := range differences(p.actions[name].spec, real.Parameters) {
				t.Errorf("%s:%s: %s", p.code, name, d)
			}
		}
	}
	if compared < 80 {
		t.Errorf("compared only %d actions", compared)
	}
}

// newer are parameters that the SDK has, and the metadata does not have yet.
var newer = map[string][]realParam{"Alb:ListServerGroups": {{Name: "ShowRelationEnabled", Type: "Boolean"}}}

// metadataVersion is the version of the API that the metadata describes.
func metadataVersion(t *testing.T, p *rpcProduct) string {
	t.Helper()
	var about struct{ Version string }
	file, err := os.ReadFile(filepath.Join(apiDir, strings.ToLower(p.code), "version.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return p.version // every action of it is named below
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

func differences(ours []param, theirs []realParam) []string {
	var found []string
	for _, r := range theirs {
		i := slices.IndexFunc(ours, func(p param) bool { return p.name == r.Name })
		if i < 0 {
			found = append(found, fmt.Sprintf("lacks %s (%s)", r.Name, r.Type))
			continue
		}
		if p := ours[i]; p.kind != r.Type || p.required != r.Required {
			found = append(found, fmt.Sprintf("%s is %s required=%v, in the metadata %s required=%v", p.name, p.kind, p.required, r.Type, r.Required))
		}
		if len(r.Fields) > 0 {
			for _, d := range differences(ours[i].fields, r.Fields) {
				found = append(found, r.Name+".N: "+d)
			}
		}
	}
	for _, p := range ours {
		if !slices.ContainsFunc(theirs, func(r realParam) bool { return r.Name == p.name }) {
			found = append(found, fmt.Sprintf("has %s, which the metadata does not", p.name))
		}
	}
	return found
}

func TestParameterTablesAreRead(t *testing.T) {
	spec := parseParams("A! B:Integer=1..5 C=x|y\n\tD:RepeatList!(E! F:RepeatList(G)) H:RepeatList I:Struct(J)")
	for name, want := range map[string]string{
		"A": "String", "B": "Integer", "C": "String", "D.1.E": "String", "D.2.F.3.G": "String", "H.4": "String", "I.J": "String",
	} {
		if p := findParam(spec, name); p == nil || p.kind != want {
			t.Errorf("%s: %v", name, p)
		}
	}
	for _, name := range []string{"D", "D.E", "D.1.X", "D.0.E", "H", "H.x", "I", "X", "B.1"} {
		if p := findParam(spec, name); p != nil && name != "I" {
			t.Errorf("%s was found: %v", name, p)
		}
	}
	if !spec[0].required || spec[1].required || !spec[3].required || spec[1].max != 5 || len(spec[2].allowed) != 2 {
		t.Errorf("%+v", spec)
	}
}
