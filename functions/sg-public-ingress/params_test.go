package sgpublicingress_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgpublicingress "github.com/ecsguard/ecsguard/functions/sg-public-ingress"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read, and names the
// param and the practice.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"allowed-ports": {"443", "ssh"}, "allowed-udp-ports": {"70000"}, "trusted": {"office"},
	} {
		pass := practice.NewPass(sgpublicingress.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := sgpublicingress.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name+" of sg-public-ingress") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
