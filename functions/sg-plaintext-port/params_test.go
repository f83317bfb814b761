package sgplaintextport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgplaintextport "github.com/ecsguard/ecsguard/functions/sg-plaintext-port"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read, and names the
// param and the practice.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"ports": {"telnet"}, "udp-ports": {"70000"}, "inside": {"30.0.0.0/8/8"}, "trusted": {""},
	} {
		pass := practice.NewPass(sgplaintextport.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := sgplaintextport.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name+" of sg-plaintext-port") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
