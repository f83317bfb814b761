package sginternetfacingports_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sginternetfacingports "github.com/ecsguard/ecsguard/functions/sg-internet-facing-ports"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	p := sginternetfacingports.Practice
	for name, value := range map[string]string{"ports": "https", "udp-ports": "0", "trusted": "office", "trusted-groups": "admin"} {
		pass := practice.NewPass(p, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: {value}})
		err := p.Check(t.Context(), pass)
		if err == nil || !strings.Contains(err.Error(), "param "+name+" of "+p.ID) || !strings.Contains(err.Error(), `"`+value+`"`) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
