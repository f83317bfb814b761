package sgbridgeonlyadmin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgbridgeonlyadmin "github.com/ecsguard/ecsguard/functions/sg-bridge-only-admin"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string]string{"ports": "ssh", "trusted": "203.0.113.0/33"} {
		pass := practice.NewPass(sgbridgeonlyadmin.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: {value}})
		err := sgbridgeonlyadmin.Practice.Check(t.Context(), pass)
		if err == nil || !strings.Contains(err.Error(), "param "+name+" of sg-bridge-only-admin") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
