package ecsinternetfacingdb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ecsinternetfacingdb "github.com/ecsguard/ecsguard/functions/ecs-internet-facing-db"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"ports": {"mysql"}, "udp-ports": {"0"}, "trusted": {"office"}, "fingerprints": {"no"},
	} {
		pass := practice.NewPass(ecsinternetfacingdb.Practice, practice.Resource{ID: "i-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := ecsinternetfacingdb.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
