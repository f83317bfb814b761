package sgadminbackendingress_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgadminbackendingress "github.com/ecsguard/ecsguard/functions/sg-admin-backend-ingress"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read, and names the
// param and the practice.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"ports": {"jenkins"}, "trusted": {"office"},
	} {
		pass := practice.NewPass(sgadminbackendingress.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := sgadminbackendingress.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name+" of sg-admin-backend-ingress") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
