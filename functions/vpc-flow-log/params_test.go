package vpcflowlog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	vpcflowlog "github.com/ecsguard/ecsguard/functions/vpc-flow-log"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"project": {"one", "two"}, "logstore": {}, "skip-empty": {"maybe"},
	} {
		pass := practice.NewPass(vpcflowlog.Practice, practice.Resource{ID: "vpc-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := vpcflowlog.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
