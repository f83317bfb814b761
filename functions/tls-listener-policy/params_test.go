package tlslistenerpolicy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	tlslistenerpolicy "github.com/ecsguard/ecsguard/functions/tls-listener-policy"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"policy": {"tls_cipher_policy_1_1"},
	} {
		pass := practice.NewPass(tlslistenerpolicy.Practice, practice.Resource{ID: "x-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := tlslistenerpolicy.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
