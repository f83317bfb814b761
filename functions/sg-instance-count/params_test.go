package sginstancecount_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sginstancecount "github.com/ecsguard/ecsguard/functions/sg-instance-count"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"max-instances": {"many"}, "max-share": {"101"}, "share-from": {}, "max-tiers": {"-1"},
	} {
		pass := practice.NewPass(sginstancecount.Practice, practice.Resource{ID: "x-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := sginstancecount.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
