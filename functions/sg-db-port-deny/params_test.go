package sgdbportdeny_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgdbportdeny "github.com/ecsguard/ecsguard/functions/sg-db-port-deny"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read, and names the
// param and the practice.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"ports": {"mysql"}, "trusted": {"10.0.0.0/33"},
	} {
		pass := practice.NewPass(sgdbportdeny.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := sgdbportdeny.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name+" of sg-db-port-deny") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
