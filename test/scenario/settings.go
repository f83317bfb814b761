package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// wrongSettings runs the check with each value of testdata/wrong-settings.yaml, which
// cannot be meant: a param, and values that are lists of words. Each must be refused
// before anything is read, by an error that names the param.
func wrongSettings(t *testing.T, p *practice.Practice) {
	text, err := os.ReadFile("testdata/wrong-settings.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return // no param of the practice can be wrong
	}
	if err != nil {
		t.Fatal(err)
	}
	var wrong map[string][][]string
	if err := yaml.UnmarshalWithOptions(text, &wrong, yaml.Strict()); err != nil {
		t.Fatalf("wrong-settings.yaml: a param has a list of values, which are lists of words: %v", err)
	}
	for name, values := range wrong {
		if !slices.ContainsFunc(p.Params, func(param practice.Param) bool { return param.Name == name }) || len(values) == 0 {
			t.Errorf("wrong-settings.yaml: %s is no param of %s, or has no value", name, p.ID)
		}
		for _, value := range values {
			pass := practice.NewPass(p, practice.Resource{ID: "x-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
			want := fmt.Sprintf("param %s of %s", name, p.ID)
			if err := p.Judge(t.Context(), pass); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s is %q: %v, want an error that says %q", name, value, err, want)
			}
		}
	}
}
