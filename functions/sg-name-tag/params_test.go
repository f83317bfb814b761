package sgnametag_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	sgnametag "github.com/ecsguard/ecsguard/functions/sg-name-tag"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A setting that cannot be meant is an error before anything is read.
func TestWrongSettingsAreErrors(t *testing.T) {
	for _, value := range []string{"owner", "owner=", "=sato", "stage=live"} {
		pass := practice.NewPass(sgnametag.Practice, practice.Resource{ID: "sg-1"}, &events.Event{}, time.Now(), nil, map[string][]string{"fill-in": {value}})
		if err := sgnametag.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "param fill-in") {
			t.Errorf("%s: %v", value, err)
		}
	}
}
