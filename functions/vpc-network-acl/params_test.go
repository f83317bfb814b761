package vpcnetworkacl_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	vpcnetworkacl "github.com/ecsguard/ecsguard/functions/vpc-network-acl"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"risky-ports": {"22/21"},
	} {
		pass := practice.NewPass(vpcnetworkacl.Practice, practice.Resource{ID: "x-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := vpcnetworkacl.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
