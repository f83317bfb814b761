package natriskydnat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	natriskydnat "github.com/ecsguard/ecsguard/functions/nat-risky-dnat"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"risky-ports": {"ssh"},
	} {
		pass := practice.NewPass(natriskydnat.Practice, practice.Resource{ID: "x-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := natriskydnat.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
