package functions_test

import (
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Each practice's own test says so too; here all are looked at in a second, and the list of
// names that no API has is held to what is asked for.
func TestTriggersNameWhatThereIs(t *testing.T) {
	asked := map[string]bool{}
	for _, p := range functions.All {
		for _, fault := range scenario.Misnamed(t, p) {
			t.Errorf("%s: %s", p.ID, fault)
		}
		for _, trigger := range p.Triggers {
			asked[trigger.Service+" "+trigger.Name] = true
		}
	}
	for name, source := range scenario.Recorded {
		if !asked[name] || source == "" {
			t.Errorf("%s is listed, asked for is %v, and the source is %q", name, asked[name], source)
		}
	}
}
