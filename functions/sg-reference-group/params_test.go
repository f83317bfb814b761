package sgreferencegroup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgreferencegroup "github.com/ecsguard/ecsguard/functions/sg-reference-group"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for name, value := range map[string][]string{
		"widest-ipv4": {"33"}, "widest-ipv6": {"wide"}, "allowed": {"172.16.0.0/33"},
	} {
		pass := practice.NewPass(sgreferencegroup.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{name: value})
		if err := sgreferencegroup.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param "+name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
