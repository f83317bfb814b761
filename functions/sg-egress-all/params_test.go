package sgegressall_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgegressall "github.com/ecsguard/ecsguard/functions/sg-egress-all"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for _, value := range []string{"dns", "100.64.0.0/33", "0.0.0.0/0", "::/0"} {
		pass := practice.NewPass(sgegressall.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{"kept-open": {value}})
		if err := sgegressall.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param kept-open") {
			t.Errorf("%s: %v", value, err)
		}
	}
}
